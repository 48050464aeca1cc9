package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/records"
)

// CheckInvariants returns the first broken invariant of the module, or nil.
// Tests call it after every change; a running chain never does. That nothing
// stored ever changes is a matter of two states, which a test compares.
func (k Keeper) CheckInvariants(ctx context.Context) error {
	if err := k.checkRecords(ctx); err != nil {
		return err
	}
	return k.checkBatches(ctx)
}

// checkRecords checks that every record is valid, under its key and indexed,
// and that the index holds nothing else.
func (k Keeper) checkRecords(ctx context.Context) error {
	var want int
	err := k.records.Walk(ctx, nil, func(key idKey, r records.Record) (bool, error) {
		if err := r.Validate(); err != nil {
			return true, err
		}
		if key.K1() != r.Id.Institution || key.K2() != r.Id.Sequence {
			return true, fmt.Errorf("record %v is stored under (%d, %d)", r.Id, key.K1(), key.K2())
		}
		subject := r.Leaf.Descriptor_.Subject
		if subject == nil {
			return false, nil
		}
		want++
		indexed, err := k.bySubject.Has(ctx, collections.Join4(subject.Institution, subject.Number, key.K1(), key.K2()))
		if err == nil && !indexed {
			err = fmt.Errorf("record %v is missing in the index of subject %v", r.Id, subject)
		}
		return err != nil, err
	})
	if err != nil {
		return err
	}
	return checkSize(ctx, "index by subject", k.bySubject, want)
}

// checkBatches checks that every batch is valid, under its key and has its root
// in the set, and that the set holds nothing else.
func (k Keeper) checkBatches(ctx context.Context) error {
	var want int
	err := k.batches.Walk(ctx, nil, func(key idKey, b records.Batch) (bool, error) {
		if err := b.Validate(); err != nil {
			return true, err
		}
		if key.K1() != b.Id.Institution || key.K2() != b.Id.Number {
			return true, fmt.Errorf("batch %v is stored under (%d, %d)", b.Id, key.K1(), key.K2())
		}
		want++
		known, err := k.batchRoots.Has(ctx, collections.Join(b.Id.Institution, b.Root))
		if err == nil && !known {
			err = fmt.Errorf("batch %v is missing in the set of roots", b.Id)
		}
		return err != nil, err
	})
	if err != nil {
		return err
	}
	return checkSize(ctx, "set of roots", k.batchRoots, want)
}

// checkSize fails unless the set has the wanted number of keys.
func checkSize[K any](ctx context.Context, name string, set collections.KeySet[K], want int) error {
	var got int
	err := set.Walk(ctx, nil, func(K) (bool, error) {
		got++
		return false, nil
	})
	if err == nil && got != want {
		err = fmt.Errorf("the %s has %d keys, want %d", name, got, want)
	}
	return err
}
