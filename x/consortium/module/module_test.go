package module_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
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

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/consortium/keeper"
	"github.com/dmdl-network/dmdl/x/consortium/module"
)

const chainID = "dmdl-test-1"

// neighbours stand for the other modules, of which a genesis needs little.
type neighbours struct{}

// Create implements consortium.Accounts.
func (neighbours) Create(context.Context, []byte) error { return nil }

// Get implements consortium.ConsensusParams.
func (neighbours) Get(context.Context) (cmtproto.ConsensusParams, error) {
	return cmttypes.DefaultConsensusParams().ToProto(), nil
}

// Set implements consortium.ConsensusParams.
func (neighbours) Set(context.Context, cmtproto.ConsensusParams) error { return nil }

// Execute implements consortium.Executor.
func (neighbours) Execute(sdk.Context, sdk.Msg) error { return nil }

// newModule returns the module over an empty store.
func newModule(t *testing.T) (sdk.Context, codec.Codec, module.AppModule) {
	t.Helper()
	key := storetypes.NewKVStoreKey(consortium.StoreKey)
	stores := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger())
	stores.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	require.NoError(t, stores.LoadLatestVersion())

	registry := codectypes.NewInterfaceRegistry()
	consortium.RegisterInterfaces(registry)
	cdc, addresses := codec.NewProtoCodec(registry), address.NewBech32Codec("dmdl")
	k := keeper.New(cdc, runtime.NewKVStoreService(key), addresses, neighbours{}, neighbours{}, neighbours{})
	ctx := sdk.NewContext(stores, cmtproto.Header{ChainID: chainID, Height: 1}, false, log.NewNopLogger()).
		WithCometInfo(baseapp.NewBlockInfo(nil, nil, nil, abci.CommitInfo{})).
		WithConsensusParams(cmttypes.DefaultConsensusParams().ToProto())
	return ctx, cdc, module.New(k, addresses)
}

// genesis is the state of a new chain of one hospital, as JSON.
func genesis(t *testing.T, cdc codec.JSONCodec) json.RawMessage {
	t.Helper()
	key := ed25519.GenPrivKeyFromSecret([]byte("hospital"))
	public := consortium.NewKey(key.PubKey())
	operator, err := address.NewBech32Codec("dmdl").BytesToString(make([]byte, 20))
	require.NoError(t, err)
	i := consortium.Institution{
		Number: 1, Name: "St. Elsewhere", Kind: consortium.INSTITUTION_KIND_HOSPITAL, LegalGroup: "St. Elsewhere",
		Operator: operator, ConsensusKey: &public, Status: consortium.INSTITUTION_STATUS_ACTIVE,
	}
	message, err := consortium.KeyProofBytes(chainID, i)
	require.NoError(t, err)
	proof, err := key.Sign(message)
	require.NoError(t, err)
	suspend, err := codectypes.NewAnyWithValue(&consortium.MsgSuspendInstitution{Institution: 1})
	require.NoError(t, err)
	at := time.Date(2026, 8, 1, 12, 0, 0, 5, time.UTC)
	gs := consortium.DefaultGenesis()
	gs.Institutions = []consortium.Institution{i}
	gs.KeyOwners = []consortium.KeyOwner{{ConsensusKey: public, Institution: 1}}
	gs.KeyProofs = []consortium.KeyProof{{Institution: 1, Signature: proof}}
	gs.Proposals = []consortium.Proposal{{
		Id: 1, Proposer: 1, Messages: []*codectypes.Any{suspend}, Status: consortium.PROPOSAL_STATUS_OPEN, SubmittedAt: at, Deadline: at.Add(time.Hour),
	}}
	return cdc.MustMarshalJSON(gs)
}

func TestGenesisSurvivesItsTextForm(t *testing.T) {
	ctx, cdc, m := newModule(t)
	want := genesis(t, cdc)
	require.NoError(t, m.ValidateGenesis(cdc, nil, want))
	require.Len(t, m.InitGenesis(ctx, cdc, want), 1)

	var gs consortium.GenesisState
	cdc.MustUnmarshalJSON(want, &gs)
	gs.KeyProofs = nil // the state does not keep them
	require.JSONEq(t, string(cdc.MustMarshalJSON(&gs)), string(m.ExportGenesis(ctx, cdc)))
}

func TestBlocksBeginAndEnd(t *testing.T) {
	ctx, cdc, m := newModule(t)
	m.InitGenesis(ctx, cdc, genesis(t, cdc))
	require.NoError(t, m.BeginBlock(ctx))
	updates, err := m.EndBlock(ctx)
	require.NoError(t, err)
	require.Empty(t, updates)
}

func TestTheDefaultGenesisIsAFileUnderConstruction(t *testing.T) {
	ctx, cdc, m := newModule(t)
	require.NoError(t, m.ValidateGenesis(cdc, nil, m.DefaultGenesis(cdc)))
	require.Empty(t, m.InitGenesis(ctx, cdc, m.DefaultGenesis(cdc)), "the framework refuses to start without validators")
}

func TestABrokenGenesisIsRefused(t *testing.T) {
	ctx, cdc, m := newModule(t)
	require.Error(t, m.ValidateGenesis(cdc, nil, json.RawMessage(`{"params": 1}`)))
	invalid := json.RawMessage(`{"params": {"voting_period": "60s", "idle_after_blocks": "1"}}`)
	require.ErrorIs(t, m.ValidateGenesis(cdc, nil, invalid), consortium.ErrInvalid)
	require.Panics(t, func() { m.InitGenesis(ctx, cdc, invalid) })
}

func TestOnlyTheChainThatProofsNameBeginsWithThem(t *testing.T) {
	ctx, cdc, m := newModule(t)
	gs := genesis(t, cdc)
	require.NoError(t, m.ValidateGenesis(cdc, nil, gs), "a file does not tell its chain")
	require.Panics(t, func() { m.InitGenesis(ctx.WithChainID("dmdl-test-2"), cdc, gs) })
	require.NotPanics(t, func() { m.InitGenesis(ctx, cdc, gs) })
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
	manager := sdkmodule.NewManager(sdkmodule.CoreAppModuleAdaptor(consortium.ModuleName, m))
	require.NoError(t, manager.RegisterServices(sdkmodule.NewConfigurator(codec.NewProtoCodec(registry), msgs, queries)))

	for _, method := range consortium.Msg_serviceDesc.Methods {
		require.NotNil(t, msgs.HandlerByTypeURL("/dmdl.consortium.v1.Msg"+method.MethodName), method.MethodName)
	}
	for _, method := range consortium.Query_serviceDesc.Methods {
		require.NotNil(t, queries.Route("/"+consortium.Query_serviceDesc.ServiceName+"/"+method.MethodName), method.MethodName)
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
