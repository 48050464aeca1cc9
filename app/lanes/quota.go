package lanes

import (
	"fmt"
	"math"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// quotaBlocks is how many blocks all ordinary lanes hold together, and how many all
	// release lanes do: enough to fill the next blocks, and so little that a pooled
	// transaction runs within seconds.
	quotaBlocks = 3
	// minMembers is the least number of shares the room is cut into.
	minMembers = 4
	// reservedShare is the part of an ordinary quota that an emergency lane and an
	// operator's lane get on top, each.
	reservedShare = 16
	// aloneBytes is what an empty lane always takes as one transaction, in bytes: with
	// hundreds of members a reserved quota is smaller than one post-quantum proposal.
	aloneBytes = 64 << 10
)

// load is an amount of transactions, or a limit to it.
type load struct{ bytes, gas, txs uint64 }

// holds reports whether used plus more stays within the limit l.
func (l load) holds(used, more load) bool {
	return used.bytes <= l.bytes && more.bytes <= l.bytes-used.bytes &&
		used.gas <= l.gas && more.gas <= l.gas-used.gas &&
		used.txs <= l.txs && more.txs <= l.txs-used.txs
}

// plus returns the sum. It stays at the largest number rather than overflow.
func (l load) plus(more load) load {
	sum := load{bytes: l.bytes + more.bytes, gas: l.gas + more.gas, txs: l.txs + more.txs}
	if sum.bytes < l.bytes {
		sum.bytes = math.MaxUint64
	}
	if sum.gas < l.gas {
		sum.gas = math.MaxUint64
	}
	return sum
}

// minus returns what is left of l without a part of it.
func (l load) minus(part load) load {
	return load{bytes: l.bytes - part.bytes, gas: l.gas - part.gas, txs: l.txs - part.txs}
}

// atMost returns l, but no more of anything than most.
func (l load) atMost(most load) load {
	return load{bytes: min(l.bytes, most.bytes), gas: min(l.gas, most.gas), txs: min(l.txs, most.txs)}
}

// share returns so many of l's equal parts. It divides before it multiplies, for
// three times the largest gas limit is no uint64.
func (l load) share(parts, of uint64) load {
	return load{bytes: l.bytes / of * parts, gas: l.gas / of * parts, txs: l.txs / of * parts}
}

// blockLimits returns what one block may hold, at most MaxTxs transactions. Unbounded bytes (-1) are CometBFT's
// own bound of 100 MB; unbounded gas (-1, or 0 as BaseApp has it) is any sum that a
// uint64 can express.
func blockLimits(params cmtproto.ConsensusParams) load {
	limit := load{bytes: cmttypes.MaxBlockSizeBytes, gas: math.MaxUint64, txs: MaxTxs}
	if params.Block == nil {
		return limit
	}
	if params.Block.MaxBytes >= 0 {
		limit.bytes = min(limit.bytes, uint64(params.Block.MaxBytes))
	}
	if params.Block.MaxGas > 0 {
		limit.gas = uint64(params.Block.MaxGas)
	}
	return limit
}

// laneQuota returns what the admission's lane may hold.
func laneQuota(block load, a Admission) load {
	quota := block.share(quotaBlocks, max(a.Members, minMembers))
	if a.Class.reserved() {
		quota = quota.share(1, reservedShare)
	}
	return quota
}

// laneShare returns what one lane may take of a block: a quarter, which is what each
// of the four institutions of the smallest safe network has when all are busy.
func laneShare(block load) load { return block.share(1, minMembers) }

// classShare returns the most that is kept of a block for one class.
func classShare(block load) load { return block.share(1, uint64(len(serving))) }

// declaredGas returns the gas limit that the transaction states. Proposals are made
// and checked by this number alone.
func declaredGas(tx sdk.Tx) (uint64, error) {
	gasTx, ok := tx.(sdk.GasTx)
	if !ok {
		return 0, fmt.Errorf("transaction of type %T declares no gas; use the SDK's transaction type", tx)
	}
	return gasTx.GetGas(), nil
}
