package keeper_test

import (
	"bytes"
	"context"
	"errors"
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
	"github.com/dmdl-network/dmdl/x/access/keeper"
	"github.com/dmdl-network/dmdl/x/records"
)

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

const (
	chainID = "access-test"
	day     = 24 * time.Hour
)

// fixture is an access module over two empty IAVL stores, with the people of three
// institutions and the records of institution 1.
type fixture struct {
	ctx           sdk.Context
	stores        storetypes.CommitMultiStore
	key, indexKey *storetypes.KVStoreKey
	keeper        keeper.Keeper
	router        *baseapp.MsgServiceRouter
	queries       access.QueryServer
	members       *members
	records       archive
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{
		stores:   store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger()),
		key:      storetypes.NewKVStoreKey(access.StoreKey),
		indexKey: storetypes.NewKVStoreKey(access.IndexStoreKey),
		router:   baseapp.NewMsgServiceRouter(),
		members:  newMembers(),
		records:  archive{},
	}
	f.stores.MountStoreWithDB(f.key, storetypes.StoreTypeIAVL, nil)
	f.stores.MountStoreWithDB(f.indexKey, storetypes.StoreTypeIAVL, nil)
	require.NoError(t, f.stores.LoadLatestVersion())
	f.ctx = sdk.NewContext(f.stores, cmtproto.Header{ChainID: chainID, Height: 7, Time: start}, false, log.NewNopLogger())

	registry := codectypes.NewInterfaceRegistry()
	access.RegisterInterfaces(registry)
	f.keeper = keeper.New(codec.NewProtoCodec(registry), runtime.NewKVStoreService(f.key), runtime.NewKVStoreService(f.indexKey),
		addresses, f.members, f.records, licences{{Institution: 4, Number: 1}: 2})
	require.NoError(t, f.keeper.InitGenesis(f.ctx, access.DefaultGenesis()))
	f.router.SetInterfaceRegistry(registry)
	access.RegisterMsgServer(f.router, keeper.NewMsgServer(f.keeper))
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

func (f *fixture) export(t require.TestingT) *access.GenesisState {
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	return gs
}

// subject returns the stored entry of a subject, as queries show it.
func (f *fixture) subject(t testing.TB, id records.SubjectId) access.Subject {
	t.Helper()
	res, err := f.queries.Subject(f.ctx, &access.QuerySubjectRequest{Institution: id.Institution, Number: id.Number})
	require.NoError(t, err)
	return res.Subject
}

// entry returns an entry of a subject's account.
func (f *fixture) entry(t testing.TB, id records.SubjectId, index uint64) access.Disclosure {
	t.Helper()
	for _, d := range f.export(t).Disclosures {
		if d.Subject == id && d.Index == index {
			return d
		}
	}
	require.FailNow(t, "no such entry", "%d", index)
	return access.Disclosure{}
}

// conduct returns the counts of an institution.
func (f *fixture) conduct(t testing.TB, institution uint64) access.Conduct {
	t.Helper()
	for _, c := range f.export(t).Conducts {
		if c.Institution == institution {
			return c
		}
	}
	return access.Conduct{Institution: institution}
}

// setParams changes the parameters as a proposal does.
func (f *fixture) setParams(t testing.TB, change func(*access.Params)) {
	t.Helper()
	p, err := f.keeper.Params(f.ctx)
	require.NoError(t, err)
	change(&p)
	f.do(t, &access.MsgUpdateParams{Authority: authority, Params: p})
}

func commitment(n byte) []byte { return bytes.Repeat([]byte{n}, access.CommitmentSize) }

// licences are who holds which.
type licences map[access.LicenceId]uint64

var errNotLicensed = errors.New("not licensed")

func (l licences) CheckLicence(_ context.Context, institution uint64, r access.Request, _ access.Params) error {
	if l[*r.Licence] != institution || r.Commercial {
		return errNotLicensed
	}
	return nil
}
