package copyright

import (
	"slices"
	"time"

	"cosmossdk.io/errors"
)

// CheckDigest refuses what is not 32 bytes.
func CheckDigest(name string, value []byte) error {
	if len(value) != DigestSize {
		return errors.Wrapf(ErrInvalidDigest, "%s has %d bytes, want %d", name, len(value), DigestSize)
	}
	return nil
}

// Validate refuses an id with a zero.
func (id WorkId) Validate() error {
	if id.Institution == 0 || id.Number == 0 {
		return errors.Wrapf(ErrInvalid, "work (%d, %d): both numbers count from 1", id.Institution, id.Number)
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

// Validate checks what can be checked of a claim without state.
func (m MsgRegisterWork) Validate() error {
	for _, err := range []error{
		checkCode("kind", m.Kind, WorkKind_name),
		checkCode("right", m.Right, Right_name),
		CheckDigest("description", m.Description),
		validateContributors(m.Contributors),
		m.validateContent(),
		validateParents(m.Parents),
	} {
		if err != nil {
			return err
		}
	}
	if !countryForm.MatchString(m.Jurisdiction) {
		return errors.Wrapf(ErrInvalid, "jurisdiction %q, want an ISO 3166-1 alpha-2 code or EU", m.Jurisdiction)
	}
	return nil
}

// validateContent checks that a work is of records with custodians, or has content of
// its own.
func (m MsgRegisterWork) validateContent() error {
	if m.Size_ == 0 {
		if len(m.Root) != 0 || len(m.Custodians) != 0 {
			return errors.Wrap(ErrInvalid, "a work without records has neither root nor custodians")
		}
		if m.Kind == WORK_KIND_DATASET || m.Kind == WORK_KIND_IMAGE_COLLECTION {
			return errors.Wrapf(ErrInvalid, "a %s has records", m.Kind)
		}
		return CheckDigest("content", m.Content)
	}
	switch {
	case m.Size_ > MaxRecords:
		return errors.Wrapf(ErrTooMany, "%d records, want at most %d", m.Size_, MaxRecords)
	case len(m.Content) != 0:
		return errors.Wrap(ErrInvalid, "content: the records are the content")
	case len(m.Custodians) == 0 || len(m.Custodians) > MaxCustodians:
		return errors.Wrapf(ErrInvalid, "%d custodians, want 1 to %d", len(m.Custodians), MaxCustodians)
	}
	for i, c := range m.Custodians {
		if c == 0 || i > 0 && m.Custodians[i-1] >= c {
			return errors.Wrapf(ErrInvalid, "custodian %d is zero, repeated or out of order", c)
		}
	}
	return CheckDigest("root", m.Root)
}

// validateContributors checks that shares add up exactly. That nobody is named twice
// is checked on the accounts, which have more than one way to be written.
func validateContributors(all []Contributor) error {
	if len(all) == 0 || len(all) > MaxContributors {
		return errors.Wrapf(ErrInvalid, "%d contributors, want 1 to %d", len(all), MaxContributors)
	}
	sum := uint64(0)
	for i, c := range all {
		if err := checkList("credits", c.Credits, 1, len(Credit_name)-1, Credit_name); err != nil {
			return errors.Wrapf(err, "contributors[%d]", i)
		}
		sum += uint64(c.Share)
	}
	if sum != WholeShare {
		return errors.Wrapf(ErrShares, "to %d basis points, want %d", sum, WholeShare)
	}
	return nil
}

// validateParents checks the list of parents.
func validateParents(parents []Parent) error {
	if len(parents) > MaxParents {
		return errors.Wrapf(ErrTooMany, "%d parents, want at most %d", len(parents), MaxParents)
	}
	for i, p := range parents {
		if err := p.Work.Validate(); err != nil {
			return err
		}
		if err := checkCode("relation", p.Relation, Relation_name); err != nil {
			return err
		}
		if i > 0 && compareWorks(parents[i-1].Work, p.Work) >= 0 {
			return errors.Wrapf(ErrParent, "(%d, %d) is repeated or out of order", p.Work.Institution, p.Work.Number)
		}
	}
	return nil
}

func compareWorks(a, b WorkId) int {
	return slices.Compare([]uint64{a.Institution, a.Number}, []uint64{b.Institution, b.Number})
}

// Settled returns the work as it is at a time: an attested claim that nobody contests
// is upheld once its window has passed.
func (w Work) Settled(at time.Time) Work {
	if w.Status == WORK_STATUS_ATTESTED && w.UpheldAt != nil && !at.Before(*w.UpheldAt) {
		w.Status = WORK_STATUS_UPHELD
	}
	return w
}

// Undecided is the status of a claim that stands and that nobody has decided on.
func (w Work) Undecided() WorkStatus {
	switch {
	case w.OpenContests > 0:
		return WORK_STATUS_CONTESTED
	case w.UpheldAt != nil:
		return WORK_STATUS_ATTESTED
	}
	return WORK_STATUS_CLAIMED
}

// Duty is what the terms of a work's parents require of its claimant when data are
// withdrawn, or unspecified if there are no such terms.
func (w Work) Duty() Withdrawal {
	if w.Floor == nil {
		return WITHDRAWAL_UNSPECIFIED
	}
	return w.Floor.Withdrawal
}

// OlderThan says whether a claim was registered in an earlier block than another. Of two
// claims of one block neither is older: who was first there is the proposer's choice, and
// proves nothing.
func (w Work) OlderThan(other Work) bool { return w.RegisteredHeight < other.RegisteredHeight }

// Stands says whether a claim may still come to something: that it is neither
// withdrawn nor rejected.
func (w Work) Stands() bool {
	return w.Status != WORK_STATUS_WITHDRAWN && w.Status != WORK_STATUS_REJECTED
}

// Reserves says whether no other claim may be made on the same records: that the
// custodians attested this one.
func (w Work) Reserves() bool {
	return w.Stands() && w.Status != WORK_STATUS_CLAIMED && len(w.Attestations) == len(w.Custodians)
}
