package app_test

import (
	"slices"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// offer offers licences for a work that is attested, if one is, or closes an offer now
// and then.
func (h *historian) offer() []byte {
	if o := h.anyOffer(); h.random.IntN(6) == 0 {
		who := h.owner(o.Work)
		return h.sign(who, &copyright.MsgCloseOffer{Officer: who.Address(), Work: o.Work, Index: o.Index})
	}
	ready := slices.DeleteFunc(slices.Clone(h.claims().Works), func(w copyright.Work) bool { return !w.Stands() || w.UpheldAt == nil })
	w, found := anyOf(h, ready)
	if !found {
		w = h.anyWork()
	}
	who := h.owner(w.Id)
	return h.sign(who, &copyright.MsgOfferLicence{Officer: who.Address(), Work: w.Id, Terms: h.termsFor(w)})
}

// termsFor are terms that are as strict as a work's floor, most of the time.
func (h *historian) termsFor(w copyright.Work) copyright.Terms {
	t := terms()
	if w.Floor != nil && h.random.IntN(4) > 0 {
		t = *w.Floor
		if t.Spdx == "" && len(t.Text) == 0 {
			t.Text = secret
		}
	}
	t.Derivatives = max(t.Derivatives, one(h, copyright.DERIVATIVES_ALLOWED, copyright.DERIVATIVES_ALLOWED, copyright.Derivatives(1+h.random.IntN(4))))
	switch h.random.IntN(6) {
	case 0:
		t.Territory = []string{one(h, "CN", "DE")}
	case 1:
		t.Period = time.Duration(h.random.IntN(3)) * 24 * time.Hour
	}
	return t
}

// anyOffer returns an offer that is open, or one that does not exist if there is none.
func (h *historian) anyOffer() copyright.Offer {
	o, found := anyOf(h, slices.DeleteFunc(slices.Clone(h.claims().Offers), func(o copyright.Offer) bool { return o.Closed }))
	if !found {
		o.Work, o.Index = h.anyWork().Id, 1
	}
	return o
}

func (h *historian) askLicence() []byte {
	o, who := h.anyOffer(), h.rightsOf(h.number())
	return h.sign(who, &copyright.MsgRequestLicence{Officer: who.Address(), Work: o.Work, Offer: o.Index})
}

func (h *historian) answer() []byte {
	l := h.licenceOf(copyright.LICENCE_STATUS_REQUESTED)
	who := h.rightsOf(l.Id.Institution)
	return h.sign(who, &copyright.MsgAnswerLicence{Officer: who.Address(), Licence: l.Id, Granted: h.random.IntN(5) > 0})
}

// useLicence does what either side does with a licence that it has.
func (h *historian) useLicence() []byte {
	l := h.licenceOf(copyright.LICENCE_STATUS_GRANTED)
	licensor := h.rightsOf(one(h, l.Id.Institution, l.Id.Institution, h.number()))
	switch h.random.IntN(4) {
	case 0:
		who := h.rightsOf(one(h, l.Id.Institution, l.Licensee, h.number()))
		return h.sign(who, &copyright.MsgTerminateLicence{Officer: who.Address(), Licence: l.Id})
	case 1:
		return h.sign(licensor, &copyright.MsgReportBreach{Officer: licensor.Address(), Licence: l.Id, Evidence: secret})
	}
	return h.sign(licensor, &copyright.MsgApproveDerivative{Officer: licensor.Address(), Licence: l.Id, Description: secret})
}

// underLicence lets a request or a permit name a licence now and then.
func (h *historian) underLicence() *access.LicenceId {
	if h.random.IntN(8) > 0 {
		return nil
	}
	id := h.licenceOf(copyright.LICENCE_STATUS_GRANTED).Id
	return &id
}

// noteClaims counts what became of works, contests and licences, and why notices were
// sent.
func (h *historian) noteClaims(res *abci.ResponseFinalizeBlock) {
	events := slices.Clone(res.Events)
	for _, result := range res.TxResults {
		events = append(events, result.Events...)
	}
	for _, event := range events {
		for _, attribute := range event.Attributes {
			if attribute.Key == "status" || attribute.Key == "cause" {
				h.happened[attribute.Value]++
			}
		}
	}
}
