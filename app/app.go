// Package app is the chain: it alone knows the keepers of more than one module,
// and it wires them by hand, in one function that reads from top to bottom.
package app

import (
	"fmt"
	"sync"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/core/address"
	"cosmossdk.io/core/appmodule"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/std"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/consensus"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"
	"github.com/cosmos/cosmos-sdk/x/upgrade"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/app/lanes"
	"github.com/dmdl-network/dmdl/x/access"
	accesskeeper "github.com/dmdl-network/dmdl/x/access/keeper"
	accessmodule "github.com/dmdl-network/dmdl/x/access/module"
	"github.com/dmdl-network/dmdl/x/consortium"
	consortiumkeeper "github.com/dmdl-network/dmdl/x/consortium/keeper"
	consortiummodule "github.com/dmdl-network/dmdl/x/consortium/module"
	"github.com/dmdl-network/dmdl/x/copyright"
	copyrightkeeper "github.com/dmdl-network/dmdl/x/copyright/keeper"
	copyrightmodule "github.com/dmdl-network/dmdl/x/copyright/module"
	"github.com/dmdl-network/dmdl/x/records"
	recordskeeper "github.com/dmdl-network/dmdl/x/records/keeper"
	recordsmodule "github.com/dmdl-network/dmdl/x/records/module"
)

const (
	// Name is the name of the application and its binary.
	Name = "dmdld"
	// Prefix begins every account address.
	Prefix = "dmdl"
)

// App is the chain's application.
type App struct {
	*baseapp.BaseApp
	Codec      codec.Codec
	TxConfig   client.TxConfig
	Modules    *module.Manager
	Basics     module.BasicManager
	Consortium consortiumkeeper.Keeper
	Records    recordskeeper.Keeper
	Access     accesskeeper.Keeper
	Copyright  copyrightkeeper.Keeper

	accounts authkeeper.AccountKeeper
	upgrades *upgradekeeper.Keeper
	pool     *lanes.Pool
	// block is what FinalizeBlock was last given. Commit tells it to the pool.
	block *abci.RequestFinalizeBlock
	// views are what questions are answered from.
	views *views
	// routes guards the query services: the framework registers three of them when
	// the node answers its peers already.
	routes sync.RWMutex
	// halted is closed, once, with the reason in haltReason.
	halted     chan struct{}
	haltOnce   sync.Once
	haltReason error
}

// New wires the application over a database and loads its latest state.
func New(logger log.Logger, db dbm.DB, options servertypes.AppOptions, base ...func(*baseapp.BaseApp)) (*App, error) {
	addresses := addressCodec{Prefix}
	registry, err := newRegistry(addresses)
	if err != nil {
		return nil, err
	}
	cdc := codec.NewProtoCodec(registry)
	txConfig := authtx.NewTxConfig(cdc, authtx.DefaultSignModes)
	decoder := ante.StrictDecoder(txConfig.TxDecoder(), registry)

	app := &App{
		BaseApp:  baseapp.NewBaseApp(Name, logger, db, decoder, base...),
		Codec:    cdc,
		TxConfig: txConfig,
		pool:     lanes.New(txConfig.TxEncoder(), decoder),
		halted:   make(chan struct{}),
	}
	app.SetInterfaceRegistry(registry)
	app.SetTxEncoder(txConfig.TxEncoder())

	// Keepers, in the order of their dependencies.
	keys := storeKeys(authtypes.StoreKey, consensustypes.StoreKey, upgradetypes.StoreKey,
		consortium.StoreKey, records.StoreKey, records.IndexStoreKey, access.StoreKey, access.IndexStoreKey,
		copyright.StoreKey, copyright.IndexStoreKey)
	authority := Authority()

	app.accounts = authkeeper.NewAccountKeeper(cdc, runtime.NewKVStoreService(keys[authtypes.StoreKey]),
		authtypes.ProtoBaseAccount, nil, addresses, Prefix, authority, authkeeper.WithUnorderedTransactions(true))
	params := consensuskeeper.NewKeeper(cdc, runtime.NewKVStoreService(keys[consensustypes.StoreKey]), authority, runtime.EventService{})
	app.SetParamStore(params.ParamsStore)
	app.upgrades = upgradekeeper.NewKeeper(skippedUpgrades(options), runtime.NewKVStoreService(keys[upgradetypes.StoreKey]),
		cdc, homeOf(options), app.BaseApp, authority)
	app.Consortium = consortiumkeeper.New(cdc, runtime.NewKVStoreService(keys[consortium.StoreKey]), addresses,
		accounts{app.accounts}, consensusParams{params}, executor{app.MsgServiceRouter()})
	app.Records = recordskeeper.New(cdc, runtime.NewKVStoreService(keys[records.StoreKey]),
		runtime.NewKVStoreService(keys[records.IndexStoreKey]), addresses, app.Consortium)
	app.Copyright = copyrightkeeper.New(cdc, runtime.NewKVStoreService(keys[copyright.StoreKey]),
		runtime.NewKVStoreService(keys[copyright.IndexStoreKey]), addresses, app.Consortium, app.Records)
	app.Access = accesskeeper.New(cdc, runtime.NewKVStoreService(keys[access.StoreKey]),
		runtime.NewKVStoreService(keys[access.IndexStoreKey]), addresses, app.Consortium, app.Records, app.Copyright)

	// Modules.
	app.Modules = module.NewManagerFromMap(map[string]appmodule.AppModule{
		authtypes.ModuleName:      newAuthModule(cdc, app.accounts),
		consensustypes.ModuleName: consensus.NewAppModule(cdc, params),
		upgradetypes.ModuleName:   upgrade.NewAppModule(app.upgrades, addresses),
		consortium.ModuleName:     consortiummodule.New(app.Consortium, addresses),
		records.ModuleName:        recordsmodule.New(app.Records),
		access.ModuleName:         accessmodule.New(app.Access),
		copyright.ModuleName:      copyrightmodule.New(app.Copyright),
	})
	app.orderModules()
	app.Basics = module.NewBasicManagerFromManager(app.Modules, nil)
	app.Basics.RegisterInterfaces(registry)
	if err := app.Modules.RegisterServices(module.NewConfigurator(cdc, app.MsgServiceRouter(), app.GRPCQueryRouter())); err != nil {
		return nil, err
	}
	app.registerReflection()
	app.registerUpgrades(homeOf(options))

	// The life of a transaction and of a block.
	app.MountKVStores(keys)
	if err := app.setExecutor(options, keys); err != nil {
		return nil, err
	}
	app.views = &views{CommitMultiStore: app.CommitMultiStore(), keys: keys}
	app.SetQueryMultiStore(app.views)
	app.SetMempool(app.pool)
	app.SetCheckTxHandler(lanes.CheckTx(app.pool))
	app.SetPrepareProposal(lanes.PrepareProposal(app.pool))
	app.SetProcessProposal(lanes.ProcessProposal(app.pool.Decode))
	app.SetAnteHandler(ante.New(app.accounts, txConfig.SignModeHandler(), app.Consortium, app.pool))
	app.SetInitChainer(app.initChain)
	app.SetPreBlocker(app.preBlock)
	app.SetBeginBlocker(app.Modules.BeginBlock)
	app.SetEndBlocker(app.Modules.EndBlock)
	app.SetIDPeerFilter(app.filterPeer)
	if err := app.LoadLatestVersion(); err != nil {
		return nil, fmt.Errorf("load the latest state: %w", err)
	}
	return app, nil
}

// storeKeys makes the keys of the stores. storetypes.NewKVStoreKeys would refuse
// "records" beside "records_idx", although the database keeps them apart.
func storeKeys(names ...string) map[string]*storetypes.KVStoreKey {
	keys := make(map[string]*storetypes.KVStoreKey, len(names))
	for _, name := range names {
		keys[name] = storetypes.NewKVStoreKey(name)
	}
	return keys
}

// newRegistry returns the register of message types.
func newRegistry(addresses address.Codec) (codectypes.InterfaceRegistry, error) {
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          addresses,
			ValidatorAddressCodec: addressCodec{Prefix + "valoper"},
		},
	})
	if err != nil {
		return nil, err
	}
	std.RegisterInterfaces(registry)
	return registry, nil
}

// orderModules fixes every order. The setters panic when a module is forgotten,
// which is the point of calling them.
func (app *App) orderModules() {
	all := []string{
		authtypes.ModuleName, consensustypes.ModuleName, upgradetypes.ModuleName,
		consortium.ModuleName, records.ModuleName, access.ModuleName, copyright.ModuleName,
	}
	app.Modules.SetOrderPreBlockers(upgradetypes.ModuleName, authtypes.ModuleName)
	app.Modules.SetOrderBeginBlockers(consortium.ModuleName)
	app.Modules.SetOrderEndBlockers(consortium.ModuleName, access.ModuleName, copyright.ModuleName)
	app.Modules.SetOrderInitGenesis(all...)
	app.Modules.SetOrderExportGenesis(all...)
	app.Modules.SetOrderMigrations(all...)
}

// FinalizeBlock remembers the block for Commit.
func (app *App) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	app.block = req
	return app.BaseApp.FinalizeBlock(req)
}

// Commit writes the block's state, opens it for questions, and tells the pool what
// the block held, so that nothing of it is proposed again.
func (app *App) Commit() (*abci.ResponseCommit, error) {
	res, err := app.BaseApp.Commit()
	if err != nil {
		return nil, err
	}
	if app.block != nil {
		app.pool.Committed(app.block.Time, app.block.Txs)
		app.block = nil
	}
	if err := app.views.open(); err != nil { // questions are slower then, and the block stands
		app.Logger().Error("questions open the stores themselves", "err", err)
	}
	return res, nil
}

// Account returns an account, or nil if there is none.
func (app *App) Account(ctx sdk.Context, address sdk.AccAddress) sdk.AccountI {
	return app.accounts.GetAccount(ctx, address)
}

// Authority is the account that proposals act as, as text.
func Authority() string {
	return sdk.MustBech32ifyAddressBytes(Prefix, consortium.Authority) // a constant: it cannot fail
}
