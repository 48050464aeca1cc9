// Package ante is what a transaction must pass before its messages run: an
// envelope without fee, memo or extension, gas by the schedule, nothing beside a
// release, a node that has seen a block since its start, a signer who acts for an
// active institution, room in the institution's lane, and a signature. What is cheap
// to check comes first.
package ante

import (
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authante "github.com/cosmos/cosmos-sdk/x/auth/ante"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"
)

// MaxUnorderedTimeout is how far ahead of the block time an unordered
// transaction may expire. The chain remembers each until then.
const MaxUnorderedTimeout = 2 * time.Minute

// New returns the ante chain.
func New(accounts authkeeper.AccountKeeper, signModes *txsigning.HandlerMap, consortium Consortium, pool Pool) sdk.AnteHandler {
	known := newVerified()
	return sdk.ChainAnteDecorators(
		gas{},
		envelope{},
		release{},
		authante.NewValidateBasicDecorator(),
		authante.NewTxTimeoutHeightDecorator(),
		started{},
		membership{consortium: consortium, pool: pool},
		unordered{accounts: accounts},
		authante.NewSetPubKeyDecorator(accounts),
		authante.NewValidateSigCountDecorator(accounts),
		skipVerified{known},
		authante.NewSigVerificationDecorator(accounts, signModes,
			authante.WithMaxUnorderedTxTimeoutDuration(MaxUnorderedTimeout),
			authante.WithUnorderedTxGasCost(0)), // it is part of the schedule
		noteVerified{known},
		authante.NewIncrementSequenceDecorator(accounts),
	)
}
