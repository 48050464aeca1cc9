package keeper_test

import (
	"bytes"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/copyright/keeper"
	"github.com/dmdl-network/dmdl/x/records"
)

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

const (
	chainID = "copyright-test"
	day     = 24 * time.Hour
)

// fixture is a copyright module over two empty IAVL stores, with the people of four
// institutions and what became of records.
type fixture struct {
	ctx           sdk.Context
	stores        storetypes.CommitMultiStore
	key, indexKey *storetypes.KVStoreKey
	keeper        keeper.Keeper
	router        *baseapp.MsgServiceRouter
	queries       copyright.QueryServer
	members       *members
	records       archive
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return newFixtureOver(t, dbm.NewMemDB())
}

func newFixtureOver(t testing.TB, db dbm.DB) *fixture {
	t.Helper()
	f := &fixture{
		stores:   store.NewCommitMultiStore(db, log.NewNopLogger()),
		key:      storetypes.NewKVStoreKey(copyright.StoreKey),
		indexKey: storetypes.NewKVStoreKey(copyright.IndexStoreKey),
		router:   baseapp.NewMsgServiceRouter(),
		members:  newMembers(),
		records:  archive{},
	}
	f.stores.MountStoreWithDB(f.key, storetypes.StoreTypeIAVL, nil)
	f.stores.MountStoreWithDB(f.indexKey, storetypes.StoreTypeIAVL, nil)
	require.NoError(t, f.stores.LoadLatestVersion())
	f.ctx = sdk.NewContext(f.stores, cmtproto.Header{ChainID: chainID, Height: 7, Time: start}, false, log.NewNopLogger())

	registry := codectypes.NewInterfaceRegistry()
	copyright.RegisterInterfaces(registry)
	f.keeper = keeper.New(codec.NewProtoCodec(registry), runtime.NewKVStoreService(f.key), runtime.NewKVStoreService(f.indexKey),
		addresses, f.members, f.records)
	require.NoError(t, f.keeper.InitGenesis(f.ctx, copyright.DefaultGenesis()))
	f.router.SetInterfaceRegistry(registry)
	copyright.RegisterMsgServer(f.router, keeper.NewMsgServer(f.keeper))
	f.queries = keeper.NewQueryServer(f.keeper)
	return f
}

// after lets time pass and a block begin.
func (f *fixture) after(d time.Duration) {
	f.ctx = f.ctx.WithBlockTime(f.now().Add(d)).WithBlockHeight(f.ctx.BlockHeight() + 1)
}

func (f *fixture) now() time.Time { return f.ctx.BlockTime() }

// deliver runs a message as a transaction does: what it wrote is kept only if it
// succeeds.
func (f *fixture) deliver(msg sdk.Msg) (*sdk.Result, error) {
	ctx, write := f.ctx.CacheContext()
	res, err := f.router.Handler(msg)(ctx, msg)
	if err == nil {
		write()
	}
	return res, err
}

// do delivers messages that must be accepted, and returns the last one's response.
func (f *fixture) do(t testing.TB, msgs ...sdk.Msg) proto.Message {
	t.Helper()
	var response proto.Message
	for _, msg := range msgs {
		res, err := f.deliver(msg)
		require.NoError(t, err)
		require.NoError(t, f.keeper.CheckInvariants(f.ctx))
		response = res.MsgResponses[0].GetCachedValue().(proto.Message)
	}
	return response
}

// says delivers a message that must be accepted, with these events in this order.
func (f *fixture) says(t testing.TB, msg sdk.Msg, want ...proto.Message) {
	t.Helper()
	res, err := f.deliver(msg)
	require.NoError(t, err)
	var got []proto.Message
	for _, event := range res.Events {
		parsed, err := sdk.ParseTypedEvent(event)
		require.NoError(t, err)
		got = append(got, parsed)
	}
	require.Equal(t, want, got)
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
}

// endBlock ends a block and returns how many notices reached a work in it.
func (f *fixture) endBlock(t testing.TB) int {
	t.Helper()
	ctx := f.ctx.WithEventManager(sdk.NewEventManager())
	require.NoError(t, f.keeper.EndBlock(ctx))
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
	return len(ctx.EventManager().Events())
}

// refusal is a message that must be refused, with which error and what in its text.
type refusal struct {
	msg  sdk.Msg
	err  error
	says string
}

// refuses delivers messages that must be refused and must change nothing.
func (f *fixture) refuses(t *testing.T, rows map[string]refusal) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			before := f.dump()
			_, err := f.deliver(row.msg)
			require.ErrorIs(t, err, row.err)
			require.ErrorContains(t, err, row.says)
			require.Equal(t, before, f.dump())
		})
	}
}

// dump is all that is in the two stores.
func (f *fixture) dump() []byte {
	var all bytes.Buffer
	for _, key := range []*storetypes.KVStoreKey{f.key, f.indexKey} {
		it := f.ctx.KVStore(key).Iterator(nil, nil)
		for ; it.Valid(); it.Next() {
			all.Write(it.Key())
			all.WriteByte('=')
			all.Write(it.Value())
			all.WriteByte('\n')
		}
		it.Close()
	}
	return all.Bytes()
}

func (f *fixture) export(t require.TestingT) *copyright.GenesisState {
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	return gs
}

// work returns a work as queries show it.
func (f *fixture) work(t require.TestingT, id copyright.WorkId) copyright.Work {
	res, err := f.queries.Work(f.ctx, &copyright.QueryWorkRequest{Institution: id.Institution, Number: id.Number})
	require.NoError(t, err)
	return res.Work
}

func (f *fixture) licence(t require.TestingT, id access.LicenceId) copyright.Licence {
	res, err := f.queries.Licence(f.ctx, &copyright.QueryLicenceRequest{Institution: id.Institution, Number: id.Number})
	require.NoError(t, err)
	return res.Licence
}

func (f *fixture) contest(t require.TestingT, id copyright.WorkId, index int) copyright.Contest {
	res, err := f.queries.Contests(f.ctx, &copyright.QueryContestsRequest{Institution: id.Institution, Number: id.Number})
	require.NoError(t, err)
	return res.Contests[index-1]
}

func (f *fixture) notices(t require.TestingT, id copyright.WorkId) []copyright.Notice {
	res, err := f.queries.Notices(f.ctx, &copyright.QueryNoticesRequest{Institution: id.Institution, Number: id.Number})
	require.NoError(t, err)
	return res.Notices
}

func (f *fixture) strikes(t require.TestingT, institution uint64) copyright.Strikes {
	res, err := f.queries.Strikes(f.ctx, &copyright.QueryStrikesRequest{Institution: institution})
	require.NoError(t, err)
	return res.Strikes
}

// record is a record of an institution, by a number.
func record(institution, leaf uint64) records.RecordId {
	return records.RecordId{Institution: institution, Batch: 1, Leaf: leaf}
}

func digest(n byte) []byte { return bytes.Repeat([]byte{n}, copyright.DigestSize) }
