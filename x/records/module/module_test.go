package module_test

import (
	"encoding/json"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"github.com/dmdl-network/dmdl/x/records"
	"github.com/dmdl-network/dmdl/x/records/keeper"
	"github.com/dmdl-network/dmdl/x/records/module"
)

// newModule returns the module over empty stores. No test here sends a message,
// so it needs no consortium.
func newModule(t *testing.T) (sdk.Context, codec.Codec, module.AppModule) {
	t.Helper()
	key, index := storetypes.NewKVStoreKey(records.StoreKey), storetypes.NewKVStoreKey(records.IndexStoreKey)
	stores := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger())
	stores.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	stores.MountStoreWithDB(index, storetypes.StoreTypeIAVL, nil)
	require.NoError(t, stores.LoadLatestVersion())

	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	k := keeper.New(cdc, runtime.NewKVStoreService(key), runtime.NewKVStoreService(index), address.NewBech32Codec("dmdl"), nil)
	return sdk.NewContext(stores, cmtproto.Header{}, false, log.NewNopLogger()), cdc, module.New(k)
}

func genesis(t *testing.T, cdc codec.JSONCodec) json.RawMessage {
	t.Helper()
	commitment := make([]byte, records.CommitmentSize)
	at := time.Date(2026, 8, 1, 12, 0, 0, 5, time.UTC)
	leaves := []records.Leaf{{
		Descriptor_: records.Descriptor{Class: records.RECORD_CLASS_DATASET, Size_: records.SIZE_CLASS_4_MIB},
		Content:     commitment, Sealed: commitment,
	}}
	listed, _, err := records.ListedBatch(records.BatchId{Institution: 1, Number: 2}, leaves)
	require.NoError(t, err)
	listed.AnchoredHeight, listed.AnchoredAt = 3, at
	bz, err := cdc.MarshalJSON(&records.GenesisState{Batches: []records.GenesisBatch{
		{Batch: records.Batch{
			Id: records.BatchId{Institution: 1, Number: 1}, Root: commitment, Leaves: 1, AnchoredHeight: 4, AnchoredAt: at,
		}},
		{Batch: listed, Leaves: leaves},
	}})
	require.NoError(t, err)
	return bz
}

func TestGenesisSurvivesItsTextForm(t *testing.T) {
	ctx, cdc, m := newModule(t)
	want := genesis(t, cdc)
	require.NoError(t, m.ValidateGenesis(cdc, nil, want))
	m.InitGenesis(ctx, cdc, want)
	require.JSONEq(t, string(want), string(m.ExportGenesis(ctx, cdc)))
}

func TestTheDefaultGenesisIsEmpty(t *testing.T) {
	_, cdc, m := newModule(t)
	require.NoError(t, m.ValidateGenesis(cdc, nil, m.DefaultGenesis(cdc)))
	require.JSONEq(t, `{"batches": [], "standings": []}`, string(m.DefaultGenesis(cdc)))
}

func TestABrokenGenesisIsRefused(t *testing.T) {
	ctx, cdc, m := newModule(t)
	require.Error(t, m.ValidateGenesis(cdc, nil, json.RawMessage(`{"batches": 1}`)))
	invalid := json.RawMessage(`{"batches": [{"batch": {"id": {"institution": "1"}}}]}`)
	require.ErrorIs(t, m.ValidateGenesis(cdc, nil, invalid), records.ErrZeroNumber)
	require.Panics(t, func() { m.InitGenesis(ctx, cdc, invalid) })
}

// TestTheModuleServesThroughTheRouters registers the services as an application
// does; the message router refuses messages that are not registered.
func TestTheModuleServesThroughTheRouters(t *testing.T) {
	_, _, m := newModule(t)
	registry := codectypes.NewInterfaceRegistry()
	m.RegisterInterfaces(registry)
	msgs, queries := baseapp.NewMsgServiceRouter(), baseapp.NewGRPCQueryRouter()
	msgs.SetInterfaceRegistry(registry)
	queries.SetInterfaceRegistry(registry)
	manager := sdkmodule.NewManager(sdkmodule.CoreAppModuleAdaptor(records.ModuleName, m))
	require.NoError(t, manager.RegisterServices(sdkmodule.NewConfigurator(codec.NewProtoCodec(registry), msgs, queries)))

	require.NotNil(t, msgs.Handler(&records.MsgAnchorRecords{}))
	require.NotNil(t, msgs.Handler(&records.MsgAnchorBatch{}))
	for _, method := range records.Query_serviceDesc.Methods {
		require.NotNil(t, queries.Route("/"+records.Query_serviceDesc.ServiceName+"/"+method.MethodName), method.MethodName)
	}
}

// TestTheModuleManagerFindsTheRESTRoutes would not compile, and the manager
// would skip the routes silently, if the signature differed.
func TestTheModuleManagerFindsTheRESTRoutes(t *testing.T) {
	_, _, m := newModule(t)
	var routes interface {
		RegisterGRPCGatewayRoutes(client.Context, *gwruntime.ServeMux)
	} = m
	require.NotPanics(t, func() { routes.RegisterGRPCGatewayRoutes(client.Context{}, gwruntime.NewServeMux()) })
}
