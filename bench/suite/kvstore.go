package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/dmdl-network/dmdl/bench"
)

// kvstore measures CometBFT's example application with the program in
// bench/kvstore and returns its committed transactions a second.
func kvstore(ctx context.Context, e *env) (float64, error) {
	sources := filepath.Join(e.Repository, "bench", "kvstore")
	if _, err := os.Stat(filepath.Join(sources, "go.mod")); err != nil {
		return 0, fmt.Errorf("%w: run the benchmarks from the sources' folder or name it with --repository", err)
	}
	binary, result := filepath.Join(e.home, "kvstore"), filepath.Join(e.home, "kvstore.json")
	if err := command(ctx, "go", "-C", sources, "build", "-o", binary, "."); err != nil {
		return 0, err
	}
	if err := command(ctx, binary, "-home", filepath.Join(e.home, "kv"), "-validators", fmt.Sprint(validators),
		"-for", e.duration().String(), "-out", result); err != nil {
		return 0, err
	}
	raw, err := os.ReadFile(result)
	if err != nil {
		return 0, err
	}
	var figures []bench.Figure
	if err := json.Unmarshal(raw, &figures); err != nil {
		return 0, err
	}
	for _, f := range figures {
		if f.Name == "kvstore/committed" {
			fmt.Fprintf(e.Progress, "  kvstore: %.0f tx/s\n", f.Value)
			return f.Value, nil
		}
	}
	return 0, errors.New("the kvstore program reported no kvstore/committed")
}

// command runs a program to its end and interrupts it when ctx ends, so that it
// can stop what it started.
func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}
