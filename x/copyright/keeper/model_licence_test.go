package keeper_test

import (
	"bytes"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// acceptsLicence is accepts for what is about offers and licences.
func (m *naive) acceptsLicence(f *fixture, msg sdk.Msg) bool {
	switch msg := msg.(type) {
	case *copyright.MsgOfferLicence:
		w := m.works[msg.Work]
		return w != nil && by(msg.Officer) == w.id.Institution && strict(msg.Terms, w.demands) &&
			slices.Contains([]copyright.WorkStatus{copyright.WORK_STATUS_ATTESTED, copyright.WORK_STATUS_UPHELD}, w.status(f.now()))
	case *copyright.MsgCloseOffer:
		w := m.works[msg.Work]
		return w != nil && by(msg.Officer) == w.id.Institution && w.offered(msg.Index)
	case *copyright.MsgRequestLicence:
		w := m.works[msg.Work]
		return w != nil && by(msg.Officer) != w.id.Institution && w.stands() && w.offered(msg.Offer)
	case *copyright.MsgAnswerLicence:
		l := m.licences[msg.Licence]
		return l != nil && by(msg.Officer) == msg.Licence.Institution && !l.answered &&
			(!msg.Granted || l.work.status(f.now()) == copyright.WORK_STATUS_UPHELD)
	case *copyright.MsgTerminateLicence:
		l := m.licences[msg.Licence]
		return l != nil && l.inForce(f.now()) && (by(msg.Officer) == l.licensee || by(msg.Officer) == msg.Licence.Institution && l.breaches > 0)
	case *copyright.MsgReportBreach:
		l := m.licences[msg.Licence]
		return l != nil && by(msg.Officer) == msg.Licence.Institution && !l.granted.IsZero() && l.breaches < copyright.MaxBreaches
	case *copyright.MsgApproveDerivative:
		l := m.licences[msg.Licence]
		return l != nil && by(msg.Officer) == msg.Licence.Institution && l.inForce(f.now()) && l.terms.Derivatives == copyright.DERIVATIVES_BY_APPROVAL &&
			!slices.ContainsFunc(l.approved, func(d []byte) bool { return bytes.Equal(d, msg.Description) })
	}
	panic("a message that the model does not know")
}

// compatible says whether all terms can be met together: one text for all that bind
// theirs, and a country that all allow.
func compatible(all []copyright.Terms) bool {
	texts, countries := map[string]bool{}, []string{"CN", "DE", "FR"}
	for _, t := range all {
		if t.Derivatives == copyright.DERIVATIVES_SHARE_ALIKE {
			texts[t.Spdx] = true
		}
		countries = slices.DeleteFunc(slices.Clone(countries), func(c string) bool { return len(t.Territory) > 0 && !slices.Contains(t.Territory, c) })
	}
	return len(texts) < 2 && len(countries) > 0
}

// strict says whether terms are as strict as others, one by one.
func strict(t copyright.Terms, all []copyright.Terms) bool {
	for _, d := range all {
		outside := func(c string) bool { return !slices.Contains(d.Territory, c) }
		if d.Derivatives == copyright.DERIVATIVES_SHARE_ALIKE && t.Spdx != d.Spdx ||
			len(d.Territory) > 0 && (len(t.Territory) == 0 || slices.ContainsFunc(t.Territory, outside)) ||
			d.Period != 0 && (t.Period == 0 || t.Period > d.Period) || t.Commercial && !d.Commercial || t.Training && !d.Training ||
			t.Derivatives < d.Derivatives || t.Withdrawal < d.Withdrawal {
			return false
		}
	}
	return true
}

// applyLicence is apply for what is about offers and licences.
func (m *naive) applyLicence(f *fixture, msg any, response any) {
	switch msg := msg.(type) {
	case *copyright.MsgOfferLicence:
		w := m.works[msg.Work]
		w.offers = append(w.offers, &copyright.Offer{Terms: msg.Terms})
	case *copyright.MsgCloseOffer:
		m.works[msg.Work].offers[msg.Index-1].Closed = true
	case *copyright.MsgRequestLicence:
		w := m.works[msg.Work]
		m.licences[response.(*copyright.MsgRequestLicenceResponse).Licence] = &lent{work: w, licensee: by(msg.Officer), terms: w.offers[msg.Offer-1].Terms}
	case *copyright.MsgAnswerLicence:
		l := m.licences[msg.Licence]
		l.answered = true
		if msg.Granted {
			l.granted, l.expires = f.now(), f.now().Add(l.terms.Period)
		}
	case *copyright.MsgTerminateLicence:
		m.licences[msg.Licence].ended = true
	case *copyright.MsgReportBreach:
		m.licences[msg.Licence].breaches++
	case *copyright.MsgApproveDerivative:
		l := m.licences[msg.Licence]
		l.approved = append(l.approved, msg.Description)
	default:
		panic("a message that the model does not know")
	}
}
