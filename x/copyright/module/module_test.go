package module_test

import (
	"encoding/json"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	sdkaddress "github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/copyright/keeper"
	"github.com/dmdl-network/dmdl/x/copyright/module"
)

// newModule returns the module over empty stores. No test here sends a message,
// so it needs neither consortium nor records.
func newModule(t *testing.T) (sdk.Context, codec.Codec, module.AppModule) {
	t.Helper()
	key, index := storetypes.NewKVStoreKey(copyright.StoreKey), storetypes.NewKVStoreKey(copyright.IndexStoreKey)
	stores := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger())
	stores.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	stores.MountStoreWithDB(index, storetypes.StoreTypeIAVL, nil)
	require.NoError(t, stores.LoadLatestVersion())

	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	addresses := sdkaddress.NewBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix())
	k := keeper.New(cdc, runtime.NewKVStoreService(key), runtime.NewKVStoreService(index), addresses, nil, nil)
	return sdk.NewContext(stores, cmtproto.Header{}, false, log.NewNopLogger()), cdc, module.New(k)
}

func TestGenesisSurvivesItsTextForm(t *testing.T) {
	ctx, cdc, m := newModule(t)
	state := copyright.DefaultGenesis()
	state.Works = []copyright.Work{{
		Id: copyright.WorkId{Institution: 1, Number: 1}, Kind: copyright.WORK_KIND_SOFTWARE, Right: copyright.RIGHT_COPYRIGHT, Jurisdiction: "DE",
		Claimant: from, Contributors: []copyright.Contributor{{Account: from, Credits: []copyright.Credit{copyright.CREDIT_SOFTWARE}, Share: copyright.WholeShare}},
		Description: digest, Content: digest, Status: copyright.WORK_STATUS_ATTESTED, RegisteredAt: begun, RegisteredHeight: 3, UpheldAt: &begun,
	}}
	state.Strikes = []copyright.Strikes{{Institution: 1, Works: 1}}
	want, err := cdc.MarshalJSON(state)
	require.NoError(t, err)
	require.NoError(t, m.ValidateGenesis(cdc, nil, want))
	m.InitGenesis(ctx, cdc, want)
	require.JSONEq(t, string(want), string(m.ExportGenesis(ctx, cdc)))
}

func TestTheDefaultGenesisHoldsTheRulesAlone(t *testing.T) {
	ctx, cdc, m := newModule(t)
	text := m.DefaultGenesis(cdc)
	require.NoError(t, m.ValidateGenesis(cdc, nil, text))
	m.InitGenesis(ctx, cdc, text)
	want, err := cdc.MarshalJSON(&copyright.GenesisState{Params: copyright.DefaultParams()})
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(m.ExportGenesis(ctx, cdc)))
}

func TestABrokenGenesisIsRefused(t *testing.T) {
	ctx, cdc, m := newModule(t)
	require.Error(t, m.ValidateGenesis(cdc, nil, json.RawMessage(`{"subjects": 1}`)))
	invalid := json.RawMessage(`{"params": {}}`)
	require.ErrorIs(t, m.ValidateGenesis(cdc, nil, invalid), copyright.ErrInvalid)
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
	manager := sdkmodule.NewManager(sdkmodule.CoreAppModuleAdaptor(copyright.ModuleName, m))
	require.NoError(t, manager.RegisterServices(sdkmodule.NewConfigurator(codec.NewProtoCodec(registry), msgs, queries)))

	require.NotNil(t, msgs.Handler(&copyright.MsgRegisterWork{}))
	require.NotNil(t, msgs.Handler(&copyright.MsgUpdateParams{}))
	for _, method := range copyright.Query_serviceDesc.Methods {
		require.NotNil(t, queries.Route("/"+copyright.Query_serviceDesc.ServiceName+"/"+method.MethodName), method.MethodName)
	}
}

// TestTheModuleManagerFindsWhatItCalls would not compile, and the manager would
// skip routes and ends of blocks silently, if a signature differed.
func TestTheModuleManagerFindsWhatItCalls(t *testing.T) {
	ctx, cdc, m := newModule(t)
	m.InitGenesis(ctx, cdc, m.DefaultGenesis(cdc))
	var found interface {
		RegisterGRPCGatewayRoutes(client.Context, *gwruntime.ServeMux)
	} = m
	require.NotPanics(t, func() { found.RegisterGRPCGatewayRoutes(client.Context{}, gwruntime.NewServeMux()) })
	manager := sdkmodule.NewManager(sdkmodule.CoreAppModuleAdaptor(copyright.ModuleName, m))
	_, err := manager.EndBlock(ctx)
	require.NoError(t, err)
}
