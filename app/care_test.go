package app_test

import (
	"bytes"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// ward is who asks, decides and supervises at one institution: four persons.
type ward struct {
	// staff treats, researches, enrols patients and sits on the ethics board.
	staff account
	// officer is the privacy officer.
	officer account
	// patient has the role that makes one heard.
	patient account
	// rights is the rights officer.
	rights account
}

// ward returns the people of an institution, the same in every run.
func (n *network) ward(number uint64) ward {
	return ward{
		staff: newAccount(n.t, 6, 1, byte(number)), officer: newAccount(n.t, 6, 2, byte(number)),
		patient: newAccount(n.t, 6, 3, byte(number)), rights: newAccount(n.t, 6, 4, byte(number)),
	}
}

// hire returns a transaction that gives the people of an institution their roles for a
// year.
func (n *network) hire(m member) []byte { return n.hireUntil(begin.AddDate(1, 0, 0), m) }

func (n *network) hireUntil(at time.Time, m member) []byte {
	n.t.Helper()
	w := n.ward(m.number)
	msg := enrolUntil(at, m.operator, w.staff, consortium.ROLE_CLINICIAN, consortium.ROLE_EMERGENCY_CLINICIAN, consortium.ROLE_RESEARCHER,
		consortium.ROLE_REGISTRAR, consortium.ROLE_ETHICS_BOARD)
	msg.Enrolments = append(msg.Enrolments,
		enrolUntil(at, m.operator, w.officer, consortium.ROLE_PRIVACY_OFFICER).Enrolments[0],
		enrolUntil(at, m.operator, w.patient, consortium.ROLE_PATIENT).Enrolments[0],
		enrolUntil(at, m.operator, w.rights, consortium.ROLE_RIGHTS_OFFICER).Enrolments[0])
	for i := range msg.Enrolments {
		msg.Enrolments[i].Person = bytes.Repeat([]byte{byte(i + 1)}, consortium.PersonSize)
	}
	return n.sign(m.operator, msg)
}

// secret stands for every commitment and digest: nobody here opens one.
var secret = bytes.Repeat([]byte{0x5E}, access.CommitmentSize)

// subject is a patient of institution 1, whom leaves are about.
func subject(number uint64) records.SubjectId {
	return records.SubjectId{Institution: 1, Number: number}
}

func enrolPatients(registrar account, numbers ...uint64) *access.MsgEnrolSubjects {
	msg := &access.MsgEnrolSubjects{Registrar: registrar.Address()}
	for _, n := range numbers {
		msg.Enrolments = append(msg.Enrolments, access.SubjectEnrolment{Number: n, Identity: secret})
	}
	return msg
}

// permit lets an institution, or any if it is 0, have results for treatment.
func permit(institution uint64) access.Permit {
	return access.Permit{
		Grantee: access.Grantee{Institution: institution}, Purposes: []access.Purpose{access.PURPOSE_TREAT},
		Classes: []records.RecordClass{records.RECORD_CLASS_RESULT}, Actions: []access.Action{access.ACTION_ACCESS},
	}
}

// grant is a consent on paper, which a registrar signs.
func grant(registrar account, of records.SubjectId, permits ...access.Permit) *access.MsgGrantConsent {
	return &access.MsgGrantConsent{Actor: registrar.Address(), Subject: of, Permits: permits, Sealed: secret, Evidence: secret}
}

// request asks for results for treatment.
func request(requester account, of records.SubjectId, custodian uint64) *access.MsgRequestAccess {
	return &access.MsgRequestAccess{
		Requester: requester.Address(), Recipient: secret, Accepts: []access.Obligation{access.OBLIGATION_NOREDISCLOSE},
		Request: access.Request{
			Subject: of, Custodian: custodian, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS,
			Role: consortium.ROLE_CLINICIAN, Classes: []records.RecordClass{records.RECORD_CLASS_RESULT},
		},
	}
}

func breakGlass(clinician account, of records.SubjectId, custodian uint64) *access.MsgBreakGlass {
	return &access.MsgBreakGlass{
		Clinician: clinician.Address(), Subject: of, Custodian: custodian, Recipient: secret, Reason: secret,
		Classes: []records.RecordClass{records.RECORD_CLASS_RESULT},
	}
}

func release(vault account, ticket access.TicketId, refs ...records.RecordRef) *access.MsgRelease {
	msg := &access.MsgRelease{Vault: vault.Address(), Ticket: ticket}
	for _, ref := range refs {
		msg.Items = append(msg.Items, access.ReleaseItem{Record: ref, Body: secret})
	}
	return msg
}

// care brings something into every part of x/access: institution 2 treats
// subject (1, 1) and breaks the glass on (1, 2); record (1, b, 0) is a result of the
// first and (1, b, 1) of the second, where b is the batch.
func (n *network) care(batch uint64) {
	n.t.Helper()
	custodian, requester := n.members[0], n.members[1]
	here, there := n.ward(1), n.ward(2)
	n.mustBlock(n.hire(custodian), n.hire(requester))
	n.mustBlock(n.sign(custodian.vault, listed(custodian.vault, batch, leaf(21, 1), leaf(22, 2))))
	n.mustBlock(n.sign(here.staff, enrolPatients(here.staff, 1, 2, 3)))
	for _, by := range []struct {
		who  account
		msgs []sdk.Msg
	}{
		{here.staff, []sdk.Msg{
			grant(here.staff, subject(1), permit(2)), grant(here.staff, subject(1), permit(3)), grant(here.staff, subject(2)),
			&access.MsgWithdrawConsents{Actor: here.staff.Address(), Subject: subject(1), Consents: []uint64{2}},
			&access.MsgProposeController{Registrar: here.staff.Address(), Subject: subject(3), Controller: here.patient.Address(), Evidence: secret},
			&access.MsgApproveStudy{Board: here.staff.Address(), Number: 1, Protocol: secret, Institutions: []uint64{2}, ExpiresAt: begin.AddDate(2, 0, 0)},
		}},
		{here.officer, []sdk.Msg{
			&access.MsgApproveController{Approver: here.officer.Address(), Subject: subject(3), Controller: here.patient.Address()},
			&access.MsgPublishTemplate{Officer: here.officer.Address(), Number: 1, Version: 1, Permits: []access.Permit{permit(0)}, Text: secret},
			&access.MsgSetPolicy{Officer: here.officer.Address(), Document: secret},
		}},
		{there.staff, []sdk.Msg{request(there.staff, subject(1), 1), breakGlass(there.staff, subject(2), 1)}},
		{custodian.vault, []sdk.Msg{release(custodian.vault, access.TicketId{Institution: 2, Number: 1}, record(1, batch, 0))}},
		{custodian.vault, []sdk.Msg{release(custodian.vault, access.TicketId{Institution: 2, Number: 2}, record(1, batch, 1))}},
		{there.staff, []sdk.Msg{
			&access.MsgReceive{Requester: there.staff.Address(), Subject: subject(1), Disclosure: 1},
			&access.MsgDispute{Actor: there.staff.Address(), Subject: subject(1), Disclosure: 1, Reason: access.DISPUTE_REASON_NO_KEY},
		}},
		{custodian.vault, []sdk.Msg{&access.MsgReportEmergencies{Vault: custodian.vault.Address(), Entries: []access.JournalEntry{{
			Subject: subject(3), Requester: there.staff.Address(), Reason: secret, HappenedAt: begin, RoleHeight: 1,
			Records: []access.ReleasedRecord{{Record: record(1, batch, 0).Id, Body: secret}},
		}}}}},
	} {
		n.mustBlock(n.sign(by.who, by.msgs...))
	}
}
