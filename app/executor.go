package app

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cast"

	"github.com/cosmos/cosmos-sdk/baseapp/blockexec"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/config"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// setExecutor chooses how blocks are executed: one transaction after the other,
// or in parallel by Block-STM. The result is the same.
func (app *App) setExecutor(options servertypes.AppOptions, keys map[string]*storetypes.KVStoreKey, decoder sdk.TxDecoder) error {
	if cast.ToBool(options.Get(server.FlagBlockSTMPreEstimate)) {
		return errors.New("block-stm-pre-estimate must be false: the estimate is of fees, which this network does not take")
	}
	switch executor := cast.ToString(options.Get(server.FlagBlockExecutor)); executor {
	case "", config.BlockExecutorSequential, config.BlockExecutorBlockSTM:
	default:
		return fmt.Errorf("block-executor is %q, want %q or %q", executor, config.BlockExecutorSequential, config.BlockExecutorBlockSTM)
	}
	var stores []storetypes.StoreKey
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		stores = append(stores, keys[name])
	}
	blockexec.Apply(app.BaseApp, options, stores, decoder, func(storetypes.MultiStore) string { return "" })
	return nil
}
