package access

import (
	"slices"
	"time"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Question is one point of a request: one class on the ledger, one record in the
// vault.
type Question struct {
	// Request is what is asked for. Its list of classes is not looked at.
	Request Request
	// Requester is the account that asks, and Institution its institution.
	Requester   string
	Institution uint64
	// ActsForSubject says that the requester is who acts for the subject.
	ActsForSubject bool
	// Object is what is asked about.
	Object Object
	// At is the block time.
	At time.Time
}

// Facts are what a question is decided on. Their order never matters.
type Facts struct {
	Params Params
	// Consents are those of the subject that have not ended.
	Consents []ConsentFact
	// Policy is the custodian's base policy, if it has one.
	Policy *Policy
	// Sealed says that sealed parts count, which is so in the vault. On the ledger
	// the answer leaves them to the vault.
	Sealed bool
}

// ConsentFact is a consent with what it stands for.
type ConsentFact struct {
	Index uint64
	// Permits are the consent's, or its template's for its grantee.
	Permits []Permit
	// Sealed is the sealed part, or nil if it could not be opened.
	Sealed *Sealed
}

// Decide decides one question. It is the same function on the ledger and in the
// vault, where it also applies what is sealed and can only permit less. docs/decision.md
// is its specification.
func Decide(q Question, f Facts) Decision {
	switch {
	case !known(&q):
		return Decision{Reason: REASON_UNKNOWN_CODE}
	case q.Requester == "" || q.Institution == 0 || q.At.IsZero():
		return Decision{Reason: REASON_NO_APPLICABLE_PERMIT}
	case q.Request.Purpose == PURPOSE_PATRQT:
		return patient(&q)
	case q.Request.Purpose == PURPOSE_BTG:
		return f.emergency(&q)
	}
	return f.ordinary(&q)
}

// known says whether every code of the question is one of the listed.
func known(q *Question) bool {
	return isListed(Purpose_name, int32(q.Request.Purpose)) &&
		isListed(Action_name, int32(q.Request.Action)) &&
		isListed(consortium.Role_name, int32(q.Request.Role)) &&
		isListed(records.RecordClass_name, int32(q.Object.Class))
}

func isListed(names map[int32]string, code int32) bool {
	_, listed := names[code]
	return listed && code != 0
}

// patient permits what a patient asks for themselves, always: the custodian may
// withhold it on a legal ground only, which is recorded.
func patient(q *Question) Decision {
	if !q.ActsForSubject {
		return Decision{Reason: REASON_NO_APPLICABLE_PERMIT}
	}
	return Decision{Permitted: true, Reason: REASON_PERMITTED, Basis: BASIS_PATIENT}
}

// emergency permits an emergency clinician what may be overridden. No permit is for
// a broken glass, so a denial that is not overridden reaches as far as its consent's
// permits do whatever they are for.
func (f Facts) emergency(q *Question) Decision {
	r := &q.Request
	switch {
	case r.Role != consortium.ROLE_EMERGENCY_CLINICIAN || r.Action != ACTION_ACCESS || r.Commercial || q.Object.Channel != 0:
		return Decision{Reason: REASON_NO_APPLICABLE_PERMIT}
	case !slices.Contains(f.Params.EmergencyClasses, q.Object.Class):
		return Decision{Reason: REASON_NOT_OVERRIDABLE}
	}
	if f.Sealed && !f.Params.EmergencyOverrides {
		denied := REASON_UNSPECIFIED
		for _, c := range f.Consents {
			reaches := slices.ContainsFunc(c.Permits, func(p Permit) bool { return p.fits(q) })
			denied = max(denied, c.denies(q, f.Params, reaches))
		}
		if denied != REASON_UNSPECIFIED {
			return Decision{Reason: denied}
		}
	}
	var g grounds
	g.add(BASIS_EMERGENCY, nil)
	return g.permitted(q)
}

// ordinary decides all that neither is the patient's own request nor breaks the
// glass: on consents, then on the base policy, then on a legal duty, which alone
// stands against a denial.
func (f Facts) ordinary(q *Question) Decision {
	var g grounds
	why := f.weighConsents(q, &g)
	denied := why == REASON_SEALED_DENIAL || why == REASON_SEALED_UNOPENED
	if denied {
		g = grounds{}
	}
	if f.Policy != nil && f.Policy.Institution == q.Request.Custodian {
		covering := f.Params.covering(q.Request.Purpose)
		for i := range f.Policy.Permits {
			p := &f.Policy.Permits[i]
			if (p.Basis == BASIS_LEGAL_DUTY || p.Basis == BASIS_POLICY && !denied) && p.Permit.covers(q, covering) {
				g.add(p.Basis, p.Permit.Obligations)
			}
		}
	}
	if g.basis == BASIS_UNSPECIFIED {
		return Decision{Reason: why}
	}
	return g.permitted(q)
}

// weighConsents adds the consents that cover the question to its grounds, and says
// why a consent does not: a sealed part that cannot be opened before a denial, that
// before an exception, that before that none covers it.
func (f Facts) weighConsents(q *Question, g *grounds) Reason {
	covering := f.Params.covering(q.Request.Purpose)
	denied, excepted := REASON_UNSPECIFIED, false
	for i := range f.Consents {
		c := &f.Consents[i]
		var own grounds
		for j := range c.Permits {
			if p := &c.Permits[j]; p.covers(q, covering) {
				own.add(BASIS_CONSENT, p.Obligations)
			}
		}
		covers := own.basis == BASIS_CONSENT
		if f.Sealed {
			denied = max(denied, c.denies(q, f.Params, covers))
		}
		switch {
		case !covers:
		case f.Sealed && c.excepts(q, f.Params):
			excepted = true
		default:
			g.consents = append(g.consents, c.Index)
			g.add(BASIS_CONSENT, own.duties)
		}
	}
	switch {
	case denied != REASON_UNSPECIFIED:
		return denied
	case excepted:
		return REASON_SEALED_EXCEPTION
	}
	return REASON_NO_APPLICABLE_PERMIT
}

// denies says why the sealed part of a consent forbids the question, if it does. It
// can only where the public part reaches, and everywhere if that permits nothing.
// One that cannot be opened forbids all of that.
func (c *ConsentFact) denies(q *Question, p Params, reaches bool) Reason {
	switch {
	case !reaches && len(c.Permits) > 0:
		return REASON_UNSPECIFIED
	case c.Sealed == nil:
		return REASON_SEALED_UNOPENED
	case slices.ContainsFunc(c.Sealed.Denials, func(r Rule) bool { return r.matches(q, p) }):
		return REASON_SEALED_DENIAL
	}
	return REASON_UNSPECIFIED
}

// excepts says whether a sealed exception takes the question out of the consent.
func (c *ConsentFact) excepts(q *Question, p Params) bool {
	return c.Sealed != nil && slices.ContainsFunc(c.Sealed.Exceptions, func(r Rule) bool { return r.matches(q, p) })
}

// grounds are what a permitted question rests on: the first basis, and the duties of
// everything that covers it. That is why the vault, where less covers it, never
// finds a duty that the ledger did not name.
type grounds struct {
	basis    Basis
	consents []uint64
	duties   []Obligation
}

func (g *grounds) add(basis Basis, duties []Obligation) {
	if g.basis == BASIS_UNSPECIFIED || basis < g.basis {
		g.basis = basis
	}
	for _, duty := range duties {
		if !slices.Contains(g.duties, duty) {
			g.duties = append(g.duties, duty)
		}
	}
}

func (g *grounds) permitted(q *Question) Decision {
	if q.Request.Action == ACTION_ACCESS {
		g.add(g.basis, []Obligation{OBLIGATION_NOREDISCLOSE})
	}
	slices.Sort(g.consents)
	slices.Sort(g.duties)
	return Decision{Permitted: true, Reason: REASON_PERMITTED, Basis: g.basis, Consents: g.consents, Obligations: g.duties}
}

// covers says whether a permit covers a question: each of its parts must. Covering
// are the purposes that cover the one asked for.
func (p *Permit) covers(q *Question, covering []Purpose) bool {
	return p.fits(q) && slices.ContainsFunc(covering, func(one Purpose) bool { return slices.Contains(p.Purposes, one) })
}

// fits says whether a permit covers a question in all but its purpose.
func (p *Permit) fits(q *Question) bool {
	return p.Grantee.fits(q) &&
		(p.ValidUntil == nil || q.At.Before(*p.ValidUntil)) &&
		(p.ValidFrom == nil || !q.At.Before(*p.ValidFrom)) &&
		p.Channel == q.Object.Channel &&
		(p.Commercial || !q.Request.Commercial) &&
		(p.Study == nil || p.Study.Equal(q.Request.Study)) &&
		slices.Contains(p.Classes, q.Object.Class) &&
		slices.Contains(p.Actions, q.Request.Action)
}

func (g *Grantee) fits(q *Question) bool {
	return (g.Institution == 0 || g.Institution == q.Institution) &&
		(g.Participant == "" || g.Participant == q.Requester) &&
		(g.Role == consortium.ROLE_UNSPECIFIED || g.Role == q.Request.Role) &&
		(g.Licence == nil || g.Licence.Equal(q.Request.Licence))
}
