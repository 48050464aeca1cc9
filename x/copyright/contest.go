package copyright

import (
	"slices"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/records"
)

// Validate checks what can be checked of a contest without state.
func (m MsgContestWork) Validate() error {
	for _, err := range []error{m.Work.Validate(), validateGround(m.Work, m.Ground, m.Other), CheckDigest("evidence", m.Evidence)} {
		if err != nil {
			return err
		}
	}
	if (m.Ground == GROUND_OVERLAP) != (m.Overlap != nil) {
		return errors.Wrapf(ErrContest, "%s: overlap is proven for GROUND_OVERLAP, and for nothing else", m.Ground)
	}
	return nil
}

// validateGround checks that a contest names the other work that its ground needs.
func validateGround(contested WorkId, g Ground, other *WorkId) error {
	if err := checkCode("ground", g, Ground_name); err != nil {
		return err
	}
	switch {
	case (g == GROUND_NO_RIGHT) != (other == nil):
		return errors.Wrapf(ErrContest, "%s: name the earlier work, but for GROUND_NO_RIGHT", g)
	case other != nil && *other == contested:
		return errors.Wrap(ErrContest, "a work does not contest itself")
	case other != nil:
		return other.Validate()
	}
	return nil
}

// CheckAgainst fails with ErrContest or ErrNotMember unless a contest fits its ground:
// that the other work stands and is older, and is no parent that is named already, and
// that an overlap is proven. The other work is nil if the ground has none.
func (m MsgContestWork) CheckAgainst(contested Work, other *Work) error {
	if other == nil {
		return nil
	}
	id := other.Id
	switch {
	case !other.Stands():
		return errors.Wrapf(ErrContest, "work (%d, %d) is %s", id.Institution, id.Number, other.Status)
	case !other.OlderThan(contested):
		return errors.Wrapf(ErrContest, "work (%d, %d) of block %d is not older than that of block %d",
			id.Institution, id.Number, other.RegisteredHeight, contested.RegisteredHeight)
	case m.Ground == GROUND_HIDDEN_PARENT && slices.ContainsFunc(contested.Parents, func(p Parent) bool { return p.Work == id }):
		return errors.Wrapf(ErrContest, "work (%d, %d) is named among the parents", id.Institution, id.Number)
	case m.Overlap != nil:
		return m.Overlap.CheckOverlap(contested, *other)
	}
	return nil
}

// CheckOverlap fails with ErrNotMember unless a record belongs to both works.
func (o Overlap) CheckOverlap(contested, other Work) error {
	if err := contested.CheckMember(o.Record, o.Place, o.Path); err != nil {
		return err
	}
	return other.CheckMember(o.Record, o.OtherPlace, o.OtherPath)
}

// Validate checks what can be checked of a notice without state.
func (m MsgNotifyWork) Validate() error {
	if err := m.Work.Validate(); err != nil {
		return err
	}
	switch m.Cause {
	case CAUSE_WITHDRAWN, CAUSE_ERASED, CAUSE_RETRACTED:
	default:
		return errors.Wrapf(ErrUnknownCode, "cause %s, want withdrawn, erased or retracted", m.Cause)
	}
	if len(m.Records) == 0 || len(m.Records) > MaxNotified {
		return errors.Wrapf(ErrInvalid, "%d records, want 1 to %d", len(m.Records), MaxNotified)
	}
	for i, r := range m.Records {
		if i > 0 && compareRecords(m.Records[i-1].Record, r.Record) >= 0 {
			return errors.Wrapf(ErrInvalid, "record (%d, %d, %d) is repeated or out of order", r.Record.Institution, r.Record.Batch, r.Record.Leaf)
		}
	}
	return nil
}

func compareRecords(a, b records.RecordId) int {
	return slices.Compare([]uint64{a.Institution, a.Batch, a.Leaf}, []uint64{b.Institution, b.Batch, b.Leaf})
}
