package keeper_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/consortium/keeper"
	"github.com/dmdl-network/dmdl/x/copyright"
)

const (
	chainID        = "dmdl-test-1"
	firstHeight    = 5
	idleAfter      = 10
	evidenceBlocks = 20
	evidenceAge    = 25 * time.Second
	votingPeriod   = 2 * time.Minute
)

var (
	start     = time.Date(2026, 8, 1, 12, 0, 0, 500, time.UTC)
	addresses = address.NewBech32Codec("dmdl")
	authority = text(consortium.Authority)
	registry  = newRegistry()
	cdc       = codec.NewProtoCodec(registry)
)

func newRegistry() codectypes.InterfaceRegistry {
	r, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles:     proto.HybridResolver,
		SigningOptions: signing.Options{AddressCodec: addresses, ValidatorAddressCodec: addresses},
	})
	if err != nil {
		panic(err)
	}
	consortium.RegisterInterfaces(r)
	upgradetypes.RegisterInterfaces(r)
	access.RegisterInterfaces(r)
	copyright.RegisterInterfaces(r)
	return r
}

// neighbours stand for the other modules. Their state is in a store, so that a
// transaction that fails undoes it as on a chain.
type neighbours struct {
	key    *storetypes.KVStoreKey
	router *baseapp.MsgServiceRouter
	// upgrade stands for x/upgrade.
	upgrade func(sdk.Context) error
}

// Create implements consortium.Accounts.
func (n *neighbours) Create(ctx context.Context, account []byte) error {
	sdk.UnwrapSDKContext(ctx).KVStore(n.key).Set(account, []byte{1})
	return nil
}

// Get implements consortium.ConsensusParams.
func (n *neighbours) Get(ctx context.Context) (params cmtproto.ConsensusParams, err error) {
	return params, params.Unmarshal(sdk.UnwrapSDKContext(ctx).KVStore(n.key).Get([]byte("params")))
}

// Set implements consortium.ConsensusParams.
func (n *neighbours) Set(ctx context.Context, params cmtproto.ConsensusParams) error {
	if err := cmttypes.ConsensusParamsFromProto(params).ValidateBasic(); err != nil {
		return err
	}
	bz, err := params.Marshal()
	sdk.UnwrapSDKContext(ctx).KVStore(n.key).Set([]byte("params"), bz)
	return err
}

// Execute implements consortium.Executor.
func (n *neighbours) Execute(ctx sdk.Context, msg sdk.Msg) error {
	if _, ok := msg.(*upgradetypes.MsgSoftwareUpgrade); ok {
		return n.upgrade(ctx)
	}
	res, err := n.router.Handler(msg)(ctx, msg)
	if err != nil {
		return err
	}
	for _, event := range res.Events {
		ctx.EventManager().EmitEvent(sdk.Event(event))
	}
	return nil
}

// fixture is a chain that runs only the consortium module, with the validator
// sets that CometBFT would hold.
type fixture struct {
	t          rapid.TB
	ctx        sdk.Context
	key        *storetypes.KVStoreKey
	neighbours *neighbours
	keeper     keeper.Keeper
	queries    consortium.QueryServer
	// sets are CometBFT's validator sets by height.
	sets map[int64]*cmttypes.ValidatorSet
}

// newFixture returns a chain before its first block, on which institutions 1
// to n validate, each of a legal group of its own.
func newFixture(t rapid.TB, n int) *fixture {
	t.Helper()
	var members []consortium.Institution
	for number := range n {
		members = append(members, member(uint64(number+1)))
	}
	return newChain(t, genesis(t, members...))
}

// newChain returns a chain before its first block.
func newChain(t rapid.TB, gs *consortium.GenesisState) *fixture {
	t.Helper()
	f := emptyChain(t)
	f.initGenesis(gs)
	return f
}

func emptyChain(t rapid.TB) *fixture {
	t.Helper()
	key, other := storetypes.NewKVStoreKey(consortium.StoreKey), storetypes.NewKVStoreKey("neighbours")
	stores := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger())
	stores.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	stores.MountStoreWithDB(other, storetypes.StoreTypeIAVL, nil)
	require.NoError(t, stores.LoadLatestVersion())

	f := &fixture{t: t, key: key, neighbours: &neighbours{key: other, router: baseapp.NewMsgServiceRouter()}, sets: make(map[int64]*cmttypes.ValidatorSet)}
	f.neighbours.upgrade = func(sdk.Context) error { return nil }
	f.neighbours.router.SetInterfaceRegistry(registry)
	f.keeper = keeper.New(cdc, runtime.NewKVStoreService(key), addresses, f.neighbours, f.neighbours, f.neighbours)
	f.queries = keeper.NewQueryServer(f.keeper)
	consortium.RegisterMsgServer(f.neighbours.router, keeper.NewMsgServer(f.keeper))

	f.ctx = sdk.NewContext(stores, cmtproto.Header{ChainID: chainID, Height: firstHeight - 1, Time: start}, false, log.NewNopLogger())
	params := cmttypes.DefaultConsensusParams().ToProto()
	params.Evidence.MaxAgeNumBlocks, params.Evidence.MaxAgeDuration = evidenceBlocks, evidenceAge
	require.NoError(t, f.neighbours.Set(f.ctx, params))
	return f
}

// initGenesis checks and loads a state and tells CometBFT the first set.
func (f *fixture) initGenesis(gs *consortium.GenesisState) {
	f.t.Helper()
	require.NoError(f.t, gs.Validate(chainID, addresses))
	updates, err := f.keeper.InitGenesis(f.ctx, gs)
	require.NoError(f.t, err)
	changes, err := cmttypes.PB2TM.ValidatorUpdates(updates)
	require.NoError(f.t, err)
	f.sets[firstHeight] = cmttypes.NewValidatorSet(changes)
	f.sets[firstHeight+1] = f.sets[firstHeight]
	f.check()
}

// begin begins a block one second after the last, in which the named keys did
// not sign the block before.
func (f *fixture) begin(absent []crypto.Address, evidence ...abci.Misbehavior) {
	f.t.Helper()
	params, err := f.neighbours.Get(f.ctx)
	require.NoError(f.t, err)
	height := f.ctx.BlockHeight() + 1
	var commit abci.CommitInfo
	if set := f.sets[height-1]; set != nil {
		for _, v := range set.Validators {
			flag := cmtproto.BlockIDFlagCommit
			if slices.ContainsFunc(absent, func(a crypto.Address) bool { return bytes.Equal(a, v.Address) }) {
				flag = cmtproto.BlockIDFlagAbsent
			}
			commit.Votes = append(commit.Votes, abci.VoteInfo{Validator: abci.Validator{Address: v.Address, Power: v.VotingPower}, BlockIdFlag: flag})
		}
	}
	f.ctx = f.ctx.WithBlockHeight(height).WithBlockTime(f.ctx.BlockTime().Add(time.Second)).
		WithConsensusParams(params).WithEventManager(sdk.NewEventManager()).
		WithCometInfo(baseapp.NewBlockInfo(evidence, nil, nil, commit))
	require.NoError(f.t, f.keeper.BeginBlock(f.ctx))
}

// end ends the block, hands the changes to CometBFT and checks the outcome.
func (f *fixture) end() []abci.ValidatorUpdate {
	f.t.Helper()
	updates := f.endUnchecked()
	f.check()
	return updates
}

// endUnchecked ends a block after which the validators may differ from those
// who shall validate.
func (f *fixture) endUnchecked() []abci.ValidatorUpdate {
	f.t.Helper()
	updates, err := f.keeper.EndBlock(f.ctx)
	require.NoError(f.t, err)
	for _, update := range updates {
		key, err := cryptoenc.PubKeyFromProto(update.PubKey)
		require.NoError(f.t, err)
		allowed := f.ctx.ConsensusParams().Validator.PubKeyTypes
		require.True(f.t, update.Power == 0 || slices.Contains(allowed, key.Type()), "CometBFT allows %v in this block, not %s", allowed, key.Type())
	}
	changes, err := cmttypes.PB2TM.ValidatorUpdates(updates)
	require.NoError(f.t, err)
	next := f.sets[f.ctx.BlockHeight()+1].Copy()
	require.NoError(f.t, next.UpdateWithChangeSet(changes))
	f.sets[f.ctx.BlockHeight()+2] = next
	return updates
}

// check compares CometBFT's set with who shall validate.
func (f *fixture) check() {
	f.t.Helper()
	want := make(map[string]int64)
	for _, i := range consortium.Validating(f.institutions()) {
		key, err := i.ConsensusAddress()
		require.NoError(f.t, err)
		want[key.String()] = consortium.Power
	}
	got := make(map[string]int64)
	for _, v := range f.sets[max(f.ctx.BlockHeight()+2, firstHeight)].Validators {
		got[v.Address.String()] = v.VotingPower
	}
	require.Equal(f.t, want, got)
	require.NoError(f.t, f.keeper.CheckInvariants(f.ctx))
}

// block runs one block in which everybody signed and every message succeeds.
func (f *fixture) block(msgs ...sdk.Msg) []abci.ValidatorUpdate {
	f.t.Helper()
	f.begin(nil)
	f.must(msgs...)
	return f.end()
}

// blocks runs empty blocks.
func (f *fixture) blocks(n int) {
	f.t.Helper()
	for range n {
		f.block()
	}
}

// deliver runs a message as a transaction does: what it wrote is kept only if
// it succeeds.
func (f *fixture) deliver(msg sdk.Msg) (*sdk.Result, error) {
	branch, write := f.ctx.CacheContext()
	res, err := f.neighbours.router.Handler(msg)(branch, msg)
	if err == nil {
		write()
	}
	return res, err
}

func (f *fixture) must(msgs ...sdk.Msg) {
	f.t.Helper()
	for _, msg := range msgs {
		_, err := f.deliver(msg)
		require.NoError(f.t, err, "%T", msg)
	}
}

// refuses delivers a message that fails with the given error and changes
// nothing.
func (f *fixture) refuses(msg sdk.Msg, want error) {
	f.t.Helper()
	before := f.export()
	_, err := f.deliver(msg)
	require.ErrorIs(f.t, err, want)
	require.NoError(f.t, f.keeper.CheckInvariants(f.ctx))
	require.Equal(f.t, before, f.export())
}

func (f *fixture) export() []byte {
	f.t.Helper()
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	bz, err := gs.Marshal()
	require.NoError(f.t, err)
	return bz
}

func (f *fixture) institutions() []consortium.Institution {
	f.t.Helper()
	res, err := f.queries.Institutions(f.ctx, &consortium.QueryInstitutionsRequest{Pagination: &query.PageRequest{Limit: paging.MaxLimit}})
	require.NoError(f.t, err)
	return res.Institutions
}

func (f *fixture) institution(number uint64) consortium.Institution {
	f.t.Helper()
	res, err := f.queries.Institution(f.ctx, &consortium.QueryInstitutionRequest{Number: number})
	require.NoError(f.t, err)
	return res.Institution
}

// events returns the typed events of a message that succeeds.
func (f *fixture) events(msg sdk.Msg) []proto.Message {
	f.t.Helper()
	res, err := f.deliver(msg)
	require.NoError(f.t, err)
	return typed(f.t, res.Events)
}

func typed(t rapid.TB, events []abci.Event) []proto.Message {
	t.Helper()
	var all []proto.Message
	for _, event := range events {
		parsed, err := sdk.ParseTypedEvent(event)
		require.NoError(t, err)
		all = append(all, parsed)
	}
	return all
}

func TestAChainOfOneInstitutionRuns(t *testing.T) {
	f := newFixture(t, 1)
	f.blocks(3)
	require.Len(t, f.sets[firstHeight+3].Validators, 1)
}
