// Package keeper holds the state of the access module and its rules.
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
	"github.com/dmdl-network/dmdl/x/records"
)

// Keys of the collections, all numbers.
type (
	pair   = collections.Pair[uint64, uint64]
	triple = collections.Triple[uint64, uint64, uint64]
)

// Keeper is the only writer of the access stores.
//
// Invariants: a subject's list of consents holds exactly the stored consents that
// have not ended; the account's entries that are stored lead to its head; no entry
// and no consent ever changes but for the end of the consent; dueReviews holds
// exactly the reviews by when they are due, dueReceipts and receipts exactly the
// releases without a receipt, disputes exactly the entries of disputes; old holds exactly the tickets, the consents that have
// ended and the entries that wait for no review; the counts of an institution are
// those of all entries that ever were.
type Keeper struct {
	addresses  address.Codec
	consortium access.Consortium
	records    access.Records
	licences   access.Licences

	params      collections.Item[access.Params]
	subjects    collections.Map[pair, access.Subject]
	consents    collections.Map[triple, access.Consent]
	disclosures collections.Map[triple, access.Disclosure]
	tickets     collections.Map[pair, access.Ticket]
	lastTickets collections.Map[uint64, uint64]
	reviews     collections.Map[triple, access.Review]
	conducts    collections.Map[uint64, access.Conduct]
	templates   collections.Map[triple, access.Template]
	policies    collections.Map[uint64, access.Policy]
	studies     collections.Map[pair, access.Study]
	journals    collections.Map[[]byte, access.JournalHead]

	// The rest is in the index store. Keys of several numbers are those numbers in 8
	// bytes each, big endian, see join.

	// dueReviews is (reviewer, due in seconds, subject's institution and number,
	// index of the entry).
	dueReviews collections.KeySet[[]byte]
	// dueReceipts is (requester's institution, due in seconds, subject's institution
	// and number, index of the entry), and receipts says when each is due.
	dueReceipts collections.KeySet[[]byte]
	receipts    collections.Map[triple, uint64]
	// disputes is (subject's institution and number, index of the entry, reason) of
	// each dispute whose own entry is stored.
	disputes collections.KeySet[[]byte]
	// old is what leaves the state: (kind, since when in seconds, two or three
	// numbers). How long it still stays is in the parameters of the day.
	old collections.KeySet[[]byte]
}

// New returns a keeper over two stores: accessStore for what is proven, indexStore
// for all else.
func New(
	cdc codec.BinaryCodec, accessStore, indexStore store.KVStoreService,
	addresses address.Codec, members access.Consortium, recordsKeeper access.Records, licences access.Licences,
) Keeper {
	proven, index := collections.NewSchemaBuilder(accessStore), collections.NewSchemaBuilder(indexStore)
	number := collections.Uint64Key
	two := collections.PairKeyCodec(number, number)
	three := collections.TripleKeyCodec(number, number, number)
	k := Keeper{
		addresses: addresses, consortium: members, records: recordsKeeper, licences: licences,

		params:      collections.NewItem(proven, access.ParamsPrefix, "params", codec.CollValue[access.Params](cdc)),
		subjects:    collections.NewMap(proven, access.SubjectsPrefix, "subjects", two, codec.CollValue[access.Subject](cdc)),
		consents:    collections.NewMap(proven, access.ConsentsPrefix, "consents", three, codec.CollValue[access.Consent](cdc)),
		disclosures: collections.NewMap(proven, access.DisclosuresPrefix, "disclosures", three, codec.CollValue[access.Disclosure](cdc)),
		tickets:     collections.NewMap(proven, access.TicketsPrefix, "tickets", two, codec.CollValue[access.Ticket](cdc)),
		lastTickets: collections.NewMap(proven, access.LastTicketsPrefix, "last_tickets", number, collections.Uint64Value),
		reviews:     collections.NewMap(proven, access.ReviewsPrefix, "reviews", three, codec.CollValue[access.Review](cdc)),
		conducts:    collections.NewMap(proven, access.ConductsPrefix, "conducts", number, codec.CollValue[access.Conduct](cdc)),
		templates:   collections.NewMap(proven, access.TemplatesPrefix, "templates", three, codec.CollValue[access.Template](cdc)),
		policies:    collections.NewMap(proven, access.PoliciesPrefix, "policies", number, codec.CollValue[access.Policy](cdc)),
		studies:     collections.NewMap(proven, access.StudiesPrefix, "studies", two, codec.CollValue[access.Study](cdc)),
		journals:    collections.NewMap(proven, access.JournalsPrefix, "journals", collections.BytesKey, codec.CollValue[access.JournalHead](cdc)),

		dueReviews:  collections.NewKeySet(index, access.DueReviewsPrefix, "due_reviews", collections.BytesKey),
		dueReceipts: collections.NewKeySet(index, access.DueReceiptsPrefix, "due_receipts", collections.BytesKey),
		receipts:    collections.NewMap(index, access.ReceiptsPrefix, "receipts", three, collections.Uint64Value),
		disputes:    collections.NewKeySet(index, access.DisputesPrefix, "disputes", collections.BytesKey),
		old:         collections.NewKeySet(index, access.OldPrefix, "old", collections.BytesKey),
	}
	for _, schema := range []*collections.SchemaBuilder{proven, index} {
		if _, err := schema.Build(); err != nil {
			panic(err) // a schema that does not build is a programming error
		}
	}
	return k
}

// subjectKey is the key of a subject.
func subjectKey(id records.SubjectId) pair { return collections.Join(id.Institution, id.Number) }

// entryKey is the key of a subject's consent, disclosure or review.
func entryKey(id records.SubjectId, index uint64) triple {
	return collections.Join3(id.Institution, id.Number, index)
}

func ticketKey(id access.TicketId) pair { return collections.Join(id.Institution, id.Number) }

func templateKey(id access.TemplateVersion) triple {
	return collections.Join3(id.Institution, id.Number, id.Version)
}

func studyKey(id access.StudyId) pair { return collections.Join(id.Institution, id.Number) }

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

// seconds is a time as it stands in keys.
func seconds(t time.Time) uint64 { return uint64(t.Unix()) }

func now(ctx context.Context) time.Time { return sdk.UnwrapSDKContext(ctx).BlockTime() }

// dueAfter is the moment a period from now, in whole seconds as keys hold it.
func dueAfter(ctx context.Context, period time.Duration) time.Time {
	return now(ctx).Add(period).Truncate(time.Second)
}

// get returns a value, or the error if it is not there.
func get[K, V any](ctx context.Context, m collections.Map[K, V], key K, missing *errorsmod.Error) (V, error) {
	v, err := m.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return v, missing
	}
	return v, err
}

// subject returns a subject's entry as it is at present, or ErrSubjectNotFound.
func (k Keeper) subject(ctx context.Context, id records.SubjectId) (access.Subject, error) {
	s, err := get(ctx, k.subjects, subjectKey(id), access.ErrSubjectNotFound)
	if err != nil {
		return s, errorsmod.Wrapf(err, "(%d, %d)", id.Institution, id.Number)
	}
	return s.Settled(now(ctx)), nil
}

// subjectOrNew is subject, or an entry without anything if there is none.
func (k Keeper) subjectOrNew(ctx context.Context, id records.SubjectId) (access.Subject, error) {
	s, err := k.subject(ctx, id)
	if errors.Is(err, access.ErrSubjectNotFound) {
		return access.Subject{Id: id}, nil
	}
	return s, err
}

// Params returns the parameters.
func (k Keeper) Params(ctx context.Context) (access.Params, error) { return k.params.Get(ctx) }

// decode returns an account from its text, and its canonical text.
func (k Keeper) decode(name, text string) (account []byte, canonical string, err error) {
	if account, err = k.addresses.StringToBytes(text); err != nil {
		return nil, "", errorsmod.Wrapf(access.ErrInvalid, "%s %q is not an account address", name, text)
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

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// moment is the time that seconds stand for.
func moment(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
