package records

import (
	"slices"

	"cosmossdk.io/errors"
)

// reasons lists the reasons that go with each status.
var reasons = map[RecordStatus][]RecordReason{
	RECORD_STATUS_AMENDED:    {RECORD_REASON_CORRECTION, RECORD_REASON_ADDENDUM},
	RECORD_STATUS_SUPERSEDED: {RECORD_REASON_NEW_VERSION, RECORD_REASON_DUPLICATE},
	RECORD_STATUS_RETRACTED:  {RECORD_REASON_ENTERED_IN_ERROR, RECORD_REASON_WRONG_SUBJECT, RECORD_REASON_WITHDRAWN},
}

// CheckReason fails unless the reason is one for that status.
func CheckReason(status RecordStatus, reason RecordReason) error {
	if !slices.Contains(reasons[status], reason) {
		return errors.Wrapf(ErrInvalidReason, "%s does not go with %s, want one of %v", reason, status, reasons[status])
	}
	return nil
}

// Validate checks that the basis is listed.
func (b ErasureBasis) Validate() error {
	if _, known := ErasureBasis_name[int32(b)]; !known || b == ERASURE_BASIS_UNSPECIFIED {
		return errors.Wrapf(ErrInvalidBasis, "%d, want 1 to %d", b, len(ErasureBasis_name)-1)
	}
	return nil
}

// Validate checks that institution and batch are not zero and that a batch may
// have that leaf.
func (id RecordId) Validate() error {
	if id.Institution == 0 || id.Batch == 0 {
		return errors.Wrapf(ErrZeroNumber, "record (%d, %d, %d): institutions and batches count from 1", id.Institution, id.Batch, id.Leaf)
	}
	if id.Leaf >= MaxBatchLeaves {
		return errors.Wrapf(ErrLeafCount, "record (%d, %d, %d): leaves count from 0 to %d", id.Institution, id.Batch, id.Leaf, MaxBatchLeaves-1)
	}
	return nil
}

// BatchId returns the id of the record's batch.
func (id RecordId) BatchId() BatchId { return BatchId{Institution: id.Institution, Number: id.Batch} }

// Validate checks what can be checked of a standing without state.
func (s Standing) Validate() error {
	if err := s.Id.Validate(); err != nil {
		return err
	}
	if err := s.Leaf.Validate(); err != nil {
		return err
	}
	if s.Custodian == 0 {
		return errors.Wrap(ErrZeroNumber, "custodian: institutions count from 1")
	}
	if s.OfferedTo == s.Custodian || s.OfferedTo != 0 && s.Status == RECORD_STATUS_ERASED {
		return errors.Wrapf(ErrInvalidOffer, "to institution %d of a record that is %s and kept by %d", s.OfferedTo, s.Status, s.Custodian)
	}
	if err := s.validateStatus(); err != nil {
		return err
	}
	return validateAnchor(s.ChangedHeight, s.ChangedAt)
}

func (s Standing) validateStatus() error {
	replaced := s.Status == RECORD_STATUS_AMENDED || s.Status == RECORD_STATUS_SUPERSEDED
	if replaced && s.Successor == nil || s.Status == RECORD_STATUS_IN_FORCE && s.Successor != nil {
		return errors.Wrapf(ErrInvalidSuccessor, "a record that is %s and has the successor %v", s.Status, s.Successor)
	}
	erased := s.Status == RECORD_STATUS_ERASED
	if !erased && s.Basis != ERASURE_BASIS_UNSPECIFIED {
		return errors.Wrapf(ErrInvalidBasis, "%s of a record that is %s", s.Basis, s.Status)
	}
	switch {
	case erased:
		return s.Basis.Validate()
	case s.Status != RECORD_STATUS_IN_FORCE:
		return CheckReason(s.Status, s.Reason)
	case s.Reason != RECORD_REASON_UNSPECIFIED:
		return errors.Wrapf(ErrInvalidReason, "%s of a record that is in force", s.Reason)
	}
	return nil
}
