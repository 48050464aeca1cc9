package keeper

import (
	"bytes"
	"context"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// validatorUpdates is the difference, both ways, between who shall validate
// and what CometBFT was last told. Deriving it, rather than queueing changes,
// makes it independent of the order and number of messages in the block.
//
// types are the key types that CometBFT checks the updates against. Those are
// of the block itself: it would stop the chain over a key whose type the same
// block allowed, so such a key waits, and all changes with it, until the next.
func (k Keeper) validatorUpdates(ctx context.Context, types []string) ([]abci.ValidatorUpdate, error) {
	all, err := k.allInstitutions(ctx)
	if err != nil {
		return nil, err
	}
	desired := consortium.Validating(all)
	if len(desired) == 0 {
		return nil, nil // CometBFT refuses an empty set; nothing in the rules leads here
	}
	wanted, joining, err := k.joining(ctx, desired)
	if err != nil {
		return nil, err
	}
	updates := make([]abci.ValidatorUpdate, 0, len(joining))
	for _, v := range joining {
		if !slices.Contains(types, v.key.Type()) {
			return nil, nil
		}
		update, err := v.ConsensusKey.ValidatorUpdate(consortium.Power)
		if err != nil {
			return nil, err
		}
		updates = append(updates, update)
	}
	for _, v := range joining {
		if err := k.validators.Set(ctx, v.key.Address(), v.Number); err != nil {
			return nil, err
		}
	}
	leaving, err := k.leaving(ctx, wanted)
	return append(updates, leaving...), err
}

// validator is an institution with its decoded consensus key.
type validator struct {
	consortium.Institution
	key crypto.PubKey
}

// joining returns the addresses of all keys that shall validate, and the
// validators among them that CometBFT was not told of.
func (k Keeper) joining(ctx context.Context, desired []consortium.Institution) (map[string]bool, []validator, error) {
	wanted := make(map[string]bool, len(desired))
	var joining []validator
	for _, i := range desired {
		key, err := consortium.DecodeKey(i.ConsensusKey)
		if err != nil {
			return nil, nil, err
		}
		wanted[string(key.Address())] = true
		told, err := k.validators.Has(ctx, key.Address())
		if err != nil {
			return nil, nil, err
		}
		if !told {
			joining = append(joining, validator{i, key})
		}
	}
	return wanted, joining, nil
}

// leaving takes the validators that are not wanted out of the set.
func (k Keeper) leaving(ctx context.Context, wanted map[string]bool) ([]abci.ValidatorUpdate, error) {
	var addresses [][]byte
	if err := k.validators.Walk(ctx, nil, func(address []byte, _ uint64) (bool, error) {
		if !wanted[string(address)] {
			addresses = append(addresses, bytes.Clone(address))
		}
		return false, nil
	}); err != nil {
		return nil, err
	}
	var updates []abci.ValidatorUpdate
	for _, address := range addresses {
		key, err := k.keyOf(ctx, address)
		if err != nil {
			return nil, err
		}
		if err := k.validators.Remove(ctx, address); err != nil {
			return nil, err
		}
		update, err := key.ValidatorUpdate(0)
		if err != nil {
			return nil, err
		}
		updates = append(updates, update)
	}
	return updates, nil
}

func (k Keeper) keyOf(ctx context.Context, address []byte) (consortium.ConsensusKey, error) {
	owner, err := k.keyOwners.Get(ctx, address)
	return owner.ConsensusKey, err
}

// forgetMargin keeps a key a little longer than evidence against it may
// arrive: votes of a key go on for two heights after it left the set.
const forgetMargin = 10

// forgetKeys deletes keys that were given up so long ago that no evidence
// against them is accepted, at most MaxPerBlock of them. Keys that signed twice
// are kept, so that they never validate again.
func (k Keeper) forgetKeys(ctx context.Context) error {
	limits, err := k.limits.Get(ctx)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	var due []collections.Pair[uint64, []byte]
	if err := k.retiredKeys.Walk(ctx, nil, func(key collections.Pair[uint64, []byte], _ uint64) (bool, error) {
		age := sdkCtx.BlockHeight() - int64(key.K1())
		if age-forgetMargin <= limits.Evidence.MaxAgeNumBlocks || len(due) == consortium.MaxPerBlock {
			return true, nil
		}
		due = append(due, key)
		return false, nil
	}); err != nil {
		return err
	}
	for _, key := range due {
		owner, err := k.keyOwners.Get(ctx, key.K2())
		if err != nil {
			return err
		}
		if sdkCtx.BlockTime().Sub(owner.RetiredAt) <= limits.Evidence.MaxAgeDuration {
			return nil // the queue is in order of time too
		}
		if err := k.retiredKeys.Remove(ctx, key); err != nil {
			return err
		}
		if owner.DoubleSigned {
			continue
		}
		if err := k.keyOwners.Remove(ctx, key.K2()); err != nil {
			return err
		}
	}
	return nil
}
