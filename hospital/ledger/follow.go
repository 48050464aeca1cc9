package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// errClosed ends every wait on a client that was closed.
var errClosed = errors.New("the ledger client is closed")

// blocks is what a follower reads.
type blocks interface {
	Height(ctx context.Context) (int64, error)
	Block(ctx context.Context, height int64) (*cmttypes.Block, error)
	Results(ctx context.Context, height int64) ([]*abci.ExecTxResult, error)
}

// follower reads every block while anyone waits for a transaction, and nothing
// while nobody does. It needs no transaction index, which validators lack.
type follower struct {
	chain blocks
	every time.Duration   // pause between two looks at the height
	life  context.Context // ends with the client

	mu      sync.Mutex
	waiting map[[sha256.Size]byte]waiter
	started chan struct{} // closed once the first height is known; nil while idle
}

// waiter is one transaction in flight.
type waiter struct {
	timeout time.Time // zero if it never expires
	done    chan outcome
}

type outcome struct {
	result Result
	err    error
}

func newFollower(life context.Context, chain blocks, every time.Duration) *follower {
	return &follower{chain: chain, every: every, life: life, waiting: make(map[[sha256.Size]byte]waiter)}
}

// watch begins to look for a transaction. It must return before the transaction
// is sent, since blocks from the present height on are looked at and none
// before. forget must be called afterwards.
func (f *follower) watch(ctx context.Context, hash [sha256.Size]byte, timeout time.Time) (<-chan outcome, error) {
	w := waiter{timeout: timeout, done: make(chan outcome, 1)}
	f.mu.Lock()
	if _, twice := f.waiting[hash]; twice {
		f.mu.Unlock()
		return nil, fmt.Errorf("transaction %X is waited for already", hash)
	}
	f.waiting[hash] = w
	if f.started == nil {
		f.started = make(chan struct{})
		go f.run(f.started)
	}
	started := f.started
	f.mu.Unlock()

	select {
	case <-started:
		return w.done, nil
	case <-ctx.Done():
		f.forget(hash)
		return nil, fmt.Errorf("no node tells its height: %w", ctx.Err())
	case <-f.life.Done():
		return nil, errClosed
	}
}

func (f *follower) forget(hash [sha256.Size]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiting, hash)
}

// run follows the chain until nobody waits. Failures of a node are tried again
// at the next look; the waiters' contexts bound the patience.
func (f *follower) run(started chan struct{}) {
	ticker := time.NewTicker(f.every)
	defer ticker.Stop()
	var next int64
	for !f.rests() {
		known := next > 0
		next = f.advance(next)
		if !known && next > 0 {
			close(started)
		}
		select {
		case <-ticker.C:
		case <-f.life.Done():
			return
		}
	}
}

// rests notes that the follower stops, if nobody waits.
func (f *follower) rests() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) > 0 {
		return false
	}
	f.started = nil
	return true
}

// advance reads the blocks from next to the node's height and returns the first
// height that it has not read. A next of 0 begins after the present height.
func (f *follower) advance(next int64) int64 {
	height, err := f.chain.Height(f.life)
	if err != nil {
		return next
	}
	if next == 0 {
		return height + 1
	}
	for ; next <= height; next++ {
		if err := f.read(next); err != nil {
			return next
		}
	}
	return next
}

// read tells the waiters of one block what came of their transactions, and
// those whose timeout the block has passed that there will be no block.
func (f *follower) read(height int64) error {
	block, err := f.chain.Block(f.life, height)
	if err != nil {
		return err
	}
	hashes := make([][sha256.Size]byte, len(block.Txs))
	held := false
	for i, tx := range block.Txs {
		hashes[i] = sha256.Sum256(tx)
		held = held || f.waits(hashes[i])
	}
	if held {
		results, err := f.chain.Results(f.life, height)
		if err != nil {
			return err
		}
		if len(results) != len(hashes) {
			return fmt.Errorf("block %d has %d transactions and %d results", height, len(hashes), len(results))
		}
		for i, hash := range hashes {
			f.tell(hash, outcomeOf(hash, height, results[i]))
		}
	}
	f.expire(block.Time)
	return nil
}

func (f *follower) waits(hash [sha256.Size]byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.waiting[hash]
	return ok
}

func (f *follower) tell(hash [sha256.Size]byte, o outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w, ok := f.waiting[hash]; ok {
		w.done <- o
		delete(f.waiting, hash)
	}
}

// expire ends the waits that block time has overtaken: it never falls, so no
// later block can hold them.
func (f *follower) expire(blockTime time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for hash, w := range f.waiting {
		if !w.timeout.IsZero() && blockTime.After(w.timeout) {
			w.done <- outcome{err: ErrExpired}
			delete(f.waiting, hash)
		}
	}
}

func outcomeOf(hash [sha256.Size]byte, height int64, r *abci.ExecTxResult) outcome {
	if r.Code == abci.CodeTypeOK {
		return outcome{result: Result{Hash: hash, Height: height, Data: r.Data}}
	}
	refusal := refusedBy(r.Codespace, r.Code, r.Log)
	refusal.Height = height
	return outcome{err: refusal}
}
