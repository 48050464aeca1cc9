package app

import (
	"encoding/json"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
)

// Export returns the application's state at the loaded height for the genesis
// of a new chain. The new chain goes on with the next height, so that heights
// that the state names stay true.
func (app *App) Export() (servertypes.ExportedApp, error) {
	ctx := app.NewContext(true)
	state, err := app.Modules.ExportGenesis(ctx, app.Codec)
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	bz, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	return servertypes.ExportedApp{
		AppState:        bz,
		Height:          app.LastBlockHeight() + 1,
		ConsensusParams: app.GetConsensusParams(ctx),
	}, nil
}
