// Package keeper holds the state of the records module and its rules.
package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/dmdl-network/dmdl/x/records"
)

// batchKey is an institution's number and its own number of a batch.
type batchKey = collections.Pair[uint64, uint64]

// subjectKey is a subject's institution and number, then a batch's institution
// and number.
type subjectKey = collections.Quad[uint64, uint64, uint64, uint64]

// recordKey is a record's institution, batch and leaf.
type recordKey = collections.Triple[uint64, uint64, uint64]

// offerKey is the institution that custody is offered to, then a record's
// institution, batch and leaf.
type offerKey = collections.Quad[uint64, uint64, uint64, uint64]

// rootKey is an institution's number and the root of one of its batches.
type rootKey = collections.Pair[uint64, []byte]

// Keeper is the only writer of the records stores.
//
// Invariants: a batch and its leaves never change once stored and are valid; the
// id is the key; leaves holds exactly the leaves of the listed batches, which
// lead to their roots; bySubject holds exactly their places by subject; roots
// holds exactly the roots of the other batches, so none is repeated within an
// institution; a standing is that of a record of a batch, and its leaf is the
// record's; successor and predecessor name each other; offers holds exactly the
// standings that are offered, by whom they are offered to.
type Keeper struct {
	addresses  address.Codec
	consortium records.Consortium

	// batches and standings are in the store that proofs are taken from.
	batches   collections.Map[batchKey, records.Batch]
	standings collections.Map[recordKey, records.Standing]
	layout    collections.Item[uint64]

	// leaves holds the leaves of a listed batch, encoded one after the other.
	// One value a batch instead of one a leaf is what makes explicit records
	// cheap, see docs/adr/0007.
	leaves collections.Map[batchKey, []byte]
	// bySubject holds the places of a subject's leaves in a batch, a byte each,
	// ascending.
	bySubject collections.Map[subjectKey, []byte]
	roots     collections.KeySet[rootKey]
	offers    collections.KeySet[offerKey]
}

// New returns a keeper over two stores: recordsStore for what is proven,
// indexStore for all else.
func New(
	cdc codec.BinaryCodec, recordsStore, indexStore store.KVStoreService,
	addresses address.Codec, consortium records.Consortium,
) Keeper {
	proven, index := collections.NewSchemaBuilder(recordsStore), collections.NewSchemaBuilder(indexStore)
	number := collections.Uint64Key
	id := collections.PairKeyCodec(number, number)
	quad := collections.QuadKeyCodec(number, number, number, number)
	k := Keeper{
		addresses:  addresses,
		consortium: consortium,
		batches:    collections.NewMap(proven, records.BatchesPrefix, "batches", id, codec.CollValue[records.Batch](cdc)),
		standings: collections.NewMap(proven, records.StandingsPrefix, "standings",
			collections.TripleKeyCodec(number, number, number), codec.CollValue[records.Standing](cdc)),
		layout:    collections.NewItem(proven, records.LayoutPrefix, "layout", collections.Uint64Value),
		leaves:    collections.NewMap(index, records.LeavesPrefix, "leaves", id, collections.BytesValue),
		bySubject: collections.NewMap(index, records.BySubjectPrefix, "by_subject", quad, collections.BytesValue),
		offers:    collections.NewKeySet(index, records.OffersPrefix, "offers", quad),
		roots: collections.NewKeySet(index, records.BatchRootsPrefix, "batch_roots",
			collections.PairKeyCodec(number, collections.BytesKey)),
	}
	for _, schema := range []*collections.SchemaBuilder{proven, index} {
		if _, err := schema.Build(); err != nil {
			panic(err) // a schema that does not build is a programming error
		}
	}
	return k
}

func keyOf(id records.BatchId) batchKey { return collections.Join(id.Institution, id.Number) }

// Record returns one explicit record, or ErrRecordNotFound.
func (k Keeper) Record(ctx context.Context, id records.RecordId) (records.Record, error) {
	batchID := id.BatchId()
	page, err := k.leaves.Get(ctx, keyOf(batchID))
	if errors.Is(err, collections.ErrNotFound) {
		return records.Record{}, k.whyNoRecord(ctx, batchID)
	}
	if err != nil {
		return records.Record{}, err
	}
	if count := uint64(len(page) / records.LeafSize); id.Leaf >= count {
		return records.Record{}, errorsmod.Wrapf(records.ErrRecordNotFound,
			"leaf %d: batch (%d, %d) has %d leaves, counted from 0", id.Leaf, id.Institution, id.Batch, count)
	}
	leaf, err := records.ParseLeaf(page[int(id.Leaf)*records.LeafSize:][:records.LeafSize])
	if err != nil {
		return records.Record{}, err
	}
	batch, err := k.batch(ctx, batchID)
	return records.Record{Id: id, Leaf: leaf, AnchoredHeight: batch.AnchoredHeight, AnchoredAt: batch.AnchoredAt}, err
}

// whyNoRecord returns ErrRecordNotFound with the reason why a batch has no
// listed leaves.
func (k Keeper) whyNoRecord(ctx context.Context, id records.BatchId) error {
	known, err := k.batches.Has(ctx, keyOf(id))
	switch {
	case err != nil:
		return err
	case known:
		return errorsmod.Wrapf(records.ErrRecordNotFound,
			"batch (%d, %d) is known by its root alone: ask its custodian for leaf and path", id.Institution, id.Number)
	}
	return errorsmod.Wrapf(records.ErrRecordNotFound, "there is no batch (%d, %d)", id.Institution, id.Number)
}

// batch returns one batch, or ErrBatchNotFound.
func (k Keeper) batch(ctx context.Context, id records.BatchId) (records.Batch, error) {
	b, err := k.batches.Get(ctx, keyOf(id))
	if errors.Is(err, collections.ErrNotFound) {
		return records.Batch{}, errorsmod.Wrapf(records.ErrBatchNotFound, "(%d, %d)", id.Institution, id.Number)
	}
	return b, err
}
