package keeper_test

import (
	"testing"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// anna is enrolled in each fixture that a scene begins with.
var anna = subjectOf(7)

// subjectOf is a patient of institution 1.
func subjectOf(number uint64) records.SubjectId {
	return records.SubjectId{Institution: 1, Number: number}
}

// enrolled is a fixture where anna is enrolled and has no controller.
func enrolled(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t)
	f.do(t, &access.MsgEnrolSubjects{Registrar: of("registrar1"), Enrolments: []access.SubjectEnrolment{{Number: 7, Identity: commitment(7)}}})
	return f
}

// controlled is a fixture where anna decides with a key of her own, patient1.
func controlled(t testing.TB) *fixture {
	t.Helper()
	f := enrolled(t)
	f.handOver(t, "patient1")
	return f
}

// handOver makes somebody anna's controller.
func (f *fixture) handOver(t testing.TB, name string) {
	t.Helper()
	f.do(t, propose(name), &access.MsgApproveController{Approver: of("officer1"), Subject: anna, Controller: of(name)})
	f.after(7 * day)
}

func propose(name string) *access.MsgProposeController {
	return &access.MsgProposeController{Registrar: of("registrar1"), Subject: anna, Controller: of(name), Evidence: commitment(1)}
}

// treatment permits institution 2 to get documents and results for treatment.
func treatment() access.Permit {
	return access.Permit{
		Grantee:  access.Grantee{Institution: 2},
		Purposes: []access.Purpose{access.PURPOSE_TREAT},
		Classes:  []records.RecordClass{records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT},
		Actions:  []access.Action{access.ACTION_ACCESS},
	}
}

// research permits anybody's research on results, for deletion after use.
func research() access.Permit {
	return access.Permit{
		Purposes:    []access.Purpose{access.PURPOSE_HRESCH},
		Classes:     []records.RecordClass{records.RECORD_CLASS_RESULT},
		Actions:     []access.Action{access.ACTION_ACCESS},
		Obligations: []access.Obligation{access.OBLIGATION_NORELINK, access.OBLIGATION_DELAU},
	}
}

// consent is anna's own, of these permits.
func consent(permits ...access.Permit) *access.MsgGrantConsent {
	return &access.MsgGrantConsent{Actor: of("patient1"), Subject: anna, Permits: permits, Sealed: commitment(9)}
}

// grant has anna consent and returns the consent's index.
func (f *fixture) grant(t testing.TB, permits ...access.Permit) uint64 {
	t.Helper()
	return f.do(t, consent(permits...)).(*access.MsgGrantConsentResponse).Index
}

// withdraw is anna's withdrawal, of all if none is named.
func withdraw(consents ...uint64) *access.MsgWithdrawConsents {
	return &access.MsgWithdrawConsents{Actor: of("patient1"), Subject: anna, Consents: consents}
}

// ask is the request of institution 2's clinician for anna's results.
func ask() *access.MsgRequestAccess {
	return &access.MsgRequestAccess{
		Requester: of("clinician2"),
		Request: access.Request{
			Subject: anna, Custodian: 1, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS,
			Role: consortium.ROLE_CLINICIAN, Classes: []records.RecordClass{records.RECORD_CLASS_RESULT},
		},
		Recipient: commitment(3), Accepts: []access.Obligation{access.OBLIGATION_NOREDISCLOSE},
	}
}

// askForResearch is the request of institution 3's researcher for anna's results.
func askForResearch() *access.MsgRequestAccess {
	msg := ask()
	msg.Requester, msg.Request.Role, msg.Request.Purpose = of("researcher3"), consortium.ROLE_RESEARCHER, access.PURPOSE_HRESCH
	msg.Request.Study = &access.StudyId{Institution: 3, Number: 1}
	msg.Accepts = []access.Obligation{access.OBLIGATION_NORELINK, access.OBLIGATION_NOREDISCLOSE, access.OBLIGATION_DELAU}
	return msg
}

// askForOneself is anna's request for her own results.
func askForOneself() *access.MsgRequestAccess {
	msg := ask()
	msg.Requester, msg.Request.Role, msg.Request.Purpose = of("patient1"), consortium.ROLE_PATIENT, access.PURPOSE_PATRQT
	return msg
}

func approval() *access.MsgApproveStudy {
	return &access.MsgApproveStudy{
		Board: of("board3"), Number: 1, Protocol: commitment(4), Institutions: []uint64{3}, ExpiresAt: start.AddDate(5, 0, 0),
	}
}

// ticket delivers a request that must be permitted, and returns its ticket.
func (f *fixture) ticket(t testing.TB, msg *access.MsgRequestAccess) access.TicketId {
	t.Helper()
	return f.do(t, msg).(*access.MsgRequestAccessResponse).Ticket
}

// keep has institution 1 keep a record in force.
func (f *fixture) keep(leaf uint64, subject records.SubjectId, class records.RecordClass) records.RecordId {
	id := records.RecordId{Institution: 1, Batch: 1, Leaf: leaf}
	f.records[id] = records.Standing{
		Id: id, Leaf: records.Leaf{Descriptor_: records.Descriptor{Subject: &subject, Class: class}},
		Status: records.RECORD_STATUS_IN_FORCE, Custodian: 1,
	}
	return id
}

// keepAs has institution 1 keep a result of anna's, with a change.
func (f *fixture) keepAs(leaf uint64, change func(*records.Standing)) records.RecordId {
	id := f.keep(leaf, anna, records.RECORD_CLASS_RESULT)
	s := f.records[id]
	change(&s)
	f.records[id] = s
	return id
}

// result is a result of anna's.
func (f *fixture) result() records.RecordId { return f.keep(0, anna, records.RECORD_CLASS_RESULT) }

// release is institution 1's release of records on a ticket.
func release(ticket access.TicketId, ids ...records.RecordId) *access.MsgRelease {
	msg := &access.MsgRelease{Vault: of("vault1"), Ticket: ticket}
	for _, id := range ids {
		msg.Items = append(msg.Items, access.ReleaseItem{Record: records.RecordRef{Id: id}, Body: commitment(5)})
	}
	return msg
}

// released is a fixture where one of anna's results was released to clinician2, as
// entry 1 of her account.
func released(t testing.TB) *fixture {
	t.Helper()
	f := controlled(t)
	f.grant(t, treatment())
	f.do(t, release(f.ticket(t, ask()), f.result()))
	return f
}

// glass is institution 2's emergency clinician breaking the glass for anna's results.
func glass() *access.MsgBreakGlass {
	return &access.MsgBreakGlass{
		Clinician: of("emergency2"), Subject: anna, Custodian: 1, Classes: []records.RecordClass{records.RECORD_CLASS_RESULT},
		Recipient: commitment(3), Reason: commitment(6),
	}
}

func (f *fixture) breakGlass(t testing.TB, msg *access.MsgBreakGlass) access.TicketId {
	t.Helper()
	return f.do(t, msg).(*access.MsgBreakGlassResponse).Ticket
}
