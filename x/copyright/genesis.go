package copyright

import (
	"bytes"
	"slices"
	"time"

	"cosmossdk.io/errors"
)

// DefaultGenesis is the state that a new chain begins with: the parameters alone.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks everything that can be checked without other modules: every value,
// the order of keys, and that the parts fit together. That accounts are addresses is
// checked where they are decoded.
func (gs GenesisState) Validate() error {
	for _, err := range []error{
		gs.Params.Validate(),
		each("works", gs.Works, func(w Work) []uint64 { return numbers(w.Id) }, Work.validate),
		each("contests", gs.Contests, func(c Contest) []uint64 { return numbers(c.Work, uint64(c.Index)) }, Contest.validate),
		each("offers", gs.Offers, func(o Offer) []uint64 { return numbers(o.Work, uint64(o.Index)) }, func(o Offer) error { return o.Terms.Validate() }),
		each("licences", gs.Licences, func(l Licence) []uint64 { return []uint64{l.Id.Institution, l.Id.Number} }, Licence.validate),
		each("notices", gs.Notices, func(n Notice) []uint64 { return numbers(n.Work, n.Index) }, Notice.validate),
		each("pending", gs.Pending, func(p Pending) []uint64 { return []uint64{p.Notice.Notifier, p.Position} }, func(p Pending) error { return p.Notice.validate() }),
		each("strikes", gs.Strikes, func(s Strikes) []uint64 { return []uint64{s.Institution} }, func(Strikes) error { return nil }),
	} {
		if err != nil {
			return err
		}
	}
	return gs.fit()
}

func numbers(work WorkId, more ...uint64) []uint64 {
	return append([]uint64{work.Institution, work.Number}, more...)
}

// each checks every value of a list, that the keys hold no zero and that they ascend.
func each[T any](name string, list []T, key func(T) []uint64, check func(T) error) error {
	for i, v := range list {
		if err := check(v); err != nil {
			return errors.Wrapf(err, "%s[%d]", name, i)
		}
		if slices.Contains(key(v), 0) {
			return errors.Wrapf(ErrGenesis, "%s[%d]: key %v, all count from 1", name, i, key(v))
		}
		if i > 0 && slices.Compare(key(list[i-1]), key(v)) >= 0 {
			return errors.Wrapf(ErrGenesis, "%s[%d]: key %v is repeated or out of order", name, i, key(v))
		}
	}
	return nil
}

// validate checks what can be checked of a stored work by itself.
func (w Work) validate() error {
	m := MsgRegisterWork{
		Kind: w.Kind, Right: w.Right, Jurisdiction: w.Jurisdiction, Contributors: w.Contributors, Description: w.Description,
		Root: w.Root, Size_: w.Size_, Custodians: w.Custodians, Content: w.Content, Parents: w.Parents,
	}
	for _, err := range []error{m.Validate(), checkCode("status", w.Status, WorkStatus_name), w.validateAttestations()} {
		if err != nil {
			return err
		}
	}
	attested := len(w.Attestations) == len(w.Custodians)
	switch {
	case w.Claimant == "" || w.RegisteredHeight == 0 || w.RegisteredAt.IsZero():
		return errors.Wrapf(ErrInvalid, "claimed by %q at height %d at %s: none may be missing", w.Claimant, w.RegisteredHeight, w.RegisteredAt)
	case attested != (w.UpheldAt != nil):
		return errors.Wrapf(ErrInvalid, "%d of %d custodians attested it, upheld at %v", len(w.Attestations), len(w.Custodians), w.UpheldAt)
	case (w.PausedAt != nil) != (attested && w.OpenContests > 0):
		return errors.Wrapf(ErrInvalid, "%d open contests, its window stands still since %v", w.OpenContests, w.PausedAt)
	case w.OpenContests > MaxOpenContests || w.Offers > MaxOffers:
		return errors.Wrapf(ErrTooMany, "%d open contests and %d offers, at most %d and %d", w.OpenContests, w.Offers, MaxOpenContests, MaxOffers)
	case w.Stands() && w.Status != w.Undecided() && (w.Status != WORK_STATUS_UPHELD || !attested || w.OpenContests > 0), !w.Stands() && w.OpenContests > 0:
		return errors.Wrapf(ErrInvalid, "it is %s with %d of %d attestations and %d open contests", w.Status, len(w.Attestations), len(w.Custodians), w.OpenContests)
	}
	return nil
}

func (w Work) validateAttestations() error {
	for i, a := range w.Attestations {
		switch {
		case !slices.Contains(w.Custodians, a.Custodian) || i > 0 && w.Attestations[i-1].Custodian >= a.Custodian:
			return errors.Wrapf(ErrInvalid, "attestations[%d]: institution %d is no custodian, repeated or out of order", i, a.Custodian)
		case a.Vault == "" || a.Height < w.RegisteredHeight:
			return errors.Wrapf(ErrInvalid, "attestations[%d]: by %q at height %d of a work of height %d", i, a.Vault, a.Height, w.RegisteredHeight)
		}
		if err := CheckDigest("seed", a.Seed); err != nil {
			return errors.Wrapf(err, "attestations[%d]", i)
		}
	}
	return nil
}

// validate checks what can be checked of a stored contest by itself.
func (c Contest) validate() error {
	for _, err := range []error{
		validateGround(c.Work, c.Ground, c.Other), CheckDigest("evidence", c.Evidence), checkCode("status", c.Status, ContestStatus_name),
	} {
		if err != nil {
			return err
		}
	}
	switch {
	case c.RaisedBy == "" || c.Height == 0 || c.Institution == 0 || c.Institution == c.Work.Institution:
		return errors.Wrapf(ErrInvalid, "raised by %q of institution %d at height %d", c.RaisedBy, c.Institution, c.Height)
	case (c.Status == CONTEST_STATUS_OPEN) != (c.DecidedHeight == 0):
		return errors.Wrapf(ErrInvalid, "%s, decided at height %d", c.Status, c.DecidedHeight)
	}
	return nil
}

// validate checks what can be checked of a stored licence by itself.
func (l Licence) validate() error {
	for _, err := range []error{l.Terms.Validate(), checkCode("status", l.Status, LicenceStatus_name), l.validateStatus(), l.validateApproved()} {
		if err != nil {
			return err
		}
	}
	switch {
	case l.Licensee == 0 || l.Licensee == l.Id.Institution || l.Id.Institution != l.Work.Institution:
		return errors.Wrapf(ErrInvalid, "institution %d's licence for institution %d of work (%d, %d)", l.Id.Institution, l.Licensee, l.Work.Institution, l.Work.Number)
	case l.Requester == "" || l.RequestedAt.IsZero():
		return errors.Wrapf(ErrInvalid, "requested by %q at %s: none may be missing", l.Requester, l.RequestedAt)
	case len(l.Breaches) > MaxBreaches:
		return errors.Wrapf(ErrTooMany, "%d breaches, at most %d", len(l.Breaches), MaxBreaches)
	}
	for i, b := range l.Breaches {
		if err := CheckDigest("evidence", b.Evidence); err != nil {
			return errors.Wrapf(err, "breaches[%d]", i)
		}
	}
	return nil
}

// validateStatus checks that times and heights are those of the status.
func (l Licence) validateStatus() error {
	granted := l.Status == LICENCE_STATUS_GRANTED || l.Status == LICENCE_STATUS_TERMINATED
	ended := l.Status == LICENCE_STATUS_REFUSED || l.Status == LICENCE_STATUS_TERMINATED
	if granted != (l.GrantedAt != nil) || ended != (l.EndedHeight != 0) || !granted && len(l.Breaches)+len(l.Approved) > 0 {
		return errors.Wrapf(ErrInvalid, "%s, granted at %v, ended at height %d, with %d breaches and %d approved",
			l.Status, l.GrantedAt, l.EndedHeight, len(l.Breaches), len(l.Approved))
	}
	var end *time.Time
	if granted {
		end = l.Grant(*l.GrantedAt).ExpiresAt
	}
	if (end == nil) != (l.ExpiresAt == nil) || end != nil && !end.Equal(*l.ExpiresAt) {
		return errors.Wrapf(ErrInvalid, "expires at %v, want %v", l.ExpiresAt, end)
	}
	return nil
}

func (l Licence) validateApproved() error {
	if len(l.Approved) > MaxApproved || len(l.Approved) > 0 && l.Terms.Derivatives != DERIVATIVES_BY_APPROVAL {
		return errors.Wrapf(ErrInvalid, "%d approved under %s, at most %d", len(l.Approved), l.Terms.Derivatives, MaxApproved)
	}
	for i, d := range l.Approved {
		if err := CheckDigest("approved", d); err != nil {
			return err
		}
		if slices.ContainsFunc(l.Approved[:i], func(before []byte) bool { return bytes.Equal(before, d) }) {
			return errors.Wrapf(ErrInvalid, "approved[%d] is there twice", i)
		}
	}
	return nil
}

// validate checks what can be checked of a notice by itself.
func (n Notice) validate() error {
	if err := checkCode("cause", n.Cause, Cause_name); err != nil {
		return err
	}
	own := n.Origin == n.Work
	switch {
	case n.Height == 0 || n.At.IsZero() || n.OriginIndex == 0 || n.Notifier == 0:
		return errors.Wrapf(ErrInvalid, "notice %d of its origin by %d at height %d at %s: none may be missing", n.OriginIndex, n.Notifier, n.Height, n.At)
	case n.Cause == CAUSE_REJECTED && n.Notifier != n.Origin.Institution:
		return errors.Wrapf(ErrInvalid, "a rejection by %d of a work of %d", n.Notifier, n.Origin.Institution)
	case (n.Cause == CAUSE_REJECTED) != (n.Records == 0) || n.Records > MaxNotified:
		return errors.Wrapf(ErrInvalid, "%s of %d records", n.Cause, n.Records)
	case own && (n.Index != n.OriginIndex || n.Duty != WITHDRAWAL_UNSPECIFIED):
		return errors.Wrapf(ErrInvalid, "notice %d of its own, with index %d there and duty %s", n.Index, n.OriginIndex, n.Duty)
	}
	return nil
}
