// Package module joins the consortium keeper to the framework.
package module

import (
	"context"
	"encoding/json"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"

	"cosmossdk.io/core/address"
	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/consortium/keeper"
)

var (
	_ appmodule.HasBeginBlocker  = AppModule{}
	_ appmodule.HasServices      = AppModule{}
	_ module.HasABCIGenesis      = AppModule{}
	_ module.HasABCIEndBlock     = AppModule{}
	_ module.HasConsensusVersion = AppModule{}
)

// AppModule is the consortium module.
type AppModule struct {
	keeper    keeper.Keeper
	addresses address.Codec
}

// New returns the module over a keeper.
func New(k keeper.Keeper, addresses address.Codec) AppModule { return AppModule{k, addresses} }

// IsAppModule tags the type for the module manager.
func (AppModule) IsAppModule() {}

// IsOnePerModuleType tags the type for the module manager.
func (AppModule) IsOnePerModuleType() {}

// Name is here only because module.HasABCIEndBlock still embeds
// module.AppModuleBasic.
func (AppModule) Name() string { return consortium.ModuleName }

// RegisterLegacyAminoCodec is here for the same reason.
func (AppModule) RegisterLegacyAminoCodec(*codec.LegacyAmino) {}

// RegisterGRPCGatewayRoutes serves the queries over REST. The framework's
// signature has no error, hence the panic at start.
func (AppModule) RegisterGRPCGatewayRoutes(ctx client.Context, mux *gwruntime.ServeMux) {
	if err := consortium.RegisterQueryHandlerClient(context.Background(), mux, consortium.NewQueryClient(ctx)); err != nil {
		panic(err)
	}
}

// ConsensusVersion grows with every change that needs a store migration.
func (AppModule) ConsensusVersion() uint64 { return 1 }

// RegisterInterfaces registers the module's messages.
func (AppModule) RegisterInterfaces(r codectypes.InterfaceRegistry) {
	consortium.RegisterInterfaces(r)
}

// RegisterServices implements appmodule.HasServices.
func (m AppModule) RegisterServices(r grpc.ServiceRegistrar) error {
	consortium.RegisterMsgServer(r, keeper.NewMsgServer(m.keeper))
	consortium.RegisterQueryServer(r, keeper.NewQueryServer(m.keeper))
	return nil
}

// BeginBlock implements appmodule.HasBeginBlocker.
func (m AppModule) BeginBlock(ctx context.Context) error { return m.keeper.BeginBlock(ctx) }

// EndBlock implements module.HasABCIEndBlock.
func (m AppModule) EndBlock(ctx context.Context) ([]abci.ValidatorUpdate, error) {
	return m.keeper.EndBlock(ctx)
}

// DefaultGenesis implements module.HasABCIGenesis.
func (AppModule) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	return cdc.MustMarshalJSON(consortium.DefaultGenesis())
}

// ValidateGenesis checks all but what depends on the id of the chain, which
// the interface does not tell. InitGenesis checks that too.
func (m AppModule) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, bz json.RawMessage) error {
	gs, err := m.decode(cdc, bz)
	if err != nil {
		return err
	}
	return gs.ValidateState(m.addresses)
}

func (AppModule) decode(cdc codec.JSONCodec, bz json.RawMessage) (gs consortium.GenesisState, err error) {
	if err := cdc.UnmarshalJSON(bz, &gs); err != nil {
		return gs, fmt.Errorf("%s genesis: %w", consortium.ModuleName, err)
	}
	return gs, nil
}

// InitGenesis implements module.HasABCIGenesis. A node that cannot load its
// genesis must not start, hence the panic.
func (m AppModule) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, bz json.RawMessage) []abci.ValidatorUpdate {
	gs, err := m.decode(cdc, bz)
	if err == nil {
		err = gs.Validate(ctx.ChainID(), m.addresses)
	}
	if err != nil {
		panic(err)
	}
	updates, err := m.keeper.InitGenesis(ctx, &gs)
	if err != nil {
		panic(err)
	}
	return updates
}

// ExportGenesis implements module.HasABCIGenesis.
func (m AppModule) ExportGenesis(ctx sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	gs, err := m.keeper.ExportGenesis(ctx)
	if err != nil {
		panic(err)
	}
	return cdc.MustMarshalJSON(gs)
}
