package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	formats "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	// origin names the log in its checkpoints.
	origin = "dmdl-bench/tessera"
	// publishEvery is the shortest interval that the driver takes.
	publishEvery = 100 * time.Millisecond
	// batchAge is when the log takes in a batch that is not full. All are, so it
	// is late enough to play no part.
	batchAge = 10 * time.Second
	// lookEvery is how often the checkpoint is read at the end.
	lookEvery = 5 * time.Millisecond
	// closeTimeout bounds the wait for the log to close.
	closeTimeout = 10 * time.Second
)

// transparencyLog is a log that runs in this process.
type transparencyLog struct {
	add      tessera.AddFn
	shutdown func(context.Context) error
	stop     context.CancelFunc // ends what runs in the background
	reader   tessera.LogReader
	verifier note.Verifier
}

// open makes a log in home, with a key of its own. It runs until it is closed,
// whatever becomes of ctx: who adds to a log that stopped waits for ever.
func open(ctx context.Context, home string, batch int) (*transparencyLog, error) {
	if entries, err := os.ReadDir(home); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: name another folder or remove it", home)
	}
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	driver, err := posix.New(running, posix.Config{Path: home})
	if err != nil {
		stop()
		return nil, err
	}
	appender, shutdown, reader, err := tessera.NewAppender(running, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithCheckpointInterval(publishEvery).WithBatching(uint(batch), batchAge))
	if err != nil {
		stop()
		return nil, err
	}
	return &transparencyLog{add: appender.Add, shutdown: shutdown, stop: stop, reader: reader, verifier: verifier}, nil
}

// published waits until a signed checkpoint holds a leaf, which must be the last
// of the log, and returns it.
func (l *transparencyLog) published(ctx context.Context, last tessera.IndexFuture) (*formats.Checkpoint, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	at, text, err := tessera.NewPublicationAwaiter(waiting, l.reader.ReadCheckpoint, lookEvery).Await(waiting, last)
	if err != nil {
		return nil, fmt.Errorf("wait for the checkpoint: %w", err)
	}
	checkpoint, _, _, err := formats.ParseCheckpoint(text, origin, l.verifier)
	if err != nil {
		return nil, fmt.Errorf("the published checkpoint: %w", err)
	}
	if checkpoint.Size != at.Index+1 {
		return nil, fmt.Errorf("the published checkpoint holds %d leaves, but %d were added", checkpoint.Size, at.Index+1)
	}
	return checkpoint, nil
}

// close stops the log when all that it has written is published.
func (l *transparencyLog) close() error {
	defer l.stop()
	waiting, stop := context.WithTimeout(context.Background(), closeTimeout)
	defer stop()
	if err := l.shutdown(waiting); err != nil {
		return fmt.Errorf("close the log: %w", err)
	}
	return nil
}
