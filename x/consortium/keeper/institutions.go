package keeper

import (
	"context"
	"errors"

	"github.com/cometbft/cometbft/crypto"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// put stores an institution. It is the one way in: it checks the institution
// and keeps names, affiliations, keys and the count of active ones in step.
func (k Keeper) put(ctx context.Context, i consortium.Institution) error {
	if err := i.Validate(); err != nil {
		return err
	}
	old, err := k.institutions.Get(ctx, i.Number)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	for _, step := range []func(context.Context, consortium.Institution, consortium.Institution) error{
		k.putName, k.putOperator, k.putKey, k.putActive,
	} {
		if err := step(ctx, old, i); err != nil {
			return err
		}
	}
	return k.institutions.Set(ctx, i.Number, i)
}

func (k Keeper) putName(ctx context.Context, _, i consortium.Institution) error {
	owner, err := k.names.Get(ctx, i.Name)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	free := err != nil
	switch {
	case i.Status == consortium.INSTITUTION_STATUS_REMOVED && owner == i.Number:
		return k.names.Remove(ctx, i.Name)
	case i.Status == consortium.INSTITUTION_STATUS_REMOVED:
		return nil
	case !free && owner != i.Number:
		return errorsmod.Wrapf(consortium.ErrNameTaken, "%q by institution %d", i.Name, owner)
	}
	return k.names.Set(ctx, i.Name, i.Number)
}

func (k Keeper) putOperator(ctx context.Context, old, i consortium.Institution) error {
	if old.Operator == i.Operator {
		return nil
	}
	operator, err := k.decode("operator", i.Operator)
	if err != nil {
		return err
	}
	return k.affiliate(ctx, operator, i.Number)
}

// affiliate gives an account that belongs to nobody to an institution and
// creates it unless it exists.
func (k Keeper) affiliate(ctx context.Context, account []byte, number uint64) error {
	if err := consortium.CheckAccount(account); err != nil {
		return err
	}
	owner, err := k.affiliation(ctx, account)
	if err != nil {
		return err
	}
	if owner != 0 {
		return errorsmod.Wrapf(consortium.ErrAccountTaken, "%s by institution %d", k.text(account), owner)
	}
	if err := k.accounts.Create(ctx, account); err != nil {
		return err
	}
	return k.affiliations.Set(ctx, account, number)
}

// putKey claims a new key and retires one that the institution gave up.
func (k Keeper) putKey(ctx context.Context, old, i consortium.Institution) error {
	if old.HasKey(i.ConsensusKey) {
		return nil
	}
	if i.ConsensusKey != nil {
		if err := k.claimKey(ctx, i); err != nil {
			return err
		}
	}
	if old.ConsensusKey != nil {
		return k.retireKey(ctx, old)
	}
	return nil
}

// claimKey gives a key that nobody has or had to an institution.
func (k Keeper) claimKey(ctx context.Context, i consortium.Institution) error {
	address, err := i.ConsensusAddress()
	if err != nil {
		return err
	}
	used, err := k.keyOwners.Has(ctx, address)
	if err != nil {
		return err
	}
	if used {
		return errorsmod.Wrapf(consortium.ErrKeyUsed, "%s", address)
	}
	return k.keyOwners.Set(ctx, address, consortium.KeyOwner{ConsensusKey: *i.ConsensusKey, Institution: i.Number})
}

// retireKey starts the time after which a key is forgotten.
func (k Keeper) retireKey(ctx context.Context, i consortium.Institution) error {
	address, err := i.ConsensusAddress()
	if err != nil {
		return err
	}
	owner, err := k.keyOwners.Get(ctx, address)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	owner.RetiredHeight, owner.RetiredAt = uint64(sdkCtx.BlockHeight()), sdkCtx.BlockTime()
	if err := k.keyOwners.Set(ctx, address, owner); err != nil {
		return err
	}
	return k.retiredKeys.Set(ctx, collections.Join(owner.RetiredHeight, []byte(address)), i.Number)
}

func (k Keeper) putActive(ctx context.Context, old, i consortium.Institution) error {
	was := old.Status == consortium.INSTITUTION_STATUS_ACTIVE
	is := i.Status == consortium.INSTITUTION_STATUS_ACTIVE
	if was == is {
		return nil
	}
	count, err := k.active.Get(ctx)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if is {
		count++
	} else {
		count--
	}
	return k.active.Set(ctx, count)
}

// checkNewKey checks that an institution may enter its consensus key: of a
// type that the chain knows and with a proof of possession.
func (k Keeper) checkNewKey(ctx context.Context, i consortium.Institution, proof []byte) error {
	key, err := consortium.DecodeKey(i.ConsensusKey)
	if err != nil {
		return err
	}
	params, err := k.limits.Get(ctx)
	if err != nil {
		return err
	}
	if err := consortium.CheckKeyType(key, params.Validator.PubKeyTypes); err != nil {
		return err
	}
	return consortium.VerifyKeyProof(sdk.UnwrapSDKContext(ctx).ChainID(), i, proof)
}

// owner returns the owner of a consensus key by its address, and whether the
// key is known.
func (k Keeper) owner(ctx context.Context, address crypto.Address) (consortium.KeyOwner, bool, error) {
	owner, err := k.keyOwners.Get(ctx, address)
	if errors.Is(err, collections.ErrNotFound) {
		return owner, false, nil
	}
	return owner, err == nil, err
}

// checkSet refuses a change by vote that leaves nobody to validate or, unless
// allowed, fewer than four and fewer than before. changed is the institution
// as it will be.
func (k Keeper) checkSet(ctx context.Context, changed consortium.Institution, allowBelowFour bool) error {
	before, err := k.allInstitutions(ctx)
	if err != nil {
		return err
	}
	after := replaced(before, changed)
	had, left := len(consortium.Validating(before)), len(consortium.Validating(after))
	switch {
	case left == 0 && had > 0:
		return errorsmod.Wrapf(consortium.ErrNobodyLeft, "institution %d is the last", changed.Number)
	case left < consortium.SafeSize && left < had && !allowBelowFour:
		return errorsmod.Wrapf(consortium.ErrBelowFour, "%d instead of %d; set allow_below_four to accept that", left, had)
	}
	return nil
}

// replaced returns the institutions with one of them changed.
func replaced(all []consortium.Institution, changed consortium.Institution) []consortium.Institution {
	after := make([]consortium.Institution, len(all))
	for at, i := range all {
		if i.Number == changed.Number {
			i = changed
		}
		after[at] = i
	}
	return after
}
