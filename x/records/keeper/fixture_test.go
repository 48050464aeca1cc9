package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
	"github.com/dmdl-network/dmdl/x/records/keeper"
)

var (
	now       = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	addresses = address.NewBech32Codec("dmdl")
	// errNoVault is how the fake consortium refuses an account.
	errNoVault = errors.New("no vault role in force")
	// errNoMember is how it refuses an institution.
	errNoMember = errors.New("no active member")
)

const height = 7

// consortium maps the accounts of vaults to the numbers of their institutions.
type consortium map[string]uint64

func (c consortium) VaultInstitution(_ context.Context, account []byte) (uint64, error) {
	if institution, ok := c[string(account)]; ok {
		return institution, nil
	}
	return 0, errNoVault
}

func (c consortium) CheckActive(_ context.Context, institution uint64) error {
	for _, member := range c {
		if member == institution {
			return nil
		}
	}
	return errNoMember
}

// fixture is a records module over two empty IAVL stores, with the vaults of
// institutions 1 and 2.
type fixture struct {
	ctx            sdk.Context
	stores         storetypes.CommitMultiStore
	key, indexKey  *storetypes.KVStoreKey
	keeper         keeper.Keeper
	msgs           records.MsgServer
	queries        records.QueryServer
	vault1, vault2 string
	stranger       string
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return newFixtureOver(t, dbm.NewMemDB())
}

func newFixtureOver(t testing.TB, db dbm.DB) *fixture {
	t.Helper()
	f := &fixture{
		stores:   store.NewCommitMultiStore(db, log.NewNopLogger()),
		key:      storetypes.NewKVStoreKey(records.StoreKey),
		indexKey: storetypes.NewKVStoreKey(records.IndexStoreKey),
		vault1:   bech32(t, 1), vault2: bech32(t, 2), stranger: bech32(t, 9),
	}
	f.stores.MountStoreWithDB(f.key, storetypes.StoreTypeIAVL, nil)
	f.stores.MountStoreWithDB(f.indexKey, storetypes.StoreTypeIAVL, nil)
	require.NoError(t, f.stores.LoadLatestVersion())
	f.ctx = sdk.NewContext(f.stores, cmtproto.Header{Height: height, Time: now}, false, log.NewNopLogger())

	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	f.keeper = keeper.New(cdc, runtime.NewKVStoreService(f.key), runtime.NewKVStoreService(f.indexKey),
		addresses, consortium{string(account(1)): 1, string(account(2)): 2})
	require.NoError(t, f.keeper.InitGenesis(f.ctx, records.DefaultGenesis()))
	f.msgs, f.queries = keeper.NewMsgServer(f.keeper), keeper.NewQueryServer(f.keeper)
	return f
}

func account(n byte) []byte { return bytes.Repeat([]byte{n}, 20) }

func bech32(t testing.TB, n byte) string {
	t.Helper()
	s, err := addresses.BytesToString(account(n))
	require.NoError(t, err)
	return s
}

func commitment(n byte) []byte { return bytes.Repeat([]byte{n}, records.CommitmentSize) }

// leaf returns a valid leaf about subject (1, number).
func leaf(number uint64) records.Leaf {
	return records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: 1, Number: number},
			Class:   records.RECORD_CLASS_RESULT,
			Size_:   records.SIZE_CLASS_16_KIB,
		},
		Content: commitment(1),
		Sealed:  commitment(2),
	}
}

// dataset returns a valid leaf without a subject.
func dataset() records.Leaf {
	l := leaf(0)
	l.Descriptor_.Subject, l.Descriptor_.Class = nil, records.RECORD_CLASS_DATASET
	return l
}

// leaves returns valid leaves about those subjects of institution 1.
func leaves(subjects ...uint64) []records.Leaf {
	list := make([]records.Leaf, len(subjects))
	for i, subject := range subjects {
		list[i] = leaf(subject)
	}
	return list
}

// listed returns a message of vault 1.
func (f *fixture) listed(number uint64, leaves ...records.Leaf) *records.MsgAnchorRecords {
	return &records.MsgAnchorRecords{Vault: f.vault1, Number: number, Records: leaves}
}

// batchOf returns a valid message of vault 1 that shows a root alone.
func (f *fixture) batchOf(number uint64, root byte) *records.MsgAnchorBatch {
	return &records.MsgAnchorBatch{Vault: f.vault1, Number: number, Root: commitment(root), Leaves: 1000}
}

// deliver runs a message as a transaction does: what it wrote is kept only if
// it succeeds. It returns the events of a message that did.
func (f *fixture) deliver(msg sdk.Msg) (sdk.Events, error) {
	ctx, write := f.ctx.WithEventManager(sdk.NewEventManager()).CacheContext()
	var err error
	switch msg := msg.(type) {
	case *records.MsgAnchorRecords:
		_, err = f.msgs.AnchorRecords(ctx, msg)
	case *records.MsgAnchorBatch:
		_, err = f.msgs.AnchorBatch(ctx, msg)
	case *records.MsgReplaceRecord:
		_, err = f.msgs.ReplaceRecord(ctx, msg)
	case *records.MsgRetractRecord:
		_, err = f.msgs.RetractRecord(ctx, msg)
	case *records.MsgOfferCustody:
		_, err = f.msgs.OfferCustody(ctx, msg)
	case *records.MsgAcceptCustody:
		_, err = f.msgs.AcceptCustody(ctx, msg)
	case *records.MsgEraseRecord:
		_, err = f.msgs.EraseRecord(ctx, msg)
	}
	if err != nil {
		return nil, err
	}
	write()
	return ctx.EventManager().Events(), nil
}

// anchor delivers messages that must be accepted.
func (f *fixture) anchor(t testing.TB, msgs ...sdk.Msg) {
	t.Helper()
	for _, msg := range msgs {
		_, err := f.deliver(msg)
		require.NoError(t, err)
	}
}
