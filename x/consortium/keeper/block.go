package keeper

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"cosmossdk.io/core/comet"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// BeginBlock punishes double signers and counts absences, from what the block
// says of the blocks before.
func (k Keeper) BeginBlock(ctx context.Context) error {
	info := sdk.UnwrapSDKContext(ctx).CometInfo()
	evidence := info.GetEvidence()
	for at := range evidence.Len() {
		if err := k.punish(ctx, evidence.Get(at)); err != nil {
			return err
		}
	}
	votes := info.GetLastCommit().Votes()
	for at := range votes.Len() {
		vote := votes.Get(at)
		signed := cmtproto.BlockIDFlag(vote.GetBlockIDFlag()) != cmtproto.BlockIDFlagAbsent
		if err := k.noteVote(ctx, vote.Validator().Address(), signed); err != nil {
			return err
		}
	}
	return nil
}

// punish marks a key that signed twice and suspends its owner, unless nobody
// would be left to validate. The key counts even if it was given up since.
func (k Keeper) punish(ctx context.Context, evidence comet.Evidence) error {
	address := crypto.Address(evidence.Validator().Address())
	owner, known, err := k.owner(ctx, address)
	switch {
	case err != nil || !known:
		return err
	case !owner.DoubleSigned:
		owner.DoubleSigned = true
		if err := k.keyOwners.Set(ctx, address, owner); err != nil {
			return err
		}
		if err := emit(ctx, &consortium.EventDoubleSigned{
			Institution: owner.Institution, ConsensusAddress: address.String(), Height: evidence.Height(),
		}); err != nil {
			return err
		}
	case owner.RetiredHeight != 0:
		return nil // this key was paid for and given up
	}
	return k.suspendDoubleSigner(ctx, owner.Institution)
}

func (k Keeper) suspendDoubleSigner(ctx context.Context, number uint64) error {
	i, err := k.institution(ctx, number)
	if err != nil || i.Status != consortium.INSTITUTION_STATUS_ACTIVE {
		return err
	}
	i.Status, i.Suspension = consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN
	all, err := k.allInstitutions(ctx)
	if err != nil {
		return err
	}
	if len(consortium.Validating(replaced(all, i))) == 0 {
		return nil
	}
	return k.changeStatus(ctx, i)
}

// noteVote counts the blocks in a row that a validator did not sign and sets
// it idle when they are too many. A count is written only while it changes.
func (k Keeper) noteVote(ctx context.Context, address []byte, signed bool) error {
	owner, known, err := k.owner(ctx, address)
	if err != nil || !known {
		return err
	}
	missed, err := k.absences.Get(ctx, owner.Institution)
	if err != nil && !isNotFound(err) {
		return err
	}
	if signed {
		if missed == 0 {
			return nil
		}
		return k.absences.Remove(ctx, owner.Institution)
	}
	validates, err := k.validators.Has(ctx, address)
	if err != nil || !validates {
		return err // it left the set since; votes arrive two heights later
	}
	i, err := k.institution(ctx, owner.Institution)
	if err != nil || i.Status != consortium.INSTITUTION_STATUS_ACTIVE {
		return err // evidence in this block suspended it
	}
	if err := k.absences.Set(ctx, owner.Institution, missed+1); err != nil {
		return err
	}
	params, err := k.params.Get(ctx)
	if err != nil || missed+1 < params.IdleAfterBlocks {
		return err
	}
	return k.idle(ctx, i)
}

// idle takes an absent validator out of the set, if the rest is large enough.
func (k Keeper) idle(ctx context.Context, i consortium.Institution) error {
	all, err := k.allInstitutions(ctx)
	if err != nil || !consortium.MayIdle(all, i.Number) {
		return err
	}
	i.Idle = true
	if err := k.put(ctx, i); err != nil {
		return err
	}
	if err := k.absences.Remove(ctx, i.Number); err != nil {
		return err
	}
	return emit(ctx, &consortium.EventValidatorIdled{Institution: i.Number})
}

// EndBlock closes proposals that are due, forgets old keys and returns the
// changes of the validator set.
func (k Keeper) EndBlock(ctx context.Context) ([]abci.ValidatorUpdate, error) {
	if err := k.expireProposals(ctx); err != nil {
		return nil, err
	}
	if err := k.forgetKeys(ctx); err != nil {
		return nil, err
	}
	return k.validatorUpdates(ctx, sdk.UnwrapSDKContext(ctx).ConsensusParams().Validator.GetPubKeyTypes())
}
