package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

const (
	// lookEvery is how often the first node's height is read. Latencies are no
	// finer than this.
	lookEvery = 20 * time.Millisecond
	// quiet is after how many empty blocks in a row nothing more is expected.
	quiet = 10
	// patience bounds how long the first node may fail to answer.
	patience = 30 * time.Second
)

// watcher notes when each block is seen, as its node's application has
// committed it, and opens the window of a closed load again.
type watcher struct {
	node *ledger.Node
	open chan struct{} // holds one item for each transaction in the network
	done chan struct{} // closed when run has ended

	mu     sync.Mutex
	next   int64
	seen   map[int64]time.Time
	txs    int // in blocks since the start
	empty  int // empty blocks since the last full one
	failed error
}

func newWatcher(node *ledger.Node, height int64, window int) *watcher {
	return &watcher{
		node: node, open: make(chan struct{}, window), done: make(chan struct{}),
		next: height + 1, seen: make(map[int64]time.Time),
	}
}

// run looks until ctx ends or the node is silent for too long.
func (w *watcher) run(ctx context.Context) {
	defer close(w.done)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	answered := time.Now()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		err := w.look(ctx)
		if err == nil {
			answered = time.Now()
		} else if ctx.Err() == nil && time.Since(answered) > patience {
			w.mu.Lock()
			w.failed = fmt.Errorf("the first node has not answered for %s: %w", patience, err)
			w.mu.Unlock()
			return
		}
	}
}

// look notes the blocks that came since the last look.
func (w *watcher) look(ctx context.Context) error {
	height, err := w.node.Height(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	for w.next <= height {
		metas, err := w.node.Metas(ctx, w.next, min(height, w.next+19))
		if err != nil {
			return err
		}
		w.mu.Lock()
		for _, meta := range metas {
			w.seen[meta.Header.Height] = now
			w.txs += meta.NumTxs
			w.empty++
			if meta.NumTxs > 0 {
				w.empty = 0
			}
			w.next = meta.Header.Height + 1
		}
		w.mu.Unlock()
		for _, meta := range metas {
			w.release(meta.NumTxs)
		}
	}
	return nil
}

// release lets n more transactions into the window.
func (w *watcher) release(n int) {
	for range n {
		select {
		case <-w.open:
		default: // an open load, or transactions of others
			return
		}
	}
}

// drain waits until blocks hold as many transactions as were accepted, stay
// empty, or limit is over. What is missing then is lost.
func (w *watcher) drain(ctx context.Context, accepted int, limit time.Duration) error {
	w.mu.Lock()
	w.empty = 0
	w.mu.Unlock()
	over := time.After(limit)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		w.mu.Lock()
		settled, failed := w.txs >= accepted || w.empty >= quiet, w.failed
		w.mu.Unlock()
		if failed != nil || settled {
			return failed
		}
		select {
		case <-ticker.C:
		case <-over:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
