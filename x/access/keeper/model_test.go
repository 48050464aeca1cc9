package keeper_test

import (
	"maps"
	"slices"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// patient is what a random history should have made of a subject.
type patient struct {
	enrolled   bool
	controller string
	// next becomes the controller at nextAt, unless that is zero.
	next   string
	nextAt time.Time
	// delegates are those named, with their end or zero.
	delegates map[string]time.Time
	active    map[uint64][]access.Permit
	ever      uint64
}

// model is what a random history should have made of the state.
type model struct {
	patients map[records.SubjectId]*patient
	// policy is institution 1's.
	policy []access.Permit
	// tickets are those for treatment.
	tickets map[access.TicketId]treatmentTicket
}

type treatmentTicket struct {
	subject     records.SubjectId
	institution uint64
	classes     []records.RecordClass
	expires     time.Time
}

func newModel() *model {
	return &model{patients: map[records.SubjectId]*patient{}, tickets: map[access.TicketId]treatmentTicket{}}
}

func (m *model) patient(id records.SubjectId, now time.Time) *patient {
	p := m.patients[id]
	if p == nil {
		p = &patient{delegates: map[string]time.Time{}, active: map[uint64][]access.Permit{}}
		m.patients[id] = p
	}
	if !p.nextAt.IsZero() && !now.Before(p.nextAt) {
		p.controller, p.nextAt = p.next, time.Time{}
	}
	maps.DeleteFunc(p.delegates, func(_ string, end time.Time) bool { return !end.IsZero() && !now.Before(end) })
	return p
}

// acts says whether an account may sign for a patient.
func (p *patient) acts(account string) bool {
	_, delegated := p.delegates[account]
	registrar := account == of("registrar1") || account == of("second registrar")
	return delegated || p.controller != "" && p.controller == account || p.controller == "" && p.enrolled && registrar
}

// basis is what treatment by an institution rests on for a class, or nothing.
func (m *model) basis(p *patient, institution uint64, class records.RecordClass, now time.Time) access.Basis {
	covers := func(permit access.Permit) bool {
		return (permit.Grantee.Institution == 0 || permit.Grantee.Institution == institution) &&
			slices.Contains(permit.Classes, class) && (permit.ValidUntil == nil || now.Before(*permit.ValidUntil))
	}
	for _, permits := range p.active {
		if slices.ContainsFunc(permits, covers) {
			return access.BASIS_CONSENT
		}
	}
	if slices.ContainsFunc(m.policy, covers) {
		return access.BASIS_POLICY
	}
	return access.BASIS_UNSPECIFIED
}

// releasable says whether a release on a ticket for treatment must succeed.
func (m *model) releasable(f *fixture, msg *access.MsgRelease) bool {
	ticket, known := m.tickets[msg.Ticket]
	if !known || msg.Vault != of("vault1") || !f.now().Before(ticket.expires) {
		return false
	}
	bases := map[access.Basis]bool{}
	seen := map[records.RecordId]bool{}
	for _, item := range msg.Items {
		s, kept := f.records[item.Record.Id]
		if !kept || seen[s.Id] || *s.Leaf.Descriptor_.Subject != ticket.subject || s.Status == records.RECORD_STATUS_ERASED ||
			!slices.Contains(ticket.classes, s.Leaf.Descriptor_.Class) {
			return false
		}
		seen[s.Id] = true
		bases[m.basis(m.patient(ticket.subject, f.now()), ticket.institution, s.Leaf.Descriptor_.Class, f.now())] = true
	}
	return len(bases) == 1 && !bases[access.BASIS_UNSPECIFIED]
}

// apply does to the model what an accepted message does.
func (m *model) apply(f *fixture, msg any, response any) {
	now := f.now()
	switch msg := msg.(type) {
	case *access.MsgEnrolSubjects:
		m.patient(subjectOf(msg.Enrolments[0].Number), now).enrolled = true
	case *access.MsgApproveController:
		p := m.patient(msg.Subject, now)
		p.next, p.nextAt = msg.Controller, now.Add(7*day)
	case *access.MsgStopController:
		m.patient(msg.Subject, now).nextAt = time.Time{}
	case *access.MsgSetDelegate:
		p := m.patient(msg.Subject, now)
		delete(p.delegates, msg.Delegate.Account)
		if msg.Delegate.Capacity != 0 {
			p.delegates[msg.Delegate.Account] = *msg.Delegate.EndsAt
		}
	case *access.MsgGrantConsent:
		p := m.patient(msg.Subject, now)
		p.ever++
		p.active[p.ever] = msg.Permits
		for _, index := range msg.Supersedes {
			delete(p.active, index)
		}
	case *access.MsgWithdrawConsents:
		p := m.patient(msg.Subject, now)
		if len(msg.Consents) == 0 {
			clear(p.active)
		}
		for _, index := range msg.Consents {
			delete(p.active, index)
		}
	case *access.MsgSetPolicy:
		m.policy = nil
		for _, p := range msg.Permits {
			m.policy = append(m.policy, p.Permit)
		}
	case *access.MsgRequestAccess:
		m.issue(f, msg, response.(*access.MsgRequestAccessResponse).Ticket)
	}
}

func (m *model) issue(f *fixture, msg *access.MsgRequestAccess, id access.TicketId) {
	if msg.Request.Purpose != access.PURPOSE_TREAT {
		return
	}
	t := treatmentTicket{subject: msg.Request.Subject, institution: id.Institution, expires: f.now().Add(day)}
	for _, class := range msg.Request.Classes {
		if m.basis(m.patient(t.subject, f.now()), t.institution, class, f.now()) != 0 {
			t.classes = append(t.classes, class)
		}
	}
	m.tickets[id] = t
}
