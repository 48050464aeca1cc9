package suite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dmdl-network/dmdl/bench"
)

// throughput saturates the network with one record a transaction, and then
// CometBFT's example application on as many validators in the same way.
func throughput(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	t, err := e.load(ctx, bench.Load{Workload: bench.OneRecord(), Duration: e.duration()}, e.target)
	if err != nil {
		return nil, err
	}
	figures := []bench.Figure{
		figure(t, "tx_per_second_4v", t.Rate, "tx/s"),
		figure(t, "tx_per_second_4v_block_interval_p95_ms", milliseconds(bench.Percentile(t.Intervals, 95)), "ms"),
		figure(t, "tx_per_second_4v_lost", float64(t.Lost), "tx"),
	}
	if err := e.close(); err != nil {
		return nil, err
	}
	peer, err := kvstore(ctx, e)
	if err != nil {
		return nil, err
	}
	return append(figures,
		figure(t, "kvstore_tx_per_second_4v", peer, "tx/s"),
		figure(t, "tx_per_second_4v_to_kvstore", t.Rate/peer, "ratio")), nil
}

// latency offers 200 transactions a second, which the network takes with ease.
func latency(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	t, err := e.load(ctx, bench.Load{Workload: bench.OneRecord(), Rate: 200, Duration: e.duration()}, e.target)
	if err != nil {
		return nil, err
	}
	return []bench.Figure{
		figure(t, "commit_p50_ms", milliseconds(bench.Percentile(t.Latencies, 50)), "ms"),
		figure(t, "commit_p99_ms", milliseconds(bench.Percentile(t.Latencies, 99)), "ms"),
	}, nil
}

// explicit saturates the network with 100 explicit records a transaction: of
// one subject, as a patient's bundle arrives, and of 100 subjects.
func explicit(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	one, err := e.load(ctx, bench.Load{Workload: bench.Records100OneSubject(), Duration: e.duration(), Window: 400}, e.target)
	if err != nil {
		return nil, err
	}
	many, err := e.load(ctx, bench.Load{Workload: bench.Records100(), Duration: e.duration(), Window: 120}, e.target)
	if err != nil {
		return nil, err
	}
	return []bench.Figure{
		figure(one, "explicit_anchors_per_second_4v", one.Rate*float64(one.RecordsEach), "records/s"),
		figure(many, "explicit_anchors_per_second_4v_100_subjects", many.Rate*float64(many.RecordsEach), "records/s"),
	}, nil
}

// batches anchors batches at one a second from every hospital, and then adds
// leaves of the same size to a tessera log, as many as it takes.
func batches(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	folder := filepath.Join(e.home, "trees")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	// A tree is the work that is measured, so none is made ahead but the first.
	work := bench.Load{Workload: bench.Batch(100_000, folder), Rate: validators, Ahead: time.Second, Duration: e.duration()}
	t, err := e.load(ctx, work, e.target)
	if err != nil {
		return nil, err
	}
	if err := e.close(); err != nil {
		return nil, err
	}
	peer, err := tessera(ctx, e)
	if err != nil {
		return nil, err
	}
	return []bench.Figure{
		figure(t, "batch_anchors_per_second_4v", t.Rate*float64(t.RecordsEach), "records/s"),
		figure(t, "tessera_leaves_per_second", peer, "leaves/s"),
	}, nil
}

// overload first finds the peak, then offers four times as much.
func overload(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	peak, err := e.load(ctx, bench.Load{Workload: bench.OneRecord(), Duration: e.duration()}, e.target)
	if err != nil {
		return nil, err
	}
	over, err := e.load(ctx, bench.Load{Workload: bench.OneRecord(), Rate: 4 * peak.Rate, Duration: e.duration(), InFlight: 32}, e.target)
	if err != nil {
		return nil, err
	}
	refused := uint64(0)
	for reason, n := range over.Refused {
		if reason != bench.NotSent {
			refused += n
		}
	}
	if refused == 0 {
		return nil, errors.New("nothing was refused: this was no overload")
	}
	return []bench.Figure{
		figure(over, "overload_committed_to_peak", over.Rate/peak.Rate, "ratio"),
		figure(over, "overload_block_interval_max_ms", milliseconds(bench.Percentile(over.Intervals, 100)), "ms"),
		figure(over, "overload_refusals_retryable", float64(over.Retryable)/float64(refused), "ratio"),
		figure(over, "overload_lost", float64(over.Lost), "tx"),
	}, nil
}

// flood measures two hospitals alone, and then while a third one floods.
func flood(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	quiet := bench.Load{Workload: bench.OneRecord(), Rate: 20, Duration: e.duration()}
	honest := *e.target
	honest.Institutions = e.target.Institutions[1:3]
	alone, err := e.load(ctx, quiet, &honest)
	if err != nil {
		return nil, err
	}
	flooding := *e.target
	flooding.Institutions = e.target.Institutions[:1]
	var beside *bench.Tally
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := e.load(groupCtx, bench.Load{Workload: bench.OneRecord(), Rate: 2000, Duration: e.duration(), InFlight: 256}, &flooding)
		return err
	})
	group.Go(func() (err error) {
		beside, err = e.load(groupCtx, quiet, &honest)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	before, after := bench.Percentile(alone.Latencies, 50), bench.Percentile(beside.Latencies, 50)
	return []bench.Figure{
		figure(beside, "flood_latency_p50_ratio", float64(after)/float64(before), "ratio"),
		figure(beside, "flood_latency_p50_ms", milliseconds(after), "ms"),
		figure(beside, "flood_latency_p99_ms", milliseconds(bench.Percentile(beside.Latencies, 99)), "ms"),
		figure(beside, "flood_others_lost", float64(beside.Lost), "tx"),
	}, nil
}

// deadProposer kills one validator while the others go on. Every fourth height
// then begins with a proposer that is not there.
func deadProposer(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	e.net.Nodes[validators-1].Kill()
	rest := *e.target
	rest.RPC, rest.Institutions = e.target.RPC[:validators-1], e.target.Institutions[:validators-1]
	time.Sleep(2 * time.Second) // peers notice; the measured blocks are all without it
	t, err := e.load(ctx, bench.Load{Workload: bench.OneRecord(), Rate: 100, Duration: e.duration()}, &rest)
	if err != nil {
		return nil, err
	}
	usual := bench.Percentile(t.Intervals, 50)
	longest := bench.Percentile(t.Intervals, 100)
	return []bench.Figure{
		figure(t, "dead_proposer_block_interval_max_ms", milliseconds(longest), "ms"),
		figure(t, "dead_proposer_cost_ms", milliseconds(longest-usual), "ms"),
	}, nil
}
