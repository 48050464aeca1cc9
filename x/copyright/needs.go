package copyright

import (
	"context"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Consortium is what copyright needs to know of the members.
type Consortium interface {
	// InstitutionByRole returns the number of the active institution for which
	// the account holds a role in force, or fails with the reason.
	InstitutionByRole(ctx context.Context, account []byte, role consortium.Role) (uint64, error)
	// Affiliation returns the number of the institution that an account belongs or
	// belonged to, whatever its roles are now, or fails if it is a stranger.
	Affiliation(ctx context.Context, account []byte) (uint64, error)
	// CheckActive fails with the reason unless an institution is an active member.
	CheckActive(ctx context.Context, institution uint64) error
}

// Records is what copyright needs to know of records.
type Records interface {
	// Standing returns what became of a record, or records.ErrStandingNotFound if
	// nothing has.
	Standing(ctx context.Context, id records.RecordId) (records.Standing, error)
}
