package keeper_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

var person = bytes.Repeat([]byte{7}, consortium.PersonSize)

// grants gives roles until a year after the start.
func grants(roles ...consortium.Role) []consortium.RoleGrant {
	var all []consortium.RoleGrant
	for _, role := range roles {
		all = append(all, consortium.RoleGrant{Role: role, ExpiresAt: start.AddDate(1, 0, 0)})
	}
	return all
}

// enrol is a valid message of institution 1 that enrols one account.
func enrol(name string, roles ...consortium.Role) *consortium.MsgEnrolParticipants {
	return &consortium.MsgEnrolParticipants{Operator: operator(1), Enrolments: []consortium.Enrolment{
		{Address: of(name), Roles: grants(roles...), Person: person},
	}}
}

func (f *fixture) participant(name string) consortium.Participant {
	f.t.Helper()
	res, err := f.queries.Participant(f.ctx, &consortium.QueryParticipantRequest{Address: of(name)})
	require.NoError(f.t, err)
	return res.Participant
}

func (f *fixture) hasAccount(name string) bool {
	return f.ctx.KVStore(f.neighbours.key).Has(account(name))
}

func TestEnrolledAccountsExistAndHoldTheirRolesInOrder(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	require.False(t, f.hasAccount("ada"))
	msg := enrol("ada", consortium.ROLE_VAULT, consortium.ROLE_CLINICIAN)
	msg.Enrolments = append(msg.Enrolments, enrol("ben", consortium.ROLE_AUDITOR).Enrolments...)
	require.Equal(t, []proto.Message{&consortium.EventParticipantsEnrolled{Institution: 1, Count: 2}}, f.events(msg))

	require.True(t, f.hasAccount("ada"))
	require.True(t, f.hasAccount("ben"))
	require.Equal(t, consortium.Participant{
		Address: of("ada"), Institution: 1, Roles: grants(consortium.ROLE_CLINICIAN, consortium.ROLE_VAULT), Person: person,
	}, f.participant("ada"))
	f.end()
}

func TestAnotherEnrolmentReplacesRoles(t *testing.T) {
	f := newFixture(t, 4)
	f.block(enrol("ada", consortium.ROLE_CLINICIAN), enrol("ada", consortium.ROLE_VAULT))
	require.Equal(t, grants(consortium.ROLE_VAULT), f.participant("ada").Roles)
}

func TestAsManyAccountsAsFitAreEnrolled(t *testing.T) {
	f := newFixture(t, 1)
	msg := enrol("0", consortium.ROLE_CLINICIAN)
	for n := 1; n < consortium.MaxEnrolments; n++ {
		msg.Enrolments = append(msg.Enrolments, enrol(fmt.Sprint(n), consortium.ROLE_CLINICIAN).Enrolments...)
	}
	f.block(msg)
	require.Equal(t, uint64(1), f.participant("99").Institution)
}

func TestEnrolParticipantsRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*consortium.MsgEnrolParticipants)
		err  error
	}{
		"an operator that is no address": {func(m *consortium.MsgEnrolParticipants) { m.Operator = "ada" }, consortium.ErrInvalid},
		"a stranger":                     {func(m *consortium.MsgEnrolParticipants) { m.Operator = of("eve") }, consortium.ErrStranger},
		"a participant as signer":        {func(m *consortium.MsgEnrolParticipants) { m.Operator = of("own") }, consortium.ErrNotOperator},
		"a suspended institution":        {func(m *consortium.MsgEnrolParticipants) { m.Operator = operator(5) }, consortium.ErrSuspended},
		"a removed institution":          {func(m *consortium.MsgEnrolParticipants) { m.Operator = operator(6) }, consortium.ErrRemoved},
		"nobody":                         {func(m *consortium.MsgEnrolParticipants) { m.Enrolments = nil }, consortium.ErrInvalid},
		"too many": {func(m *consortium.MsgEnrolParticipants) {
			for n := range consortium.MaxEnrolments {
				m.Enrolments = append(m.Enrolments, enrol(fmt.Sprint(n), consortium.ROLE_CLINICIAN).Enrolments...)
			}
		}, consortium.ErrInvalid},
		"an account twice": {func(m *consortium.MsgEnrolParticipants) { m.Enrolments = append(m.Enrolments, m.Enrolments[0]) }, consortium.ErrInvalid},
		"an account twice, once in capitals": {func(m *consortium.MsgEnrolParticipants) {
			m.Enrolments = append(m.Enrolments, m.Enrolments[0])
			m.Enrolments[1].Address = strings.ToUpper(m.Enrolments[1].Address)
		}, consortium.ErrInvalid},
		"an account that is no address": {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Address = "ada" }, consortium.ErrInvalid},
		"an account of 32 bytes":        {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Address = text(make([]byte, 32)) }, consortium.ErrInvalid},
		"the module's own account":      {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Address = authority }, consortium.ErrAccountTaken},
		"its own operator":              {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Address = operator(1) }, consortium.ErrAccountTaken},
		"another operator":              {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Address = operator(2) }, consortium.ErrAccountTaken},
		"another's participant":         {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Address = of("other") }, consortium.ErrAccountTaken},
		"no role":                       {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Roles = nil }, consortium.ErrInvalid},
		"an unknown role":               {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Roles = grants(consortium.MaxRoles + 1) }, consortium.ErrInvalid},
		"the zero role":                 {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Roles = grants(0) }, consortium.ErrInvalid},
		"a role twice": {func(m *consortium.MsgEnrolParticipants) {
			m.Enrolments[0].Roles = grants(consortium.ROLE_VAULT, consortium.ROLE_AUDITOR, consortium.ROLE_VAULT)
		}, consortium.ErrInvalid},
		"a role that expires now": {func(m *consortium.MsgEnrolParticipants) {
			m.Enrolments[0].Roles[0].ExpiresAt = start.Add(2 * time.Second)
		}, consortium.ErrInvalid},
		"a short commitment": {func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Person = person[1:] }, consortium.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			msg := enrol("ada", consortium.ROLE_CLINICIAN)
			tc.edit(msg)
			f.refuses(msg, tc.err)
		})
	}
}

// newCourt is a chain in its second block with four validators, the suspended
// institution 5, the removed institution 6, and participants "own" of 1 and
// "other" of 2.
func newCourt(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t, 6)
	other := enrol("other", consortium.ROLE_CLINICIAN)
	other.Operator = operator(2)
	f.block(
		enrol("own", consortium.ROLE_CLINICIAN, consortium.ROLE_VAULT), other,
		&consortium.MsgSuspendInstitution{Authority: authority, Institution: 5},
		&consortium.MsgRemoveInstitution{Authority: authority, Institution: 6},
	)
	f.begin(nil)
	return f
}

func TestRolesAreWithdrawnInTheSameBlock(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	f.must(enrol("ada", consortium.ROLE_CLINICIAN, consortium.ROLE_AUDITOR, consortium.ROLE_VAULT))
	withdraw := func(roles ...consortium.Role) sdk.Msg {
		return &consortium.MsgWithdrawRoles{Operator: operator(1), Participant: of("ada"), Roles: roles}
	}
	require.Equal(t, []proto.Message{&consortium.EventRolesWithdrawn{Institution: 1, Participant: of("ada")}},
		f.events(withdraw(consortium.ROLE_AUDITOR)))
	require.Equal(t, grants(consortium.ROLE_CLINICIAN, consortium.ROLE_VAULT), f.participant("ada").Roles)
	f.must(withdraw())
	require.Empty(t, f.participant("ada").Roles)
	f.must(withdraw()) // nothing is left to take, which is what was asked for
	f.end()

	f.block(enrol("ada", consortium.ROLE_AUDITOR))
	require.Equal(t, grants(consortium.ROLE_AUDITOR), f.participant("ada").Roles)
}

func TestWithdrawRolesRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*consortium.MsgWithdrawRoles)
		err  error
	}{
		"a stranger":                   {func(m *consortium.MsgWithdrawRoles) { m.Operator = of("eve") }, consortium.ErrStranger},
		"the participant itself":       {func(m *consortium.MsgWithdrawRoles) { m.Operator = of("own") }, consortium.ErrNotOperator},
		"a suspended institution":      {func(m *consortium.MsgWithdrawRoles) { m.Operator = operator(5) }, consortium.ErrSuspended},
		"a text that is no address":    {func(m *consortium.MsgWithdrawRoles) { m.Participant = "own" }, consortium.ErrInvalid},
		"an unknown participant":       {func(m *consortium.MsgWithdrawRoles) { m.Participant = of("eve") }, consortium.ErrParticipantNotFound},
		"another's participant":        {func(m *consortium.MsgWithdrawRoles) { m.Participant = of("other") }, consortium.ErrParticipantNotFound},
		"an operator":                  {func(m *consortium.MsgWithdrawRoles) { m.Participant = operator(1) }, consortium.ErrParticipantNotFound},
		"a role that it does not hold": {func(m *consortium.MsgWithdrawRoles) { m.Roles = []consortium.Role{consortium.ROLE_AUDITOR} }, consortium.ErrNoRole},
		"a role twice": {func(m *consortium.MsgWithdrawRoles) {
			m.Roles = []consortium.Role{consortium.ROLE_VAULT, consortium.ROLE_VAULT}
		}, consortium.ErrNoRole},
		"more roles than there are": {func(m *consortium.MsgWithdrawRoles) { m.Roles = make([]consortium.Role, consortium.MaxRoles+1) }, consortium.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			msg := &consortium.MsgWithdrawRoles{Operator: operator(1), Participant: of("own"), Roles: []consortium.Role{consortium.ROLE_VAULT}}
			tc.edit(msg)
			f.refuses(msg, tc.err)
		})
	}
}
