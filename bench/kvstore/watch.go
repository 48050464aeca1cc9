package main

import (
	"context"
	"sync"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
)

const (
	// lookEvery is how often the first node's height is read.
	lookEvery = 20 * time.Millisecond
	// quiet is after how many empty blocks in a row nothing more is expected, and
	// drainTimeout after how long in any case.
	quiet        = 10
	drainTimeout = time.Minute
)

// watcher notes when the first node's application has committed each block.
type watcher struct {
	node  *rpchttp.HTTP
	first int64         // the height before the load
	open  chan struct{} // holds one item for each transaction in the network
	done  chan struct{} // closed when run has ended

	mu    sync.Mutex
	next  int64
	seen  map[int64]time.Time
	txs   int
	empty int // empty blocks since the last full one
}

func newWatcher(ctx context.Context, node *rpchttp.HTTP, window int) (*watcher, error) {
	info, err := node.ABCIInfo(ctx)
	if err != nil {
		return nil, err
	}
	height := info.Response.LastBlockHeight
	return &watcher{
		node: node, first: height, next: height + 1, seen: make(map[int64]time.Time),
		open: make(chan struct{}, window), done: make(chan struct{}),
	}, nil
}

// run looks until ctx ends. What a look misses the next one finds.
func (w *watcher) run(ctx context.Context) {
	defer close(w.done)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.look(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (w *watcher) look(ctx context.Context) {
	info, err := w.node.ABCIInfo(ctx)
	if err != nil {
		return
	}
	now := time.Now()
	for w.next <= info.Response.LastBlockHeight {
		chain, err := w.node.BlockchainInfo(ctx, w.next, w.next)
		if err != nil || len(chain.BlockMetas) == 0 {
			return
		}
		txs := chain.BlockMetas[0].NumTxs
		w.mu.Lock()
		w.seen[w.next] = now
		w.next++
		w.txs += txs
		w.empty++
		if txs > 0 {
			w.empty = 0
		}
		w.mu.Unlock()
		w.release(txs)
	}
}

// release lets n more transactions into the window.
func (w *watcher) release(n int) {
	for range n {
		select {
		case <-w.open:
		default:
			return
		}
	}
}

// drain waits until blocks hold what was accepted, or stay empty.
func (w *watcher) drain(ctx context.Context, sent []shot) {
	accepted := 0
	for _, s := range sent {
		if s.refused == "" {
			accepted++
		}
	}
	w.mu.Lock()
	w.empty = 0
	w.mu.Unlock()
	over := time.After(drainTimeout)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		w.mu.Lock()
		settled := w.txs >= accepted || w.empty >= quiet
		w.mu.Unlock()
		if settled {
			return
		}
		select {
		case <-ticker.C:
		case <-over:
			return
		case <-ctx.Done():
			return
		}
	}
}
