package keeper_test

import (
	"time"

	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// classes are the two that a history is about.
var classes = []records.RecordClass{records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT}

// history draws messages from few values, so that many fit together and many do not.
type history struct {
	*fixture
	*rapid.T
	model *model
}

// begin enrols both subjects and makes patient1 the controller of the first.
func (h history) begin() {
	for _, msg := range []sdk.Msg{enrolment(7), enrolment(8), propose("patient1"), &access.MsgApproveController{
		Approver: of("officer1"), Subject: anna, Controller: of("patient1"),
	}} {
		h.step(h.T, h.model, msg)
	}
	h.after(7 * day)
}

func (h history) name(names ...string) string { return of(pick(h, names...)) }

// number is one of 1 to most, each about as likely as the other: rapid's own numbers
// and samples are mostly the first ones.
func (h history) number(most uint64) uint64 {
	n := uint64(0)
	for range 8 {
		n <<= 1
		if rapid.Bool().Draw(h.T, "bit") {
			n++
		}
	}
	return n%most + 1
}

func pick[T any](h history, list ...T) T { return list[h.number(uint64(len(list)))-1] }

func (h history) someSubject() records.SubjectId { return subjectOf(6 + h.number(2)) }

// often is true most of the time.
func (h history) often() bool { return h.number(5) > 1 }

// signer is who acts for a subject, most of the time.
func (h history) signer(subject records.SubjectId) string {
	if p := h.model.patient(subject, h.now()); h.often() && p.controller != "" {
		return p.controller
	} else if h.often() {
		return of("registrar1")
	}
	return h.name("patient1", "friend", "proxy", "guardian", "registrar1", "second registrar", "clinician2")
}

// evidence is a registrar's, most of the time.
func (h history) evidence(signer string) []byte {
	if registrar := signer == of("registrar1") || signer == of("second registrar"); registrar == h.often() {
		return commitment(1)
	}
	return nil
}

func (h history) someClasses() []records.RecordClass {
	return pick(h, classes, classes[:1], classes[1:])
}

// ticketID is that of a ticket, most of the time.
func (h history) ticketID() access.TicketId {
	if tickets := h.export(h.T).Tickets; len(tickets) > 0 && h.often() {
		return pick(h, tickets...).Id
	}
	return access.TicketId{Institution: h.number(3), Number: h.number(5)}
}

// index is one of so many, and now and then one more.
func (h history) index(ever uint64) uint64 {
	if ever > 0 && h.often() {
		return h.number(ever)
	}
	return ever + 1
}

func (h history) permit() access.Permit {
	p := treatment()
	p.Grantee.Institution = pick[uint64](h, 0, 2, 2, 3)
	p.Classes = h.someClasses()
	if until := h.now().Add(20 * time.Hour); h.number(4) == 1 {
		p.ValidUntil = &until
	}
	return p
}

// draw returns a random message.
func (h history) draw() sdk.Msg {
	return pick(h,
		h.enrolment, h.change, h.delegation, h.consent, h.consent, h.consent, h.withdrawal, h.setPolicy, h.request, h.request, h.request,
		h.release, h.release, h.release, h.release, h.emergency, h.about, h.about, h.report,
	)()
}

func (h history) enrolment() sdk.Msg {
	msg := enrolment(6 + h.number(2))
	msg.Registrar = h.name("registrar1", "second registrar", "officer1")
	return msg
}

func (h history) change() sdk.Msg {
	controller := h.name("patient1", "friend")
	switch h.number(3) {
	case 1:
		return &access.MsgProposeController{
			Registrar: h.name("registrar1", "second registrar", "registrar2"), Subject: h.someSubject(), Controller: controller, Evidence: commitment(1),
		}
	case 2:
		return &access.MsgApproveController{Approver: h.name("registrar1", "officer1", "registrar's other account", "officer2"), Subject: h.someSubject(), Controller: controller}
	}
	return &access.MsgStopController{Actor: h.signer(anna), Subject: anna}
}

func (h history) delegation() sdk.Msg {
	subject := h.someSubject()
	msg := &access.MsgSetDelegate{Actor: h.signer(subject), Subject: subject, Delegate: access.Delegate{
		Account: h.name("proxy", "guardian"), Capacity: access.DelegateCapacity(h.number(3) - 1), EndsAt: &autumn,
	}}
	msg.Evidence = h.evidence(msg.Actor)
	return msg
}

func (h history) consent() sdk.Msg {
	subject := h.someSubject()
	msg := &access.MsgGrantConsent{Actor: h.signer(subject), Subject: subject, Sealed: commitment(9)}
	msg.Evidence = h.evidence(msg.Actor)
	for range h.number(9) / 4 {
		msg.Permits = append(msg.Permits, h.permit())
	}
	if !h.often() {
		msg.Supersedes = []uint64{h.index(h.model.patient(subject, h.now()).ever)}
	}
	return msg
}

func (h history) withdrawal() sdk.Msg {
	subject := h.someSubject()
	msg := &access.MsgWithdrawConsents{Actor: h.signer(subject), Subject: subject}
	for range h.number(4) - 1 {
		msg.Consents = append(msg.Consents, h.index(h.model.patient(subject, h.now()).ever))
	}
	return msg
}

func (h history) setPolicy() sdk.Msg {
	msg := policy(access.BASIS_POLICY)
	if !h.often() {
		msg = policy(access.BASIS_POLICY, h.permit())
	}
	msg.Officer = h.name("officer1", "officer1", "vault1")
	return msg
}

func (h history) request() sdk.Msg {
	if h.number(4) == 1 {
		msg := askForOneself()
		msg.Request.Subject = h.someSubject()
		msg.Requester = h.signer(msg.Request.Subject)
		return msg
	}
	msg := ask()
	msg.Requester, msg.Request.Subject, msg.Request.Classes = h.name("clinician2", "clinician2", "clinician2", "clinician3", "vault2"), h.someSubject(), h.someClasses()
	return msg
}

func (h history) release() sdk.Msg {
	msg := release(h.ticketID())
	if !h.often() {
		msg.Vault = of("vault2")
	}
	for range h.number(5)/4 + 1 {
		ref := records.RecordRef{Id: records.RecordId{Institution: 1, Batch: 1, Leaf: h.number(6) - 1}}
		if ticket, known := h.model.tickets[msg.Ticket]; known && h.often() {
			ref.Id.Leaf = 2*(ticket.subject.Number-7) + h.number(2) - 1
		}
		msg.Items = append(msg.Items, access.ReleaseItem{Record: ref, Body: commitment(5)})
	}
	return msg
}

func (h history) emergency() sdk.Msg {
	msg := glass()
	msg.Clinician, msg.Subject, msg.Classes = h.name("emergency1", "emergency2", "clinician2"), h.someSubject(), h.someClasses()
	return msg
}

// about is a message about an entry or a ticket that may exist.
func (h history) about() sdk.Msg {
	subject, index := h.someSubject(), h.number(8)
	if entries := h.export(h.T).Disclosures; len(entries) > 0 && h.often() {
		d := pick(h, entries...)
		subject, index = d.Subject, d.Index
	}
	switch h.number(4) {
	case 1:
		return &access.MsgReceive{Requester: h.name("clinician2", "clinician3", "emergency2", "patient1"), Subject: subject, Disclosure: index}
	case 2:
		return &access.MsgDispute{Actor: h.name("clinician2", "vault1", "officer2"), Subject: subject, Disclosure: index, Reason: access.DisputeReason(h.number(7))}
	case 3:
		return &access.MsgRefuse{Officer: of("officer1"), Ticket: h.ticketID(), Ground: access.RefusalGround(h.number(4))}
	}
	return &access.MsgReviewEmergency{
		Officer: h.name("officer1", "emergency's other account", "officer2"), Subject: subject, Disclosure: index, Outcome: access.ReviewOutcome(h.number(3)),
	}
}

func (h history) report() sdk.Msg {
	msg := report(nil, happened(1))
	msg.Entries[0].Subject = h.someSubject()
	if journals := h.export(h.T).Journals; len(journals) > 0 && h.number(4) > 1 {
		msg.Previous = journals[0].Head
	}
	return msg
}
