package records

import (
	"cmp"

	"cosmossdk.io/errors"
)

// DefaultGenesis returns a state with neither records nor batches.
func DefaultGenesis() *GenesisState { return &GenesisState{} }

// Validate checks the state without a store: every entry is valid, ids strictly
// increase (which also rules out duplicates), and no institution has the same
// root twice.
func (gs GenesisState) Validate() error {
	var last RecordId
	for i, r := range gs.Records {
		if err := r.Validate(); err != nil {
			return errors.Wrapf(err, "records[%d]", i)
		}
		if compareIDs(last.Institution, last.Sequence, r.Id.Institution, r.Id.Sequence) >= 0 {
			return errors.Wrapf(ErrGenesisOrder, "records[%d]: (%d, %d) does not come after (%d, %d)",
				i, r.Id.Institution, r.Id.Sequence, last.Institution, last.Sequence)
		}
		last = r.Id
	}
	return validateBatches(gs.Batches)
}

func validateBatches(batches []Batch) error {
	var last BatchId
	roots := make(map[string]uint64) // of the institution that last names
	for i, b := range batches {
		if err := b.Validate(); err != nil {
			return errors.Wrapf(err, "batches[%d]", i)
		}
		if compareIDs(last.Institution, last.Number, b.Id.Institution, b.Id.Number) >= 0 {
			return errors.Wrapf(ErrGenesisOrder, "batches[%d]: (%d, %d) does not come after (%d, %d)",
				i, b.Id.Institution, b.Id.Number, last.Institution, last.Number)
		}
		if b.Id.Institution != last.Institution {
			clear(roots)
		}
		if number, repeated := roots[string(b.Root)]; repeated {
			return errors.Wrapf(ErrRootExists, "batches[%d]: %x is the root of batch (%d, %d)", i, b.Root, b.Id.Institution, number)
		}
		roots[string(b.Root)] = b.Id.Number
		last = b.Id
	}
	return nil
}

// compareIDs compares two pairs in the order of their keys.
func compareIDs(institution1, number1, institution2, number2 uint64) int {
	return cmp.Or(cmp.Compare(institution1, institution2), cmp.Compare(number1, number2))
}
