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
	if err := k.layout.Set(ctx, records.Layout); err != nil {
		return err
	}
	for i, g := range gs.Batches {
		if err := k.initBatch(ctx, g); err != nil {
			return errorsmod.Wrapf(err, "batches[%d]", i)
		}
	}
	for i, s := range gs.Standings {
		if err := k.initStanding(ctx, s); err != nil {
			return errorsmod.Wrapf(err, "standings[%d]", i)
		}
	}
	return nil
}

// initStanding writes a standing of a batch that is there. The leaf of a record
// that is not listed is taken as it is: its path is not kept.
func (k Keeper) initStanding(ctx context.Context, s records.Standing) error {
	if err := k.checkPlace(ctx, s); err != nil {
		return err
	}
	return k.put(ctx, s)
}

// checkPlace checks that a standing is of a leaf of a batch.
func (k Keeper) checkPlace(ctx context.Context, s records.Standing) error {
	batch, err := k.batch(ctx, s.Id.BatchId())
	if err != nil {
		return err
	}
	if s.Id.Leaf >= batch.Leaves {
		return errorsmod.Wrapf(records.ErrRecordNotFound, "leaf %d: the batch has %d", s.Id.Leaf, batch.Leaves)
	}
	if !batch.Listed {
		return nil
	}
	record, err := k.Record(ctx, s.Id)
	if err == nil && !record.Leaf.Equal(s.Leaf) {
		err = errorsmod.Wrapf(records.ErrInvalidLeaf, "it is not leaf %d of the batch", s.Id.Leaf)
	}
	return err
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
	if err != nil {
		return nil, err
	}
	gs.Standings, err = k.genesisStandings(ctx)
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

// genesisStandings returns all standings in key order.
func (k Keeper) genesisStandings(ctx context.Context) (all []records.Standing, err error) {
	err = k.standings.Walk(ctx, nil, func(_ recordKey, s records.Standing) (bool, error) {
		all = append(all, s)
		return false, nil
	})
	return all, err
}
