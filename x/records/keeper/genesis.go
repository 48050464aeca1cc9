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
	for i, r := range gs.Records {
		if err := k.anchorRecord(ctx, r); err != nil {
			return errorsmod.Wrapf(err, "records[%d]", i)
		}
	}
	for i, b := range gs.Batches {
		if err := k.anchorBatch(ctx, b); err != nil {
			return errorsmod.Wrapf(err, "batches[%d]", i)
		}
	}
	return nil
}

// ExportGenesis returns the whole state in key order, which is the order that
// GenesisState.Validate asks for.
func (k Keeper) ExportGenesis(ctx context.Context) (*records.GenesisState, error) {
	gs := records.DefaultGenesis()
	err := k.records.Walk(ctx, nil, func(_ idKey, r records.Record) (bool, error) {
		gs.Records = append(gs.Records, r)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.batches.Walk(ctx, nil, func(_ idKey, b records.Batch) (bool, error) {
		gs.Batches = append(gs.Batches, b)
		return false, nil
	})
	return gs, err
}
