package app_test

import (
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/config"

	"github.com/dmdl-network/dmdl/app"
)

func TestExecutorsThatCannotRunHereAreRefused(t *testing.T) {
	for name, o := range map[string]options{
		"must be false": {server.FlagBlockExecutor: config.BlockExecutorBlockSTM, server.FlagBlockSTMPreEstimate: true},
		`"quantum"`:     {server.FlagBlockExecutor: "quantum"},
	} {
		_, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), o)
		require.ErrorContains(t, err, name)
	}
	for _, executor := range []string{"", config.BlockExecutorSequential, config.BlockExecutorBlockSTM} {
		_, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), options{server.FlagBlockExecutor: executor, server.FlagBlockSTMPreEstimate: false})
		require.NoError(t, err)
	}
}
