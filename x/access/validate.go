package access

import (
	"cmp"
	"slices"
	"time"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// CheckCommitment refuses what is not 32 bytes.
func CheckCommitment(name string, value []byte) error {
	if len(value) != CommitmentSize {
		return errors.Wrapf(ErrInvalidCommitment, "%s has %d bytes, want %d", name, len(value), CommitmentSize)
	}
	return nil
}

// CheckSubject refuses an id with a zero.
func CheckSubject(id records.SubjectId) error {
	if id.Institution == 0 || id.Number == 0 {
		return errors.Wrapf(ErrInvalid, "subject (%d, %d): both numbers count from 1", id.Institution, id.Number)
	}
	return nil
}

// checkList refuses a list that is too short or long, out of order, or holds a
// code that is not listed.
func checkList[T ~int32](name string, values []T, least, most int, names map[int32]string) error {
	if len(values) < least || len(values) > most {
		return errors.Wrapf(ErrInvalid, "%d %s, want %d to %d", len(values), name, least, most)
	}
	for i, v := range values {
		if err := checkCode(name, v, names); err != nil {
			return err
		}
		if i > 0 && values[i-1] >= v {
			return errors.Wrapf(ErrInvalid, "%s: %s is repeated or out of order", name, names[int32(v)])
		}
	}
	return nil
}

// checkCode refuses the zero value and what is not listed.
func checkCode[T ~int32](name string, value T, names map[int32]string) error {
	if _, known := names[int32(value)]; !known || value == 0 {
		return errors.Wrapf(ErrUnknownCode, "%s %d, want 1 to %d", name, value, len(names)-1)
	}
	return nil
}

// Validate checks what can be checked of a permit without state.
func (p Permit) Validate() error {
	if err := p.Grantee.validate(); err != nil {
		return err
	}
	for _, err := range []error{
		checkList("purposes", p.Purposes, 1, MaxPurposes, Purpose_name),
		checkList("classes", p.Classes, 1, len(records.RecordClass_name)-1, records.RecordClass_name),
		checkList("actions", p.Actions, 1, len(Action_name)-1, Action_name),
		checkList("obligations", p.Obligations, 0, len(Obligation_name)-1, Obligation_name),
	} {
		if err != nil {
			return err
		}
	}
	for _, never := range []Purpose{PURPOSE_BTG, PURPOSE_PATRQT} {
		if slices.Contains(p.Purposes, never) {
			return errors.Wrapf(ErrInvalid, "no permit is for %s", never)
		}
	}
	if p.Study != nil && (p.Study.Institution == 0 || p.Study.Number == 0) {
		return errors.Wrapf(ErrInvalid, "study (%d, %d): both numbers count from 1", p.Study.Institution, p.Study.Number)
	}
	if p.ValidFrom != nil && p.ValidUntil != nil && !p.ValidFrom.Before(*p.ValidUntil) {
		return errors.Wrapf(ErrInvalid, "valid from %s until %s", p.ValidFrom, p.ValidUntil)
	}
	if p.Channel != 0 {
		return errors.Wrapf(ErrUnknownChannel, "%d: only channel 0, which is public, exists", p.Channel)
	}
	return nil
}

func (g Grantee) validate() error {
	if _, known := consortium.Role_name[int32(g.Role)]; !known {
		return errors.Wrapf(ErrUnknownCode, "role %d", g.Role)
	}
	if l := g.Licence; l != nil && (l.Institution == 0 || l.Number == 0) {
		return errors.Wrapf(ErrInvalid, "licence (%d, %d): both numbers count from 1", l.Institution, l.Number)
	}
	return nil
}

// ValidatePermits checks how many there are and each of them.
func ValidatePermits(permits []Permit, least, most int) error {
	if len(permits) < least || len(permits) > most {
		return errors.Wrapf(ErrTooMany, "%d permits, want %d to %d", len(permits), least, most)
	}
	for i, p := range permits {
		if err := p.Validate(); err != nil {
			return errors.Wrapf(err, "permits[%d]", i)
		}
	}
	return nil
}

// Validate checks what can be checked of a policy without state.
func (p Policy) Validate() error {
	if len(p.Permits) > MaxPolicyPermits {
		return errors.Wrapf(ErrTooMany, "%d permits, want at most %d", len(p.Permits), MaxPolicyPermits)
	}
	for i, each := range p.Permits {
		if each.Basis != BASIS_POLICY && each.Basis != BASIS_LEGAL_DUTY {
			return errors.Wrapf(ErrInvalid, "permits[%d]: basis %s, want %s or %s", i, each.Basis, BASIS_POLICY, BASIS_LEGAL_DUTY)
		}
		if err := each.Permit.Validate(); err != nil {
			return errors.Wrapf(err, "permits[%d]", i)
		}
	}
	return CheckCommitment("document", p.Document)
}

// Validate checks what can be checked of a template without state.
func (t Template) Validate() error {
	if t.Id.Institution == 0 || t.Id.Number == 0 || t.Id.Version == 0 {
		return errors.Wrapf(ErrInvalid, "template (%d, %d) version %d: all count from 1", t.Id.Institution, t.Id.Number, t.Id.Version)
	}
	if t.Id.Version > MaxVersions {
		return errors.Wrapf(ErrTooMany, "version %d, want at most %d: begin another template", t.Id.Version, MaxVersions)
	}
	if err := ValidatePermits(t.Permits, 1, MaxPermits); err != nil {
		return err
	}
	return CheckCommitment("text", t.Text)
}

// Validate checks what can be checked of a study without state.
func (s Study) Validate() error {
	if s.Id.Institution == 0 || s.Id.Number == 0 {
		return errors.Wrapf(ErrInvalid, "study (%d, %d): both numbers count from 1", s.Id.Institution, s.Id.Number)
	}
	if n := len(s.Institutions); n == 0 || n > MaxStudyInstitutions {
		return errors.Wrapf(ErrTooMany, "%d institutions, want 1 to %d", n, MaxStudyInstitutions)
	}
	if s.Institutions[0] == 0 || !increases(s.Institutions) {
		return errors.Wrap(ErrInvalid, "institutions of a study count from 1 and ascend")
	}
	return CheckCommitment("protocol", s.Protocol)
}

func increases[T cmp.Ordered](values []T) bool {
	for i := 1; i < len(values); i++ {
		if values[i-1] >= values[i] {
			return false
		}
	}
	return true
}

// Validate checks what can be checked of a request without state.
func (r Request) Validate() error {
	if err := CheckSubject(r.Subject); err != nil {
		return err
	}
	if r.Custodian == 0 {
		return errors.Wrap(ErrInvalid, "custodian: institutions count from 1")
	}
	for _, err := range []error{
		checkCode("purpose", r.Purpose, Purpose_name),
		checkCode("action", r.Action, Action_name),
		checkCode("role", r.Role, consortium.Role_name),
		checkList("classes", r.Classes, 1, len(records.RecordClass_name)-1, records.RecordClass_name),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Validate checks what can be checked of a consent without state.
func (c Consent) Validate() error {
	if err := CheckSubject(c.Subject); err != nil {
		return err
	}
	if c.Template != nil && len(c.Permits) > 0 {
		return errors.Wrap(ErrInvalid, "permits beside a template: give one of the two")
	}
	if c.Template == nil && c.Grantee != nil {
		return errors.Wrap(ErrInvalid, "a grantee without a template: permits name their own")
	}
	if c.Grantee != nil {
		if err := c.Grantee.validate(); err != nil {
			return err
		}
	}
	if err := ValidatePermits(c.Permits, 0, MaxPermits); err != nil {
		return err
	}
	if len(c.Supersedes) > MaxSupersedes || !increases(c.Supersedes) {
		return errors.Wrapf(ErrInvalid, "it supersedes %v, want at most %d, ascending", c.Supersedes, MaxSupersedes)
	}
	if len(c.Evidence) > 0 {
		if err := CheckCommitment("evidence", c.Evidence); err != nil {
			return err
		}
	}
	return CheckCommitment("sealed", c.Sealed)
}

// EffectivePermits returns the permits that a consent stands for, given the
// template that it adopts, or nil. A permit whose grantee and the consent's have
// nobody in common stands for nothing.
func (c Consent) EffectivePermits(t *Template) []Permit {
	if t == nil {
		return c.Permits
	}
	permits := slices.Clone(t.Permits)
	if c.Grantee == nil {
		return permits
	}
	for i, p := range permits {
		grantee, common := p.Grantee.and(*c.Grantee)
		if permits[i].Grantee = grantee; !common {
			permits[i].Classes = nil
		}
	}
	return permits
}

// Fact is what the ledger shows of a consent to a decision, given the template that
// it adopts, or nil.
func (c Consent) Fact(t *Template) ConsentFact {
	return ConsentFact{Index: c.Index, Permits: c.EffectivePermits(t)}
}

// CheckNarrowing refuses a grantee that leaves nobody of a permit of a template.
func (t Template) CheckNarrowing(grantee *Grantee) error {
	if grantee == nil {
		return nil
	}
	for i, p := range t.Permits {
		if _, common := p.Grantee.and(*grantee); !common {
			return errors.Wrapf(ErrInvalid, "grantee: permit %d of the template is for others", i)
		}
	}
	return nil
}

// and returns whom both are for, and false if that is nobody.
func (g Grantee) and(other Grantee) (Grantee, bool) {
	both := Grantee{
		Institution: cmp.Or(g.Institution, other.Institution), Participant: cmp.Or(g.Participant, other.Participant), Role: cmp.Or(g.Role, other.Role),
		Licence: cmp.Or(g.Licence, other.Licence),
	}
	return both, both.Institution == cmp.Or(other.Institution, g.Institution) &&
		both.Participant == cmp.Or(other.Participant, g.Participant) && both.Role == cmp.Or(other.Role, g.Role) &&
		(g.Licence == nil || other.Licence == nil || g.Licence.Equal(other.Licence))
}

// IsQuarter says whether a time is the beginning of a quarter of a year (UTC).
func IsQuarter(t time.Time) bool {
	t = t.UTC()
	return t.Equal(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)) && (t.Month()-1)%3 == 0
}

// Validate checks what can be checked of a subject's entry without state.
func (s Subject) Validate() error {
	if err := CheckSubject(s.Id); err != nil {
		return err
	}
	if s.Enrolled() {
		if err := CheckCommitment("identity", s.Identity); err != nil {
			return err
		}
	}
	if len(s.Delegates) > MaxDelegates {
		return errors.Wrapf(ErrTooMany, "%d delegates, want at most %d", len(s.Delegates), MaxDelegates)
	}
	for i, d := range s.Delegates {
		if err := d.validate(); err != nil {
			return err
		}
		if s.Delegate(d.Account) != i {
			return errors.Wrapf(ErrDelegate, "%s is one twice", d.Account)
		}
	}
	if len(s.Consents) > MaxConsents {
		return errors.Wrapf(ErrTooMany, "%d consents that have not ended, want at most %d: withdraw some", len(s.Consents), MaxConsents)
	}
	if n := len(s.Consents); !increases(s.Consents) || n > 0 && (s.Consents[0] == 0 || s.Consents[n-1] > s.ConsentsEver) {
		return errors.Wrapf(ErrInvalid, "consents %v of %d ever", s.Consents, s.ConsentsEver)
	}
	if (len(s.Disclosures) > 0) != (s.DisclosuresEver > 0) {
		return errors.Wrapf(ErrInvalid, "a head of %d bytes of an account of %d entries", len(s.Disclosures), s.DisclosuresEver)
	}
	if s.DisclosuresEver > 0 {
		return CheckCommitment("disclosures", s.Disclosures)
	}
	return nil
}

func (d Delegate) validate() error {
	if err := checkCode("capacity", d.Capacity, DelegateCapacity_name); err != nil {
		return err
	}
	switch {
	case d.Account == "":
		return errors.Wrap(ErrDelegate, "no account")
	case d.EndsAt == nil && d.Capacity == DELEGATE_CAPACITY_GUARDIAN:
		return errors.Wrap(ErrDelegate, "a guardian has an end")
	case d.EndsAt != nil && !IsQuarter(*d.EndsAt):
		return errors.Wrapf(ErrDelegate, "it ends at %s, want the beginning of a quarter of a year (UTC)", d.EndsAt)
	}
	return nil
}

// CheckObligations refuses obligations that are not listed or out of order.
func CheckObligations(o []Obligation) error {
	return checkList("obligations", o, 0, len(Obligation_name)-1, Obligation_name)
}

// CheckGround refuses a ground that is not listed.
func CheckGround(g RefusalGround) error { return checkCode("ground", g, RefusalGround_name) }

// CheckOutcome refuses an outcome that is not listed.
func CheckOutcome(o ReviewOutcome) error { return checkCode("outcome", o, ReviewOutcome_name) }

// ByRequester says whether it is for the requester of a release to say so; else it
// is for the custodian.
func (r DisputeReason) ByRequester() bool {
	return r >= DISPUTE_REASON_NOT_RECEIVED && r <= DISPUTE_REASON_NOT_ASKED
}
