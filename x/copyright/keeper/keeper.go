// Package keeper holds the state of the copyright module and its rules.
package keeper

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Keys of the collections, all numbers.
type (
	pair   = collections.Pair[uint64, uint64]
	triple = collections.Triple[uint64, uint64, uint64]
)

// Keeper is the only writer of the copyright stores.
//
// Invariants: a work's parents were there before it and were licensed, and its floor and
// depth are what they give; at most one work of a root reserves it; open contests are
// counted right and none is open of a work that does not stand; the indexes hold exactly
// what they find; a notice is written once at every work downstream that was there when it
// happened, or is pending on the way to it; the counts of an institution are those of all
// that ever was.
type Keeper struct {
	addresses  address.Codec
	consortium copyright.Consortium
	records    copyright.Records

	params   collections.Item[copyright.Params]
	works    collections.Map[pair, copyright.Work]
	contests collections.Map[triple, copyright.Contest]
	offers   collections.Map[triple, copyright.Offer]
	licences collections.Map[pair, copyright.Licence]
	notices  collections.Map[triple, copyright.Notice]
	strikes  collections.Map[uint64, copyright.Strikes]

	// The rest is in the index store. Keys of several numbers are those numbers in 8
	// bytes each, big endian, see join.

	// roots is (root, institution, number) of each work of records.
	roots collections.KeySet[[]byte]
	// children is (parent's institution and number, child's institution and number).
	children collections.KeySet[[]byte]
	// held is (licensee, licensor, number) of each licence.
	held collections.KeySet[[]byte]
	// pending are the notices that still have works to reach, by who notified, in their
	// order.
	pending collections.Map[pair, copyright.Pending]
	// openLicences is (work's institution and number, end in seconds, licence's number) of
	// each licence that is granted and not terminated. Without an end it is the last.
	openLicences collections.KeySet[[]byte]
	// reserved is the work that reserves a root.
	reserved collections.Map[[]byte, copyright.WorkId]
	// openContests is (work's institution and number, index) of each contest that is open.
	openContests collections.KeySet[[]byte]
	// told is (work's institution and number, origin's institution, number and index) of
	// each notice.
	told collections.KeySet[[]byte]
}

// New returns a keeper over two stores: copyrightStore for what is proven, indexStore
// for all else.
func New(
	cdc codec.BinaryCodec, copyrightStore, indexStore store.KVStoreService,
	addresses address.Codec, members copyright.Consortium, recordsKeeper copyright.Records,
) Keeper {
	proven, index := collections.NewSchemaBuilder(copyrightStore), collections.NewSchemaBuilder(indexStore)
	number := collections.Uint64Key
	two := collections.PairKeyCodec(number, number)
	three := collections.TripleKeyCodec(number, number, number)
	k := Keeper{
		addresses: addresses, consortium: members, records: recordsKeeper,

		params:   collections.NewItem(proven, copyright.ParamsPrefix, "params", codec.CollValue[copyright.Params](cdc)),
		works:    collections.NewMap(proven, copyright.WorksPrefix, "works", two, codec.CollValue[copyright.Work](cdc)),
		contests: collections.NewMap(proven, copyright.ContestsPrefix, "contests", three, codec.CollValue[copyright.Contest](cdc)),
		offers:   collections.NewMap(proven, copyright.OffersPrefix, "offers", three, codec.CollValue[copyright.Offer](cdc)),
		licences: collections.NewMap(proven, copyright.LicencesPrefix, "licences", two, codec.CollValue[copyright.Licence](cdc)),
		notices:  collections.NewMap(proven, copyright.NoticesPrefix, "notices", three, codec.CollValue[copyright.Notice](cdc)),
		strikes:  collections.NewMap(proven, copyright.StrikesPrefix, "strikes", number, codec.CollValue[copyright.Strikes](cdc)),

		roots:        collections.NewKeySet(index, copyright.RootsPrefix, "roots", collections.BytesKey),
		children:     collections.NewKeySet(index, copyright.ChildrenPrefix, "children", collections.BytesKey),
		held:         collections.NewKeySet(index, copyright.HeldPrefix, "held", collections.BytesKey),
		pending:      collections.NewMap(index, copyright.PendingPrefix, "pending", two, codec.CollValue[copyright.Pending](cdc)),
		openLicences: collections.NewKeySet(index, copyright.OpenLicencesPrefix, "open_licences", collections.BytesKey),
		reserved:     collections.NewMap(index, copyright.ReservedPrefix, "reserved", collections.BytesKey, codec.CollValue[copyright.WorkId](cdc)),
		openContests: collections.NewKeySet(index, copyright.OpenContestsPrefix, "open_contests", collections.BytesKey),
		told:         collections.NewKeySet(index, copyright.ToldPrefix, "told", collections.BytesKey),
	}
	for _, schema := range []*collections.SchemaBuilder{proven, index} {
		if _, err := schema.Build(); err != nil {
			panic(err) // a schema that does not build is a programming error
		}
	}
	return k
}

func workKey(id copyright.WorkId) pair { return collections.Join(id.Institution, id.Number) }

func licenceKey(id access.LicenceId) pair { return collections.Join(id.Institution, id.Number) }

func pendingKey(p copyright.Pending) pair { return collections.Join(p.Notice.Notifier, p.Position) }

// partKey is the key of a work's contest, offer or notice.
func partKey(id copyright.WorkId, index uint64) triple {
	return collections.Join3(id.Institution, id.Number, index)
}

// join is a key of several numbers: 8 bytes each, big endian.
func join(numbers ...uint64) []byte {
	key := make([]byte, 0, 8*len(numbers))
	for _, n := range numbers {
		key = binary.BigEndian.AppendUint64(key, n)
	}
	return key
}

// split returns the numbers of a key that join made.
func split(key []byte) []uint64 {
	numbers := make([]uint64, len(key)/8)
	for i := range numbers {
		numbers[i] = binary.BigEndian.Uint64(key[8*i:])
	}
	return numbers
}

func now(ctx context.Context) time.Time { return sdk.UnwrapSDKContext(ctx).BlockTime() }

func height(ctx context.Context) uint64 { return uint64(sdk.UnwrapSDKContext(ctx).BlockHeight()) }

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// get returns a value, or the error if it is not there.
func get[K, V any](ctx context.Context, m collections.Map[K, V], key K, missing *errorsmod.Error) (V, error) {
	v, err := m.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return v, missing
	}
	return v, err
}

// work returns a work as it is at present, or ErrWorkNotFound.
func (k Keeper) work(ctx context.Context, id copyright.WorkId) (copyright.Work, error) {
	w, err := get(ctx, k.works, workKey(id), copyright.ErrWorkNotFound)
	if err != nil {
		return w, errorsmod.Wrapf(err, "(%d, %d)", id.Institution, id.Number)
	}
	return w.Settled(now(ctx)), nil
}

// licence returns a licence, or ErrLicenceNotFound.
func (k Keeper) licence(ctx context.Context, id access.LicenceId) (copyright.Licence, error) {
	l, err := get(ctx, k.licences, licenceKey(id), copyright.ErrLicenceNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "(%d, %d)", id.Institution, id.Number)
	}
	return l, err
}

// strikesOf returns the counts of an institution, zeros if there are none.
func (k Keeper) strikesOf(ctx context.Context, institution uint64) (copyright.Strikes, error) {
	s, err := k.strikes.Get(ctx, institution)
	if errors.Is(err, collections.ErrNotFound) {
		return copyright.Strikes{Institution: institution}, nil
	}
	return s, err
}

// decode returns an account from its text, and its canonical text.
func (k Keeper) decode(name, text string) (account []byte, canonical string, err error) {
	if account, err = k.addresses.StringToBytes(text); err != nil {
		return nil, "", errorsmod.Wrapf(copyright.ErrInvalid, "%s %q is not an account address", name, text)
	}
	canonical, err = k.addresses.BytesToString(account)
	return account, canonical, err
}

// holds returns the institution for which a signer holds a role in force.
func (k Keeper) holds(ctx context.Context, name, signer string, role consortium.Role) (uint64, string, error) {
	account, canonical, err := k.decode(name, signer)
	if err != nil {
		return 0, "", err
	}
	institution, err := k.consortium.InstitutionByRole(ctx, account, role)
	return institution, canonical, err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// rightsOfficer returns the institution that a rights officer signs for, and the
// officer's account as it is stored.
func (k Keeper) rightsOfficer(ctx context.Context, signer string) (institution uint64, canonical string, err error) {
	return k.holds(ctx, "officer", signer, consortium.ROLE_RIGHTS_OFFICER)
}
