// Package module plugs the copyright module into an application.
package module

import (
	"context"
	"encoding/json"
	"fmt"

	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/copyright/keeper"
)

var (
	_ appmodule.AppModule        = AppModule{}
	_ appmodule.HasServices      = AppModule{}
	_ appmodule.HasEndBlocker    = AppModule{}
	_ module.HasGenesis          = AppModule{}
	_ module.HasConsensusVersion = AppModule{}
)

// AppModule is the copyright module.
type AppModule struct{ keeper keeper.Keeper }

// New returns the module over a keeper.
func New(k keeper.Keeper) AppModule { return AppModule{k} }

// IsAppModule tags the type for the module manager.
func (AppModule) IsAppModule() {}

// IsOnePerModuleType tags the type for the module manager.
func (AppModule) IsOnePerModuleType() {}

// ConsensusVersion grows with every change that needs a store migration.
func (AppModule) ConsensusVersion() uint64 { return 1 }

// RegisterInterfaces registers the module's messages.
func (AppModule) RegisterInterfaces(r codectypes.InterfaceRegistry) { copyright.RegisterInterfaces(r) }

// RegisterServices implements appmodule.HasServices.
func (m AppModule) RegisterServices(r grpc.ServiceRegistrar) error {
	copyright.RegisterMsgServer(r, keeper.NewMsgServer(m.keeper))
	copyright.RegisterQueryServer(r, keeper.NewQueryServer(m.keeper))
	return nil
}

// RegisterGRPCGatewayRoutes serves the queries over REST. The module manager
// finds it by its signature, which has no error to return, hence the panic.
func (AppModule) RegisterGRPCGatewayRoutes(clientCtx client.Context, mux *gwruntime.ServeMux) {
	if err := copyright.RegisterQueryHandlerClient(context.Background(), mux, copyright.NewQueryClient(clientCtx)); err != nil {
		panic(err)
	}
}

// EndBlock implements appmodule.HasEndBlocker.
func (m AppModule) EndBlock(ctx context.Context) error { return m.keeper.EndBlock(ctx) }

// DefaultGenesis implements module.HasGenesis.
func (AppModule) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	return cdc.MustMarshalJSON(copyright.DefaultGenesis())
}

// ValidateGenesis implements module.HasGenesis.
func (AppModule) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, bz json.RawMessage) error {
	var gs copyright.GenesisState
	if err := cdc.UnmarshalJSON(bz, &gs); err != nil {
		return fmt.Errorf("%s genesis: %w", copyright.ModuleName, err)
	}
	return gs.Validate()
}

// InitGenesis implements module.HasGenesis. A node that cannot load its genesis
// must not start, hence the panic.
func (m AppModule) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, bz json.RawMessage) {
	var gs copyright.GenesisState
	cdc.MustUnmarshalJSON(bz, &gs)
	if err := m.keeper.InitGenesis(ctx, &gs); err != nil {
		panic(err)
	}
}

// ExportGenesis implements module.HasGenesis. The interface has no error to
// return, hence the panic.
func (m AppModule) ExportGenesis(ctx sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	gs, err := m.keeper.ExportGenesis(ctx)
	if err != nil {
		panic(err)
	}
	return cdc.MustMarshalJSON(gs)
}
