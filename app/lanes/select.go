package lanes

import (
	"context"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/mempool"
)

// iterator walks a snapshot of the pool and decodes as it goes.
type iterator struct {
	decode sdk.TxDecoder
	tx     mempool.PooledTx
	rest   []*entry
}

// Select returns an iterator over a snapshot in serving order, or nil if the pool is
// empty. The transactions given are ignored. The handlers of this package do not use
// it: it decodes each transaction, for whoever wants to look inside the pool.
func (p *Pool) Select(context.Context, [][]byte) mempool.Iterator {
	it := &iterator{decode: p.decode}
	for _, class := range p.queues(0, time.Time{}) {
		roundRobin(class, func(e *entry) bool {
			it.rest = append(it.rest, e)
			return true
		})
	}
	return it.Next()
}

// SelectBy calls back for each transaction in serving order until told to stop. The
// callback may change the pool: it sees a snapshot.
func (p *Pool) SelectBy(ctx context.Context, txs [][]byte, callback func(mempool.PooledTx) bool) {
	for it := p.Select(ctx, txs); it != nil && callback(it.Tx()); {
		it = it.Next()
	}
}

// Tx returns the current transaction and its declared gas.
func (i *iterator) Tx() mempool.PooledTx { return i.tx }

// Next moves on, past what does not decode, or returns nil at the end.
func (i *iterator) Next() mempool.Iterator {
	for len(i.rest) > 0 {
		e := i.rest[0]
		i.rest = i.rest[1:]
		if tx, err := i.decode(e.raw); err == nil {
			i.tx = mempool.NewPooledTx(tx, e.size.gas)
			return i
		}
	}
	return nil
}
