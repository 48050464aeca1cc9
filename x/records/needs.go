package records

import "context"

// Consortium is what records needs to know of the member institutions.
type Consortium interface {
	// VaultInstitution returns the number of the institution whose vault the
	// account is. It fails if the account holds no vault role in force.
	VaultInstitution(ctx context.Context, account []byte) (uint64, error)
}
