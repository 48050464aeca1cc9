package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/cometbft/cometbft/types"
)

// figure is one measured number, in the form of all benchmark results.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Runs  int     `json:"runs"`
	Load  float64 `json:"load"`
}

// result is what came of a run, counted in the blocks.
type result struct {
	offered, committed, refused, lost int
	rate                              float64 // transactions a second, see sustained
	latencies, intervals              []time.Duration
}

// account reads the blocks since the load began and settles what was sent.
func account(ctx context.Context, node *rpchttp.HTTP, blocks *watcher, sent []shot, end time.Time) (*result, error) {
	r := &result{offered: len(sent)}
	open := make(map[types.TxKey]shot, len(sent))
	for _, s := range sent {
		open[s.tx.Key()] = s
	}
	var last time.Time
	var sights []sight
	for height := blocks.first + 1; height < blocks.next; height++ {
		answer, err := node.Block(ctx, &height)
		if err != nil {
			return nil, fmt.Errorf("read block %d: %w", height, err)
		}
		before := r.committed
		for _, tx := range answer.Block.Txs {
			s, ours := open[tx.Key()]
			if !ours {
				continue
			}
			delete(open, tx.Key())
			r.committed++
			r.latencies = append(r.latencies, blocks.seen[height].Sub(s.due))
		}
		sights = append(sights, sight{at: blocks.seen[height], committed: r.committed - before})
		if !last.IsZero() {
			r.intervals = append(r.intervals, answer.Block.Time.Sub(last))
		}
		last = answer.Block.Time
	}
	r.settle(open)
	r.rate = sustained(sights, end)
	slices.Sort(r.latencies)
	slices.Sort(r.intervals)
	return r, nil
}

// settle counts what no block holds.
func (r *result) settle(open map[types.TxKey]shot) {
	for _, s := range open {
		if s.refused != "" {
			r.refused++
		} else {
			r.lost++
		}
	}
}

// figures are the numbers of a run. Every committed transaction succeeded: the
// application knows no failure in a block.
func (r *result) figures(load float64) []figure {
	var list []figure
	add := func(name string, value float64, unit string) {
		list = append(list, figure{Name: "kvstore/" + name, Value: value, Unit: unit, Runs: 1, Load: load})
	}
	add("committed", r.rate, "tx/s")
	add("offered", float64(r.offered), "tx")
	for _, p := range []struct {
		label string
		share float64
	}{{"p50", 50}, {"p95", 95}, {"max", 100}} {
		add("latency-"+p.label, percentile(r.latencies, p.share).Seconds(), "s")
		add("block-interval-"+p.label, percentile(r.intervals, p.share).Seconds(), "s")
	}
	add("refused", float64(r.refused), "tx")
	add("lost", float64(r.lost), "tx")
	return list
}

// sight is a block that was seen while transactions were sent.
type sight struct {
	at        time.Time
	committed int
}

// sustained is how many transactions a second blocks committed between the
// first block that held any and the last one seen before sending ended, or the
// end itself if no block came before it for longer than ever before. It is the
// measure of the ledger's benchmarks.
func sustained(blocks []sight, end time.Time) float64 {
	for len(blocks) > 0 && blocks[0].committed == 0 {
		blocks = blocks[1:]
	}
	for len(blocks) > 0 && blocks[len(blocks)-1].at.After(end) {
		blocks = blocks[:len(blocks)-1]
	}
	if len(blocks) < 2 {
		return 0
	}
	committed, longest := 0, time.Duration(0)
	for i, b := range blocks[1:] {
		committed += b.committed
		longest = max(longest, b.at.Sub(blocks[i].at))
	}
	first, last := blocks[0].at, blocks[len(blocks)-1].at
	if end.Sub(last) > longest {
		last = end
	}
	if !last.After(first) {
		return 0
	}
	return float64(committed) / last.Sub(first).Seconds()
}

// percentile is the nearest rank in values given in rising order, or 0.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
