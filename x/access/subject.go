package access

import (
	"slices"
	"time"

	"github.com/dmdl-network/dmdl/x/records"
)

// Settled returns the entry as it is at a time: with a change of controller that
// has taken effect since, and without delegates that have ended. The stored entry
// may lag behind until it is next written.
func (s Subject) Settled(at time.Time) Subject {
	if p := s.Pending; p != nil && p.TakesEffectAt != nil && !at.Before(*p.TakesEffectAt) {
		s.Controller, s.Pending = p.Controller, nil
	}
	s.Delegates = slices.DeleteFunc(slices.Clone(s.Delegates), func(d Delegate) bool { return d.EndsAt != nil && !at.Before(*d.EndsAt) })
	return s
}

// Enrolled says whether a registrar said who the subject is.
func (s Subject) Enrolled() bool { return len(s.Identity) > 0 }

// Delegate returns the place of an account among the delegates, or -1.
func (s Subject) Delegate(account string) int {
	return slices.IndexFunc(s.Delegates, func(d Delegate) bool { return d.Account == account })
}

// ActsFor says whether an account acts for the subject at a time with a key of its
// own: as controller or delegate.
func (s Subject) ActsFor(account string, at time.Time) bool {
	s = s.Settled(at)
	return account != "" && (s.Controller == account || s.Delegate(account) >= 0)
}

// IsAbout says whether a record is about a subject. A dataset is about none, and so
// nobody could consent to its release.
func IsAbout(leaf records.Leaf, subject records.SubjectId) bool {
	return leaf.Descriptor_.Subject != nil && *leaf.Descriptor_.Subject == subject
}
