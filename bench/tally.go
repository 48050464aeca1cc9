package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

// Tally is what came of one run, counted in the blocks. Committed, failed,
// refused and lost transactions add up to those offered.
type Tally struct {
	// Offered is how many transactions were due.
	Offered uint64
	// Committed is how many succeeded in a block.
	Committed uint64
	// RecordsEach is how many records each transaction anchors.
	RecordsEach uint64
	// Failed counts those that failed in a block, by codespace and code.
	Failed map[string]uint64
	// Refused counts those that no node took and no block holds, by reason.
	Refused map[string]uint64
	// Retryable is how many of the refused may be taken when sent again.
	Retryable uint64
	// Lost is how many a node took and no block holds.
	Lost uint64
	// Rate is how many transactions a second were committed while transactions
	// were sent, 0 if that took less than two blocks.
	Rate float64
	// Latencies, in rising order, are the times from when a committed transaction
	// was due to when its block was seen to be committed by the first node.
	Latencies []time.Duration
	// Intervals, in rising order, are the differences of block times.
	Intervals []time.Duration
	// Load is the machine's load average over a minute before the run, 0 if the
	// system does not tell.
	Load float64
}

// account reads every block after height first that was seen and settles what
// was sent until end.
func account(ctx context.Context, node *ledger.Node, first int64, seen map[int64]time.Time, sent []shot, end time.Time) (*Tally, error) {
	t := &Tally{Offered: uint64(len(sent)), Failed: make(map[string]uint64), Refused: make(map[string]uint64)}
	open := make(map[[sha256.Size]byte]shot, len(sent))
	for _, s := range sent {
		open[s.hash] = s
	}
	var last time.Time
	var blocks []sight
	for height := first + 1; ; height++ {
		at, ok := seen[height]
		if !ok {
			break
		}
		before := t.Committed
		blockTime, err := t.read(ctx, node, height, at, open)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, sight{at: at, committed: t.Committed - before})
		if !last.IsZero() {
			t.Intervals = append(t.Intervals, blockTime.Sub(last))
		}
		last = blockTime
	}
	for _, s := range open {
		if s.refused != "" {
			t.Refused[s.refused]++
			if s.retry {
				t.Retryable++
			}
		} else {
			t.Lost++
		}
	}
	t.Rate = sustained(blocks, end)
	slices.Sort(t.Latencies)
	slices.Sort(t.Intervals)
	return t, nil
}

// read settles the transactions of one block, seen at a local time, and returns
// the block's own time.
func (t *Tally) read(ctx context.Context, node *ledger.Node, height int64, at time.Time, open map[[sha256.Size]byte]shot) (time.Time, error) {
	block, err := node.Block(ctx, height)
	if err != nil {
		return time.Time{}, err
	}
	var results []*abci.ExecTxResult
	if len(block.Txs) > 0 {
		if results, err = node.Results(ctx, height); err != nil {
			return time.Time{}, err
		}
	}
	if len(results) != len(block.Txs) {
		return time.Time{}, fmt.Errorf("block %d has %d transactions and %d results", height, len(block.Txs), len(results))
	}
	for i, tx := range block.Txs {
		hash := sha256.Sum256(tx)
		s, ours := open[hash]
		if !ours {
			continue
		}
		delete(open, hash)
		if r := results[i]; r.Code != abci.CodeTypeOK {
			t.Failed[fmt.Sprintf("%s %d", r.Codespace, r.Code)]++
			continue
		}
		t.Committed++
		t.Latencies = append(t.Latencies, at.Sub(s.due))
	}
	return block.Time, nil
}
