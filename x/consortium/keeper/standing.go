package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// Standing says for whom an account may act at present: the operator of an
// active institution always, a participant of one with any role in force. It
// fails with the reason otherwise. The ante chain admits transactions by it.
func (k Keeper) Standing(ctx context.Context, account []byte) (consortium.Standing, error) {
	i, err := k.actingFor(ctx, account)
	if err != nil {
		return consortium.Standing{}, err
	}
	standing := consortium.Standing{Institution: i.Number}
	if standing.Members, err = k.active.Get(ctx); err != nil {
		return standing, err
	}
	if i.Operator == k.text(account) {
		standing.Operator = true
		return standing, nil
	}
	p, err := k.participant(ctx, account)
	switch {
	case errors.Is(err, consortium.ErrParticipantNotFound):
		return standing, errorsmod.Wrapf(consortium.ErrNoRole, "%s was the operator of institution %d", k.text(account), i.Number)
	case err != nil:
		return standing, err
	case !p.HoldsAny(sdk.UnwrapSDKContext(ctx).BlockTime()):
		return standing, errorsmod.Wrapf(consortium.ErrNoRole, "%s of institution %d", k.text(account), i.Number)
	}
	return standing, nil
}

// VaultInstitution returns the number of the active institution whose vault an
// account is, or why it is none.
func (k Keeper) VaultInstitution(ctx context.Context, account []byte) (uint64, error) {
	return k.InstitutionByRole(ctx, account, consortium.ROLE_VAULT)
}

// CheckActive fails with the reason unless the institution is an active member.
func (k Keeper) CheckActive(ctx context.Context, number uint64) error {
	_, err := k.activeInstitution(ctx, number)
	return err
}

// InstitutionByRole returns the number of the active institution for which an
// account holds a role in force, or why there is none.
func (k Keeper) InstitutionByRole(ctx context.Context, account []byte, role consortium.Role) (uint64, error) {
	i, err := k.actingFor(ctx, account)
	if err != nil {
		return 0, err
	}
	p, err := k.participants.Get(ctx, collections.Join(i.Number, account))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return 0, err
	}
	if err != nil || !p.Holds(role, sdk.UnwrapSDKContext(ctx).BlockTime()) {
		return 0, errorsmod.Wrapf(consortium.ErrNoRole, "%s does not hold %s", k.text(account), role)
	}
	return i.Number, nil
}

// Affiliation returns the number of the institution that an account belongs to,
// whatever its roles and the institution's status, or ErrStranger.
func (k Keeper) Affiliation(ctx context.Context, account []byte) (uint64, error) {
	number, err := k.affiliation(ctx, account)
	if err == nil && number == 0 {
		err = errorsmod.Wrap(consortium.ErrStranger, k.text(account))
	}
	return number, err
}

// SamePerson says whether two accounts are one, or participants whose commitments to
// a person are equal. An institution that commits to one person twice with fresh
// salts hides that: it is bound by its word alone.
func (k Keeper) SamePerson(ctx context.Context, a, b []byte) (bool, error) {
	if bytes.Equal(a, b) {
		return true, nil
	}
	first, err := k.participant(ctx, a)
	if err != nil {
		return false, err
	}
	second, err := k.participant(ctx, b)
	return err == nil && bytes.Equal(first.Person, second.Person), err
}

// actingFor returns the active institution that an account belongs to.
func (k Keeper) actingFor(ctx context.Context, account []byte) (consortium.Institution, error) {
	number, err := k.affiliation(ctx, account)
	if err != nil {
		return consortium.Institution{}, err
	}
	if number == 0 {
		return consortium.Institution{}, errorsmod.Wrapf(consortium.ErrStranger, "%s; its institution's operator must enrol it", k.text(account))
	}
	return k.activeInstitution(ctx, number)
}

// activeInstitution returns an institution, or why it is not an active member.
func (k Keeper) activeInstitution(ctx context.Context, number uint64) (consortium.Institution, error) {
	i, err := k.institution(ctx, number)
	if err != nil {
		return i, err
	}
	switch i.Status {
	case consortium.INSTITUTION_STATUS_SUSPENDED:
		return i, errorsmod.Wrapf(consortium.ErrSuspended, "%d, cause %s", i.Number, i.Suspension)
	case consortium.INSTITUTION_STATUS_REMOVED:
		return i, errorsmod.Wrapf(consortium.ErrRemoved, "%d", i.Number)
	}
	return i, nil
}

// operated returns the active institution that an account is the operator of.
func (k Keeper) operated(ctx context.Context, operator string) (consortium.Institution, error) {
	account, err := k.decode("operator", operator)
	if err != nil {
		return consortium.Institution{}, err
	}
	i, err := k.actingFor(ctx, account)
	if err != nil {
		return i, err
	}
	if i.Operator != k.text(account) {
		return i, errorsmod.Wrap(consortium.ErrNotOperator, operator)
	}
	return i, nil
}

// IsMemberNode says whether an active institution declared a node.
func (k Keeper) IsMemberNode(ctx context.Context, nodeID string) (bool, error) {
	found := false
	err := k.institutions.Walk(ctx, nil, func(_ uint64, i consortium.Institution) (bool, error) {
		if i.Status != consortium.INSTITUTION_STATUS_ACTIVE {
			return false, nil
		}
		for _, node := range i.Nodes {
			found = found || consortium.NodeID(node) == nodeID
		}
		return found, nil
	})
	return found, err
}
