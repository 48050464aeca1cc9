package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

const (
	// lookEvery is how often the first node's height is read. Latencies are no
	// finer than this.
	lookEvery = 20 * time.Millisecond
	// quiet is after how many blocks in a row without a transaction of the run
	// nothing more is expected.
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

// drain reads the blocks after height first until they hold every transaction of
// open, until a number of blocks in a row holds none of them, or until limit is
// over. What is missing then is lost. Others may load the network meanwhile.
func (w *watcher) drain(ctx context.Context, first int64, open map[[sha256.Size]byte]struct{}, limit time.Duration) error {
	over := time.After(limit)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	idle, begun := 0, int64(0)
	for height := first + 1; ; {
		w.mu.Lock()
		next, failed := w.next, w.failed
		w.mu.Unlock()
		if begun == 0 {
			begun = next
		}
		if failed != nil {
			return failed
		}
		for ; height < next && len(open) > 0; height++ {
			block, err := w.node.Block(ctx, height)
			if err != nil {
				return err
			}
			before := len(open)
			for _, tx := range block.Txs {
				delete(open, sha256.Sum256(tx))
			}
			if idle++; len(open) < before || height < begun {
				idle = 0
			}
		}
		if len(open) == 0 || idle >= quiet {
			return nil
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
