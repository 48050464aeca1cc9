package lanes

import (
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// MaxTxs is how many transactions a block holds at most, so that decoding and
// executing even the smallest ones takes a bounded time.
const MaxTxs = 10_000

// block counts the transactions of one proposal. Prepare and Process both add
// through it, so what one makes the other accepts.
type block struct {
	limit    load
	used     load
	txs      [][]byte
	seen     map[cmttypes.TxKey]struct{}
	released bool // it holds a release: nothing else may follow
}

func newBlock(limit load) *block {
	return &block{limit: limit, seen: make(map[cmttypes.TxKey]struct{})}
}

// sizeInBlock returns what a transaction takes of a block.
func sizeInBlock(raw []byte, gas uint64) load {
	return load{bytes: uint64(cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{raw})), gas: gas, txs: 1}
}

// add appends a transaction, or says why it cannot stand here and changes nothing.
func (b *block) add(raw []byte, key cmttypes.TxKey, size load, release bool) error {
	if !b.limit.holds(b.used, size) {
		return fmt.Errorf("block is full: %d bytes and %d gas beside %d transactions of %d bytes and %d gas exceed %d, %d and %d",
			size.bytes, size.gas, b.used.txs, b.used.bytes, b.used.gas, b.limit.txs, b.limit.bytes, b.limit.gas)
	}
	if _, found := b.seen[key]; found {
		return fmt.Errorf("transaction %X is in the block already", key)
	}
	if b.released && !release {
		return fmt.Errorf("transaction %X stands after a release, which comes last", key)
	}
	b.used = b.used.plus(size)
	b.txs = append(b.txs, raw)
	b.seen[key] = struct{}{}
	b.released = b.released || release
	return nil
}

// fill takes what it can of the queues of one class, round robin. No lane gets more
// than its share, and all but the first transaction leave free what is kept for
// others. A transaction that has no place ends its lane for this block, so that
// nothing overtakes it; one that no block can hold is passed over.
func (b *block) fill(queues [][]*entry, kept load) {
	share, open, taken := laneShare(b.limit), b.limit.minus(kept), make(map[laneKey]load)
	roundRobin(queues, func(e *entry) bool {
		size := sizeInBlock(e.raw, e.size.gas)
		used, again := taken[e.lane]
		switch {
		case !b.limit.holds(load{}, size):
			return true
		case again && !share.holds(used, size):
			return false
		case len(taken) > 0 && !open.holds(b.used, size):
			return false
		}
		if err := b.add(e.raw, e.key, size, e.release); err != nil {
			return false
		}
		taken[e.lane] = used.plus(size)
		return true
	})
}

// kept returns what of a block is left for classes that are served later: for each
// of them as much as its transactions need, but no more than an equal share.
func kept(later [][][]*entry, limit load) (sum load) {
	most := classShare(limit)
	for _, class := range later {
		var wanted load
		for _, queue := range class {
			for _, e := range queue {
				if size := sizeInBlock(e.raw, e.size.gas); wanted != most && limit.holds(load{}, size) {
					wanted = wanted.plus(size).atMost(most)
				}
			}
		}
		sum = sum.plus(wanted)
	}
	return sum
}

// PrepareProposal returns the handler that fills a block from the pool, within
// req.MaxTxBytes, the block's gas and MaxTxs: emergencies first, then operators, then
// the ordinary lanes, and releases last. Each class finds a quarter of the block free
// if it has need of it, and may take what nobody else needs. No lane gets more than a
// quarter of the block, however empty the others are: so a flood does not make blocks
// long for all. The handler never fails: after an error BaseApp would propose
// CometBFT's raw transactions, which ProcessProposal may refuse for ever. In doubt the
// block is empty.
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
		b, queues := newBlock(limit), pool.queues(uint64(req.Height), req.Time)
		for i, class := range queues {
			if len(class) > 0 {
				b.fill(class, kept(queues[i+1:], limit))
			}
		}
		return &abci.ResponsePrepareProposal{Txs: b.txs}, nil
	}
}

// ProcessProposal returns the handler that rejects a block with a transaction that
// does not decode or stands in it twice, with more bytes, declared gas or transactions
// than a block may hold, or with another transaction after a release: so whatever is
// withdrawn in a block is withdrawn before anything is released in it. It does not ask
// the ante chain, so every validator gives the same answer, whatever its pool holds.
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
	return b.add(raw, cmttypes.Tx(raw).Key(), sizeInBlock(raw, gas), ClassOf(tx) == Release)
}
