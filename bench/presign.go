package bench

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

const (
	// lifetime is how long a transaction is valid from its signing: a little
	// below what the chain allows, for the clocks differ.
	lifetime = ledger.MaxLifetime - 10*time.Second
	// stale is the age at which an unsent transaction is thrown away, so that the
	// rest of its life is enough for a full pool.
	stale = time.Minute
	// usualAhead is how much of an open load is signed before it is due.
	usualAhead = 30 * time.Second
	// closedAhead is how many transactions of a closed load are signed before
	// they are wanted.
	closedAhead = 1_000
	// longestPreparation bounds the signing before the clock starts.
	longestPreparation = 20 * time.Second
)

// signed is a transaction ready to be sent.
type signed struct {
	raw  []byte
	hash [sha256.Size]byte
	at   time.Time
}

// presigner signs the transactions of a load ahead of need.
type presigner struct {
	chainID  string
	workload Workload
	vaults   []vault
	gas      uint64
	made     int
	ready    chan signed
	failed   error // why no more come, readable once ready is closed
}

// newPresigner signs as much as fits before the clock starts. total is how many
// transactions are wanted at all, 0 if unknown.
func newPresigner(ctx context.Context, l Load, t *Target, total int) (*presigner, error) {
	vaults, err := t.vaults(ctx)
	if err != nil {
		return nil, err
	}
	room := closedAhead
	if l.Rate > 0 {
		room = max(1, min(total, int(l.Rate*cmp.Or(l.Ahead, usualAhead).Seconds())))
	}
	p := &presigner{chainID: t.ChainID, workload: l.Workload, vaults: vaults, ready: make(chan signed, room)}
	msg, err := p.message()
	if err != nil {
		return nil, err
	}
	if p.gas, err = t.Chain.Gas(ctx, vaults[0].key, msg); err != nil {
		return nil, fmt.Errorf("gas of the load %s: %w", l.Workload.Name(), err)
	}
	for began := time.Now(); len(p.ready) < room && time.Since(began) < longestPreparation; {
		tx, err := p.sign(msg)
		if err != nil {
			return nil, err
		}
		p.ready <- tx
		if msg, err = p.message(); err != nil {
			return nil, err
		}
	}
	go p.run(ctx, msg)
	return p, nil
}

// run signs until ctx ends, never further ahead than there is room.
func (p *presigner) run(ctx context.Context, msg sdk.Msg) {
	defer close(p.ready)
	for {
		tx, err := p.sign(msg)
		if err != nil {
			p.failed = err
			return
		}
		select {
		case p.ready <- tx:
		case <-ctx.Done():
			return
		}
		if msg, p.failed = p.message(); p.failed != nil {
			return
		}
	}
}

// message makes the message that is signed next.
func (p *presigner) message() (sdk.Msg, error) {
	v := p.vaults[p.made%len(p.vaults)]
	return p.workload.Message(v.institution, v.key.Address())
}

func (p *presigner) sign(msg sdk.Msg) (signed, error) {
	v := p.vaults[p.made%len(p.vaults)]
	p.made++
	now := time.Now()
	raw, err := ledger.SignUnordered(p.chainID, v.number, v.key, p.gas, now.Add(lifetime), msg)
	if err != nil {
		return signed{}, err
	}
	return signed{raw: raw, hash: sha256.Sum256(raw), at: now}, nil
}

// take returns the next transaction that has enough of its life before it.
func (p *presigner) take() (signed, error) {
	for tx := range p.ready {
		if time.Since(tx.at) < stale {
			return tx, nil
		}
	}
	if p.failed != nil {
		return signed{}, fmt.Errorf("sign ahead: %w", p.failed)
	}
	return signed{}, context.Canceled
}

// end stops the signing and returns when the institutions' numbers are at rest.
func (p *presigner) end(stop context.CancelFunc) {
	stop()
	for range p.ready {
		continue // until it is closed
	}
}
