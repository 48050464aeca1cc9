package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// request is ask with a change.
func request(change func(*access.MsgRequestAccess)) *access.MsgRequestAccess {
	msg := ask()
	change(msg)
	return msg
}

func TestAPermittedRequestMakesATicket(t *testing.T) {
	f := controlled(t)
	f.grant(t, research())
	f.grant(t, treatment())
	f.grant(t, treatment())
	f.says(t, ask(), &access.EventTicketIssued{Ticket: access.TicketId{Institution: 2, Number: 1}, Custodian: 1})
	require.Equal(t, access.Ticket{
		Id: access.TicketId{Institution: 2, Number: 1}, Requester: of("clinician2"), Request: ask().Request,
		Recipient: commitment(3), Basis: access.BASIS_CONSENT, Consents: []uint64{2, 3}, Obligations: ask().Accepts,
		IssuedHeight: uint64(f.ctx.BlockHeight()), IssuedAt: f.now(), ExpiresAt: f.now().Add(day),
	}, f.export(t).Tickets[0])
	require.Equal(t, access.TicketId{Institution: 2, Number: 2}, f.ticket(t, ask()), "an institution's tickets are numbered")
	require.Equal(t, access.TicketId{Institution: 1, Number: 1}, f.ticket(t, askForOneself()))
	require.Empty(t, f.export(t).Disclosures, "nothing was disclosed")
}

func TestATicketIsNarrowedToWhatIsPermitted(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	all := request(func(m *access.MsgRequestAccess) {
		m.Request.Classes = []records.RecordClass{records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING}
	})
	id := f.ticket(t, all)
	require.Equal(t, []records.RecordClass{records.RECORD_CLASS_RESULT}, f.export(t).Tickets[0].Request.Classes)
	image := f.keep(1, anna, records.RECORD_CLASS_IMAGING)
	f.refuses(t, map[string]refusal{"not granted": {release(id, image), access.ErrNoApplicablePermit, "the ticket is not for RECORD_CLASS_IMAGING"}})
}

func TestNobodyLearnsWhyARequestIsNotPermitted(t *testing.T) {
	f := controlled(t)
	f.do(t, enrolment(8, 9))
	f.keep(0, subjectOf(8), records.RECORD_CLASS_RESULT)
	erased := f.keep(1, subjectOf(9), records.RECORD_CLASS_RESULT)
	standing := f.records[erased]
	standing.Status = records.RECORD_STATUS_ERASED
	f.records[erased] = standing
	f.grant(t, treatment())
	f.do(t, withdraw())
	restricts := f.grant(t)
	require.EqualValues(t, 2, restricts)

	var texts []string
	for name, msg := range map[string]*access.MsgRequestAccess{
		"withdrawn":       ask(),
		"never consented": request(func(m *access.MsgRequestAccess) { m.Request.Subject = subjectOf(8) }),
		"erased":          request(func(m *access.MsgRequestAccess) { m.Request.Subject = subjectOf(9) }),
		"unknown subject": request(func(m *access.MsgRequestAccess) { m.Request.Subject = subjectOf(1e6) }),
		"unknown hospital": request(func(m *access.MsgRequestAccess) {
			m.Request.Subject = records.SubjectId{Institution: 99, Number: 1}
		}),
		"unknown custodian": request(func(m *access.MsgRequestAccess) { m.Request.Custodian = 99 }),
		"another action":    request(func(m *access.MsgRequestAccess) { m.Request.Action = access.ACTION_DISCLOSE }),
		"for others":        request(func(m *access.MsgRequestAccess) { m.Request.Commercial = true }),
		"oneself as another": request(func(m *access.MsgRequestAccess) {
			m.Requester, m.Request.Role, m.Request.Purpose = of("friend"), consortium.ROLE_PATIENT, access.PURPOSE_PATRQT
		}),
	} {
		before := f.dump()
		_, err := f.deliver(msg)
		require.ErrorIs(t, err, access.ErrNoApplicablePermit, name)
		require.Equal(t, before, f.dump())
		texts = append(texts, err.Error())
	}
	require.Equal(t, []string{"no applicable permit"}, slices.Compact(texts))
}

func TestALicenceIsAGranteeAndWidensNothing(t *testing.T) {
	f := controlled(t)
	licence := access.LicenceId{Institution: 4, Number: 1}
	licensed := treatment()
	licensed.Grantee = access.Grantee{Licence: &licence}
	f.grant(t, licensed)
	under := func(l *access.LicenceId) *access.MsgRequestAccess {
		return request(func(m *access.MsgRequestAccess) { m.Request.Licence = l })
	}
	f.refuses(t, map[string]refusal{"without it": {under(nil), access.ErrNoApplicablePermit, ""}})
	f.ticket(t, under(&licence))

	f.do(t, withdraw(1))
	f.refuses(t, map[string]refusal{"without the patient": {under(&licence), access.ErrNoApplicablePermit, ""}})
}

func TestRequestAccessRefusesWhatLiesWithTheRequester(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment(), research())
	f.do(t, approval())
	study := func(institution, number uint64) *access.MsgRequestAccess {
		msg := askForResearch()
		msg.Request.Study = &access.StudyId{Institution: institution, Number: number}
		return msg
	}
	unnamed, foreign, careless := askForResearch(), askForResearch(), askForResearch()
	unnamed.Request.Study = nil
	foreign.Requester = of("researcher2")
	careless.Accepts = careless.Accepts[:1]
	f.refuses(t, map[string]refusal{
		"no such role":       {request(func(m *access.MsgRequestAccess) { m.Requester = of("emergency2") }), errNoRole, "ROLE_CLINICIAN"},
		"no address":         {request(func(m *access.MsgRequestAccess) { m.Requester = "me" }), access.ErrInvalid, `requester "me" is not an account address`},
		"not in that role":   {request(func(m *access.MsgRequestAccess) { m.Request.Purpose = access.PURPOSE_HRESCH }), access.ErrPurpose, "PURPOSE_HRESCH in the role ROLE_CLINICIAN"},
		"not governed":       {request(func(m *access.MsgRequestAccess) { m.Request.Purpose = access.PURPOSE_HMARKT }), access.ErrPurpose, "PURPOSE_HMARKT"},
		"a broken glass":     {request(func(m *access.MsgRequestAccess) { m.Request.Purpose = access.PURPOSE_BTG }), access.ErrPurpose, "PURPOSE_BTG"},
		"no study":           {unnamed, access.ErrStudy, "PURPOSE_HRESCH needs one: name the study"},
		"an unknown study":   {study(3, 2), access.ErrStudyNotFound, "(3, 2)"},
		"another's study":    {foreign, access.ErrStudy, "institution 2 takes no part in (3, 1)"},
		"an unknown licence": {request(func(m *access.MsgRequestAccess) { m.Request.Licence = &access.LicenceId{Institution: 4, Number: 9} }), errNotLicensed, ""},
		"an unlicensed use": {request(func(m *access.MsgRequestAccess) {
			m.Request.Licence, m.Request.Commercial = &access.LicenceId{Institution: 4, Number: 1}, true
		}), errNotLicensed, ""},
		"duties not taken":  {careless, access.ErrObligations, "accept [OBLIGATION_NORELINK OBLIGATION_NOREDISCLOSE OBLIGATION_DELAU]"},
		"copies for others": {request(func(m *access.MsgRequestAccess) { m.Accepts = nil }), access.ErrObligations, "accept [OBLIGATION_NOREDISCLOSE]"},
		"unlisted duties":   {request(func(m *access.MsgRequestAccess) { m.Accepts = []access.Obligation{9} }), access.ErrUnknownCode, "obligations 9"},
		"unordered duties":  {request(func(m *access.MsgRequestAccess) { m.Accepts = []access.Obligation{2, 1} }), access.ErrInvalid, "out of order"},
		"no recipient":      {request(func(m *access.MsgRequestAccess) { m.Recipient = nil }), access.ErrInvalidCommitment, "recipient has 0 bytes, want 32"},
		"subject zero":      {request(func(m *access.MsgRequestAccess) { m.Request.Subject.Number = 0 }), access.ErrInvalid, "subject (1, 0)"},
		"custodian zero":    {request(func(m *access.MsgRequestAccess) { m.Request.Custodian = 0 }), access.ErrInvalid, "custodian"},
		"unlisted purpose":  {request(func(m *access.MsgRequestAccess) { m.Request.Purpose = 99 }), access.ErrUnknownCode, "purpose 99"},
		"unlisted action":   {request(func(m *access.MsgRequestAccess) { m.Request.Action = 3 }), access.ErrUnknownCode, "action 3"},
		"unlisted role":     {request(func(m *access.MsgRequestAccess) { m.Request.Role = 99 }), access.ErrUnknownCode, "role 99"},
		"no class":          {request(func(m *access.MsgRequestAccess) { m.Request.Classes = nil }), access.ErrInvalid, "0 classes, want 1 to 7"},
		"unlisted class":    {request(func(m *access.MsgRequestAccess) { m.Request.Classes = []records.RecordClass{99} }), access.ErrUnknownCode, "classes 99"},
	})
	f.ticket(t, askForResearch())
	f.after(start.AddDate(5, 0, 0).Sub(f.now()))
	f.refuses(t, map[string]refusal{"the approval ended": {askForResearch(), access.ErrStudy, "the approval of (3, 1) ended"}})
}

// TestWhatIsRefusedDoesNotDependOnThePatient holds what lies with the requester
// against a subject that consented and one that did not.
func TestWhatIsRefusedDoesNotDependOnThePatient(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	for name, change := range map[string]func(*access.MsgRequestAccess){
		"role":      func(m *access.MsgRequestAccess) { m.Requester = of("vault2") },
		"purpose":   func(m *access.MsgRequestAccess) { m.Request.Purpose = access.PURPOSE_HMARKT },
		"study":     func(m *access.MsgRequestAccess) { m.Request.Study = &access.StudyId{Institution: 3, Number: 9} },
		"recipient": func(m *access.MsgRequestAccess) { m.Recipient = nil },
		"accepts":   func(m *access.MsgRequestAccess) { m.Accepts = []access.Obligation{9} },
	} {
		_, consented := f.deliver(request(change))
		_, unknown := f.deliver(request(func(m *access.MsgRequestAccess) { m.Request.Subject.Number = 1e6; change(m) }))
		require.EqualError(t, unknown, consented.Error(), name)
		require.NotErrorIs(t, unknown, access.ErrNoApplicablePermit, name)
	}
}

func TestTreatmentCoversCoordinationAndNothingElseInherits(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	for purpose, permitted := range map[access.Purpose]bool{
		access.PURPOSE_TREAT: true, access.PURPOSE_COC: true, access.PURPOSE_ETREAT: true, access.PURPOSE_ERTREAT: true, access.PURPOSE_CAREMGT: false,
	} {
		_, err := f.deliver(request(func(m *access.MsgRequestAccess) { m.Request.Purpose = purpose }))
		require.Equal(t, permitted, err == nil, purpose)
	}
}
