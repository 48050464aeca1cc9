package access

import (
	"context"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Consortium is what access needs to know of the members.
type Consortium interface {
	// InstitutionByRole returns the number of the active institution for which
	// the account holds a role in force, or fails with the reason.
	InstitutionByRole(ctx context.Context, account []byte, role consortium.Role) (uint64, error)
	// Affiliation returns the number of the institution that an account belongs or
	// belonged to, whatever its roles are now, or fails if it is a stranger.
	Affiliation(ctx context.Context, account []byte) (uint64, error)
	// SamePerson says whether two accounts of participants stand for one person,
	// as far as their institutions said.
	SamePerson(ctx context.Context, a, b []byte) (bool, error)
}

// Records is what access needs to know of records.
type Records interface {
	// Resolve returns what the ledger, or the reference itself with proof, says of
	// a record: its leaf, status and custodian.
	Resolve(ctx context.Context, ref records.RecordRef) (records.Standing, error)
}

// Licences is what access needs to know of licences for works.
type Licences interface {
	// CheckLicence fails with the reason unless an institution may make a request
	// under the licence that it names.
	CheckLicence(ctx context.Context, institution uint64, r Request, p Params) error
}
