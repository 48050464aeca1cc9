package app

import (
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
