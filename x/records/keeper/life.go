package keeper

import (
	"context"
	"errors"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

func recordKeyOf(id records.RecordId) recordKey {
	return collections.Join3(id.Institution, id.Batch, id.Leaf)
}

// Standing returns what became of a record, or ErrStandingNotFound.
func (k Keeper) Standing(ctx context.Context, id records.RecordId) (records.Standing, error) {
	s, err := k.standings.Get(ctx, recordKeyOf(id))
	if errors.Is(err, collections.ErrNotFound) {
		return records.Standing{}, errorsmod.Wrapf(records.ErrStandingNotFound,
			"(%d, %d, %d): if it was anchored, it is in force", id.Institution, id.Batch, id.Leaf)
	}
	return s, err
}

// Resolve returns the standing of a record that a message refers to. Of a
// record that nothing has happened to it is in force with its first custodian,
// and not stored yet. It fails if there is no such record, if the ledger neither
// knows its leaf nor is shown it, or if what is shown is wrong.
func (k Keeper) Resolve(ctx context.Context, ref records.RecordRef) (records.Standing, error) {
	if err := ref.Id.Validate(); err != nil {
		return records.Standing{}, err
	}
	standing, err := k.standings.Get(ctx, recordKeyOf(ref.Id))
	if errors.Is(err, collections.ErrNotFound) {
		standing = records.Standing{Id: ref.Id, Status: records.RECORD_STATUS_IN_FORCE, Custodian: ref.Id.Institution}
		standing.Leaf, err = k.leaf(ctx, ref)
	}
	if err == nil && ref.Leaf != nil && !standing.Leaf.Equal(*ref.Leaf) {
		err = errorsmod.Wrapf(records.ErrWrongPath, "the leaf shown is not that of record %v", ref.Id)
	}
	return standing, err
}

// leaf returns the leaf of a record: a listed one, or the one that is shown.
func (k Keeper) leaf(ctx context.Context, ref records.RecordRef) (records.Leaf, error) {
	batch, err := k.batch(ctx, ref.Id.BatchId())
	if err != nil {
		return records.Leaf{}, err
	}
	if batch.Listed {
		record, err := k.Record(ctx, ref.Id)
		return record.Leaf, err
	}
	if ref.Leaf == nil {
		return records.Leaf{}, errorsmod.Wrapf(records.ErrLeafNotShown,
			"batch (%d, %d) is known by its root alone: show leaf %d and its path", batch.Id.Institution, batch.Id.Number, ref.Id.Leaf)
	}
	if err := ref.Leaf.Validate(); err != nil {
		return records.Leaf{}, err
	}
	hash := rfc6962.DefaultHasher.HashLeaf(records.LeafBytes(*ref.Leaf))
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, ref.Id.Leaf, batch.Leaves, hash, ref.Path, batch.Root); err != nil {
		return records.Leaf{}, errorsmod.Wrapf(records.ErrWrongPath, "leaf %d of batch (%d, %d): %s",
			ref.Id.Leaf, batch.Id.Institution, batch.Id.Number, err)
	}
	return *ref.Leaf, nil
}

// change checks a standing, stamps and writes it with its offer, and says so in
// an event. It is the one way a standing enters the state.
func (k Keeper) change(ctx context.Context, s records.Standing) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	s.ChangedHeight, s.ChangedAt = uint64(sdkCtx.BlockHeight()), sdkCtx.BlockTime()
	if err := k.put(ctx, s); err != nil {
		return err
	}
	return sdkCtx.EventManager().EmitTypedEvent(&records.EventStandingChanged{
		Id: s.Id, Status: s.Status, Custodian: s.Custodian, OfferedTo: s.OfferedTo,
	})
}

func (k Keeper) put(ctx context.Context, s records.Standing) error {
	if err := s.Validate(); err != nil {
		return err
	}
	old, err := k.standings.Get(ctx, recordKeyOf(s.Id))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if old.OfferedTo != 0 {
		if err := k.offers.Remove(ctx, offerKeyOf(old)); err != nil {
			return err
		}
	}
	if s.OfferedTo != 0 {
		if err := k.offers.Set(ctx, offerKeyOf(s)); err != nil {
			return err
		}
	}
	return k.standings.Set(ctx, recordKeyOf(s.Id), s)
}

func offerKeyOf(s records.Standing) offerKey {
	return collections.Join4(s.OfferedTo, s.Id.Institution, s.Id.Batch, s.Id.Leaf)
}

// kept resolves a record for a change by its custodian.
func (k Keeper) kept(ctx context.Context, institution uint64, ref records.RecordRef) (records.Standing, error) {
	s, err := k.Resolve(ctx, ref)
	if err != nil {
		return s, err
	}
	if s.Custodian != institution {
		return s, errorsmod.Wrapf(records.ErrNotCustodian, "institution %d keeps record (%d, %d, %d), not %d",
			s.Custodian, s.Id.Institution, s.Id.Batch, s.Id.Leaf, institution)
	}
	if s.Status == records.RECORD_STATUS_ERASED {
		return s, wrongStatus(s, "nothing can happen to it any more")
	}
	return s, nil
}

func wrongStatus(s records.Standing, why string) error {
	return errorsmod.Wrapf(records.ErrWrongStatus, "record (%d, %d, %d) is %s: %s", s.Id.Institution, s.Id.Batch, s.Id.Leaf, s.Status, why)
}
