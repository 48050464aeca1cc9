package copyright

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/errors"
)

// Origin is a parent of a work that is to be registered, with its licence, if any.
type Origin struct {
	Parent  Parent
	Work    Work
	Licence *Licence
}

// CheckParents decides whether a work may be made from its parents at a time: each must
// stand and, unless the claimant's institution claims it too, be licensed to that
// institution for the relation. It returns the strictest of all their terms, or nil if
// there are none, and the depth of the work.
func CheckParents(m MsgRegisterWork, institution uint64, origins []Origin, at time.Time) (floor *Terms, depth uint32, err error) {
	for _, o := range origins {
		if err := o.check(m, institution, at); err != nil {
			return nil, 0, err
		}
	}
	return inherit(origins)
}

// inherit returns the strictest of all terms of parents, or nil if there are none, and
// the depth of a work that is made from them.
func inherit(origins []Origin) (floor *Terms, depth uint32, err error) {
	var conflicts []string
	for _, o := range origins {
		if o.Work.Depth >= MaxDepth {
			return nil, 0, errors.Wrapf(ErrTooDeep, "work (%d, %d) has depth %d, the deepest there may be", o.Work.Id.Institution, o.Work.Id.Number, o.Work.Depth)
		}
		depth = max(depth, o.Work.Depth+1)
		for _, terms := range o.terms() {
			if floor == nil {
				floor = &terms
				continue
			}
			met, differ := meet(*floor, terms)
			floor, conflicts = &met, append(conflicts, differ...)
		}
	}
	if floor != nil && len(floor.DataUses) > MaxDataUses {
		conflicts = append(conflicts, fmt.Sprintf("data uses: %d together, an offer holds at most %d", len(floor.DataUses), MaxDataUses))
	}
	if len(conflicts) > 0 {
		return nil, 0, errors.Wrap(ErrTermsConflict, strings.Join(conflicts, "; "))
	}
	return floor, depth, nil
}

// terms are what a parent demands of what is made from it: what its own parents demand,
// and its licence.
func (o Origin) terms() []Terms {
	var all []Terms
	if o.Work.Floor != nil {
		all = append(all, *o.Work.Floor)
	}
	if o.Licence != nil {
		all = append(all, o.Licence.Terms.asFloor())
	}
	return all
}

func (o Origin) check(m MsgRegisterWork, institution uint64, at time.Time) error {
	id := o.Parent.Work
	if !o.Work.Stands() {
		return errors.Wrapf(ErrParent, "work (%d, %d) is %s", id.Institution, id.Number, o.Work.Status)
	}
	own := id.Institution == institution
	if own != (o.Parent.Licence == 0) {
		return errors.Wrapf(ErrUnlicensed, "work (%d, %d): name the licence of another's work, and none of an own one", id.Institution, id.Number)
	}
	if own {
		return nil
	}
	l := o.Licence
	if l == nil || l.Work != id || l.Licensee != institution || !l.InForce(at) {
		return errors.Wrapf(ErrUnlicensed, "licence (%d, %d) for work (%d, %d) is not in force for institution %d", id.Institution, o.Parent.Licence, id.Institution, id.Number, institution)
	}
	return l.allows(o.Parent.Relation, m.Description)
}

// allows fails unless a licence allows a work that is made in some way, and that its
// description names.
func (l Licence) allows(r Relation, description []byte) error {
	t := l.Terms
	refused := func(why string) error {
		return errors.Wrapf(ErrUnlicensed, "licence (%d, %d): %s", l.Id.Institution, l.Id.Number, why)
	}
	switch {
	case r == RELATION_EVALUATED && !t.Evaluation:
		return refused("it does not allow to evaluate models")
	case r == RELATION_EVALUATED:
		return nil // nothing of the work is in the result
	case r == RELATION_TRAINED && !t.Training:
		return refused("it does not allow to train models")
	case r == RELATION_FINE_TUNED && !t.FineTuning:
		return refused("it does not allow to adapt models")
	case t.Derivatives == DERIVATIVES_FORBIDDEN:
		return refused("it allows no derivatives")
	case t.Derivatives == DERIVATIVES_BY_APPROVAL && !slices.ContainsFunc(l.Approved, func(d []byte) bool { return bytes.Equal(d, description) }):
		return refused("the licensor has not approved a derivative of this description")
	}
	return nil
}
