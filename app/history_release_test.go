package app_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

func (h *historian) request() []byte {
	w, id := h.ward(h.number()), h.patientId()
	msg := request(w.staff, id, one(h, 1, 1, h.number()))
	msg.Accepts, msg.Request.Licence = append(msg.Accepts, access.OBLIGATION_DELAU), h.underLicence()
	switch h.random.IntN(6) {
	case 0:
		msg.Request.Purpose, msg.Request.Role = access.PURPOSE_HRESCH, consortium.ROLE_RESEARCHER
		msg.Request.Study = &access.StudyId{Institution: h.number(), Number: 1}
	case 1, 2:
		w = h.ward(1)
		msg.Requester, msg.Request.Purpose, msg.Request.Role = w.patient.Address(), access.PURPOSE_PATRQT, consortium.ROLE_PATIENT
		return h.sign(w.patient, msg)
	case 3:
		msg.Accepts = nil
	}
	return h.sign(w.staff, msg)
}

func (h *historian) breakGlass() []byte {
	clinician := h.ward(h.number()).staff
	return h.sign(clinician, breakGlass(clinician, h.patientId(), one(h, 1, h.number())))
}

// tickets are those of all institutions.
func (h *historian) tickets() []access.Ticket {
	h.t.Helper()
	state, err := h.Access.ExportGenesis(h.NewContext(true))
	require.NoError(h.t, err)
	return state.Tickets
}

// release releases, on a random ticket, listed records of its custodian about its
// subject, and sometimes another's.
func (h *historian) release() []byte {
	tickets := h.tickets()
	if len(tickets) == 0 {
		return h.noise()
	}
	t := one(h, tickets...)
	var known records.QueryRecordsBySubjectResponse
	h.ask("/dmdl.records.v1.Query/RecordsBySubject",
		&records.QueryRecordsBySubjectRequest{Institution: 1, Number: t.Request.Subject.Number}, &known)
	var refs []records.RecordRef
	for _, r := range known.Records {
		if r.Id.Institution == t.Request.Custodian && len(refs) < 2 || h.random.IntN(100) == 0 {
			refs = append(refs, records.RecordRef{Id: r.Id})
		}
	}
	vault := h.members[t.Request.Custodian-1].vault
	return h.sign(vault, release(vault, t.Id, refs...))
}

// entry returns a random entry of an account, of the kind if there is one.
func (h *historian) entry(kinds ...access.DisclosureKind) access.Disclosure {
	h.t.Helper()
	state, err := h.Access.ExportGenesis(h.NewContext(true))
	require.NoError(h.t, err)
	kind := one(h, kinds...)
	var found []access.Disclosure
	for _, d := range state.Disclosures {
		if d.Kind == kind {
			found = append(found, d)
		}
	}
	if len(found) == 0 {
		return access.Disclosure{Subject: h.patientId(), Index: 1, Institution: 1, Custodian: 1}
	}
	return one(h, found...)
}

// requester is the account behind an entry.
func (h *historian) requester(d access.Disclosure) account {
	w := h.ward(d.Institution)
	if d.Requester == w.patient.Address() {
		return w.patient
	}
	return w.staff
}

func (h *historian) review() []byte {
	d := h.entry(access.DISCLOSURE_KIND_BREAK_GLASS, access.DISCLOSURE_KIND_LATE)
	officer := h.ward(one(h, d.Custodian, d.Custodian, h.number())).officer
	return h.sign(officer, &access.MsgReviewEmergency{
		Officer: officer.Address(), Subject: d.Subject, Disclosure: d.Index, Outcome: access.ReviewOutcome(h.random.IntN(4)),
	})
}

func (h *historian) receive() []byte {
	d := h.entry(access.DISCLOSURE_KIND_RELEASE, access.DISCLOSURE_KIND_LATE)
	who := h.requester(d)
	return h.sign(who, &access.MsgReceive{Requester: who.Address(), Subject: d.Subject, Disclosure: d.Index})
}

func (h *historian) refuse() []byte {
	ticket := access.TicketId{Institution: 1, Number: 1}
	for _, t := range h.tickets() {
		if t.Basis == access.BASIS_PATIENT && h.now.Before(t.ExpiresAt) {
			ticket = t.Id
		}
	}
	officer := h.ward(1).officer
	return h.sign(officer, &access.MsgRefuse{Officer: officer.Address(), Ticket: ticket, Ground: access.RefusalGround(1 + h.random.IntN(4))})
}

func (h *historian) dispute() []byte {
	d := h.entry(access.DISCLOSURE_KIND_RELEASE)
	reason := access.DisputeReason(1 + h.random.IntN(6))
	who := h.requester(d)
	if !reason.ByRequester() {
		who = h.ward(d.Custodian).officer
	}
	return h.sign(who, &access.MsgDispute{Actor: who.Address(), Subject: d.Subject, Disclosure: d.Index, Reason: reason})
}

// late reports an emergency, most of the time with the right head.
func (h *historian) late() []byte {
	m := h.someone()
	state, err := h.Access.ExportGenesis(h.NewContext(true))
	require.NoError(h.t, err)
	msg := &access.MsgReportEmergencies{Vault: m.vault.Address(), Entries: []access.JournalEntry{{
		Subject: h.patientId(), Requester: h.ward(h.number()).staff.Address(), Reason: secret, HappenedAt: h.now.Truncate(time.Hour), RoleHeight: 1,
		Records: []access.ReleasedRecord{{Record: records.RecordId{Institution: m.number, Batch: 1 + h.random.Uint64N(h.fresh)}, Body: secret}},
	}}}
	for _, j := range state.Journals {
		if j.Vault == m.vault.Address() {
			msg.Previous = j.Head
		}
	}
	return h.sign(m.vault, msg)
}
