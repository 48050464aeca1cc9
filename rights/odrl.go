package rights

import (
	"errors"
	"fmt"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// ErrNoAgreement refuses to write a licence that is not granted as an agreement.
var ErrNoAgreement = errors.New("no agreement")

// Profile is the name of the ODRL profile that policies are written in, see
// ProfileTurtle. Its terms begin with it and a colon.
const Profile = "urn:dmdl:odrl:1"

const odrlContext = "http://www.w3.org/ns/odrl.jsonld"

// prefixes shorten names beside those that the context of ODRL shortens.
var prefixes = map[string]string{
	"dmdl":     Profile + ":",
	"obo":      "http://purl.obolibrary.org/obo/",
	"reason":   "http://terminology.hl7.org/CodeSystem/v3-ActReason#",
	"currency": "http://publications.europa.eu/resource/authority/currency/",
}

// Parts of a policy, in the names of ODRL's context.
type (
	policy struct {
		Context     []any    `json:"@context"`
		Type        string   `json:"@type"`
		UID         string   `json:"uid"`
		Profile     string   `json:"profile"`
		Conflict    string   `json:"conflict"`
		Text        ref      `json:"dct:source"`
		Issued      *literal `json:"dct:issued,omitempty"`
		Offer       *ref     `json:"dct:relation,omitempty"`
		Closed      bool     `json:"dmdl:closed,omitempty"`
		Permission  []rule   `json:"permission"`
		Prohibition []rule   `json:"prohibition,omitempty"`
		Obligation  []rule   `json:"obligation"`
	}
	rule struct {
		Target      string       `json:"target,omitempty"`
		Assigner    string       `json:"assigner,omitempty"`
		Assignee    string       `json:"assignee,omitempty"`
		Action      any          `json:"action"`
		Constraint  []constraint `json:"constraint,omitempty"`
		Duty        []duty       `json:"duty,omitempty"`
		Compensated string       `json:"compensatedParty,omitempty"`
		Because     *ref         `json:"dct:source,omitempty"`
	}
	duty struct {
		Action     string   `json:"action"`
		Target     string   `json:"target,omitempty"`
		Attributed []string `json:"attributedParty,omitempty"`
		Consenting string   `json:"consentingParty,omitempty"`
	}
	constraint struct {
		LeftOperand  string  `json:"leftOperand,omitempty"`
		Operator     string  `json:"operator,omitempty"`
		RightOperand any     `json:"rightOperand,omitempty"`
		Unit         *ref    `json:"unit,omitempty"`
		Or           *choice `json:"or,omitempty"`
		Because      *ref    `json:"dct:source,omitempty"`
	}
	choice struct {
		List []constraint `json:"@list"`
	}
	refined struct {
		Value      ref          `json:"rdf:value"`
		Refinement []constraint `json:"refinement"`
	}
	ref struct {
		ID string `json:"@id"`
		// Covers are other purposes that the ledger takes this one for.
		Covers []ref `json:"dmdl:covers,omitempty"`
	}
	literal struct {
		Value string `json:"@value"`
		Type  string `json:"@type"`
	}
)

// writer writes the rules of one policy.
type writer struct {
	Ledger
	work    copyright.Work
	terms   copyright.Terms
	params  access.Params
	licence *copyright.Licence
}

// Offer writes an offer of licences for a work as an odrl:Offer in JSON-LD. The
// parameters say what each purpose covers on this ledger.
func (c Ledger) Offer(w copyright.Work, o copyright.Offer, p access.Params) ([]byte, error) {
	if o.Work != w.Id {
		return nil, fmt.Errorf("the offer is of work %s, not of %s", Name(o.Work), Name(w.Id))
	}
	b := writer{Ledger: c, work: w, terms: o.Terms, params: p}
	policy, err := b.policy("Offer", c.offer(o.Work, o.Index))
	if err != nil {
		return nil, err
	}
	policy.Closed = o.Closed
	return encode(policy)
}

// Agreement writes a licence that is granted as an odrl:Agreement in JSON-LD. It fails
// with ErrNoAgreement if it is not, or not any more, or if the claim on its work does
// not stand. It does not look at the clock: the document says until when it holds.
func (c Ledger) Agreement(w copyright.Work, l copyright.Licence, p access.Params) ([]byte, error) {
	switch {
	case l.Work != w.Id:
		return nil, fmt.Errorf("the licence is for work %s, not for %s", Name(l.Work), Name(w.Id))
	case l.Status != copyright.LICENCE_STATUS_GRANTED || l.GrantedAt == nil:
		return nil, fmt.Errorf("%w: licence %s is %s", ErrNoAgreement, licenceName(l.Id), word("LICENCE_STATUS_", l.Status))
	case !w.Stands():
		return nil, fmt.Errorf("%w: work %s is %s", ErrNoAgreement, Name(w.Id), word("WORK_STATUS_", w.Status))
	}
	b := writer{Ledger: c, work: w, terms: l.Terms, params: p, licence: &l}
	policy, err := b.policy("Agreement", c.licence(l.Id))
	if err != nil {
		return nil, err
	}
	issued := instant(*l.GrantedAt)
	policy.Issued, policy.Offer = &issued, &ref{ID: c.offer(l.Work, l.Offer)}
	return encode(policy)
}

// policy writes terms. Where a permission and a prohibition meet, the prohibition
// holds.
func (b writer) policy(kind, uid string) (policy, error) {
	if err := b.terms.Validate(); err != nil {
		return policy{}, err
	}
	text := "https://spdx.org/licenses/" + b.terms.Spdx
	if b.terms.Spdx == "" {
		text = digestName(b.terms.Text)
	}
	return policy{
		Context: []any{odrlContext, prefixes}, Type: kind, UID: uid, Profile: Profile, Conflict: "prohibit", Text: ref{ID: text},
		Permission: b.permissions(), Prohibition: b.prohibitions(), Obligation: b.obligations(),
	}, nil
}

func instant(t time.Time) literal {
	return literal{t.UTC().Format(time.RFC3339Nano), "xsd:dateTime"}
}
