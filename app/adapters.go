package app

import (
	"context"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"

	"github.com/dmdl-network/dmdl/x/consortium"
)

var (
	_ consortium.Accounts        = accounts{}
	_ consortium.ConsensusParams = consensusParams{}
	_ consortium.Executor        = executor{}
)

// accounts lets x/consortium create accounts.
type accounts struct{ keeper authkeeper.AccountKeeper }

// Create implements consortium.Accounts.
func (a accounts) Create(ctx context.Context, address []byte) error {
	if !a.keeper.HasAccount(ctx, address) {
		a.keeper.SetAccount(ctx, a.keeper.NewAccountWithAddress(ctx, address))
	}
	return nil
}

// consensusParams lets x/consortium change the consensus parameters.
type consensusParams struct{ keeper consensuskeeper.Keeper }

// Get implements consortium.ConsensusParams.
func (c consensusParams) Get(ctx context.Context) (cmtproto.ConsensusParams, error) {
	return c.keeper.ParamsStore.Get(ctx)
}

// Set implements consortium.ConsensusParams. It checks what CometBFT would
// check, since CometBFT itself would stop the chain.
func (c consensusParams) Set(ctx context.Context, next cmtproto.ConsensusParams) error {
	present, err := c.Get(ctx)
	if err != nil {
		return err
	}
	if err := cmttypes.ConsensusParamsFromProto(next).ValidateBasic(); err != nil {
		return err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	params := cmttypes.ConsensusParamsFromProto(next)
	if err := cmttypes.ConsensusParamsFromProto(present).ValidateUpdate(&next, height); err != nil {
		return err
	}
	return c.keeper.ParamsStore.Set(ctx, params.ToProto())
}

// executor runs the messages of proposals through the message router.
type executor struct{ router *baseapp.MsgServiceRouter }

// Execute implements consortium.Executor. Events of the message stay those of
// the vote that executes it.
func (e executor) Execute(ctx sdk.Context, msg sdk.Msg) error {
	handler := e.router.Handler(msg)
	if handler == nil {
		return errors.Wrapf(sdkerrors.ErrUnknownRequest, "no handler for %s", sdk.MsgTypeURL(msg))
	}
	result, err := handler(ctx, msg)
	if err != nil {
		return err
	}
	for _, event := range result.GetEvents() {
		ctx.EventManager().EmitEvent(event)
	}
	return nil
}
