package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// requireStanding checks for whom an account acts and whose vault it is; where
// an error is given there is no standing or no vault.
func (f *fixture) requireStanding(name string, want consortium.Standing, standing, vault error) {
	f.t.Helper()
	got, err := f.keeper.Standing(f.ctx, account(name))
	if standing != nil {
		require.ErrorIs(f.t, err, standing)
	} else {
		require.NoError(f.t, err)
		require.Equal(f.t, want, got)
	}
	institution, err := f.keeper.VaultInstitution(f.ctx, account(name))
	if vault != nil {
		require.ErrorIs(f.t, err, vault)
		require.Zero(f.t, institution)
		return
	}
	require.NoError(f.t, err)
	require.Equal(f.t, want.Institution, institution)
}

// newStaff is a chain in its second block: participants "dr" and "vault" of
// institution 1, "theirs" a vault of 5, "heir" the operator of 2 after
// "operator 2".
func newStaff(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t, 5)
	theirs := enrol("theirs", consortium.ROLE_VAULT)
	theirs.Operator = operator(5)
	f.block(
		enrol("dr", consortium.ROLE_CLINICIAN), enrol("vault", consortium.ROLE_VAULT), theirs,
		&consortium.MsgChangeOperator{Operator: operator(2), NewOperator: of("heir")},
	)
	f.begin(nil)
	return f
}

func TestStanding(t *testing.T) {
	f := newStaff(t)
	none := consortium.Standing{}
	f.requireStanding("eve", none, consortium.ErrStranger, consortium.ErrStranger)
	f.requireStanding("operator 1", consortium.Standing{Institution: 1, Operator: true, Members: 5}, nil, consortium.ErrNoRole)
	f.requireStanding("heir", consortium.Standing{Institution: 2, Operator: true, Members: 5}, nil, consortium.ErrNoRole)
	f.requireStanding("operator 2", none, consortium.ErrNoRole, consortium.ErrNoRole)
	f.requireStanding("dr", consortium.Standing{Institution: 1, Members: 5}, nil, consortium.ErrNoRole)
	f.requireStanding("vault", consortium.Standing{Institution: 1, Members: 5}, nil, nil)
	f.requireStanding("theirs", consortium.Standing{Institution: 5, Members: 5}, nil, nil)
}

func TestTheModulesOwnAccountHasNoStanding(t *testing.T) {
	f := newStaff(t)
	_, err := f.keeper.Standing(f.ctx, consortium.Authority)
	require.ErrorIs(t, err, consortium.ErrStranger)
}

func TestASuspensionStopsEverybodyInTheSameBlock(t *testing.T) {
	f := newStaff(t)
	none := consortium.Standing{}
	f.must(suspend(5))
	for _, name := range []string{"theirs", "operator 5"} {
		f.requireStanding(name, none, consortium.ErrSuspended, consortium.ErrSuspended)
	}
	f.requireStanding("vault", consortium.Standing{Institution: 1, Members: 4}, nil, nil)
	f.must(reinstate(5))
	f.requireStanding("theirs", consortium.Standing{Institution: 5, Members: 5}, nil, nil)
	f.must(remove(5))
	for _, name := range []string{"theirs", "operator 5"} {
		f.requireStanding(name, none, consortium.ErrRemoved, consortium.ErrRemoved)
	}
	f.end()
}

func TestWithdrawnRolesStopAParticipantInTheSameBlock(t *testing.T) {
	f := newStaff(t)
	f.must(&consortium.MsgWithdrawRoles{Operator: operator(1), Participant: of("vault")})
	f.requireStanding("vault", consortium.Standing{}, consortium.ErrNoRole, consortium.ErrNoRole)
	f.must(enrol("vault", consortium.ROLE_AUDITOR))
	f.requireStanding("vault", consortium.Standing{Institution: 1, Members: 5}, nil, consortium.ErrNoRole)
	f.end()
}

func TestARoleIsVoidFromItsExpiryOn(t *testing.T) {
	f := newStaff(t)
	msg := enrol("vault", consortium.ROLE_CLINICIAN, consortium.ROLE_VAULT)
	expiry := f.ctx.BlockTime().Add(time.Hour)
	msg.Enrolments[0].Roles[1].ExpiresAt = expiry
	f.must(msg)
	standing := consortium.Standing{Institution: 1, Members: 5}

	f.ctx = f.ctx.WithBlockTime(expiry.Add(-time.Nanosecond))
	f.requireStanding("vault", standing, nil, nil)
	f.ctx = f.ctx.WithBlockTime(expiry)
	f.requireStanding("vault", standing, nil, consortium.ErrNoRole)
	f.ctx = f.ctx.WithBlockTime(msg.Enrolments[0].Roles[0].ExpiresAt)
	f.requireStanding("vault", standing, consortium.ErrNoRole, consortium.ErrNoRole)
}

func TestTheIdleKeepTheirStanding(t *testing.T) {
	f := newFixture(t, 5)
	f.block()
	f.without(idleAfter, 5)
	f.requireStanding("operator 5", consortium.Standing{Institution: 5, Operator: true, Members: 5}, nil, consortium.ErrNoRole)
}
