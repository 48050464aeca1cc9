package gatetest

import (
	"context"
	"errors"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// view is the state of a Ledger at one moment.
type view struct{ s *State }

// Height implements ledger.State.
func (v view) Height() int64 { return 9 }

// Time implements ledger.State.
func (v view) Time() time.Time { return v.s.At }

// Value implements ledger.State. There are no raw values here.
func (v view) Value(context.Context, string, []byte) ([]byte, error) {
	return nil, errors.New("gatetest holds no raw values")
}

// Batch implements ledger.State.
func (v view) Batch(_ context.Context, id records.BatchId) (*records.Batch, error) {
	return v.s.Batches[id], nil
}

// Standing implements ledger.State.
func (v view) Standing(_ context.Context, id records.RecordId) (*records.Standing, error) {
	return v.s.Standings[id], nil
}

// Institution implements ledger.State.
func (v view) Institution(_ context.Context, number uint64) (*consortium.Institution, error) {
	return v.s.Institutions[number], nil
}

// Affiliation implements ledger.State.
func (v view) Affiliation(_ context.Context, address string) (uint64, error) {
	if p := v.s.Participants[address]; p != nil {
		return p.Institution, nil
	}
	return 0, nil
}

// Participant implements ledger.State.
func (v view) Participant(_ context.Context, institution uint64, address string) (*consortium.Participant, error) {
	if p := v.s.Participants[address]; p != nil && p.Institution == institution {
		return p, nil
	}
	return nil, nil
}

// AccessParams implements ledger.State.
func (v view) AccessParams(context.Context) (*access.Params, error) { return v.s.Params, nil }

// Subject implements ledger.State.
func (v view) Subject(_ context.Context, id records.SubjectId) (*access.Subject, error) {
	return v.s.Subjects[id], nil
}

// Consent implements ledger.State.
func (v view) Consent(_ context.Context, subject records.SubjectId, index uint64) (*access.Consent, error) {
	return v.s.Consents[Entry{subject, index}], nil
}

// Template implements ledger.State.
func (v view) Template(_ context.Context, id access.TemplateVersion) (*access.Template, error) {
	return v.s.Templates[id], nil
}

// Policy implements ledger.State.
func (v view) Policy(_ context.Context, institution uint64) (*access.Policy, error) {
	return v.s.Policies[institution], nil
}

// Study implements ledger.State.
func (v view) Study(_ context.Context, id access.StudyId) (*access.Study, error) {
	return v.s.Studies[id], nil
}

// Ticket implements ledger.State.
func (v view) Ticket(_ context.Context, id access.TicketId) (*access.Ticket, error) {
	return v.s.Tickets[id], nil
}

// Disclosure implements ledger.State.
func (v view) Disclosure(_ context.Context, subject records.SubjectId, index uint64) (*access.Disclosure, error) {
	return v.s.Disclosures[Entry{subject, index}], nil
}

// Work implements ledger.State.
func (v view) Work(_ context.Context, id copyright.WorkId) (*copyright.Work, error) {
	return v.s.Works[id], nil
}

// Licence implements ledger.State.
func (v view) Licence(_ context.Context, id access.LicenceId) (*copyright.Licence, error) {
	return v.s.Licences[id], nil
}
