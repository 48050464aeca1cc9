package lanes

import (
	abci "github.com/cometbft/cometbft/abci/types"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// CheckTx returns the handler of CheckTx. A new transaction runs the ante chain and
// enters the pool. On recheck, what the pool has dropped is refused with ErrNotPooled,
// so that CometBFT drops it too; an unordered transaction that is still pooled stays
// without running the ante chain; an ordered one runs it, so that sequences advance.
// It decodes by itself, for BaseApp would give one code to whatever does not decode.
func CheckTx(pool *Pool) sdk.CheckTxHandler {
	return func(runTx sdk.RunTx, req *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
		if req.Type == abci.CheckTxType_Recheck {
			e := pool.find(req.Tx)
			if e == nil {
				err := errorsmod.Wrap(ErrNotPooled, "it ran in a block or expired; sign and send a new one if it is still wanted")
				return sdkerrors.ResponseCheckTxWithEvents(err, 0, 0, nil, false), nil
			}
			if e.unordered {
				return &abci.ResponseCheckTx{GasWanted: int64(e.size.gas)}, nil
			}
		}
		from, size := peek(req.Tx)
		if err := pool.refuseHopeless(from, size); err != nil {
			return sdkerrors.ResponseCheckTxWithEvents(err, 0, 0, nil, false), nil
		}
		tx, err := pool.decode(req.Tx)
		if err != nil {
			return sdkerrors.ResponseCheckTxWithEvents(err, 0, 0, nil, false), nil
		}
		gas, result, events, err := runTx(req.Tx, tx)
		if errorsmod.IsOf(err, ErrLaneFull) && ownKey(tx) {
			pool.noteHopeless(from, size)
		}
		if err != nil {
			return sdkerrors.ResponseCheckTxWithEvents(err, gas.GasWanted, gas.GasUsed, events, false), nil
		}
		return &abci.ResponseCheckTx{
			GasWanted: int64(gas.GasWanted),
			GasUsed:   int64(gas.GasUsed),
			Log:       result.Log,
			Data:      result.Data,
			Events:    sdk.MarkEventsToIndex(result.Events, nil),
		}, nil
	}
}
