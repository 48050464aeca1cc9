package records

import (
	"time"

	"cosmossdk.io/errors"
)

// Validate checks that neither part of the id is zero.
func (id BatchId) Validate() error {
	if id.Institution == 0 || id.Number == 0 {
		return errors.Wrapf(ErrZeroNumber, "batch (%d, %d): institutions and batches count from 1", id.Institution, id.Number)
	}
	return nil
}

// Validate checks that class and size are listed, that there is a subject
// unless the record is a dataset, and that the channel is public.
func (d Descriptor) Validate() error {
	if _, known := RecordClass_name[int32(d.Class)]; !known || d.Class == RECORD_CLASS_UNSPECIFIED {
		return errors.Wrapf(ErrUnknownClass, "%d, want 1 to %d", d.Class, len(RecordClass_name)-1)
	}
	if _, known := SizeClass_name[int32(d.Size_)]; !known || d.Size_ == SIZE_CLASS_UNSPECIFIED {
		return errors.Wrapf(ErrUnknownSize, "%d, want 1 to %d", d.Size_, len(SizeClass_name)-1)
	}
	if err := d.validateSubject(); err != nil {
		return err
	}
	return validateChannel(d.Channel)
}

func (d Descriptor) validateSubject() error {
	dataset := d.Class == RECORD_CLASS_DATASET
	switch {
	case dataset && d.Subject != nil:
		return errors.Wrapf(ErrInvalidSubject, "a dataset has none, got (%d, %d)", d.Subject.Institution, d.Subject.Number)
	case dataset:
		return nil
	case d.Subject == nil:
		return errors.Wrapf(ErrInvalidSubject, "missing: every class but %s has one", RECORD_CLASS_DATASET)
	case d.Subject.Institution == 0 || d.Subject.Number == 0:
		return errors.Wrapf(ErrInvalidSubject, "(%d, %d): both numbers count from 1", d.Subject.Institution, d.Subject.Number)
	}
	return nil
}

// Validate checks the descriptor and the sizes of both commitments.
func (l Leaf) Validate() error {
	if err := l.Descriptor_.Validate(); err != nil {
		return err
	}
	if err := validateCommitment("content", l.Content); err != nil {
		return err
	}
	return validateCommitment("sealed", l.Sealed)
}

// Validate checks what can be checked of a batch without state.
func (b Batch) Validate() error {
	if err := b.Id.Validate(); err != nil {
		return err
	}
	if err := validateCommitment("root", b.Root); err != nil {
		return err
	}
	if limit := b.maxLeaves(); b.Leaves == 0 || b.Leaves > limit {
		return errors.Wrapf(ErrLeafCount, "%d, want 1 to %d", b.Leaves, limit)
	}
	if err := validateChannel(b.Channel); err != nil {
		return err
	}
	return validateAnchor(b.AnchoredHeight, b.AnchoredAt)
}

func (b Batch) maxLeaves() uint64 {
	if b.Listed {
		return MaxListedLeaves
	}
	return MaxBatchLeaves
}

func validateChannel(channel uint64) error {
	if channel != 0 {
		return errors.Wrapf(ErrUnknownChannel, "%d: only channel 0, which is public, exists", channel)
	}
	return nil
}

func validateCommitment(name string, value []byte) error {
	if len(value) != CommitmentSize {
		return errors.Wrapf(ErrInvalidCommitment, "%s has %d bytes, want %d", name, len(value), CommitmentSize)
	}
	return nil
}

func validateAnchor(height uint64, at time.Time) error {
	if height == 0 || at.IsZero() {
		return errors.Wrapf(ErrInvalidAnchor, "height %d at %s: both must be those of a block", height, at)
	}
	return nil
}
