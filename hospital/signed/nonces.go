package signed

import (
	"fmt"
	"maps"
	"sync"
	"time"
)

const (
	// maxNonces is how many nonces are remembered: some 200 MB of them. When half of
	// them are, the rest is for accounts of the network: anybody can make keys.
	maxNonces = 1 << 20
	// sharers is into how many parts they are divided, so that one account keeps
	// nobody else out.
	sharers = 16
)

var errCrowded = fmt.Errorf("%w: there are too many requests; try again in %s", ErrRefused, 2*Window)

// nonces remembers which nonces came within their life.
type nonces struct {
	most int

	mu    sync.Mutex
	count int
	seen  map[string]map[string]time.Time // by account: nonce to when it may be forgotten
	swept time.Time                       // when those were last forgotten that may be
}

// crowded says whether half of all that may be remembered is.
func (n *nonces) crowded(now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sweep(now)
	return n.count >= n.most/2
}

// first fails unless an account's nonce comes for the first time within its life, and
// while as many are remembered as may be of the account or in all.
func (n *nonces) first(now time.Time, account, nonce string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sweep(now)
	own := n.seen[account]
	if _, before := own[nonce]; before {
		return fmt.Errorf("%w: it was sent before", ErrRefused)
	}
	if n.count >= n.most || len(own) >= n.most/sharers {
		return errCrowded
	}
	if own == nil {
		own = make(map[string]time.Time)
		if n.seen == nil {
			n.seen = make(map[string]map[string]time.Time)
		}
		n.seen[account] = own
	}
	own[nonce] = now.Add(2 * Window)
	n.count++
	return nil
}

// sweep forgets those that are too old to be accepted again, once in a while: no request
// should have to look through them all.
func (n *nonces) sweep(now time.Time) {
	if now.Sub(n.swept) < Window {
		return
	}
	n.swept = now
	for account, own := range n.seen {
		before := len(own)
		maps.DeleteFunc(own, func(_ string, until time.Time) bool { return now.After(until) })
		if n.count -= before - len(own); len(own) == 0 {
			delete(n.seen, account)
		}
	}
}
