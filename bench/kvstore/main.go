// Command kvstore measures CometBFT's example application in the way that the
// benchmarks measure the ledger: validators as processes of their own on
// loopback, the ledger's timeouts and limits, broadcast_tx_sync in turn to all,
// and counting in the blocks. It shows what consensus alone costs on a machine.
//
//	go run . -home DIR -validators 4 -for 60s -rate 400 -out result.json
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
	home       string
	validators int
	load       load
	out        string
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("kvstore: ")
	if len(os.Args) > 1 && os.Args[1] == nodeCommand {
		if err := runNode(os.Args[2:], os.Stdin); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if err == nil {
		err = measure(ctx, o)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("kvstore", flag.ContinueOnError)
	flags.StringVar(&o.home, "home", "", "folder for the nodes; it must not exist or be empty")
	flags.IntVar(&o.validators, "validators", 4, "number of validators")
	flags.DurationVar(&o.load.duration, "for", time.Minute, "how long to send")
	flags.Float64Var(&o.load.rate, "rate", 0, "transactions a second; 0 keeps -window in the network")
	flags.IntVar(&o.load.window, "window", 6000, "transactions in the network if -rate is 0")
	flags.IntVar(&o.load.inFlight, "in-flight", 128, "calls open at once")
	flags.IntVar(&o.load.size, "size", 330, "bytes of a transaction; one record of the ledger takes about 330")
	flags.StringVar(&o.out, "out", "", "file for the figures as JSON")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case o.home == "":
		return o, errors.New("-home is missing: name a folder for the nodes")
	case o.validators < 1:
		return o, fmt.Errorf("-validators %d: at least 1 is needed", o.validators)
	case o.load.size < minSize:
		return o, fmt.Errorf("-size %d: at least %d bytes are needed for a key", o.load.size, minSize)
	case o.load.duration <= 0 || o.load.rate < 0 || o.load.window < 1 || o.load.inFlight < 1:
		return o, errors.New("-for, -window and -in-flight must be positive, -rate not negative")
	}
	return o, nil
}

// measure starts the network, loads it, and stops it whatever happens.
func measure(ctx context.Context, o options) (err error) {
	average := loadAverage()
	network, err := start(o.home, o.validators)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, network.stop()) }()
	if err := network.ready(ctx); err != nil {
		return err
	}
	log.Printf("%d validators make blocks; sending for %s", o.validators, o.load.duration)
	result, err := o.load.run(ctx, network.rpc)
	if err != nil {
		return err
	}
	figures := result.figures(average)
	for _, f := range figures {
		fmt.Printf("%-28s %10.3f %s\n", f.Name, f.Value, f.Unit)
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
