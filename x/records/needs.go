package records

import "context"

// Consortium is what records needs to know of the member institutions.
type Consortium interface {
	// VaultInstitution returns the number of the institution whose vault the
	// account is. It fails if the account holds no vault role in force.
	VaultInstitution(ctx context.Context, account []byte) (uint64, error)
	// CheckActive fails with the reason unless the institution is an active
	// member.
	CheckActive(ctx context.Context, institution uint64) error
}
