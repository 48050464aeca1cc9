package app

import (
	"context"

	"github.com/spf13/cast"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
)

// Upgrade is one planned change of the software that all validators make at
// the same height. Its name is the name of the plan that the members vote on.
type Upgrade struct {
	// Name is the plan's name, as in cosmos.upgrade.v1beta1.Plan.
	Name string
	// Stores are the stores that the upgrade adds or deletes.
	Stores storetypes.StoreUpgrades
}

// upgrades lists what this binary can apply, oldest first. Every one also runs
// the migrations of modules whose consensus version grew.
var upgrades []Upgrade

// registerUpgrades makes the binary apply its upgrades when they are due, and
// load stores as the one does that the node in the home folder halted for.
func (app *App) registerUpgrades(home string) {
	for _, u := range upgrades {
		app.upgrades.SetUpgradeHandler(u.Name, func(ctx context.Context, _ upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
			return app.Modules.RunMigrations(ctx, module.NewConfigurator(app.Codec, app.MsgServiceRouter(), app.GRPCQueryRouter()), from)
		})
	}
	if home == "" {
		return // not a node: there is no folder to read, and reading would make one
	}
	due, err := app.upgrades.ReadUpgradeInfoFromDisk()
	if err != nil {
		panic(err) // a node must not start over a file that it cannot read
	}
	for _, u := range upgrades {
		if due.Name == u.Name && !app.upgrades.IsSkipHeight(due.Height) {
			app.SetStoreLoader(upgradetypes.UpgradeStoreLoader(due.Height, &u.Stores))
		}
	}
}

// skippedUpgrades reads the heights at which the operator skips an upgrade.
func skippedUpgrades(options servertypes.AppOptions) map[int64]bool {
	skipped := make(map[int64]bool)
	for _, height := range cast.ToIntSlice(options.Get(server.FlagUnsafeSkipUpgrades)) {
		skipped[int64(height)] = true
	}
	return skipped
}

// homeOf reads the node's home folder.
func homeOf(options servertypes.AppOptions) string {
	return cast.ToString(options.Get(flags.FlagHome))
}
