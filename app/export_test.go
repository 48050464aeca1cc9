package app

import (
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Nonces counts the nonces of unordered transactions that the chain remembers.
func (app *App) Nonces(ctx sdk.Context) (int, error) {
	count := 0
	err := app.accounts.UnorderedNonces.Walk(ctx, nil, func(collections.Pair[int64, []byte]) (bool, error) {
		count++
		return false, nil
	})
	return count, err
}

// Teach makes applications that are made from now on know an upgrade, until the
// returned function is called.
func Teach(name string) (forget func()) {
	before := upgrades
	upgrades = append(slices.Clone(upgrades), Upgrade{Name: name})
	return func() { upgrades = before }
}
