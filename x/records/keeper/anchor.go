package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/records"
)

// anchorListed anchors a batch that records.ListedBatch made of those leaves.
func (k Keeper) anchorListed(ctx context.Context, b records.Batch, leaves []records.Leaf, page []byte) error {
	if err := k.anchor(ctx, b); err != nil {
		return err
	}
	if err := k.leaves.Set(ctx, keyOf(b.Id), page); err != nil {
		return err
	}
	for _, entry := range records.PlacesBySubject(leaves) {
		key := collections.Join4(entry.Subject.Institution, entry.Subject.Number, b.Id.Institution, b.Id.Number)
		if err := k.bySubject.Set(ctx, key, entry.Places); err != nil {
			return err
		}
	}
	return nil
}

// anchorRoot anchors a batch that is known by its root alone.
func (k Keeper) anchorRoot(ctx context.Context, b records.Batch) error {
	if err := k.anchor(ctx, b); err != nil {
		return err
	}
	root := collections.Join(b.Id.Institution, b.Root)
	repeated, err := k.roots.Has(ctx, root)
	if err != nil {
		return err
	}
	if repeated { // the message fails, and with it what was written above
		return errorsmod.Wrapf(records.ErrRootExists, "%x: institution %d anchors a root once", b.Root, b.Id.Institution)
	}
	return k.roots.Set(ctx, root)
}

// anchor checks what every batch must meet, then writes it. It is the one way a
// batch enters the state.
func (k Keeper) anchor(ctx context.Context, b records.Batch) error {
	if err := b.Validate(); err != nil {
		return err
	}
	used, err := k.batches.Has(ctx, keyOf(b.Id))
	if err != nil {
		return err
	}
	if used {
		return errorsmod.Wrapf(records.ErrBatchExists, "(%d, %d): pick a number never used before", b.Id.Institution, b.Id.Number)
	}
	return k.batches.Set(ctx, keyOf(b.Id), b)
}
