package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// careBatch is the batch of the records that the scene's requests are about.
const careBatch = 5

var (
	permittedTicket = access.TicketId{Institution: 2, Number: 1}
	emergencyTicket = access.TicketId{Institution: 2, Number: 2}
)

// by returns a transaction by somebody of an institution.
func by(number uint64, who func(ward) account, msg func(who account) sdk.Msg) func(*scene) []byte {
	return func(s *scene) []byte {
		signer := who(s.ward(number))
		return s.sign(signer, msg(signer))
	}
}

func staff(w ward) account   { return w.staff }
func officer(w ward) account { return w.officer }
func patient(w ward) account { return w.patient }

// asking returns a request of institution 2 after a change.
func asking(change func(*access.MsgRequestAccess)) func(*scene) []byte {
	return by(2, staff, func(who account) sdk.Msg {
		msg := request(who, subject(1), 1)
		change(msg)
		return msg
	})
}

// granting returns a consent on paper after a change.
func granting(change func(*access.MsgGrantConsent)) func(*scene) []byte {
	return by(1, staff, func(who account) sdk.Msg {
		msg := grant(who, subject(1), permit(2))
		change(msg)
		return msg
	})
}

// releasing returns a release by the vault of an institution.
func releasing(number uint64, ticket access.TicketId, refs ...records.RecordRef) func(*scene) []byte {
	return func(s *scene) []byte {
		vault := s.members[number-1].vault
		return s.sign(vault, release(vault, ticket, refs...))
	}
}

// accessRefusals are what x/access refuses in a block.
var accessRefusals = []refusal{
	{name: "request without consent", want: access.ErrNoApplicablePermit, make: asking(func(m *access.MsgRequestAccess) { m.Request.Subject = subject(2) })},
	{name: "request for commercial use", want: access.ErrNoApplicablePermit, make: asking(func(m *access.MsgRequestAccess) { m.Request.Commercial = true })},
	{name: "request to pass on", want: access.ErrNoApplicablePermit, make: asking(func(m *access.MsgRequestAccess) { m.Request.Action = access.ACTION_DISCLOSE })},
	{name: "request in a role not held", want: consortium.ErrNoRole, log: "ROLE_AUDITOR", make: asking(func(m *access.MsgRequestAccess) { m.Request.Role = consortium.ROLE_AUDITOR })},
	{name: "request to break the glass", want: access.ErrPurpose, log: "PURPOSE_BTG", make: asking(func(m *access.MsgRequestAccess) { m.Request.Purpose = access.PURPOSE_BTG })},
	{name: "request for an unknown purpose", want: access.ErrUnknownCode, log: "99", make: asking(func(m *access.MsgRequestAccess) { m.Request.Purpose = 99 })},
	{name: "research without a study", want: access.ErrStudy, log: "name the study", make: asking(func(m *access.MsgRequestAccess) {
		m.Request.Purpose, m.Request.Role = access.PURPOSE_HRESCH, consortium.ROLE_RESEARCHER
	})},
	{name: "request that accepts nothing", want: access.ErrObligations, log: "OBLIGATION_NOREDISCLOSE", make: asking(func(m *access.MsgRequestAccess) { m.Accepts = nil })},
	{name: "consent by another institution", want: access.ErrNotForSubject, log: "(1, 1)", make: by(2, staff, func(who account) sdk.Msg {
		return grant(who, subject(1), permit(2))
	})},
	{name: "consent by a patient for somebody else", want: access.ErrNotForSubject, log: "(1, 1)", make: by(1, patient, func(who account) sdk.Msg {
		return grant(who, subject(1), permit(2))
	})},
	{name: "consent without paper", want: access.ErrEvidence, log: "registrar", make: granting(func(m *access.MsgGrantConsent) { m.Evidence = nil })},
	{name: "permit to break the glass", want: access.ErrInvalid, log: "PURPOSE_BTG", make: granting(func(m *access.MsgGrantConsent) {
		m.Permits[0].Purposes = []access.Purpose{access.PURPOSE_BTG}
	})},
	{name: "permit in a channel", want: access.ErrUnknownChannel, log: "7", make: granting(func(m *access.MsgGrantConsent) { m.Permits[0].Channel = 7 })},
	{name: "consent without a sealed part", want: access.ErrInvalidCommitment, log: "0 bytes", make: granting(func(m *access.MsgGrantConsent) { m.Sealed = nil })},
	{name: "consent that ends an ended one", want: access.ErrConsentEnded, log: "2", make: granting(func(m *access.MsgGrantConsent) { m.Supersedes = []uint64{2} })},
	{name: "patient enrolled twice", want: access.ErrEnrolled, log: "(1, 2)", make: by(1, staff, func(who account) sdk.Msg { return enrolPatients(who, 9, 2) })},
	{name: "controller who is no patient", want: access.ErrNotPatient, log: "its institution gives the role", make: by(1, staff, func(who account) sdk.Msg {
		return &access.MsgProposeController{Registrar: who.Address(), Subject: subject(1), Controller: who.Address(), Evidence: secret}
	})},
	{name: "release by another custodian", want: access.ErrNotCustodian, log: "not 3", make: releasing(3, permittedTicket, record(1, careBatch, 0))},
	{name: "release of somebody else's record", want: access.ErrNoApplicablePermit, log: "not about", make: releasing(1, permittedTicket, record(1, careBatch, 1))},
	{name: "release on no ticket", want: access.ErrTicketNotFound, log: "(2, 99)", make: releasing(1, access.TicketId{Institution: 2, Number: 99}, record(1, careBatch, 0))},
	{name: "release of a record twice", want: access.ErrInvalid, log: "there twice", make: releasing(1, permittedTicket, record(1, careBatch, 0), record(1, careBatch, 0))},
	{name: "glass broken by a privacy officer", want: consortium.ErrNoRole, log: "ROLE_EMERGENCY_CLINICIAN", make: by(2, officer, func(who account) sdk.Msg {
		return breakGlass(who, subject(1), 1)
	})},
	{name: "glass that does not break", want: access.ErrNoApplicablePermit, log: "RECORD_CLASS_DOCUMENT", make: by(2, staff, func(who account) sdk.Msg {
		msg := breakGlass(who, subject(1), 1)
		msg.Classes = []records.RecordClass{records.RECORD_CLASS_GENOMICS}
		return msg
	})},
	{name: "review by another institution", want: access.ErrNotCustodian, log: "institution 1 is to review", make: by(2, officer, func(who account) sdk.Msg {
		return &access.MsgReviewEmergency{Officer: who.Address(), Subject: subject(2), Disclosure: 1, Outcome: access.REVIEW_OUTCOME_JUSTIFIED}
	})},
	{name: "receipt by another", want: access.ErrNotRequester, log: "dmdl1", make: by(1, staff, func(who account) sdk.Msg {
		return &access.MsgReceive{Requester: who.Address(), Subject: subject(2), Disclosure: 2}
	})},
	{name: "second receipt", want: access.ErrAlreadyDone, log: "entry 1", make: by(2, staff, func(who account) sdk.Msg {
		return &access.MsgReceive{Requester: who.Address(), Subject: subject(1), Disclosure: 1}
	})},
	{name: "refusal of what no patient asked for", want: access.ErrInvalid, log: "BASIS_CONSENT", make: by(1, officer, func(who account) sdk.Msg {
		return &access.MsgRefuse{Officer: who.Address(), Ticket: permittedTicket, Ground: access.REFUSAL_GROUND_HARM}
	})},
	{name: "journal that does not follow", want: access.ErrJournal, log: "after 1 entries", make: func(s *scene) []byte {
		vault := s.active.vault
		return s.sign(vault, &access.MsgReportEmergencies{Vault: vault.Address(), Entries: make([]access.JournalEntry, 1)})
	}},
}

// Whoever asks learns no more from a denial than that it is one: not whether the
// subject exists, whether it decided anything, or whether there is a record.
func TestADenialLooksTheSameWhateverTheReason(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	who := n.ward(2).staff
	var logs []string
	for _, change := range []func(*access.Request){
		func(r *access.Request) { r.Subject = subject(2) },
		func(r *access.Request) { r.Subject = subject(4711) },
		func(r *access.Request) { r.Subject.Institution = 99 },
		func(r *access.Request) { r.Purpose = access.PURPOSE_HPAYMT },
		func(r *access.Request) { r.Classes = []records.RecordClass{records.RECORD_CLASS_GENOMICS} },
		func(r *access.Request) { r.Commercial = true },
		func(r *access.Request) { r.Subject, r.Custodian = subject(2), 99 },
	} {
		msg := request(who, subject(1), 1)
		change(&msg.Request)
		result := n.block(n.sign(who, msg)).TxResults[0]
		require.Equal(t, access.ErrNoApplicablePermit.ABCICode(), result.Code, result.Log)
		require.Empty(t, result.Data)
		logs = append(logs, result.Log)
	}
	for _, log := range logs {
		require.Equal(t, logs[0], log)
	}
}

func TestAWithdrawalHoldsForWhatFollowsInItsBlock(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	registrar, vault := n.ward(1).staff, n.members[0].vault
	before := n.sign(vault, release(vault, permittedTicket, record(1, careBatch, 0)))
	withdraw := n.sign(registrar, &access.MsgWithdrawConsents{Actor: registrar.Address(), Subject: subject(1)})
	after := n.sign(vault, release(vault, permittedTicket, record(1, careBatch, 0)))
	emergency := n.sign(vault, release(vault, emergencyTicket, record(1, careBatch, 1)))
	results := n.block(before, withdraw, after, emergency).TxResults
	require.Zero(t, results[0].Code, results[0].Log)
	require.Zero(t, results[1].Code, results[1].Log)
	require.Equal(t, access.ErrNoApplicablePermit.ABCICode(), results[2].Code, results[2].Log)
	require.Zero(t, results[3].Code, "no withdrawal stands in the way of an emergency: %s", results[3].Log)
}
