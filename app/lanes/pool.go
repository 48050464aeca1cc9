package lanes

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/mempool"
)

var _ mempool.ExtMempool = (*Pool)(nil)

// Pool is the application's mempool: a FIFO with a quota per institution and class.
// It is safe for concurrent use.
type Pool struct {
	encode sdk.TxEncoder
	decode sdk.TxDecoder

	mu       sync.Mutex
	lanes    map[laneKey]*lane
	entries  map[cmttypes.TxKey]*list.Element // of *entry, each in its lane's queue
	hopeless hopeless
}

// New returns an empty pool. The encoder serves Remove, the decoder whatever the
// pool does not hold.
func New(encode sdk.TxEncoder, decode sdk.TxDecoder) *Pool {
	return &Pool{
		encode:   encode,
		decode:   decode,
		lanes:    make(map[laneKey]*lane),
		entries:  make(map[cmttypes.TxKey]*list.Element),
		hopeless: make(hopeless),
	}
}

// Room reports whether the admission's lane takes a transaction of that many bytes
// and that declared gas: nil, ErrLaneFull, or ErrTxTooLarge if it never will. The
// ante chain asks before it verifies signatures. Outside CheckTx of a new
// transaction the answer is always nil, for the pool must not decide what executes.
func (p *Pool) Room(ctx sdk.Context, a Admission, bytes int, gas uint64) error {
	if !ctx.IsCheckTx() || ctx.ExecMode() != sdk.ExecModeCheck {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.room(ctx, a, load{bytes: uint64(bytes), gas: gas, txs: 1})
}

func (p *Pool) room(ctx sdk.Context, a Admission, size load) error {
	block := blockLimits(ctx.ConsensusParams())
	if !block.holds(load{}, size) {
		return errorsmod.Wrapf(sdkerrors.ErrTxTooLarge, "%d bytes and %d gas do not fit a block of %d bytes and %d gas; split the transaction",
			size.bytes, size.gas, block.bytes, block.gas)
	}
	quota := laneQuota(block, a)
	if most := max(quota.bytes, aloneBytes); size.bytes > most {
		return errorsmod.Wrapf(sdkerrors.ErrTxTooLarge, "%d bytes exceed the %d that %s may hold; split the transaction", size.bytes, most, a.lane())
	}
	l := p.lanes[a.lane()]
	if l == nil || quota.holds(l.used, size) {
		return nil // an empty lane takes any one transaction, whatever its gas
	}
	return errorsmod.Wrapf(ErrLaneFull, "%s holds %d of %d transactions, %d of %d bytes and %d of %d gas, and has no room for %d bytes and %d gas; send again after the next block",
		a.lane(), l.used.txs, quota.txs, l.used.bytes, quota.bytes, l.used.gas, quota.gas, size.bytes, size.gas)
}

func (a Admission) lane() laneKey {
	return laneKey{institution: a.Institution, class: a.Class}
}

// String names the lane in errors.
func (k laneKey) String() string {
	return fmt.Sprintf("the %s of institution %d", k.class, k.institution)
}

// Insert puts the transaction, whose bytes the context carries, at the end of its
// lane. Bytes that are in the pool stay where they are. The ante chain's GasWanted
// is not used; see the package comment. Fails as Room does, and with ErrNoAdmission.
func (p *Pool) Insert(ctx context.Context, tx sdk.Tx, _ mempool.InsertOption) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	a, err := admissionOf(sdkCtx)
	if err != nil {
		return err
	}
	if len(sdkCtx.TxBytes()) == 0 {
		return errors.New("the context carries no transaction bytes; insert through BaseApp's CheckTx")
	}
	e, err := newEntry(a, sdkCtx.TxBytes(), tx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, found := p.entries[e.key]; found {
		return nil
	}
	if err := p.room(sdkCtx, a, e.size); err != nil {
		return err
	}
	p.push(e)
	return nil
}

func (p *Pool) push(e *entry) {
	l := p.lanes[e.lane]
	if l == nil {
		l = &lane{queue: list.New()}
		p.lanes[e.lane] = l
	}
	l.used = l.used.plus(e.size)
	p.entries[e.key] = l.queue.PushBack(e)
}

// CountTx returns how many transactions the pool holds.
func (p *Pool) CountTx() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.entries)
}

// Remove takes the transaction out, found by its encoding, or returns ErrTxNotFound.
func (p *Pool) Remove(tx sdk.Tx) error {
	raw, err := p.encode(tx)
	if err != nil {
		return err
	}
	return p.remove(raw)
}

// RemoveWithReason takes out the transaction whose bytes the context carries, or
// returns ErrTxNotFound. BaseApp calls it for what it executes and for what fails
// its recheck.
func (p *Pool) RemoveWithReason(ctx context.Context, tx sdk.Tx, _ mempool.RemoveReason) error {
	if raw := sdk.UnwrapSDKContext(ctx).TxBytes(); len(raw) > 0 {
		return p.remove(raw)
	}
	return p.Remove(tx)
}

func (p *Pool) remove(raw []byte) error {
	key := cmttypes.Tx(raw).Key()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.drop(key) {
		return mempool.ErrTxNotFound
	}
	return nil
}

// drop removes one entry, and its lane with the last one.
func (p *Pool) drop(key cmttypes.TxKey) bool {
	element, found := p.entries[key]
	if !found {
		return false
	}
	e := element.Value.(*entry)
	l := p.lanes[e.lane]
	l.queue.Remove(element)
	l.used = l.used.minus(e.size)
	delete(p.entries, key)
	if l.queue.Len() == 0 {
		delete(p.lanes, e.lane)
	}
	return true
}

// Committed drops the transactions of a decided block, those that failed included,
// and all that expired at its time. The application calls it once a block, before
// CometBFT rechecks; else failed transactions would be proposed again and again.
func (p *Pool) Committed(blockTime time.Time, txs [][]byte) {
	keys := make([]cmttypes.TxKey, len(txs))
	for i, raw := range txs {
		keys[i] = cmttypes.Tx(raw).Key()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.hopeless)
	for _, key := range keys {
		p.drop(key)
	}
	for key, element := range p.entries {
		if element.Value.(*entry).expired(blockTime) {
			p.drop(key)
		}
	}
}

// Decode returns the transaction of these bytes as CheckTx left it, with its signers
// already found, or decodes it. So a transaction is decoded once by each validator and
// not again for the proposal and the block. Only what handles blocks may call it: the
// transaction is not to be shared with CheckTx, which runs beside.
func (p *Pool) Decode(raw []byte) (sdk.Tx, error) {
	if e := p.find(raw); e != nil {
		return e.tx, nil
	}
	return p.decode(raw)
}

// find returns the entry of these bytes, or nil.
func (p *Pool) find(raw []byte) *entry {
	key := cmttypes.Tx(raw).Key()
	p.mu.Lock()
	defer p.mu.Unlock()
	element, found := p.entries[key]
	if !found {
		return nil
	}
	return element.Value.(*entry)
}
