package main

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/transparency-dev/tessera"
)

const (
	// minSize is enough for leaves to differ, maxSize is what the log takes.
	minSize = 16
	maxSize = tessera.DefaultEntrySizeLimit
)

// load says what is added.
type load struct {
	duration time.Duration
	batch    int      // leaves that are added before any is waited for
	size     int      // bytes of a leaf
	seed     [32]byte // of the leaves
}

// result is what came of a run.
type result struct {
	leaves uint64
	root   []byte        // of the published tree
	took   time.Duration // from before the first leaf until the checkpoint that holds the last
}

// run fills a new log in home and waits until all that was added is published.
func (l load) run(ctx context.Context, home string) (_ result, err error) {
	log, err := open(ctx, home, l.batch)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, log.close()) }()
	begun := time.Now()
	last, err := l.fill(ctx, log.add)
	if err != nil {
		return result{}, err
	}
	checkpoint, err := log.published(ctx, last)
	if err != nil {
		return result{}, err
	}
	return result{leaves: checkpoint.Size, root: checkpoint.Hash, took: time.Since(begun)}, nil
}

// fill adds batches until the duration is over, at least one, and returns the
// future of the last leaf, which the log has written then. Each batch is made
// while the log writes the one before.
func (l load) fill(ctx context.Context, add tessera.AddFn) (tessera.IndexFuture, error) {
	leaves := l.leaves()
	var before []tessera.IndexFuture
	first := uint64(0) // of before
	for end := time.Now().Add(l.duration); ; {
		batch := make([]tessera.IndexFuture, l.batch)
		for i := range batch {
			batch[i] = add(ctx, tessera.NewEntry(leaves()))
		}
		if err := written(before, first); err != nil {
			return nil, err
		}
		first += uint64(len(before))
		before = batch
		if ctx.Err() != nil || time.Now().After(end) {
			return batch[len(batch)-1], errors.Join(ctx.Err(), written(batch, first))
		}
	}
}

// written waits until the log has written leaves and checks that they are where
// they must be, the first of them at the given place.
func written(batch []tessera.IndexFuture, first uint64) error {
	for i, future := range batch {
		want := first + uint64(i)
		at, err := future()
		if err != nil {
			return fmt.Errorf("leaf %d: %w", want, err)
		}
		if at.Index != want {
			return fmt.Errorf("leaf %d: the log has it at %d", want, at.Index)
		}
	}
	return nil
}

// leaves returns the source of the random leaves. Each has memory of its own,
// since the log keeps it.
func (l load) leaves() func() []byte {
	random := rand.NewChaCha8(l.seed)
	return func() []byte {
		leaf := make([]byte, l.size)
		_, _ = random.Read(leaf) // never fails, by its documentation
		return leaf
	}
}

// newSeed draws the seed of leaves that nobody added before.
func newSeed() (seed [32]byte) {
	_, _ = crand.Read(seed[:]) // never fails, by its documentation
	return seed
}
