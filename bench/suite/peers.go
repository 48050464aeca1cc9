package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/x/records"
)

// kvstore measures CometBFT's example application and returns its committed
// transactions a second.
func kvstore(ctx context.Context, e *env) (float64, error) {
	return e.peer(ctx, "kvstore", "kvstore/committed", "-validators", strconv.Itoa(validators))
}

// tessera measures a transparency log on a local folder and returns how many
// leaves, as long as the ledger's, it publishes a second.
func tessera(ctx context.Context, e *env) (float64, error) {
	return e.peer(ctx, "tessera", "tessera/published", "-size", strconv.Itoa(records.LeafSize))
}

// peer measures another system with the program in bench/<name>, which is a
// module of its own, and returns the figure of the name in its results.
func (e *env) peer(ctx context.Context, name, wanted string, args ...string) (float64, error) {
	sources := filepath.Join(e.Repository, "bench", name)
	if _, err := os.Stat(filepath.Join(sources, "go.mod")); err != nil {
		return 0, fmt.Errorf("%w: run the benchmarks from the sources' folder or name it with --repository", err)
	}
	binary, result := filepath.Join(e.home, name), filepath.Join(e.home, name+".json")
	if err := command(ctx, "go", "-C", sources, "build", "-o", binary, "."); err != nil {
		return 0, err
	}
	args = append(args, "-home", filepath.Join(e.home, name+"-home"), "-for", e.duration().String(), "-out", result)
	if err := command(ctx, binary, args...); err != nil {
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
		if f.Name == wanted {
			fmt.Fprintf(e.Progress, "  %s: %.0f %s\n", name, f.Value, f.Unit)
			return f.Value, nil
		}
	}
	return 0, fmt.Errorf("the program bench/%s reported no %s", name, wanted)
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
