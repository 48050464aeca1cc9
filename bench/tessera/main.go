// Command tessera measures how many leaves a second a transparency log takes
// in: tessera v1.0.2, on a local folder (its POSIX driver), with leaves as long
// as the ledger's. It stands beside the ledger's own figure for batches.
//
//	go run . -home DIR -for 60s -out result.json
//
// # What the figure includes
//
// Making random leaves, hashing them, writing entries and tiles, syncing every
// file and folder to the disk, and signing and publishing a checkpoint. The
// clock stops when a published checkpoint holds the last leaf, and all leaves
// must be in it. There is one log and one process, no network and no witness.
//
// # How the log is set up
//
// As its documentation says for throughput:
//
//   - Leaves are added without waiting for each, and WithBatching is told how
//     many are added before any is waited for, as is advised to programs that
//     know it. While the log writes one batch the next is made.
//   - A batch has 16,384 leaves, which is 64 full files of 256 leaves and as many
//     of their hashes. Each is synced to the disk, whatever the batch is: from
//     4,096 to 1,000,000 leaves, a batch made less of a difference than there is
//     between two runs.
//   - Antispam is off, as is advised where no leaf comes twice.
//   - The checkpoint interval is 100 ms, the shortest that the driver takes: a
//     checkpoint is one small file, and the figure waits for the last of them.
//   - All else is as tessera has it by default.
//
// It is a module of its own, so that nothing of it enters the product.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	home string
	load load
	out  string
}

// figure is one measured number, in the form of all benchmark results.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Runs  int     `json:"runs"`
	Load  float64 `json:"load"`
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("tessera: ")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o, err := parse(os.Args[1:])
	if err == nil {
		err = measure(ctx, o)
	}
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("tessera", flag.ContinueOnError)
	flags.StringVar(&o.home, "home", "", "folder for the log; it must not exist or be empty")
	flags.DurationVar(&o.load.duration, "for", time.Minute, "how long to add leaves; the batch that is begun is ended")
	flags.IntVar(&o.load.batch, "batch", 16_384, "leaves that the log takes in at once")
	flags.IntVar(&o.load.size, "size", 123, "bytes of a leaf; one of the ledger has 123")
	flags.StringVar(&o.out, "out", "", "file for the figures as JSON")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case o.home == "":
		return o, errors.New("-home is missing: name a folder for the log")
	case o.load.size < minSize || o.load.size > maxSize:
		return o, fmt.Errorf("-size %d: it must be from %d to %d", o.load.size, minSize, maxSize)
	case o.load.duration <= 0 || o.load.batch < 1:
		return o, errors.New("-for and -batch must be positive")
	}
	return o, nil
}

// measure fills a log and reports how fast it took the leaves in.
func measure(ctx context.Context, o options) error {
	average := loadAverage()
	log.Printf("adding leaves of %d bytes for %s", o.load.size, o.load.duration)
	o.load.seed = newSeed()
	r, err := o.load.run(ctx, o.home)
	if err != nil {
		return err
	}
	log.Printf("%d leaves in a published checkpoint after %s", r.leaves, r.took.Round(time.Millisecond))
	figures := []figure{{
		Name: "tessera/published", Value: float64(r.leaves) / r.took.Seconds(), Unit: "leaves/s", Runs: 1, Load: average,
	}}
	for _, f := range figures {
		fmt.Printf("%-28s %10.0f %s\n", f.Name, f.Value, f.Unit)
	}
	if o.out == "" {
		return nil
	}
	text, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.out, append(text, '\n'), 0o644)
}

// loadAverage is the first number of /proc/loadavg, or 0 where there is none.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	var minute float64
	if _, err := fmt.Sscan(string(text), &minute); err != nil {
		return 0
	}
	return minute
}
