// Package e2e_test drives the real binary on loopback. Everything is a process,
// nothing is mocked, and nothing may be left running.
package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a story may take before it counts as hung. It is far
// longer than any story needs on a busy machine.
const patience = 8 * time.Minute

// binary is the dmdld binary and successor the one that knows one more upgrade.
var binary, successor string

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// runAll builds the binaries, runs the stories and looks for what they left.
func runAll(m *testing.M) (code int, err error) {
	folder, err := os.MkdirTemp("", "dmdl-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	binary, successor = filepath.Join(folder, "dmdld"), filepath.Join(folder, "dmdld-rehearsal")
	if err := build(binary); err != nil {
		return 1, err
	}
	if err := build(successor, "-tags", "rehearsal"); err != nil {
		return 1, err
	}
	code = m.Run()
	left, err := processes(folder)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("processes are left behind:\n%s", strings.Join(left, "\n"))
	}
	return code, err
}

// build builds the binary of this checkout, as it stands.
func build(out string, flags ...string) error {
	cmd := exec.Command("go", append(append([]string{"build", "-ldflags=-s -w", "-o", out}, flags...), "./cmd/dmdld")...)
	cmd.Dir = ".."
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, said)
	}
	return nil
}

// processes lists the command lines that name a folder, other than this one.
// It finds nothing on systems without /proc.
func processes(folder string) ([]string, error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		line := strings.TrimSpace(strings.ReplaceAll(string(raw), "\x00", " "))
		if strings.Contains(line, folder) && filepath.Base(filepath.Dir(file)) != fmt.Sprint(os.Getpid()) {
			found = append(found, line)
		}
	}
	return found, nil
}

// newStory returns the context and the empty folder of a story about processes,
// and checks at its end that none of them is left.
func newStory(t *testing.T) (context.Context, string) {
	t.Helper()
	home := t.TempDir()
	t.Cleanup(func() {
		left, err := processes(home)
		require.NoError(t, err)
		require.Empty(t, left, "processes that still run")
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx, home
}

// awaits looks again and again until something has come about, for as long as the story
// may take.
func awaits(ctx context.Context, t *testing.T, what string, come func() bool) {
	t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for !come() {
		select {
		case <-ctx.Done():
			require.Fail(t, "hung", "%s: %v", what, ctx.Err())
		case <-ticker.C:
		}
	}
}

// requireFree checks that nobody listens on a port of this machine.
func requireFree(t *testing.T, port int) {
	t.Helper()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, err)
	require.NoError(t, listener.Close())
}
