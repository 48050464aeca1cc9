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
	// errSuspended is how it refuses an institution.
	errSuspended = errors.New("institution is suspended")
)

func account(name string) []byte {
	return ed25519.GenPrivKeyFromSecret([]byte(name)).PubKey().Address()
}

// of is the address of somebody, by name.
func of(name string) string { return text(account(name)) }

func text(account []byte) string {
	s, err := addresses.BytesToString(account)
	if err != nil {
		panic(err) // the codec writes any account
	}
	return s
}

// officer and vault are those of an institution.
func officer(institution uint64) string { return of(fmt.Sprint("officer", institution)) }
func vault(institution uint64) string   { return of(fmt.Sprint("vault", institution)) }

// member is an account of an institution.
type member struct {
	institution uint64
	roles       []consortium.Role
}

// members is a consortium of four institutions, each with a rights officer, a vault and a
// researcher.
type members struct {
	byAccount map[string]member
	// suspended are the institutions that are not active.
	suspended map[uint64]bool
}

func newMembers() *members {
	m := &members{byAccount: map[string]member{}, suspended: map[uint64]bool{}}
	for institution := uint64(1); institution <= 4; institution++ {
		m.byAccount[string(account(fmt.Sprint("officer", institution)))] = member{institution, []consortium.Role{consortium.ROLE_RIGHTS_OFFICER}}
		m.byAccount[string(account(fmt.Sprint("vault", institution)))] = member{institution, []consortium.Role{consortium.ROLE_VAULT}}
		m.byAccount[string(account(fmt.Sprint("researcher", institution)))] = member{institution, []consortium.Role{consortium.ROLE_RESEARCHER}}
	}
	return m
}

func (m *members) InstitutionByRole(_ context.Context, account []byte, role consortium.Role) (uint64, error) {
	if member, known := m.byAccount[string(account)]; known && !m.suspended[member.institution] && slices.Contains(member.roles, role) {
		return member.institution, nil
	}
	return 0, fmt.Errorf("%w: %s is no %s", errNoRole, text(account), role)
}

func (m *members) Affiliation(_ context.Context, account []byte) (uint64, error) {
	if member, known := m.byAccount[string(account)]; known {
		return member.institution, nil
	}
	return 0, consortium.ErrStranger
}

func (m *members) CheckActive(_ context.Context, institution uint64) error {
	if institution == 0 || institution > 4 || m.suspended[institution] {
		return errSuspended
	}
	return nil
}

// archive is what became of records.
type archive map[records.RecordId]records.Standing

func (a archive) Standing(_ context.Context, id records.RecordId) (records.Standing, error) {
	s, known := a[id]
	if !known {
		return s, records.ErrStandingNotFound
	}
	return s, nil
}

// becomes sets what became of a record and who keeps it.
func (a archive) becomes(id records.RecordId, status records.RecordStatus, custodian uint64) {
	a[id] = records.Standing{Id: id, Status: status, Custodian: custodian}
}
