package ledger

import (
	"context"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Ticket reads a ticket with proof, see Proven. It is nil if there is none.
func (v *Verifier) Ticket(ctx context.Context, id access.TicketId) (ticket *access.Ticket, height int64, at time.Time, err error) {
	return proven[access.Ticket](ctx, v, access.StoreKey, access.TicketKey(id))
}

// Subject reads a subject's entry with proof, see Proven. It is nil if the subject
// has none. The entry may lag behind: see access.Subject.Settled.
func (v *Verifier) Subject(ctx context.Context, id records.SubjectId) (subject *access.Subject, height int64, at time.Time, err error) {
	return proven[access.Subject](ctx, v, access.StoreKey, access.SubjectKey(id))
}

// Consent reads a consent with proof, see Proven. It is nil if there is none.
func (v *Verifier) Consent(ctx context.Context, subject records.SubjectId, index uint64) (consent *access.Consent, height int64, at time.Time, err error) {
	return proven[access.Consent](ctx, v, access.StoreKey, access.ConsentKey(subject, index))
}

// Disclosure reads an entry of a subject's account with proof, see Proven. It is
// nil if there is none.
func (v *Verifier) Disclosure(ctx context.Context, subject records.SubjectId, index uint64) (entry *access.Disclosure, height int64, at time.Time, err error) {
	return proven[access.Disclosure](ctx, v, access.StoreKey, access.DisclosureKey(subject, index))
}

// Template reads a version of a template with proof, see Proven. It is nil if there
// is none.
func (v *Verifier) Template(ctx context.Context, id access.TemplateVersion) (template *access.Template, height int64, at time.Time, err error) {
	return proven[access.Template](ctx, v, access.StoreKey, access.TemplateKey(id))
}

// Policy reads a custodian's base policy with proof, see Proven. It is nil if it
// has none.
func (v *Verifier) Policy(ctx context.Context, institution uint64) (policy *access.Policy, height int64, at time.Time, err error) {
	return proven[access.Policy](ctx, v, access.StoreKey, access.PolicyKey(institution))
}

// Study reads a study with proof, see Proven. It is nil if there is none.
func (v *Verifier) Study(ctx context.Context, id access.StudyId) (study *access.Study, height int64, at time.Time, err error) {
	return proven[access.Study](ctx, v, access.StoreKey, access.StudyKey(id))
}

// AccessParams reads the parameters of decisions with proof, see Proven.
func (v *Verifier) AccessParams(ctx context.Context) (params *access.Params, height int64, at time.Time, err error) {
	return proven[access.Params](ctx, v, access.StoreKey, access.ParamsKey())
}
