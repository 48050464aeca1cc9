package copyright

import (
	"slices"
	"strings"
	"time"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
)

// InForce says whether a licence is granted, not ended and not expired at a time.
func (l Licence) InForce(at time.Time) bool {
	return l.Status == LICENCE_STATUS_GRANTED && (l.ExpiresAt == nil || at.Before(*l.ExpiresAt))
}

// CheckUse fails with ErrNotInForce unless an institution may make a request under a
// licence at a time: that the licence and the claim on its work stand, and that its
// terms allow the request. What patients consented to is decided apart from this, and
// must permit as well.
func (l Licence) CheckUse(w Work, institution uint64, r access.Request, p access.Params, at time.Time) error {
	refused := func(why string) error {
		return errors.Wrapf(ErrNotInForce, "licence (%d, %d): %s", l.Id.Institution, l.Id.Number, why)
	}
	switch {
	case l.Work != w.Id || !w.Stands():
		return refused("the claim on its work does not stand")
	case l.Licensee != institution:
		return refused("it is another institution's")
	case !l.InForce(at):
		return refused("it is not in force")
	case !slices.ContainsFunc(l.Terms.Purposes, func(permitted access.Purpose) bool { return p.Covers(permitted, r.Purpose) }):
		return refused("its purposes are " + purposeNames(l.Terms.Purposes))
	case r.Commercial && !l.Terms.Commercial:
		return refused("it does not allow commercial use")
	case r.Action == access.ACTION_DISCLOSE && !l.Terms.Redistribution:
		return refused("it does not allow to pass copies on")
	}
	return nil
}

// CheckOffer fails with ErrTerms or ErrTermsWeaker unless terms are valid and as
// strict as a work's floor.
func (w Work) CheckOffer(t Terms) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if w.Floor == nil {
		return nil
	}
	if weaker := t.Weaker(*w.Floor); len(weaker) > 0 {
		return errors.Wrap(ErrTermsWeaker, strings.Join(weaker, "; "))
	}
	return nil
}

// Grant returns a licence as it is granted at a time. It ends on a whole second, as
// keys hold it.
func (l Licence) Grant(at time.Time) Licence {
	l.Status, l.GrantedAt = LICENCE_STATUS_GRANTED, &at
	if l.Terms.Period > 0 {
		end := at.Add(l.Terms.Period).Truncate(time.Second)
		l.ExpiresAt = &end
	}
	return l
}
