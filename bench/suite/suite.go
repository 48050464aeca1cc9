// Package suite is the list of the ledger's benchmarks: which load is put on
// which network, and which figure comes of it. Every benchmark starts a network
// of its own on loopback, so that none inherits the state of another.
package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
)

const (
	// validators is how many hospitals a benchmark's network has.
	validators = 4
	// senders is how many vault accounts each hospital sends from.
	senders = 16
)

// Benchmark is one entry of the list.
type Benchmark struct {
	// Name is what "dmdld bench --name" takes.
	Name string
	// About says what is measured, in one line.
	About string

	run func(context.Context, *env) ([]bench.Figure, error)
}

// All lists every benchmark in the order in which they run.
func All() []Benchmark {
	return []Benchmark{
		{"throughput", "one record a transaction, saturated; and CometBFT's kvstore in the same way", throughput},
		{"latency", "one record a transaction at 200 tx/s: from submission to commit", latency},
		{"explicit", "100 explicit records a transaction, saturated", explicit},
		{"batches", "batches of 100,000 records, from every hospital; and a tessera log on a local folder", batches},
		{"vault", "a vault takes in 20,000 records of 1 KiB and a file of 2 GiB; no ledger", vaultIngest},
		{"access", "how requests would be decided, asked of one idle node over gRPC", checkAccess},
		{"overload", "four times what the network commits is offered", overload},
		{"flood", "one hospital floods, two others go on at 20 tx/s", flood},
		{"dead-proposer", "one validator of four is killed under load", deadProposer},
	}
}

// Config says where and how benchmarks run.
type Config struct {
	// Binary is the dmdld binary.
	Binary string
	// Repository is the folder of the sources, where bench/kvstore and
	// bench/tessera are.
	Repository string
	// Seconds is how long each load lasts.
	Seconds int
	// Runs is how often each benchmark is repeated; the median counts.
	Runs int
	// Progress is where progress goes.
	Progress io.Writer
}

// Run runs one benchmark as often as configured and returns the medians.
func (b Benchmark) Run(ctx context.Context, c Config) ([]bench.Figure, error) {
	var runs [][]bench.Figure
	for n := range c.Runs {
		fmt.Fprintf(c.Progress, "%s, run %d of %d: %s\n", b.Name, n+1, c.Runs, b.About)
		figures, err := b.once(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Name, err)
		}
		runs = append(runs, figures)
	}
	return bench.Medians(runs...), nil
}

func (b Benchmark) once(ctx context.Context, c Config) (figures []bench.Figure, err error) {
	home, err := os.MkdirTemp("", "dmdl-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	e := &env{Config: c, home: home}
	defer func() { err = errors.Join(err, e.close()) }()
	return b.run(ctx, e)
}

// env is the network of one run.
type env struct {
	Config
	home   string
	net    *localnet.Network
	client *ledger.Client
	target *bench.Target
}

// start makes a network with vault accounts enrolled.
func (e *env) start(ctx context.Context) error {
	net, err := localnet.New(ctx, localnet.Options{Binary: e.Binary, Home: filepath.Join(e.home, "net"), Validators: validators})
	if err != nil {
		return err
	}
	e.net = net
	if err := net.Start(ctx); err != nil {
		return err
	}
	if e.client, err = net.Client(ledger.Config{Gas: ante.Schedule}); err != nil {
		return err
	}
	e.target = &bench.Target{ChainID: net.ChainID, Chain: e.client}
	for at, n := range net.Nodes {
		institution := &bench.Institution{Number: uint64(at) + 1, Vaults: []ledger.Key{n.Vault}}
		for range senders - 1 {
			key, err := ledger.NewKey()
			if err != nil {
				return err
			}
			institution.Vaults = append(institution.Vaults, key)
		}
		if err := n.Enrol(ctx, e.client, institution.Vaults[1:]...); err != nil {
			return err
		}
		e.target.Institutions = append(e.target.Institutions, institution)
		e.target.RPC = append(e.target.RPC, n.RPC())
	}
	return nil
}

// close ends the network, if there is one, and leaves the machine to what is
// measured next.
func (e *env) close() error {
	var err error
	if e.client != nil {
		err = e.client.Close()
	}
	if e.net != nil {
		err = errors.Join(err, e.net.Stop())
	}
	e.net, e.client = nil, nil
	return err
}

// duration is how long loads last.
func (e *env) duration() time.Duration { return time.Duration(e.Seconds) * time.Second }

// load puts a load on a target and says what came of it.
func (e *env) load(ctx context.Context, l bench.Load, t *bench.Target) (*bench.Tally, error) {
	tally, err := l.Run(ctx, t)
	if err != nil {
		return nil, err
	}
	p := func(percent float64) time.Duration {
		return bench.Percentile(tally.Latencies, percent).Round(time.Millisecond)
	}
	fmt.Fprintf(e.Progress, "  %s: offered %d, committed %d (%.0f tx/s), lost %d, refused %v, failed %v; latency p50 %s p99 %s; block interval p95 %s max %s\n",
		l.Workload.Name(), tally.Offered, tally.Committed, tally.Rate, tally.Lost, tally.Refused, tally.Failed, p(50), p(99),
		bench.Percentile(tally.Intervals, 95).Round(time.Millisecond), bench.Percentile(tally.Intervals, 100).Round(time.Millisecond))
	return tally, nil
}

// figure is one figure of a run.
func figure(t *bench.Tally, name string, value float64, unit string) bench.Figure {
	return bench.Figure{Name: name, Value: value, Unit: unit, Runs: 1, Load: t.Load}
}

// milliseconds is a duration as a figure gives it.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Find returns the benchmarks of a name, all for the empty name.
func Find(name string) ([]Benchmark, error) {
	if name == "" {
		return All(), nil
	}
	var names []string
	for _, b := range All() {
		if b.Name == name {
			return []Benchmark{b}, nil
		}
		names = append(names, b.Name)
	}
	return nil, fmt.Errorf("benchmark %q is unknown, want one of %s", name, strings.Join(names, ", "))
}
