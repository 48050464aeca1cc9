package rights

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// ErrRefused says that the terms of a licence do not allow a use.
var ErrRefused = errors.New("the licence does not allow this use")

// Action is what somebody does with a work.
type Action int

const (
	// ActionUse is to get a copy and work with it, without making another work.
	ActionUse Action = iota + 1
	// ActionPublish is to publish results.
	ActionPublish
	// ActionDistribute is to pass copies on.
	ActionDistribute
	// ActionDerive is to make another work from it.
	ActionDerive
	// ActionTrain is to train a model on it.
	ActionTrain
	// ActionFineTune is to adapt a model with it.
	ActionFineTune
	// ActionEvaluate is to evaluate a model with it.
	ActionEvaluate
)

// relations are how what an action makes came from the work, as the ledger asks for it.
var relations = map[Action]copyright.Relation{
	ActionDerive:   copyright.RELATION_DERIVED,
	ActionTrain:    copyright.RELATION_TRAINED,
	ActionFineTune: copyright.RELATION_FINE_TUNED,
	ActionEvaluate: copyright.RELATION_EVALUATED,
}

// Use is what an institution wants to do.
type Use struct {
	// Institution is its number.
	Institution uint64
	// Action is what it does.
	Action Action
	// Purpose is what for.
	Purpose access.Purpose
	// Commercial says that it is for profit.
	Commercial bool
	// Country is where, an ISO 3166-1 alpha-2 code, or "" if it is not known: then no
	// licence that is for some countries allows it.
	Country string
	// At is when.
	At time.Time
	// Disease is the MONDO id of the disease that is studied, or "".
	Disease string
	// Heeds are the codes of the Data Use Ontology that the user fulfils or undertakes
	// to, such as 21 with the approval of an ethics board.
	Heeds []uint32
	// Description is the digest of the description of the work that is made, if any.
	Description []byte
}

// Decide returns nil if a licence for a work allows a use, or an error that says why
// not: copyright.ErrNotInForce or copyright.ErrUnlicensed where the ledger itself would
// refuse, ErrRefused where only the terms do. What patients consented to is decided
// apart from this, and must permit as well.
func Decide(w copyright.Work, l copyright.Licence, u Use, p access.Params) error {
	action := access.ACTION_ACCESS
	if u.Action == ActionDistribute {
		action = access.ACTION_DISCLOSE
	}
	if u.Action < ActionUse || u.Action > ActionEvaluate {
		return fmt.Errorf("%w: action %d is unknown, want %d to %d", ErrRefused, u.Action, ActionUse, ActionEvaluate)
	}
	request := access.Request{Purpose: u.Purpose, Action: action, Commercial: u.Commercial}
	if err := l.CheckUse(w, u.Institution, request, p, u.At); err != nil {
		return err
	}
	if relation, makes := relations[u.Action]; makes {
		if err := mayMake(w, l, u, relation); err != nil {
			return err
		}
	}
	if t := l.Terms.Territory; len(t) > 0 && !slices.Contains(t, u.Country) {
		return fmt.Errorf("%w: it is for %s, not for %q", ErrRefused, strings.Join(t, ", "), u.Country)
	}
	return u.heeds(l)
}

// mayMake asks what the ledger asks when a work is registered. How deep the lineage is
// already concerns the ledger, not the licence.
func mayMake(w copyright.Work, l copyright.Licence, u Use, relation copyright.Relation) error {
	w.Depth, w.Floor = 0, nil
	parent := copyright.Parent{Work: w.Id, Relation: relation, Licence: l.Id.Number}
	_, _, err := copyright.CheckParents(copyright.MsgRegisterWork{Description: u.Description}, u.Institution,
		[]copyright.Origin{{Parent: parent, Work: w, Licence: &l}}, u.At)
	return err
}

// heeds fails unless a use heeds every data use code of a licence.
func (u Use) heeds(l copyright.Licence) error {
	uses := l.Terms.DataUses
	refused := func(code uint32, why string) error {
		return fmt.Errorf("%w: %s: %s", ErrRefused, copyright.DataUse{Code: code}.Term(), why)
	}
	if codes := permissions(uses); len(codes) > 0 && !slices.ContainsFunc(codes, func(c uint32) bool { return isClass(c, u.Purpose) }) {
		return refused(codes[0], "it does not permit "+u.Purpose.String())
	}
	care := hasUse(uses, duoClinical) && isClass(duoClinical, u.Purpose)
	if diseases := valuesOf(uses, duoDisease); len(diseases) > 0 && !care && !slices.Contains(diseases, u.Disease) {
		return refused(duoDisease, fmt.Sprintf("it is for %s, not for %q", strings.Join(diseases, ", "), u.Disease))
	}
	if countries := valuesOf(uses, duoGeographic); len(countries) > 0 && !slices.Contains(countries, u.Country) {
		return refused(duoGeographic, fmt.Sprintf("it is for %s, not for %q", strings.Join(countries, ", "), u.Country))
	}
	for _, code := range []uint32{duoNonProfit, duoNonCommercial} {
		if u.Commercial && hasUse(uses, code) {
			return refused(code, "the use is commercial")
		}
	}
	if hasUse(uses, duoNoAncestry) && u.Purpose == access.PURPOSE_POARCH {
		return refused(duoNoAncestry, "the use is about ancestry")
	}
	for _, code := range heeded(uses) {
		if !slices.Contains(u.Heeds, code) {
			return refused(code, "nobody says that the use heeds it")
		}
	}
	return u.inTime(l)
}

// inTime fails if a time limit of the data has passed, or if a moratorium has not.
func (u Use) inTime(l copyright.Licence) error {
	if l.GrantedAt == nil {
		return fmt.Errorf("%w: it does not say when it was granted", ErrRefused)
	}
	for _, months := range valuesOf(l.Terms.DataUses, duoTimeLimit) {
		end, err := endOfMonths(*l.GrantedAt, months)
		if err != nil {
			return err
		}
		if !u.At.Before(end) {
			return fmt.Errorf("%w: the data were for use until %s", ErrRefused, end.Format(time.RFC3339))
		}
	}
	for _, date := range valuesOf(l.Terms.DataUses, duoMoratorium) {
		end, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return err
		}
		if u.Action == ActionPublish && u.At.Before(end) {
			return fmt.Errorf("%w: nothing may be published before %s", ErrRefused, date)
		}
	}
	return nil
}
