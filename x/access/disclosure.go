package access

import (
	"slices"
	"time"

	"cosmossdk.io/errors"
)

// Validate checks what can be checked of an entry without state.
func (d Disclosure) Validate() error {
	if err := CheckSubject(d.Subject); err != nil {
		return err
	}
	if d.Index == 0 || d.Custodian == 0 || d.Institution == 0 || d.Requester == "" || d.Height == 0 || d.At.IsZero() {
		return errors.Wrapf(ErrInvalid, "entry %d of custodian %d for %q of institution %d at height %d: none may be missing",
			d.Index, d.Custodian, d.Requester, d.Institution, d.Height)
	}
	for _, err := range []error{
		checkCode("kind", d.Kind, DisclosureKind_name), checkCode("purpose", d.Purpose, Purpose_name), checkCode("basis", d.Basis, Basis_name),
	} {
		if err != nil {
			return err
		}
	}
	if released := d.Kind == DISCLOSURE_KIND_RELEASE || d.Kind == DISCLOSURE_KIND_LATE; released != (len(d.Records) > 0) {
		return errors.Wrapf(ErrDisclosureKind, "%s with %d records", d.Kind, len(d.Records))
	}
	if follows := d.Kind == DISCLOSURE_KIND_RECEIPT || d.Kind == DISCLOSURE_KIND_DISPUTE || d.Kind == DISCLOSURE_KIND_REVIEW; follows != (d.Of > 0) || d.Of >= d.Index {
		return errors.Wrapf(ErrDisclosureKind, "%s at %d of entry %d", d.Kind, d.Index, d.Of)
	}
	if late := d.Kind == DISCLOSURE_KIND_LATE; late != (d.HappenedAt != nil) || late && d.Ticket != nil {
		return errors.Wrapf(ErrDisclosureKind, "%s with ticket %v that happened at %v: a late one alone has the time, and no ticket", d.Kind, d.Ticket, d.HappenedAt)
	}
	for _, err := range []error{d.validateFindings(), validateReleased(d.Records)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// validateFindings checks that ground, dispute and outcome are where they belong,
// and nowhere else.
func (d Disclosure) validateFindings() error {
	switch {
	case d.Kind == DISCLOSURE_KIND_REFUSAL && d.Dispute == 0 && d.Outcome == 0:
		return CheckGround(d.Ground)
	case d.Kind == DISCLOSURE_KIND_DISPUTE && d.Ground == 0 && d.Outcome == 0:
		return checkCode("dispute", d.Dispute, DisputeReason_name)
	case d.Kind == DISCLOSURE_KIND_REVIEW && d.Ground == 0 && d.Dispute == 0:
		return CheckOutcome(d.Outcome)
	case d.Ground == 0 && d.Dispute == 0 && d.Outcome == 0:
		return nil
	}
	return errors.Wrapf(ErrDisclosureKind, "%s with ground %s, dispute %s, outcome %s", d.Kind, d.Ground, d.Dispute, d.Outcome)
}

func validateReleased(released []ReleasedRecord) error {
	if len(released) > MaxReleased {
		return errors.Wrapf(ErrTooMany, "%d records, want at most %d", len(released), MaxReleased)
	}
	for i, r := range released {
		if err := r.Record.Validate(); err != nil {
			return errors.Wrapf(err, "records[%d]", i)
		}
		if err := CheckCommitment("body", r.Body); err != nil {
			return errors.Wrapf(err, "records[%d]", i)
		}
		if slices.ContainsFunc(released[:i], func(before ReleasedRecord) bool { return before.Record == r.Record }) {
			return errors.Wrapf(ErrInvalid, "records[%d] is there twice", i)
		}
	}
	return nil
}

// Validate checks what can be checked of a late entry without state.
func (e JournalEntry) Validate() error {
	if err := CheckSubject(e.Subject); err != nil {
		return err
	}
	if len(e.Records) == 0 {
		return errors.Wrap(ErrJournal, "no records: only releases are told")
	}
	if e.HappenedAt.IsZero() || !e.HappenedAt.Equal(e.HappenedAt.Truncate(time.Hour)) {
		return errors.Wrapf(ErrJournal, "it happened at %s, want that to the hour", e.HappenedAt)
	}
	if e.RoleHeight == 0 {
		return errors.Wrap(ErrJournal, "role_height 0: name the height of the header that proved the role")
	}
	if err := validateReleased(e.Records); err != nil {
		return err
	}
	return CheckCommitment("reason", e.Reason)
}
