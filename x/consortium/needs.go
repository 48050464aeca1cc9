package consortium

import (
	"context"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Accounts is what consortium needs of the account registry.
type Accounts interface {
	// Create makes an account unless it exists.
	Create(ctx context.Context, address []byte) error
}

// ConsensusParams is what consortium needs of the consensus parameters.
type ConsensusParams interface {
	// Get returns the parameters of the next block.
	Get(ctx context.Context) (cmtproto.ConsensusParams, error)
	// Set checks and stores parameters, in force from the next block on.
	Set(ctx context.Context, params cmtproto.ConsensusParams) error
}

// Executor runs the messages of a proposal that passed.
type Executor interface {
	// Execute runs one message and fails if it fails or is not known.
	Execute(ctx sdk.Context, msg sdk.Msg) error
}

// Standing says for whom an account acts.
type Standing struct {
	// Institution is the number of the account's institution.
	Institution uint64
	// Operator says whether the account is the institution's operator.
	Operator bool
	// Members is how many institutions are active.
	Members uint64
}
