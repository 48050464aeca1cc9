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

// begin has an upheld work with an offer, most of the time.
func (h history) begin() {
	if !h.often() {
		return
	}
	h.step(h.T, h.model, model(1))
	h.after(31 * day)
	h.step(h.T, h.model, offer(h.work(h.T, copyright.WorkId{Institution: 1, Number: 1}), liberal()))
	h.step(h.T, h.model, ask(h.work(h.T, copyright.WorkId{Institution: 1, Number: 1}), 2, 1))
	h.step(h.T, h.model, grant(access.LicenceId{Institution: 1, Number: 1}))
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

// licenceID is a licence that exists, most of the time.
func (h history) licenceID() access.LicenceId {
	if len(h.model.licences) == 0 || h.number(20) == 1 {
		return access.LicenceId{Institution: h.number(4), Number: 40}
	}
	return pick(h, slices.SortedFunc(maps.Keys(h.model.licences), func(a, b access.LicenceId) int {
		return cmp.Or(cmp.Compare(a.Institution, b.Institution), cmp.Compare(a.Number, b.Number))
	})...)
}

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
		h.takeBack, h.decision, h.offer, h.offer, h.request, h.request, h.answer, h.answer, h.answer, h.ofLicence, h.ofLicence, h.notification,
		h.notification, h.params,
	)()
}

func (h history) dataset() sdk.Msg {
	msg := pick(h, dataset(held...), dataset(held[:2]...))
	msg.Officer, msg.Custodians = officer(h.number(4)), pick(h, []uint64{1}, []uint64{1, 2}, []uint64{3})
	return msg
}

// derivative is a model that was made from up to two works.
func (h history) derivative() sdk.Msg {
	institution := h.number(4)
	msg := model(institution)
	msg.Description = digest(byte(h.number(2)))
	for range h.number(3) - 1 {
		p := copyright.Parent{Work: h.id(), Relation: pick(h, copyright.RELATION_TRAINED, copyright.RELATION_DERIVED)}
		if l := h.licenceID(); h.often() && h.model.licences[l] != nil {
			p.Work, p.Licence = h.model.licences[l].work.id, l.Number
			msg.Officer = officer(h.some(h.model.licences[l].licensee))
		}
		if p.Work.Institution == institution && h.often() {
			p.Licence = 0
		}
		msg.Parents = append(msg.Parents, p)
	}
	slices.SortFunc(msg.Parents, func(a, b copyright.Parent) int {
		return cmp.Or(cmp.Compare(a.Work.Institution, b.Work.Institution), cmp.Compare(a.Work.Number, b.Work.Number))
	})
	msg.Parents = slices.CompactFunc(msg.Parents, func(a, b copyright.Parent) bool { return a.Work == b.Work })
	return msg
}

func (h history) attestation() sdk.Msg {
	msg := &copyright.MsgAttestWork{Vault: vault(h.number(3)), Work: h.id(), Claimant: officer(h.number(4)), Root: digest(1), Seed: digest(1)}
	if w := h.model.works[msg.Work]; w != nil && h.often() {
		msg.Claimant, msg.Root, msg.Seed = w.msg.Officer, w.msg.Root, w.seed
	}
	return msg
}

func (h history) withdrawal() sdk.Msg {
	id := h.id()
	return &copyright.MsgWithdrawWork{Officer: officer(h.some(id.Institution)), Work: id}
}

func (h history) contest() sdk.Msg {
	msg := &copyright.MsgContestWork{Officer: officer(h.number(4)), Work: h.id(), Ground: copyright.GROUND_NO_RIGHT, Evidence: digest(4)}
	if other := h.id(); other != msg.Work && !h.often() {
		msg.Ground, msg.Other = copyright.GROUND_COPY, &other
	}
	return msg
}

func (h history) takeBack() sdk.Msg {
	msg := &copyright.MsgWithdrawContest{Work: h.id(), Index: uint32(h.number(3))}
	fits := uint64(0)
	if w := h.model.works[msg.Work]; w != nil && len(w.contests) > 0 {
		msg.Index = uint32(h.number(uint64(len(w.contests))))
		fits = w.contests[msg.Index-1].by
	}
	msg.Officer = officer(h.some(fits))
	return msg
}

func (h history) decision() sdk.Msg {
	return &copyright.MsgDecideWork{Authority: authority, Work: h.id(), Upheld: h.often()}
}

func (h history) offer() sdk.Msg {
	id := h.id()
	if h.number(8) == 1 {
		return &copyright.MsgCloseOffer{Officer: officer(h.some(id.Institution)), Work: id, Index: uint32(h.number(3))}
	}
	return &copyright.MsgOfferLicence{Officer: officer(h.some(id.Institution)), Work: id, Terms: h.terms()}
}

func (h history) request() sdk.Msg {
	msg := &copyright.MsgRequestLicence{Officer: officer(h.number(4)), Work: h.id(), Offer: uint32(h.number(3))}
	if w := h.model.works[msg.Work]; w != nil && len(w.offers) > 0 {
		msg.Offer = uint32(h.number(uint64(len(w.offers))))
	}
	return msg
}

func (h history) answer() sdk.Msg {
	id := h.licenceID()
	return &copyright.MsgAnswerLicence{Officer: officer(h.some(id.Institution)), Licence: id, Granted: h.often()}
}

func (h history) ofLicence() sdk.Msg {
	id := h.licenceID()
	switch h.number(3) {
	case 1:
		return &copyright.MsgTerminateLicence{Officer: officer(h.number(4)), Licence: id}
	case 2:
		return &copyright.MsgReportBreach{Officer: officer(h.some(id.Institution)), Licence: id, Evidence: digest(5)}
	}
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
