package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/records"
)

// InitGenesis writes a state into empty stores, or fails if it is not valid.
// Indexes are rebuilt on the way.
func (k Keeper) InitGenesis(ctx context.Context, gs *records.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	for i, g := range gs.Batches {
		if err := k.initBatch(ctx, g); err != nil {
			return errorsmod.Wrapf(err, "batches[%d]", i)
		}
	}
	return nil
}

func (k Keeper) initBatch(ctx context.Context, g records.GenesisBatch) error {
	if !g.Batch.Listed {
		return k.anchorRoot(ctx, g.Batch)
	}
	_, page, err := records.ListedBatch(g.Batch.Id, g.Leaves)
	if err != nil {
		return err
	}
	return k.anchorListed(ctx, g.Batch, g.Leaves, page)
}

// ExportGenesis returns the whole state in key order, which is the order that
// GenesisState.Validate asks for.
func (k Keeper) ExportGenesis(ctx context.Context) (*records.GenesisState, error) {
	gs := records.DefaultGenesis()
	err := k.batches.Walk(ctx, nil, func(key batchKey, b records.Batch) (bool, error) {
		g := records.GenesisBatch{Batch: b}
		if b.Listed {
			leaves, err := k.listedLeaves(ctx, key)
			if err != nil {
				return true, err
			}
			g.Leaves = leaves
		}
		gs.Batches = append(gs.Batches, g)
		return false, nil
	})
	return gs, err
}

// listedLeaves returns the leaves of a listed batch.
func (k Keeper) listedLeaves(ctx context.Context, key batchKey) ([]records.Leaf, error) {
	page, err := k.leaves.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	return records.ParseLeaves(page)
}
