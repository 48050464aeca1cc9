package app

import (
	"context"
	_ "embed" // the OpenAPI document
	"net/http"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	gogogrpc "github.com/cosmos/gogoproto/grpc"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	reflectionv1 "cosmossdk.io/api/cosmos/reflection/v1"
	"cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	"github.com/cosmos/cosmos-sdk/client/grpc/node"
	"github.com/cosmos/cosmos-sdk/runtime/services"
	"github.com/cosmos/cosmos-sdk/server/api"
	"github.com/cosmos/cosmos-sdk/server/config"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
)

var _ servertypes.Application = (*App)(nil)

// OpenAPI is the OpenAPI 2.0 document of everything that the node serves over
// REST.
//
//go:embed openapi.json
var OpenAPI []byte

// Query answers a query. It does not list stores, as the framework would: such
// a list has no pages, so one question could cost the node all its memory.
func (app *App) Query(ctx context.Context, req *abci.RequestQuery) (*abci.ResponseQuery, error) {
	app.routes.RLock()
	defer app.routes.RUnlock()
	return app.query(ctx, req)
}

// query answers a query for whoever may hold routes already.
func (app *App) query(ctx context.Context, req *abci.RequestQuery) (*abci.ResponseQuery, error) {
	if req.Height == 0 {
		req.Height = app.views.LatestVersion()
	}
	if strings.HasSuffix(req.Path, "/subspace") {
		err := errors.Wrapf(sdkerrors.ErrUnknownRequest, "%q: ask for a /key or call a query service, which has pages", req.Path)
		return sdkerrors.QueryResult(err, false), nil
	}
	return app.BaseApp.Query(ctx, req)
}

// RegisterGRPCServerWithSkipCheckHeader serves queries over gRPC. It always skips the
// check that the header at hand is of the newest block's height: that one fails now
// and then while a block is committed. Without it a question may be answered from a
// block's state at the time of the block after.
func (app *App) RegisterGRPCServerWithSkipCheckHeader(server gogogrpc.Server, _ bool) {
	app.BaseApp.RegisterGRPCServerWithSkipCheckHeader(server, true)
}

// registerReflection lets clients ask which services and commands there are.
func (app *App) registerReflection() {
	autocliv1.RegisterQueryServer(app.GRPCQueryRouter(), services.NewAutoCLIQueryService(app.Modules.Modules))
	if reflection, err := services.NewReflectionService(); err == nil {
		reflectionv1.RegisterReflectionServiceServer(app.GRPCQueryRouter(), reflection)
	}
}

// RegisterAPIRoutes serves the REST routes and, at /openapi.json, what they are.
func (app *App) RegisterAPIRoutes(server *api.Server, _ config.APIConfig) {
	ctx := server.ClientCtx
	authtx.RegisterGRPCGatewayRoutes(ctx, server.GRPCGatewayRouter)
	cmtservice.RegisterGRPCGatewayRoutes(ctx, server.GRPCGatewayRouter)
	node.RegisterGRPCGatewayRoutes(ctx, server.GRPCGatewayRouter)
	app.Basics.RegisterGRPCGatewayRoutes(ctx, server.GRPCGatewayRouter)
	server.Router.HandleFunc("/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(OpenAPI) // a reader that went away is nobody's error
	}).Methods(http.MethodGet)
}

// RegisterTxService implements servertypes.Application.
func (app *App) RegisterTxService(ctx client.Context) {
	app.routes.Lock()
	defer app.routes.Unlock()
	authtx.RegisterTxService(app.GRPCQueryRouter(), ctx, app.Simulate, app.Codec.InterfaceRegistry())
}

// RegisterTendermintService implements servertypes.Application.
func (app *App) RegisterTendermintService(ctx client.Context) {
	app.routes.Lock()
	defer app.routes.Unlock()
	cmtservice.RegisterTendermintService(ctx, app.GRPCQueryRouter(), app.Codec.InterfaceRegistry(), app.query)
}

// RegisterNodeService implements servertypes.Application.
func (app *App) RegisterNodeService(ctx client.Context, cfg config.Config) {
	app.routes.Lock()
	defer app.routes.Unlock()
	node.RegisterNodeService(ctx, app.GRPCQueryRouter(), cfg, func() int64 { return app.CommitMultiStore().EarliestVersion() })
}
