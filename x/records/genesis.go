package records

import (
	"bytes"
	"cmp"

	"cosmossdk.io/errors"
)

// DefaultGenesis returns a state without batches.
func DefaultGenesis() *GenesisState { return &GenesisState{} }

// Validate checks the state without a store: every batch is valid, ids strictly
// increase (which also rules out duplicates), leaves are there if they are
// listed and lead to the root, no institution has the same root twice among its
// other batches, and standings are valid and link both ways.
func (gs GenesisState) Validate() error {
	if err := validateBatches(gs.Batches); err != nil {
		return err
	}
	return validateStandings(gs.Standings)
}

func validateBatches(batches []GenesisBatch) error {
	var last BatchId
	roots := make(map[string]uint64) // of the institution that last names
	for i, b := range batches {
		if err := b.Validate(); err != nil {
			return errors.Wrapf(err, "batches[%d]", i)
		}
		id := b.Batch.Id
		if last.compare(id) >= 0 {
			return errors.Wrapf(ErrGenesisOrder, "batches[%d]: (%d, %d) does not come after (%d, %d)",
				i, id.Institution, id.Number, last.Institution, last.Number)
		}
		if id.Institution != last.Institution {
			clear(roots)
		}
		last = id
		if b.Batch.Listed {
			continue
		}
		if number, repeated := roots[string(b.Batch.Root)]; repeated {
			return errors.Wrapf(ErrRootExists, "batches[%d]: %x is the root of batch (%d, %d)", i, b.Batch.Root, id.Institution, number)
		}
		roots[string(b.Batch.Root)] = id.Number
	}
	return nil
}

func validateStandings(standings []Standing) error {
	known := make(map[RecordId]Standing, len(standings))
	for i, s := range standings {
		if err := s.Validate(); err != nil {
			return errors.Wrapf(err, "standings[%d]", i)
		}
		if i > 0 && standings[i-1].Id.compare(s.Id) >= 0 {
			return errors.Wrapf(ErrGenesisOrder, "standings[%d]: %v does not come after %v", i, s.Id, standings[i-1].Id)
		}
		known[s.Id] = s
	}
	for i, s := range standings {
		if s.Successor != nil {
			if p := known[*s.Successor].Predecessor; p == nil || *p != s.Id {
				return errors.Wrapf(ErrInvalidSuccessor, "standings[%d]: %v does not name %v as its predecessor", i, *s.Successor, s.Id)
			}
		}
		if s.Predecessor != nil {
			if next := known[*s.Predecessor].Successor; next == nil || *next != s.Id {
				return errors.Wrapf(ErrInvalidSuccessor, "standings[%d]: %v does not name %v as its successor", i, *s.Predecessor, s.Id)
			}
		}
	}
	return nil
}

// Validate checks the batch, and of a listed one every leaf and the root.
func (g GenesisBatch) Validate() error {
	if err := g.Batch.Validate(); err != nil {
		return err
	}
	if !g.Batch.Listed {
		if len(g.Leaves) != 0 {
			return errors.Wrapf(ErrLeafCount, "%d of a batch that is not listed, want none", len(g.Leaves))
		}
		return nil
	}
	listed, _, err := ListedBatch(g.Batch.Id, g.Leaves)
	if err != nil {
		return err
	}
	if listed.Leaves != g.Batch.Leaves {
		return errors.Wrapf(ErrLeafCount, "%d are there, the batch has %d", listed.Leaves, g.Batch.Leaves)
	}
	if !bytes.Equal(listed.Root, g.Batch.Root) {
		return errors.Wrapf(ErrWrongRoot, "%x, but the leaves lead to %x", g.Batch.Root, listed.Root)
	}
	return nil
}

// compare orders ids as their keys are ordered.
func (id BatchId) compare(other BatchId) int {
	return cmp.Or(cmp.Compare(id.Institution, other.Institution), cmp.Compare(id.Number, other.Number))
}

func (id RecordId) compare(other RecordId) int {
	return cmp.Or(id.BatchId().compare(other.BatchId()), cmp.Compare(id.Leaf, other.Leaf))
}
