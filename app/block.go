package app

import (
	"encoding/json"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// initChain writes the genesis state.
func (app *App) initChain(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state map[string]json.RawMessage
	if err := json.Unmarshal(req.AppStateBytes, &state); err != nil {
		return nil, fmt.Errorf("genesis state: %w", err)
	}
	if err := app.upgrades.SetModuleVersionMap(ctx, app.Modules.GetVersionMap()); err != nil {
		return nil, err
	}
	return app.Modules.InitGenesis(ctx, app.Codec, state)
}

// preBlock runs what comes before a block. It fails when an upgrade is due that
// this binary does not know, and lets the node stop instead of hang.
func (app *App) preBlock(ctx sdk.Context, _ *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
	res, err := app.Modules.PreBlock(ctx)
	if err != nil {
		app.haltOnce.Do(func() {
			app.haltReason = err
			close(app.halted)
		})
	}
	return res, err
}

// Halted is closed when the application can go no further, for example because
// an upgrade needs another binary. HaltReason then says why.
func (app *App) Halted() <-chan struct{} { return app.halted }

// HaltReason says why the application halted. Read it after Halted is closed.
func (app *App) HaltReason() error { return app.haltReason }

// filterPeer lets a peer in whose node an active institution declared. Before
// the first block nothing is known and every peer is let in.
func (app *App) filterPeer(id string) *abci.ResponseQuery {
	if app.LastBlockHeight() == 0 {
		return &abci.ResponseQuery{}
	}
	// Not CreateQueryContext: after a start it knows no state until the next
	// block, which a node that lets no peer in never gets.
	state, err := app.CommitMultiStore().CacheMultiStoreWithVersion(app.LastBlockHeight())
	if err != nil {
		return &abci.ResponseQuery{Code: 1, Log: err.Error()}
	}
	ctx := sdk.NewContext(state, cmtproto.Header{ChainID: app.ChainID(), Height: app.LastBlockHeight()}, false, app.Logger())
	member, err := app.Consortium.IsMemberNode(ctx, id)
	switch {
	case err != nil:
		return &abci.ResponseQuery{Code: 1, Log: err.Error()}
	case !member:
		return &abci.ResponseQuery{Code: 1, Log: fmt.Sprintf("node %s was declared by no active institution", id)}
	}
	return &abci.ResponseQuery{}
}
