package keeper

import (
	"context"
	"fmt"
	"slices"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/records"
)

// CheckInvariants returns the first broken invariant of the module, or nil.
// Tests call it after every change; a running chain never does. That nothing
// stored ever changes is a matter of two states, which a test compares.
func (k Keeper) CheckInvariants(ctx context.Context) error {
	var listed, places, others int
	err := k.batches.Walk(ctx, nil, func(key batchKey, b records.Batch) (bool, error) {
		if b.Id != (records.BatchId{Institution: key.K1(), Number: key.K2()}) {
			return true, fmt.Errorf("batch %v is stored under (%d, %d)", b.Id, key.K1(), key.K2())
		}
		if b.Listed {
			listed++
			n, err := k.checkListed(ctx, b)
			places += n
			return err != nil, err
		}
		others++
		err := k.checkRoot(ctx, b)
		return err != nil, err
	})
	if err != nil {
		return err
	}
	standings, err := k.genesisStandings(ctx)
	if err != nil {
		return err
	}
	offered := 0
	for _, s := range standings {
		if err := k.checkPlace(ctx, s); err != nil {
			return fmt.Errorf("standing of record %v: %w", s.Id, err)
		}
		if s.OfferedTo == 0 {
			continue
		}
		offered++
		if known, err := k.offers.Has(ctx, offerKeyOf(s)); err != nil || !known {
			return fmt.Errorf("the offer of record %v is missing: %w", s.Id, err)
		}
	}
	return firstError(
		records.GenesisState{Standings: standings}.Validate(),
		checkSize(ctx, "set of offers", collections.Map[offerKey, collections.NoValue](k.offers), offered),
		checkSize(ctx, "map of leaves", k.leaves, listed),
		checkSize(ctx, "index by subject", k.bySubject, places),
		checkSize(ctx, "set of roots", collections.Map[rootKey, collections.NoValue](k.roots), others),
	)
}

// checkListed checks a listed batch with its leaves, and returns how many
// entries of the index by subject it must have.
func (k Keeper) checkListed(ctx context.Context, b records.Batch) (int, error) {
	leaves, err := k.listedLeaves(ctx, keyOf(b.Id))
	if err != nil {
		return 0, fmt.Errorf("leaves of batch %v: %w", b.Id, err)
	}
	if err := (records.GenesisBatch{Batch: b, Leaves: leaves}).Validate(); err != nil {
		return 0, err
	}
	groups := records.PlacesBySubject(leaves)
	for _, group := range groups {
		got, err := k.bySubject.Get(ctx, collections.Join4(group.Subject.Institution, group.Subject.Number, b.Id.Institution, b.Id.Number))
		if err != nil || !slices.Equal(got, group.Places) {
			return 0, fmt.Errorf("the index of subject %v has places %v in batch %v, want %v: %w", group.Subject, got, b.Id, group.Places, err)
		}
	}
	return len(groups), nil
}

// checkRoot checks a batch that is known by its root alone.
func (k Keeper) checkRoot(ctx context.Context, b records.Batch) error {
	if err := b.Validate(); err != nil {
		return err
	}
	known, err := k.roots.Has(ctx, collections.Join(b.Id.Institution, b.Root))
	if err == nil && !known {
		err = fmt.Errorf("batch %v is missing in the set of roots", b.Id)
	}
	return err
}

// checkSize fails unless the map has the wanted number of keys.
func checkSize[K, V any](ctx context.Context, name string, m collections.Map[K, V], want int) error {
	var got int
	err := m.Walk(ctx, nil, func(K, V) (bool, error) {
		got++
		return false, nil
	})
	if err == nil && got != want {
		err = fmt.Errorf("the %s has %d keys, want %d", name, got, want)
	}
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
