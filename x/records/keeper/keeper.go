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

// idKey is an institution's number and its own number of a record or batch.
type idKey = collections.Pair[uint64, uint64]

// subjectKey is a subject's institution and number, then a record's institution
// and sequence.
type subjectKey = collections.Quad[uint64, uint64, uint64, uint64]

// rootKey is an institution's number and the root of one of its batches.
type rootKey = collections.Pair[uint64, []byte]

// Keeper is the only writer of the records stores.
//
// Invariants: a record and a batch never change once stored and are valid; the
// id is the key; bySubject holds exactly the records that have a subject;
// batchRoots holds exactly the roots of the batches, so none is repeated within
// an institution.
type Keeper struct {
	addresses  address.Codec
	consortium records.Consortium

	// records and batches are in the store that proofs are taken from.
	records collections.Map[idKey, records.Record]
	batches collections.Map[idKey, records.Batch]

	// bySubject and batchRoots have empty values, which proofs refuse, and are
	// therefore in the index store.
	bySubject  collections.KeySet[subjectKey]
	batchRoots collections.KeySet[rootKey]
}

// New returns a keeper over two stores: recordsStore for what is proven,
// indexStore for what only helps to search.
func New(
	cdc codec.BinaryCodec, recordsStore, indexStore store.KVStoreService,
	addresses address.Codec, consortium records.Consortium,
) Keeper {
	proven, index := collections.NewSchemaBuilder(recordsStore), collections.NewSchemaBuilder(indexStore)
	number := collections.Uint64Key
	id := collections.PairKeyCodec(number, number)
	k := Keeper{
		addresses:  addresses,
		consortium: consortium,
		records:    collections.NewMap(proven, records.RecordsPrefix, "records", id, codec.CollValue[records.Record](cdc)),
		batches:    collections.NewMap(proven, records.BatchesPrefix, "batches", id, codec.CollValue[records.Batch](cdc)),
		bySubject: collections.NewKeySet(index, records.BySubjectPrefix, "records_by_subject",
			collections.QuadKeyCodec(number, number, number, number)),
		batchRoots: collections.NewKeySet(index, records.BatchRootsPrefix, "batch_roots",
			collections.PairKeyCodec(number, collections.BytesKey)),
	}
	for _, schema := range []*collections.SchemaBuilder{proven, index} {
		if _, err := schema.Build(); err != nil {
			panic(err) // a schema that does not build is a programming error
		}
	}
	return k
}

// Record returns one record, or ErrRecordNotFound.
func (k Keeper) Record(ctx context.Context, id records.RecordId) (records.Record, error) {
	r, err := k.records.Get(ctx, collections.Join(id.Institution, id.Sequence))
	if errors.Is(err, collections.ErrNotFound) {
		return records.Record{}, errorsmod.Wrapf(records.ErrRecordNotFound, "(%d, %d)", id.Institution, id.Sequence)
	}
	return r, err
}

// batch returns one batch, or ErrBatchNotFound.
func (k Keeper) batch(ctx context.Context, id records.BatchId) (records.Batch, error) {
	b, err := k.batches.Get(ctx, collections.Join(id.Institution, id.Number))
	if errors.Is(err, collections.ErrNotFound) {
		return records.Batch{}, errorsmod.Wrapf(records.ErrBatchNotFound, "(%d, %d)", id.Institution, id.Number)
	}
	return b, err
}

// anchorRecord checks every rule, then writes. It is the one way a record
// enters the state.
func (k Keeper) anchorRecord(ctx context.Context, r records.Record) error {
	if err := r.Validate(); err != nil {
		return err
	}
	key := collections.Join(r.Id.Institution, r.Id.Sequence)
	used, err := k.records.Has(ctx, key)
	if err != nil {
		return err
	}
	if used {
		return errorsmod.Wrapf(records.ErrRecordExists, "(%d, %d): pick a sequence never used before", r.Id.Institution, r.Id.Sequence)
	}
	if err := k.records.Set(ctx, key, r); err != nil {
		return err
	}
	subject := r.Leaf.Descriptor_.Subject
	if subject == nil {
		return nil
	}
	return k.bySubject.Set(ctx, collections.Join4(subject.Institution, subject.Number, r.Id.Institution, r.Id.Sequence))
}

// anchorBatch checks every rule, then writes. It is the one way a batch enters
// the state.
func (k Keeper) anchorBatch(ctx context.Context, b records.Batch) error {
	if err := b.Validate(); err != nil {
		return err
	}
	key, root := collections.Join(b.Id.Institution, b.Id.Number), collections.Join(b.Id.Institution, b.Root)
	used, err := k.batches.Has(ctx, key)
	if err != nil {
		return err
	}
	if used {
		return errorsmod.Wrapf(records.ErrBatchExists, "(%d, %d): pick a number never used before", b.Id.Institution, b.Id.Number)
	}
	repeated, err := k.batchRoots.Has(ctx, root)
	if err != nil {
		return err
	}
	if repeated {
		return errorsmod.Wrapf(records.ErrRootExists, "%x: institution %d anchors a root once", b.Root, b.Id.Institution)
	}
	if err := k.batches.Set(ctx, key, b); err != nil {
		return err
	}
	return k.batchRoots.Set(ctx, root)
}
