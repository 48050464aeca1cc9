package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// home is a vault's folder with a name of this length, or a little more.
func home(t *testing.T, length int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dmdl") //nolint:usetesting // the test's own folder has a long name already
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	for len(dir) < length {
		dir = filepath.Join(dir, strings.Repeat("x", 40))
	}
	require.NoError(t, os.MkdirAll(dir, 0o700))
	return dir
}

// serves has commands for a folder run until the test ends, or stop is called.
func serves(t *testing.T, dir string, run func(context.Context, Call) error) (stop func()) {
	t.Helper()
	l, err := Listen(dir)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, slog.New(slog.DiscardHandler), run) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(t, <-ended)
		}
	}
	t.Cleanup(stop)
	return stop
}

// hand hands a command over and returns its output.
func hand(t *testing.T, dir, in string, args ...string) (out, errs string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	err = Run(t.Context(), Request{Home: dir, Folder: "/somewhere", Args: args, Terminal: true}, Streams{strings.NewReader(in), &o, &e})
	return o.String(), e.String(), err
}

func TestACommandRunsThereAsItWouldHere(t *testing.T) {
	for _, length := range []int{0, 300} {
		t.Run(fmt.Sprint("a folder of about ", length, " bytes"), func(t *testing.T) {
			dir := home(t, length)
			serves(t, dir, func(_ context.Context, c Call) error {
				require.Equal(t, Request{Version: version, Home: dir, Folder: "/somewhere", Args: []string{"a", "-", "c\n"}, Terminal: true}, c.Request)
				require.True(t, c.Err.Terminal())
				require.False(t, c.Out.Terminal())
				all, err := io.ReadAll(c.In)
				require.NoError(t, err)
				_, err = c.Out.Write(all)
				require.NoError(t, err)
				fmt.Fprint(c.Err, "half way")
				return errors.New("it failed:\nfor a reason")
			})
			in := strings.Repeat("0123456789", 20_000) // some pieces
			for range 3 {
				out, errs, err := hand(t, dir, in, "a", "-", "c\n")
				require.Equal(t, Failure("it failed:\nfor a reason"), err)
				require.Equal(t, in, out)
				require.Equal(t, "half way", errs)
			}
		})
	}
}

func TestInputThatNobodyReadsIsLeftAlone(t *testing.T) {
	dir := home(t, 0)
	serves(t, dir, func(context.Context, Call) error { return nil })
	in := strings.NewReader("typed ahead for the shell")
	require.NoError(t, Run(t.Context(), Request{Home: dir}, Streams{in, io.Discard, io.Discard}))
	require.Equal(t, 25, in.Len())
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestWhyInputCannotBeReadIsPassedOn(t *testing.T) {
	dir := home(t, 0)
	serves(t, dir, func(_ context.Context, c Call) error {
		_, err := io.ReadAll(c.In)
		return err
	})
	require.Equal(t, Failure("the disk is gone"), Run(t.Context(), Request{Home: dir}, Streams{broken{}, io.Discard, io.Discard}))
}

func TestNobodyServes(t *testing.T) {
	dir := home(t, 0)
	_, _, err := hand(t, dir, "", "x")
	require.ErrorIs(t, err, ErrNobody)

	l, err := Listen(dir) // of a process that is killed
	require.NoError(t, err)
	require.NoError(t, l.socket.Close())
	require.FileExists(t, l.path)
	_, _, err = hand(t, dir, "", "x")
	require.ErrorIs(t, err, ErrNobody)

	stop := serves(t, dir, func(context.Context, Call) error { return nil })
	_, _, err = hand(t, dir, "", "x")
	require.NoError(t, err, "what it left is replaced")
	stop()
	require.NoFileExists(t, l.path)
	require.NoDirExists(t, filepath.Join(dir, roomName))
	_, _, err = hand(t, dir, "", "x")
	require.ErrorIs(t, err, ErrNobody)
}

func TestOnlyTheUserMayOpenTheSocket(t *testing.T) {
	dir := home(t, 0)
	require.NoError(t, os.Chmod(dir, 0o755))
	l, err := Listen(dir)
	require.NoError(t, err)
	defer l.Close()
	info, err := os.Lstat(l.path)
	require.NoError(t, err)
	require.Equal(t, os.ModeSocket|0o600, info.Mode())
}

func TestAClientThatGoesAwayCancelsItsCommand(t *testing.T) {
	dir := home(t, 0)
	begun, ended := make(chan struct{}), make(chan error, 1)
	serves(t, dir, func(ctx context.Context, _ Call) error {
		close(begun)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	})
	ctx, interrupt := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- Run(ctx, Request{Home: dir}, Streams{broken{}, io.Discard, io.Discard}) }()
	<-begun
	interrupt()
	require.ErrorIs(t, <-failed, context.Canceled)
	require.ErrorIs(t, <-ended, ErrGone)
}

func TestTheEndOfTheServerIsSaid(t *testing.T) {
	dir := home(t, 0)
	begun := make(chan struct{})
	stop := serves(t, dir, func(ctx context.Context, c Call) error {
		close(begun)
		_, err := c.In.Read(make([]byte, 1)) // nobody types anything
		require.ErrorIs(t, err, context.Canceled)
		return err
	})
	typed, end := io.Pipe()
	defer end.Close()
	failed := make(chan error, 1)
	go func() { failed <- Run(t.Context(), Request{Home: dir}, Streams{typed, io.Discard, io.Discard}) }()
	<-begun
	stop()
	require.Equal(t, Failure(ErrEnding.Error()), <-failed)
}

func TestAFaultEndsItsCommandAlone(t *testing.T) {
	dir := home(t, 0)
	serves(t, dir, func(_ context.Context, c Call) error {
		if len(c.Args) > 0 {
			panic("a fault")
		}
		return nil
	})
	_, _, err := hand(t, dir, "", "x")
	require.ErrorContains(t, err, "a fault")
	_, _, err = hand(t, dir, "")
	require.NoError(t, err)
}

func TestSomeRunSomeWaitAndTheRestIsRefused(t *testing.T) {
	dir := home(t, 0)
	begun, release := make(chan struct{}), make(chan struct{})
	serves(t, dir, func(context.Context, Call) error {
		begun <- struct{}{}
		<-release
		return nil
	})
	results := make(chan error)
	const all = maxRunning + maxWaiting + 1
	for range all {
		go func() { results <- Run(t.Context(), Request{Home: dir}, Streams{broken{}, io.Discard, io.Discard}) }()
	}
	require.ErrorContains(t, <-results, "try again later", "one is too many")
	for range maxRunning {
		<-begun
	}
	select {
	case <-begun:
		t.Fatal("more run at once than may")
	default:
	}
	close(release)
	for range all - 1 {
		select {
		case <-begun:
			require.NoError(t, <-results)
		case err := <-results:
			require.NoError(t, err)
		}
	}
}

func TestWhatIsNotTheProtocolIsRefused(t *testing.T) {
	dir := home(t, 0)
	serves(t, dir, func(ctx context.Context, c Call) error {
		if len(c.Args) > 0 { // it reads nothing and ends with its client
			<-ctx.Done()
			return context.Cause(ctx)
		}
		_, err := io.ReadAll(c.In)
		return err
	})
	for name, say := range map[string]func(l *link) error{
		"another frame first": func(l *link) error { return l.send(kindInput, nil) },
		"no JSON":             func(l *link) error { return l.send(kindRequest, []byte("{")) },
		"a frame without end": func(l *link) error { _, err := l.Write([]byte{'R', 0xff, 0xff, 0xff, 0xff}); return err },
		"input that nobody wants": func(l *link) error {
			return errors.Join(l.sendJSON(kindRequest, Request{Version: version, Args: []string{"waits"}}), l.send(kindInput, []byte("a")), l.send(kindInput, []byte("b")))
		},
		"a frame of the server": func(l *link) error {
			return errors.Join(l.sendJSON(kindRequest, Request{Version: version}), l.send(kindDone, nil))
		},
		"another version": func(l *link) error { return l.sendJSON(kindRequest, Request{Version: version + 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := dial(dir)
			require.NoError(t, err)
			defer conn.Close()
			_ = say(&link{Conn: conn}) // it may be cut off while it speaks
			answer, _ := io.ReadAll(conn)
			require.NotContains(t, string(answer), `{"failed":false}`)
		})
	}
	_, _, err := hand(t, dir, "")
	require.NoError(t, err, "it still serves")
}

func TestFramesComeAsTheyWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here, there := net.Pipe()
		k := kind(rapid.Byte().Draw(t, "kind"))
		payload := rapid.SliceOfN(rapid.Byte(), 0, 3*pieceSize).Draw(t, "payload")
		go func() {
			_ = (&link{Conn: here}).send(k, payload)
			_ = here.Close()
		}()
		got, back, err := receive(there)
		require.NoError(t, err)
		require.Equal(t, k, got)
		require.Equal(t, payload, back)
		_, _, err = receive(there)
		require.ErrorIs(t, err, io.EOF)
	})
	cut := bytes.NewReader([]byte{'O', 0, 0, 0, 9, 'x'})
	_, _, err := receive(cut)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
