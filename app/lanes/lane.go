package lanes

import (
	"cmp"
	"container/list"
	"slices"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// laneKey names one of an institution's lanes.
type laneKey struct {
	institution uint64
	class       Class
}

// lane is the FIFO of one institution. It exists only while it holds something.
type lane struct {
	queue *list.List // of *entry, oldest first
	used  load       // the sum of its entries
}

// entry is one pooled transaction. It never changes, so it may leave the lock.
type entry struct {
	lane      laneKey
	key       cmttypes.TxKey
	raw       []byte
	tx        sdk.Tx
	size      load // as quotas count it; a block counts a few bytes more
	release   bool
	unordered bool
	timeout   time.Time // zero means never
}

// newEntry measures a transaction.
func newEntry(a Admission, raw []byte, tx sdk.Tx) (*entry, error) {
	gas, err := declaredGas(tx)
	if err != nil {
		return nil, err
	}
	e := &entry{
		lane:    a.lane(),
		key:     cmttypes.Tx(raw).Key(),
		raw:     raw,
		tx:      tx,
		size:    load{bytes: uint64(len(raw)), gas: gas, txs: 1},
		release: ClassOf(tx) == Release,
	}
	if timed, ok := tx.(sdk.TxWithTimeoutTimeStamp); ok && timed.GetTimeoutTimeStamp().Unix() != 0 {
		e.timeout = timed.GetTimeoutTimeStamp()
	}
	if unordered, ok := tx.(sdk.TxWithUnordered); ok {
		e.unordered = unordered.GetUnordered()
	}
	return e, nil
}

// expired reports whether the ante chain refuses the entry in a block of that time.
func (e *entry) expired(blockTime time.Time) bool {
	return !e.timeout.IsZero() && e.timeout.Before(blockTime)
}

// queues returns what the lanes of each class hold and what has not expired at
// blockTime, in serving order. Within a class they are by institution number; the
// start-th lane, counted around, comes first.
func (p *Pool) queues(start uint64, blockTime time.Time) (all [len(serving)][][]*entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, class := range serving {
		all[i] = p.queuesOf(class, start, blockTime)
	}
	return all
}

func (p *Pool) queuesOf(class Class, start uint64, blockTime time.Time) [][]*entry {
	var keys []laneKey
	for key := range p.lanes {
		if key.class == class {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.SortFunc(keys, func(a, b laneKey) int { return cmp.Compare(a.institution, b.institution) })
	first := start % uint64(len(keys))
	var all [][]*entry
	for _, key := range slices.Concat(keys[first:], keys[:first]) {
		queue := p.lanes[key].live(blockTime)
		if len(queue) > 0 {
			all = append(all, queue)
		}
	}
	return all
}

// live returns the lane's entries that have not expired, oldest first.
func (l *lane) live(blockTime time.Time) []*entry {
	queue := make([]*entry, 0, l.queue.Len())
	for element := l.queue.Front(); element != nil; element = element.Next() {
		if e := element.Value.(*entry); !e.expired(blockTime) {
			queue = append(queue, e)
		}
	}
	return queue
}

// roundRobin visits the queues' entries, one of each queue a round. A visit that
// returns false ends its queue. The slice of queues is used up.
func roundRobin(queues [][]*entry, visit func(*entry) bool) {
	for len(queues) > 0 {
		left := queues[:0]
		for _, queue := range queues {
			if visit(queue[0]) && len(queue) > 1 {
				left = append(left, queue[1:])
			}
		}
		queues = left
	}
}
