package app_test

import (
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// patients are how many subjects, all of institution 1, a history is about.
const patients = 3

// accessOperations are what a random transaction may be about the use of data.
func (h *historian) accessOperations() map[string]func() []byte {
	return map[string]func() []byte{
		"enrol patients": h.enrolPatients, "controller": h.control, "delegate": h.delegate, "grant": h.grant, "second grant": h.grant,
		"withdraw consents": h.withdrawConsents, "publish": h.publish, "request": h.request, "second request": h.request,
		"break glass": h.breakGlass, "review": h.review, "release": h.release, "second release": h.release, "receive": h.receive,
		"refuse": h.refuse, "dispute": h.dispute, "late": h.late,
	}
}

// beginCare hires everybody and makes periods short, so that they end in a history.
func (h *historian) beginCare() {
	h.t.Helper()
	for _, m := range h.members {
		h.mustBlock(h.hire(m))
	}
	params := access.DefaultParams()
	params.TicketPeriod, params.EmergencyPeriod, params.ReceiptPeriod = 2*time.Minute, 2*time.Minute, time.Minute
	params.ReviewPeriod, params.ControllerPeriod, params.Retention = time.Hour, 5*time.Second, 24*time.Hour
	h.decide(&access.MsgUpdateParams{Authority: app.Authority(), Params: params})
	registrar := h.ward(1).staff
	h.mustBlock(h.sign(registrar, enrolPatients(registrar, 1, 2, 3)))
}

func (h *historian) patientId() records.SubjectId { return subject(1 + h.random.Uint64N(patients)) }

// one of the messages, each as likely.
func one[T any](h *historian, of ...T) T { return of[h.random.IntN(len(of))] }

func (h *historian) enrolPatients() []byte {
	registrar := h.ward(1).staff
	return h.sign(registrar, enrolPatients(registrar, 1+h.random.Uint64N(30)))
}

// subjectOf returns the entry of a subject.
func (h *historian) subjectOf(id records.SubjectId) access.Subject {
	h.t.Helper()
	state, err := h.Access.ExportGenesis(h.NewContext(true))
	require.NoError(h.t, err)
	for _, s := range state.Subjects {
		if s.Id == id {
			return s.Settled(h.now)
		}
	}
	return access.Subject{Id: id}
}

// actor is who acts for a subject, most of the time, and the paper if it is a
// registrar.
func (h *historian) actor(id records.SubjectId) (who account, evidence []byte) {
	if w := h.ward(h.number()); h.subjectOf(id).ActsFor(w.patient.Address(), h.now) || h.random.IntN(10) == 0 {
		return w.patient, nil
	}
	if w := h.ward(1); h.subjectOf(id).Controller == w.patient.Address() {
		return w.patient, nil
	}
	return h.ward(1).staff, secret
}

// control is a step of a change of controller.
func (h *historian) control() []byte {
	id, w := h.patientId(), h.ward(1)
	heir := one(h, w.patient.Address(), h.ward(2).patient.Address(), "")
	if pending := h.subjectOf(id).Pending; pending != nil && h.random.IntN(4) > 0 {
		heir = pending.Controller
	}
	switch h.random.IntN(5) {
	case 0, 1:
		return h.sign(w.staff, &access.MsgProposeController{Registrar: w.staff.Address(), Subject: id, Controller: heir, Evidence: secret})
	case 2, 3:
		return h.sign(w.officer, &access.MsgApproveController{Approver: w.officer.Address(), Subject: id, Controller: heir})
	}
	return h.sign(w.patient, &access.MsgStopController{Actor: w.patient.Address(), Subject: id})
}

func (h *historian) delegate() []byte {
	id := h.patientId()
	who, evidence := h.actor(id)
	delegate := access.Delegate{Account: h.ward(h.number()).patient.Address(), Capacity: access.DelegateCapacity(h.random.IntN(3))}
	if h.random.IntN(2) == 0 {
		delegate.EndsAt = at(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC))
	}
	return h.sign(who, &access.MsgSetDelegate{Actor: who.Address(), Subject: id, Delegate: delegate, Evidence: evidence})
}

// permit is one that may cover what requests ask for.
func (h *historian) permit() access.Permit {
	p := permit(one(h, 0, 0, h.number()))
	p.Grantee.Licence = h.underLicence()
	if h.random.IntN(3) == 0 {
		p.Purposes = []access.Purpose{access.PURPOSE_TREAT, access.PURPOSE_HRESCH}
	}
	if h.random.IntN(4) == 0 {
		p.ValidUntil = at(h.now.Add(time.Duration(h.random.IntN(60)) * time.Second))
	}
	if h.random.IntN(4) == 0 {
		p.Obligations = []access.Obligation{access.OBLIGATION_DELAU}
	}
	return p
}

func (h *historian) grant() []byte {
	id := h.patientId()
	who, evidence := h.actor(id)
	msg := &access.MsgGrantConsent{Actor: who.Address(), Subject: id, Sealed: secret, Evidence: evidence}
	if h.random.IntN(4) == 0 {
		msg.Template = &access.TemplateVersion{Institution: h.number(), Number: 1, Version: 1}
		msg.Grantee = &access.Grantee{Institution: h.number()}
	} else {
		msg.Permits = []access.Permit{h.permit(), h.permit()}
	}
	if active := h.subjectOf(id).Consents; len(active) > 0 && h.random.IntN(2) == 0 {
		msg.Supersedes = []uint64{one(h, active...)}
	}
	return h.sign(who, msg)
}

func (h *historian) withdrawConsents() []byte {
	id := h.patientId()
	who, _ := h.actor(id)
	msg := &access.MsgWithdrawConsents{Actor: who.Address(), Subject: id}
	if h.random.IntN(3) > 0 {
		msg.Consents = []uint64{h.random.Uint64N(6), 1 + h.random.Uint64N(4)}
	}
	return h.sign(who, msg)
}

// publish changes a policy, a template or a study.
func (h *historian) publish() []byte {
	w := h.ward(h.number())
	officer := w.officer.Address()
	switch h.random.IntN(4) {
	case 0:
		return h.sign(w.officer, &access.MsgPublishTemplate{
			Officer: officer, Number: 1, Version: 1 + h.random.Uint64N(3), Permits: []access.Permit{h.permit()}, Text: secret,
		})
	case 1:
		return h.sign(w.officer, &access.MsgRetireTemplate{Officer: officer, Number: 1, Version: 1 + h.random.Uint64N(3)})
	case 2:
		basis := one(h, access.BASIS_POLICY, access.BASIS_LEGAL_DUTY)
		return h.sign(w.officer, &access.MsgSetPolicy{Officer: officer, Permits: []access.PolicyPermit{{Permit: h.permit(), Basis: basis}}, Document: secret})
	}
	return h.sign(w.staff, &access.MsgApproveStudy{
		Board: w.staff.Address(), Number: 1, Protocol: secret, Institutions: []uint64{1, 2, 3}, ExpiresAt: h.now.Add(time.Hour),
	})
}

// forgotten is how many entries of accounts have left the state.
func (h *historian) forgotten() int {
	h.t.Helper()
	state, err := h.Access.ExportGenesis(h.NewContext(true))
	require.NoError(h.t, err)
	ever := 0
	for _, s := range state.Subjects {
		ever += int(s.DisclosuresEver)
	}
	return ever - len(state.Disclosures)
}

// noteAccess counts the kinds of entries that blocks made.
func (h *historian) noteAccess(res *abci.ResponseFinalizeBlock) {
	for _, result := range res.TxResults {
		for _, event := range result.Events {
			for _, attribute := range event.Attributes {
				if event.Type == "dmdl.access.v1.EventDisclosed" && attribute.Key == "kind" {
					h.happened[attribute.Value]++
				}
			}
		}
	}
}
