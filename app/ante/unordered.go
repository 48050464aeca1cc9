package ante

import (
	"cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
)

// unordered refuses unordered transactions by errors of their own: the SDK gives
// one code to all, but a sender whose nonce is used must not send anew before
// it knows whether the first one ran. A timeout that has passed is refused
// before, as that of any transaction.
type unordered struct{ accounts authkeeper.AccountKeeper }

// AnteHandle implements sdk.AnteDecorator.
func (u unordered) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	timed, ok := t.(sdk.TxWithUnordered)
	if !ok || !timed.GetUnordered() {
		return next(ctx, t, simulate)
	}
	timeout, latest := timed.GetTimeoutTimeStamp(), ctx.BlockTime().Add(MaxUnorderedTimeout)
	switch {
	case timeout.IsZero() || timeout.Unix() == 0:
		return ctx, errors.Wrapf(ErrNoTimeout, "set timeout_timestamp, at most %s after the block time", MaxUnorderedTimeout)
	case timeout.After(latest):
		return ctx, errors.Wrapf(ErrTimeoutFar, "%s, at present at most %s", timeout, latest)
	case simulate:
		return next(ctx, t, simulate)
	}
	signers, err := t.(protoTx).GetSigners()
	if err != nil {
		return ctx, err
	}
	used, err := u.accounts.ContainsUnorderedNonce(ctx, signers[0], timeout)
	if err != nil {
		return ctx, err
	}
	if used {
		return ctx, errors.Wrapf(ErrNonceUsed, "%s, which is the timeout: a transaction of the account with the same one was taken", timeout)
	}
	return next(ctx, t, simulate)
}
