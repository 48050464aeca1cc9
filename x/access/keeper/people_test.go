package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

var (
	addresses = address.NewBech32Codec("dmdl")
	authority = text(consortium.Authority)
	// errNoRole is how the fake consortium refuses an account.
	errNoRole = errors.New("no role in force")
)

// key is the key of somebody, by name.
func key(name string) *ed25519.PrivKey { return ed25519.GenPrivKeyFromSecret([]byte(name)) }

func account(name string) []byte { return key(name).PubKey().Address() }

// of is the address of somebody, by name.
func of(name string) string { return text(account(name)) }

func text(account []byte) string {
	s, err := addresses.BytesToString(account)
	if err != nil {
		panic(err) // the codec writes any account
	}
	return s
}

// member is an account of an institution.
type member struct {
	institution uint64
	person      string
	roles       []consortium.Role
}

// members is a consortium of three institutions: 1 keeps the records, 2 treats, 3
// does research.
type members struct {
	byAccount map[string]*member
	// suspended are the institutions that are not active.
	suspended map[uint64]bool
}

func newMembers() *members {
	m := &members{byAccount: map[string]*member{}, suspended: map[uint64]bool{}}
	for institution := uint64(1); institution <= 3; institution++ {
		for role, name := range map[consortium.Role]string{
			consortium.ROLE_CLINICIAN: "clinician", consortium.ROLE_EMERGENCY_CLINICIAN: "emergency", consortium.ROLE_RESEARCHER: "researcher",
			consortium.ROLE_REGISTRAR: "registrar", consortium.ROLE_PRIVACY_OFFICER: "officer", consortium.ROLE_ETHICS_BOARD: "board",
			consortium.ROLE_AUDITOR: "auditor", consortium.ROLE_VAULT: "vault", consortium.ROLE_PATIENT: "patient",
		} {
			m.enrol(fmt.Sprint(name, institution), institution, role)
		}
	}
	for _, name := range []string{"guardian", "proxy", "friend"} {
		m.enrol(name, 1, consortium.ROLE_PATIENT)
	}
	m.enrol("second registrar", 1, consortium.ROLE_REGISTRAR)
	m.enrol("registrar's other account", 1, consortium.ROLE_PRIVACY_OFFICER).person = "registrar1"
	m.enrol("emergency's other account", 1, consortium.ROLE_PRIVACY_OFFICER).person = "emergency1"
	m.enrol("operator", 2).person = ""
	return m
}

func (m *members) enrol(name string, institution uint64, roles ...consortium.Role) *member {
	added := &member{institution: institution, person: name, roles: roles}
	m.byAccount[string(account(name))] = added
	return added
}

// withdraw takes all roles from somebody.
func (m *members) withdraw(name string) { m.byAccount[string(account(name))].roles = nil }

func (m *members) InstitutionByRole(_ context.Context, account []byte, role consortium.Role) (uint64, error) {
	if member := m.byAccount[string(account)]; member != nil && !m.suspended[member.institution] && slices.Contains(member.roles, role) {
		return member.institution, nil
	}
	return 0, fmt.Errorf("%w: %s is no %s", errNoRole, text(account), role)
}

func (m *members) Affiliation(_ context.Context, account []byte) (uint64, error) {
	if member := m.byAccount[string(account)]; member != nil {
		return member.institution, nil
	}
	return 0, consortium.ErrStranger
}

// SamePerson fails for who is no participant, as an operator.
func (m *members) SamePerson(_ context.Context, a, b []byte) (bool, error) {
	if string(a) == string(b) {
		return true, nil
	}
	first, second := m.byAccount[string(a)], m.byAccount[string(b)]
	if first == nil || second == nil || first.person == "" || second.person == "" {
		return false, consortium.ErrParticipantNotFound
	}
	return first.person == second.person, nil
}

// archive is what the ledger says of records.
type archive map[records.RecordId]records.Standing

func (a archive) Resolve(_ context.Context, ref records.RecordRef) (records.Standing, error) {
	s, known := a[ref.Id]
	if !known {
		return s, records.ErrRecordNotFound
	}
	return s, nil
}
