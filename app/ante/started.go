package ante

import (
	"cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app/lanes"
)

// started refuses every transaction until the node has seen a block since its
// start. Before, it takes itself to be at height 0 at no time: there no role and no
// timeout can be judged, and the SDK verifies signatures as in a genesis, for the
// account number 0. Who verified one so would take it for good in its block, where
// nobody else does.
type started struct{}

// AnteHandle implements sdk.AnteDecorator.
func (started) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if ctx.BlockHeight() == 0 { // never in a block
		return ctx, errors.Wrap(lanes.ErrNoBlockYet, "send it again after the next block, or to another node")
	}
	return next(ctx, t, simulate)
}
