package keeper

import (
	"context"
	"fmt"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// CheckInvariants returns the first broken invariant of the module, or nil.
// Tests call it after every block; a running chain never does.
func (k Keeper) CheckInvariants(ctx context.Context) error {
	all, err := k.allInstitutions(ctx)
	if err != nil {
		return err
	}
	for _, check := range []func(context.Context, []consortium.Institution) error{
		k.checkInstitutions, k.checkValidators, k.checkGroups,
	} {
		if err := check(ctx, all); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) checkInstitutions(ctx context.Context, all []consortium.Institution) error {
	active := uint64(0)
	for _, i := range all {
		if err := i.Validate(); err != nil {
			return err
		}
		if i.Status == consortium.INSTITUTION_STATUS_ACTIVE {
			active++
		}
		operator, err := k.decode("operator", i.Operator)
		if err != nil {
			return err
		}
		if number, err := k.affiliation(ctx, operator); err != nil || number != i.Number {
			return fmt.Errorf("operator of institution %d belongs to %d (%w)", i.Number, number, err)
		}
		if i.Status != consortium.INSTITUTION_STATUS_REMOVED {
			if number, err := k.names.Get(ctx, i.Name); err != nil || number != i.Number {
				return fmt.Errorf("name %q of institution %d is listed as of %d (%w)", i.Name, i.Number, number, err)
			}
		}
		if err := k.checkKey(ctx, i); err != nil {
			return err
		}
	}
	counted, err := k.active.Get(ctx)
	if err != nil {
		return err
	}
	if counted != active {
		return fmt.Errorf("%d institutions are active, %d are counted", active, counted)
	}
	return nil
}

func (k Keeper) checkKey(ctx context.Context, i consortium.Institution) error {
	address, err := i.ConsensusAddress()
	if err != nil || address == nil {
		return err
	}
	owner, known, err := k.owner(ctx, address)
	if err != nil {
		return err
	}
	if !known || owner.Institution != i.Number {
		return fmt.Errorf("key %s of institution %d is owned by %d", address, i.Number, owner.Institution)
	}
	if owner.RetiredHeight != 0 {
		return fmt.Errorf("key %s of institution %d, %s, was retired at %d", address, i.Number, i.Status, owner.RetiredHeight)
	}
	return nil
}

// checkValidators compares what CometBFT was told with who shall validate.
func (k Keeper) checkValidators(ctx context.Context, all []consortium.Institution) error {
	desired := consortium.Validating(all)
	for _, i := range desired {
		address, err := i.ConsensusAddress()
		if err != nil {
			return err
		}
		if number, err := k.validators.Get(ctx, address); err != nil || number != i.Number {
			return fmt.Errorf("institution %d shall validate, CometBFT knows its key as of %d (%w)", i.Number, number, err)
		}
	}
	told, err := values(ctx, k.validators)
	if err != nil {
		return err
	}
	if len(desired) > 0 && len(told) != len(desired) {
		return fmt.Errorf("%d shall validate, CometBFT was told of %d", len(desired), len(told))
	}
	return nil
}

func (k Keeper) checkGroups(_ context.Context, all []consortium.Institution) error {
	set := consortium.Validating(all)
	members := make(map[string]int)
	for _, i := range set {
		members[i.LegalGroup]++
	}
	for group, n := range members {
		if len(set) >= consortium.SafeSize && 3*n >= len(set) {
			return fmt.Errorf("group %q holds %d of %d", group, n, len(set))
		}
	}
	return nil
}
