package lanes

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Codespace is the ABCI codespace of this package's errors.
const Codespace = "lanes"

var (
	// ErrLaneFull refuses a transaction for which its institution's lane has no room
	// now. The same transaction may be sent again after the next block.
	ErrLaneFull = errorsmod.Register(Codespace, 2, "lane is full (retryable)")
	// ErrNoAdmission refuses a transaction that no decorator has given an Admission.
	ErrNoAdmission = errorsmod.Register(Codespace, 3, "transaction belongs to no institution")
	// ErrNotPooled answers the recheck of a transaction that the pool no longer holds:
	// it ran in a block or expired.
	ErrNotPooled = errorsmod.Register(Codespace, 4, "transaction is no longer in the pool")
	// ErrNoBlockYet refuses a transaction that the node cannot judge, for it has seen
	// no block since its start and so knows neither height nor time. The same
	// transaction may be sent again after the next block.
	ErrNoBlockYet = errorsmod.Register(Codespace, 5, "no block since the node's start (retryable)")
)

// Admission says whose lane a transaction takes.
type Admission struct {
	// Institution is the number of the institution that vouches for the signer.
	Institution uint64
	// Class chooses among the institution's lanes. All ordered transactions of one
	// account must agree on it: else a later sequence could run before an earlier one
	// and fail. Whatever holds a release must be of the class Release.
	Class Class
	// Members is how many active institutions share the room. Fewer than four count
	// as four, so that a young network's pool does not belong to one institution.
	Members uint64
}

type admissionKey struct{}

// WithAdmission returns a context that carries the admission to Pool.Insert.
func WithAdmission(ctx sdk.Context, a Admission) sdk.Context {
	return ctx.WithValue(admissionKey{}, a)
}

func admissionOf(ctx sdk.Context) (Admission, error) {
	a, ok := ctx.Value(admissionKey{}).(Admission)
	if !ok {
		return Admission{}, errorsmod.Wrap(ErrNoAdmission, "the ante chain must call lanes.WithAdmission before Insert")
	}
	return a, nil
}
