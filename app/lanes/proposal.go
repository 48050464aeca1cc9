package lanes

import (
	"errors"
	"fmt"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// MaxTxs is how many transactions a block holds at most, so that decoding and
// executing even the smallest ones takes a bounded time.
const MaxTxs = 10_000

// errNeverFits says that not even an empty block holds the transaction.
var errNeverFits = errors.New("transaction is larger than a block may be")

// block counts the transactions of one proposal. Prepare and Process both add
// through it, so what one makes the other accepts.
type block struct {
	limit load
	used  load
	txs   [][]byte
	seen  map[cmttypes.TxKey]struct{}
}

func newBlock(limit load) *block {
	return &block{limit: limit, seen: make(map[cmttypes.TxKey]struct{})}
}

// add appends a transaction, or says why it does not fit and changes nothing.
func (b *block) add(raw []byte, key cmttypes.TxKey, gas uint64) error {
	size := load{bytes: uint64(cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{raw})), gas: gas}
	if !b.limit.holds(load{}, size) {
		return fmt.Errorf("%w: %d bytes and %d gas of %d and %d", errNeverFits, size.bytes, size.gas, b.limit.bytes, b.limit.gas)
	}
	if !b.limit.holds(b.used, size) {
		return fmt.Errorf("block is full: %d bytes and %d gas exceed what is left of %d and %d", size.bytes, size.gas, b.limit.bytes, b.limit.gas)
	}
	if len(b.txs) >= MaxTxs {
		return fmt.Errorf("block holds %d transactions already", len(b.txs))
	}
	if _, found := b.seen[key]; found {
		return fmt.Errorf("transaction %X is in the block already", key)
	}
	b.used.bytes += size.bytes
	b.used.gas += size.gas
	b.txs = append(b.txs, raw)
	b.seen[key] = struct{}{}
	return nil
}

// serve visits what has not expired at blockTime in serving order: the reserved lanes
// round robin, then the others. A visit that returns false ends its lane.
func (p *Pool) serve(start uint64, blockTime time.Time, visit func(*entry) bool) {
	roundRobin(p.queues(true, start, blockTime), visit)
	roundRobin(p.queues(false, start, blockTime), visit)
}

// PrepareProposal returns the handler that fills a block from the pool, within
// req.MaxTxBytes, the block's gas and MaxTxs. No lane gets more than a quarter of the
// block, however empty the others are: so a flood does not make blocks long for all.
// A transaction that does not fit what is left ends its lane for this block, so that nothing overtakes it; one that no block
// can hold is passed over. The handler never fails: after an error BaseApp would
// propose CometBFT's raw transactions, which ProcessProposal may refuse for ever.
// In doubt the block is empty.
func PrepareProposal(pool *Pool) sdk.PrepareProposalHandler {
	return func(ctx sdk.Context, req *abci.RequestPrepareProposal) (res *abci.ResponsePrepareProposal, _ error) {
		defer func() {
			if cause := recover(); cause != nil {
				ctx.Logger().Error("proposing an empty block", "height", req.Height, "panic", cause)
				res = &abci.ResponsePrepareProposal{}
			}
		}()
		limit := blockLimits(ctx.ConsensusParams())
		limit.bytes = min(limit.bytes, uint64(max(req.MaxTxBytes, 0)))
		b := newBlock(limit)
		share, taken := laneShare(limit), make(map[laneKey]load)
		pool.serve(uint64(req.Height), req.Time, func(e *entry) bool {
			used := taken[e.lane]
			if used != (load{}) && !share.holds(used, e.size) {
				return false
			}
			err := b.add(e.raw, e.key, e.size.gas)
			if err == nil {
				taken[e.lane] = load{bytes: used.bytes + e.size.bytes, gas: used.gas + e.size.gas}
			}
			return err == nil || errors.Is(err, errNeverFits)
		})
		return &abci.ResponsePrepareProposal{Txs: b.txs}, nil
	}
}

// ProcessProposal returns the handler that rejects a block with a transaction that
// does not decode or stands in it twice, or with more bytes, declared gas or
// transactions than a block may hold. It does not ask the ante chain, so every
// validator gives the same answer, whatever its pool holds.
func ProcessProposal(decode sdk.TxDecoder) sdk.ProcessProposalHandler {
	return func(ctx sdk.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
		b := newBlock(blockLimits(ctx.ConsensusParams()))
		for i, raw := range req.Txs {
			if err := b.addRaw(raw, decode); err != nil {
				ctx.Logger().Error("proposal rejected", "height", req.Height, "transaction", i, "reason", err)
				return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
			}
		}
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
	}
}

func (b *block) addRaw(raw []byte, decode sdk.TxDecoder) error {
	tx, err := decode(raw)
	if err != nil {
		return err
	}
	gas, err := declaredGas(tx)
	if err != nil {
		return err
	}
	return b.add(raw, cmttypes.Tx(raw).Key(), gas)
}
