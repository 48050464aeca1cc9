package ante

import (
	"cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app/lanes"
)

// release refuses a release that is not the only message of an unordered
// transaction. Releases stand last in a block, so that what is withdrawn in it is
// withdrawn first. What stood beside one would wait with it, a withdrawal too; and
// an ordered one would hold back the account's next transactions, or fail behind
// them.
type release struct{}

// AnteHandle implements sdk.AnteDecorator.
func (release) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if lanes.ClassOf(t) != lanes.Release {
		return next(ctx, t, simulate)
	}
	if n := len(t.GetMsgs()); n != 1 {
		return ctx, errors.Wrapf(ErrRelease, "there are %d messages: send the release by itself", n)
	}
	if timed, ok := t.(sdk.TxWithUnordered); !ok || !timed.GetUnordered() {
		return ctx, errors.Wrap(ErrRelease, "the transaction is ordered: set unordered, and timeout_timestamp")
	}
	return next(ctx, t, simulate)
}
