package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/spf13/cast"

	"github.com/cosmos/cosmos-sdk/baseapp/blockexec"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/config"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// setExecutor chooses how blocks are executed: one transaction after the other,
// or in parallel by Block-STM. The result is the same.
func (app *App) setExecutor(options servertypes.AppOptions, keys map[string]*storetypes.KVStoreKey) error {
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
	blockexec.Apply(app.BaseApp, options, stores, app.pool.Decode, func(storetypes.MultiStore) string { return "" },
		blockexec.WithRunnerWrap(func(runner sdk.TxRunner) sdk.TxRunner { return decodingRunner{runner, app.pool.Decode} }))
	return nil
}

// decodingRunner decodes a transaction before it is executed. Of one that does
// not decode, the framework's executors report different amounts of gas, and so
// different hashes of the block's results.
type decodingRunner struct {
	sdk.TxRunner
	decode sdk.TxDecoder
}

// Run implements sdk.TxRunner.
func (r decodingRunner) Run(ctx context.Context, store storetypes.MultiStore, txs [][]byte, deliver sdk.DeliverTxFunc) ([]*abci.ExecTxResult, error) {
	return r.TxRunner.Run(ctx, store, txs, func(raw []byte, tx sdk.Tx, store storetypes.MultiStore, at int, cache map[string]any) *abci.ExecTxResult {
		if tx == nil {
			var err error
			if tx, err = r.decode(raw); err != nil {
				return sdkerrors.ResponseExecTxResultWithEvents(sdkerrors.ErrTxDecode, 0, 0, nil, false)
			}
		}
		return deliver(raw, tx, store, at, cache)
	})
}
