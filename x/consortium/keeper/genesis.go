package keeper

import (
	"bytes"
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// InitGenesis writes a validated state and returns the first validator set.
// Names, affiliations, queues and the count of active members are rebuilt.
func (k Keeper) InitGenesis(ctx context.Context, gs *consortium.GenesisState) ([]abci.ValidatorUpdate, error) {
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return nil, err
	}
	if gs.Predecessor != nil {
		if err := k.predecessor.Set(ctx, *gs.Predecessor); err != nil {
			return nil, err
		}
	}
	for _, step := range []func(context.Context, *consortium.GenesisState) error{
		k.initInstitutions, k.initParticipants, k.initKeys, k.initProposals,
	} {
		if err := step(ctx, gs); err != nil {
			return nil, err
		}
	}
	limits, err := k.limits.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.checkTypesInUse(ctx, limits.Validator.GetPubKeyTypes()); err != nil {
		return nil, err
	}
	return k.validatorUpdates(ctx, limits.Validator.GetPubKeyTypes())
}

func (k Keeper) initInstitutions(ctx context.Context, gs *consortium.GenesisState) error {
	active := uint64(0)
	for _, i := range gs.Institutions {
		if err := k.institutions.Set(ctx, i.Number, i); err != nil {
			return err
		}
		if i.Status != consortium.INSTITUTION_STATUS_REMOVED {
			if err := k.names.Set(ctx, i.Name, i.Number); err != nil {
				return err
			}
		}
		if i.Status == consortium.INSTITUTION_STATUS_ACTIVE {
			active++
		}
		operator, err := k.decode("operator", i.Operator)
		if err != nil {
			return err
		}
		if err := k.affiliate(ctx, operator, i.Number); err != nil {
			return err
		}
	}
	for _, a := range gs.Absences {
		if err := k.absences.Set(ctx, a.Institution, a.Blocks); err != nil {
			return err
		}
	}
	return k.active.Set(ctx, active)
}

func (k Keeper) initParticipants(ctx context.Context, gs *consortium.GenesisState) error {
	for _, p := range gs.Participants {
		account, err := k.decode("address", p.Address)
		if err != nil {
			return err
		}
		if err := k.affiliate(ctx, account, p.Institution); err != nil {
			return err
		}
		if err := k.participants.Set(ctx, collections.Join(p.Institution, account), p); err != nil {
			return err
		}
	}
	for _, former := range gs.FormerOperators {
		account, err := k.decode("former operator", former.Address)
		if err != nil {
			return err
		}
		if err := k.affiliate(ctx, account, former.Institution); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initKeys(ctx context.Context, gs *consortium.GenesisState) error {
	for _, owner := range gs.KeyOwners {
		key, err := consortium.DecodeKey(&owner.ConsensusKey)
		if err != nil {
			return err
		}
		if err := k.keyOwners.Set(ctx, key.Address(), owner); err != nil {
			return err
		}
		if owner.RetiredHeight == 0 {
			continue
		}
		if err := k.retiredKeys.Set(ctx, collections.Join(owner.RetiredHeight, []byte(key.Address())), owner.Institution); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initProposals(ctx context.Context, gs *consortium.GenesisState) error {
	for _, p := range gs.Proposals {
		if err := k.proposals.Set(ctx, p.Id, p); err != nil {
			return err
		}
		if p.Status != consortium.PROPOSAL_STATUS_OPEN {
			continue
		}
		if err := k.deadlines.Set(ctx, collections.Join(uint64(p.Deadline.Unix()), p.Id), p.Proposer); err != nil {
			return err
		}
	}
	for _, v := range gs.Votes {
		if err := k.votes.Set(ctx, collections.Join(v.Proposal, v.Institution), v); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis returns the whole state in the order of its keys. Proofs of
// possession are not kept, so the chain that begins with the export must name
// this one as its predecessor.
func (k Keeper) ExportGenesis(ctx context.Context) (*consortium.GenesisState, error) {
	gs := &consortium.GenesisState{}
	var err error
	if gs.Params, err = k.params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Institutions, err = k.allInstitutions(ctx); err != nil {
		return nil, err
	}
	if gs.Participants, err = values(ctx, k.participants); err != nil {
		return nil, err
	}
	if gs.FormerOperators, err = k.formerOperators(ctx); err != nil {
		return nil, err
	}
	if gs.Proposals, err = values(ctx, k.proposals); err != nil {
		return nil, err
	}
	if gs.Votes, err = values(ctx, k.votes); err != nil {
		return nil, err
	}
	if gs.KeyOwners, err = values(ctx, k.keyOwners); err != nil {
		return nil, err
	}
	err = k.absences.Walk(ctx, nil, func(institution, blocks uint64) (bool, error) {
		gs.Absences = append(gs.Absences, consortium.Absence{Institution: institution, Blocks: blocks})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	predecessor, err := k.predecessor.Get(ctx)
	if isNotFound(err) {
		return gs, nil
	}
	gs.Predecessor = &predecessor
	return gs, err
}

// formerOperators lists the affiliations of accounts that are neither
// participants nor the present operator.
func (k Keeper) formerOperators(ctx context.Context) ([]consortium.FormerOperator, error) {
	var former []consortium.FormerOperator
	err := k.affiliations.Walk(ctx, nil, func(account []byte, number uint64) (bool, error) {
		participant, err := k.participants.Has(ctx, collections.Join(number, account))
		if err != nil || participant {
			return false, err
		}
		i, err := k.institution(ctx, number)
		if err != nil {
			return false, err
		}
		operator, err := k.decode("operator", i.Operator)
		if err == nil && !bytes.Equal(operator, account) {
			former = append(former, consortium.FormerOperator{Address: k.text(account), Institution: number})
		}
		return false, err
	})
	return former, err
}

// values returns all values of a map in the order of its keys.
func values[K, V any](ctx context.Context, m collections.Map[K, V]) ([]V, error) {
	var all []V
	err := m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		all = append(all, v)
		return false, nil
	})
	return all, err
}
