package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// maxRunning is how many commands run at once, and maxWaiting how many more wait:
	// enough that long ones do not keep a short one waiting.
	maxRunning = 8
	maxWaiting = 64
	// patience is how long a client may take to send its request, and to take the end of
	// the output when its command was cancelled.
	patience = 10 * time.Second
)

var (
	// ErrGone says that the client ended before its command did.
	ErrGone = errors.New("the client went away")
	// ErrEnding says that the server ended before the command did.
	ErrEnding = errors.New(`the process that serves the vault was stopped before this was done: look at what was done, and run it again`)
)

// Call is a command that a client hands over.
type Call struct {
	Request
	// In, Out and Err are the client's streams.
	In       io.Reader
	Out, Err *Stream
}

// server is what the connections of one Serve share.
type server struct {
	run     func(context.Context, Call) error
	log     *slog.Logger
	running chan struct{}
	waiting chan struct{}
}

// Serve has commands run, some at once, until the context ends. The context that run gets
// ends with that or when the client goes away. What still runs then is cancelled, and
// Serve returns when all of it has ended. Nothing of a request is logged.
func (l *Listener) Serve(ctx context.Context, log *slog.Logger, run func(context.Context, Call) error) error {
	s := &server{run: run, log: log, running: make(chan struct{}, maxRunning), waiting: make(chan struct{}, maxRunning+maxWaiting)}
	closed := make(chan error, 1)
	context.AfterFunc(ctx, func() { closed <- l.Close() })
	var calls sync.WaitGroup
	for {
		conn, err := l.socket.AcceptUnix()
		switch {
		case err == nil:
			calls.Go(func() {
				if err := s.serve(ctx, &link{Conn: conn}, checkPeer(conn)); err != nil && ctx.Err() == nil {
					log.Info("a command was not taken over", "error", err)
				}
			})
		case ctx.Err() != nil:
			calls.Wait()
			return <-closed
		default: // such as too many open files
			log.Error("commands cannot be taken over now", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// serve runs the command of one connection. Its error says why there was none.
func (s *server) serve(ctx context.Context, l *link, refused error) error {
	defer l.Close()
	if refused != nil {
		return refused
	}
	request, err := readRequest(l)
	if err != nil {
		return err
	}
	if request.Version != version {
		return l.sendJSON(kindDone, result{Failed: true, Text: "the process that serves the vault is of another version than this command: restart it"})
	}
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		return l.sendJSON(kindDone, result{Failed: true, Text: fmt.Sprintf("%d commands run or wait already: try again later", cap(s.waiting))})
	}
	work, cancel := context.WithCancelCause(ctx)
	in := &input{ctx: work, link: l, pieces: make(chan piece, 1)}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		cancel(in.take())
	}()
	// A client that takes nothing must not keep a cancelled command.
	unblock := context.AfterFunc(work, func() { _ = l.SetWriteDeadline(time.Now().Add(patience)) })
	failed := s.queued(work, Call{
		Request: request, In: in,
		Out: &Stream{link: l, kind: kindOut}, Err: &Stream{link: l, kind: kindErr, terminal: request.Terminal},
	})
	_ = l.sendJSON(kindDone, resultOf(ctx, failed)) // whoever went away needs none
	unblock()
	cancel(nil)
	err = l.Close()
	<-gone
	return err
}

func readRequest(l *link) (r Request, err error) {
	if err := l.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return r, err
	}
	got, payload, err := receive(l)
	if err != nil {
		return r, err
	}
	if got != kindRequest {
		return r, fmt.Errorf("it begins with frame %q, not with the request", byte(got))
	}
	if err := json.Unmarshal(payload, &r); err != nil {
		return r, errors.New("its request is not JSON as it should be") // the cause quotes it
	}
	return r, l.SetReadDeadline(time.Time{})
}

// queued runs a command once fewer than maxRunning run. A fault in it ends it alone.
func (s *server) queued(ctx context.Context, c Call) (err error) {
	select {
	case s.running <- struct{}{}:
		defer func() { <-s.running }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("a command that was taken over had a fault, its client is told which")
			err = fmt.Errorf("a fault of the program: %v\n%s", fault, debug.Stack())
		}
	}()
	return s.run(ctx, c)
}

// resultOf is the result for an error, under the context of the server.
func resultOf(serving context.Context, err error) result {
	switch {
	case err == nil:
		return result{}
	case serving.Err() != nil:
		return result{Failed: true, Text: ErrEnding.Error()}
	}
	return result{Failed: true, Text: err.Error()}
}

// piece is some of the client's input, or why there is no more.
type piece struct {
	bytes []byte
	err   error
}

// input is the client's standard input. One goroutine reads it.
type input struct {
	ctx    context.Context
	link   *link
	pieces chan piece
	rest   []byte
	err    error
}

// Read implements io.Reader.
func (in *input) Read(p []byte) (int, error) {
	if len(in.rest) == 0 && in.err == nil {
		if err := in.link.send(kindWant, nil); err != nil {
			return 0, err
		}
		select {
		case got := <-in.pieces:
			in.rest, in.err = got.bytes, got.err
		case <-in.ctx.Done():
			return 0, context.Cause(in.ctx)
		}
	}
	if len(in.rest) == 0 {
		return 0, in.err
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

// take takes what the client sends until it goes away, and says why it ended.
func (in *input) take() error {
	for {
		got, payload, err := receive(in.link)
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
				return ErrGone
			}
			return errors.Join(ErrGone, err)
		}
		next := piece{bytes: payload}
		switch {
		case got == kindInput && len(payload) == 0:
			next.err = io.EOF
		case got == kindInput:
		case got == kindFailed:
			next = piece{err: errors.New(string(payload))}
		default:
			return fmt.Errorf("%w: it sent a frame %q", ErrGone, byte(got))
		}
		select {
		case in.pieces <- next:
		default:
			return fmt.Errorf("%w: it sent input that nobody asked for", ErrGone)
		}
	}
}
