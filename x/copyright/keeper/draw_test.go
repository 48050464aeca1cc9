package keeper_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// history draws messages from few values, so that many fit together and many do not.
type history struct {
	*fixture
	*rapid.T
	model *naive
}

// begin has an upheld dataset that is licensed to institution 2, most of the time.
func (h history) begin() {
	if !h.often() {
		return
	}
	id, licence := copyright.WorkId{Institution: 1, Number: 1}, access.LicenceId{Institution: 1, Number: 1}
	h.step(h.T, h.model, dataset(held...))
	w := h.work(h.T, id)
	h.step(h.T, h.model, attestation(w, 1))
	h.after(31 * day)
	h.step(h.T, h.model, offer(w, pick(h, liberal(), with(func(t *copyright.Terms) { t.Derivatives = copyright.DERIVATIVES_BY_APPROVAL }))))
	h.step(h.T, h.model, ask(w, 2, 1))
	h.step(h.T, h.model, grant(licence))
}

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

// often is true most of the time.
func (h history) often() bool { return h.number(5) > 1 }

// some is an institution, most of the time the one that fits.
func (h history) some(fits uint64) uint64 {
	if h.often() && fits != 0 {
		return fits
	}
	return h.number(4)
}

// id is a work that exists, most of the time.
func (h history) id() copyright.WorkId {
	if len(h.model.works) == 0 || h.number(20) == 1 {
		return copyright.WorkId{Institution: h.number(4), Number: 40}
	}
	return pick(h, h.ids()...)
}

// ids are the works that exist, in order.
func (h history) ids() []copyright.WorkId {
	return slices.SortedFunc(maps.Keys(h.model.works), func(a, b copyright.WorkId) int {
		return cmp.Or(cmp.Compare(a.Institution, b.Institution), cmp.Compare(a.Number, b.Number))
	})
}

// idThat is a work of which something is true, most of the time.
func (h history) idThat(fits func(*claimed) bool) copyright.WorkId {
	ids := slices.DeleteFunc(h.ids(), func(id copyright.WorkId) bool { return !fits(h.model.works[id]) })
	if len(ids) > 0 && h.often() {
		return pick(h, ids...)
	}
	return h.id()
}

// licenceThat is a licence of which something is true, most of the time, and mostly one
// that exists.
func (h history) licenceThat(fits func(*lent) bool) access.LicenceId {
	ids := slices.SortedFunc(maps.Keys(h.model.licences), func(a, b access.LicenceId) int {
		return cmp.Or(cmp.Compare(a.Institution, b.Institution), cmp.Compare(a.Number, b.Number))
	})
	if fitting := slices.DeleteFunc(slices.Clone(ids), func(id access.LicenceId) bool { return !fits(h.model.licences[id]) }); len(fitting) > 0 && h.often() {
		return pick(h, fitting...)
	}
	if len(ids) == 0 || h.number(20) == 1 {
		return access.LicenceId{Institution: h.number(4), Number: 40}
	}
	return pick(h, ids...)
}

func (h history) inForce(l *lent) bool { return l.inForce(h.now()) }

func (h history) terms() copyright.Terms {
	return with(func(t *copyright.Terms) {
		t.Spdx = pick(h, "CC-BY-4.0", "MIT")
		t.Commercial, t.Training = h.often(), h.often()
		t.Derivatives = pick(h, copyright.DERIVATIVES_ALLOWED, copyright.DERIVATIVES_ALLOWED, copyright.DERIVATIVES_SHARE_ALIKE,
			copyright.DERIVATIVES_BY_APPROVAL, copyright.DERIVATIVES_FORBIDDEN)
		t.Withdrawal = copyright.Withdrawal(h.number(3))
		t.Territory = pick(h, nil, nil, nil, []string{"DE"}, []string{"CN", "DE"}, []string{"FR"})
		t.Period = pick[time.Duration](h, 0, 0, 2*day, 40*day)
	})
}

// draw returns a random message.
func (h history) draw() sdk.Msg {
	return pick(h,
		h.dataset, h.derivative, h.derivative, h.derivative, h.attestation, h.attestation, h.attestation, h.withdrawal, h.contest, h.contest,
		h.takeBack, h.decision, h.offer, h.offer, h.request, h.request, h.answer, h.answer, h.answer, h.ofLicence, h.ofLicence, h.ofLicence, h.notification,
		h.notification, h.params,
	)()
}

func (h history) dataset() sdk.Msg {
	msg := pick(h, dataset(held...), dataset(held[:2]...))
	msg.Officer, msg.Custodians = officer(h.number(4)), pick(h, []uint64{1}, []uint64{1, 2}, []uint64{3})
	return msg
}

// derivative is a model that was made from up to three works: under a licence, from an
// own work and under another licence, most of the time.
func (h history) derivative() sdk.Msg {
	var parents []copyright.Parent
	from := func(work copyright.WorkId, licence uint64) {
		parents = append(parents, copyright.Parent{Work: work, Relation: pick(h, copyright.RELATION_TRAINED, copyright.RELATION_DERIVED), Licence: licence})
	}
	institution := h.number(4)
	if id := h.licenceThat(h.inForce); h.model.licences[id] != nil && h.often() {
		institution = h.model.licences[id].licensee
		from(h.model.licences[id].work.id, id.Number)
	}
	if h.number(2) == 1 {
		from(h.idThat(func(w *claimed) bool { return w.stands() && w.id.Institution == institution }), 0)
	}
	if id := h.licenceThat(func(l *lent) bool { return h.inForce(l) && l.licensee == institution }); h.model.licences[id] != nil && h.number(3) == 1 {
		from(h.model.licences[id].work.id, id.Number)
	}
	slices.SortFunc(parents, func(a, b copyright.Parent) int {
		return cmp.Or(cmp.Compare(a.Work.Institution, b.Work.Institution), cmp.Compare(a.Work.Number, b.Work.Number))
	})
	msg := model(h.some(institution), slices.CompactFunc(parents, func(a, b copyright.Parent) bool { return a.Work == b.Work })...)
	msg.Description = digest(byte(h.number(2)))
	return msg
}

func (h history) attestation() sdk.Msg {
	waits := h.idThat(func(w *claimed) bool { return w.stands() && len(w.attested) < len(w.msg.Custodians) })
	msg := &copyright.MsgAttestWork{Vault: vault(h.number(3)), Work: waits, Claimant: officer(h.number(4)), Root: digest(1), Seed: digest(1)}
	if w := h.model.works[msg.Work]; w != nil && h.often() {
		msg.Claimant, msg.Root = w.msg.Officer, w.msg.Root
	}
	return msg
}

func (h history) withdrawal() sdk.Msg {
	id := h.id()
	if h.often() {
		return h.attestation()
	}
	return &copyright.MsgWithdrawWork{Officer: officer(h.some(id.Institution)), Work: id}
}

func (h history) contest() sdk.Msg {
	msg := &copyright.MsgContestWork{Officer: officer(h.number(4)), Work: h.id(), Ground: copyright.GROUND_NO_RIGHT, Evidence: digest(4)}
	if h.often() {
		msg.Work = h.idThat(func(w *claimed) bool { return w.stands() && w.status(h.now()) != copyright.WORK_STATUS_UPHELD })
	}
	if other := h.id(); other != msg.Work && !h.often() {
		msg.Ground, msg.Other = copyright.GROUND_COPY, &other
	}
	return msg
}

func (h history) takeBack() sdk.Msg {
	msg := &copyright.MsgWithdrawContest{Work: h.idThat(func(w *claimed) bool { return w.open() > 0 }), Index: uint32(h.number(3))}
	fits := uint64(0)
	if w := h.model.works[msg.Work]; w != nil && len(w.contests) > 0 {
		msg.Index = uint32(h.number(uint64(len(w.contests))))
		fits = w.contests[msg.Index-1].by
	}
	msg.Officer = officer(h.some(fits))
	return msg
}

func (h history) decision() sdk.Msg {
	return &copyright.MsgDecideWork{Authority: authority, Work: h.id(), Upheld: h.number(20) > 1}
}

func (h history) offer() sdk.Msg {
	id := h.id()
	if h.number(8) == 1 {
		return &copyright.MsgCloseOffer{Officer: officer(h.some(id.Institution)), Work: id, Index: uint32(h.number(3))}
	}
	return &copyright.MsgOfferLicence{Officer: officer(h.some(id.Institution)), Work: id, Terms: h.terms()}
}

func (h history) request() sdk.Msg {
	msg := &copyright.MsgRequestLicence{Officer: officer(h.number(4)), Work: h.idThat(func(w *claimed) bool { return len(w.offers) > 0 }), Offer: uint32(h.number(3))}
	if w := h.model.works[msg.Work]; w != nil && len(w.offers) > 0 {
		msg.Offer = uint32(h.number(uint64(len(w.offers))))
	}
	return msg
}

func (h history) answer() sdk.Msg {
	id := h.licenceThat(func(l *lent) bool { return !l.answered && l.work.status(h.now()) == copyright.WORK_STATUS_UPHELD })
	return &copyright.MsgAnswerLicence{Officer: officer(h.some(id.Institution)), Licence: id, Granted: h.often()}
}

func (h history) ofLicence() sdk.Msg {
	id := h.licenceThat(h.inForce)
	switch h.number(3) {
	case 1:
		return &copyright.MsgTerminateLicence{Officer: officer(h.number(4)), Licence: id}
	case 2:
		return &copyright.MsgReportBreach{Officer: officer(h.some(id.Institution)), Licence: id, Evidence: digest(5)}
	}
	id = h.licenceThat(func(l *lent) bool { return h.inForce(l) && l.terms.Derivatives == copyright.DERIVATIVES_BY_APPROVAL })
	return &copyright.MsgApproveDerivative{Officer: officer(h.some(id.Institution)), Licence: id, Description: digest(byte(h.number(2)))}
}

func (h history) notification() sdk.Msg {
	place := int(h.number(5)) - 1
	msg := &copyright.MsgNotifyWork{Work: h.id(), Cause: pick(h, copyright.CAUSE_WITHDRAWN, copyright.CAUSE_ERASED), Records: proven(held, place)}
	msg.Vault = vault(h.some(held[place].Institution))
	for _, id := range h.ids() { // most works have no records
		if h.model.works[id].msg.Size_ == uint64(len(held)) && h.often() {
			msg.Work = id
		}
	}
	return msg
}

func (h history) params() sdk.Msg {
	return &copyright.MsgUpdateParams{Authority: authority, Params: copyright.Params{ChallengePeriod: pick(h, time.Hour, 10*day)}}
}
