package account

import (
	"bytes"
	"context"
	"slices"

	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Request says what a bundle shall hold.
type Request struct {
	// Subject is whose account.
	Subject records.SubjectId
	// Height is the height of the state to prove from. The block after it must
	// exist.
	Height int64
	// Entries are the entries that a node lists and those that the holder of an
	// older bundle kept, in any order. Repeated ones and ones after Height do not
	// harm.
	Entries []access.Disclosure
	// Leaf returns the encoded leaf of a record and its inclusion path, or nothing
	// if it is not known. It may be nil.
	Leaf func(ctx context.Context, id records.RecordId) (leaf []byte, path [][]byte, err error)
}

// maker is a bundle that is being made.
type maker struct {
	Bundle
	source  proof.Source
	request Request
}

// Make makes a bundle that verifies from the given root of trust, and returns it
// with the report of its own verification. The source need not be trusted for
// what the bundle proves; that it shows the newest state is up to the caller. If
// the first entries are neither in the state nor given, the bundle begins at the
// first that is in the state.
func Make(ctx context.Context, source proof.Source, root proof.Root, q Request) ([]byte, Report, error) {
	m := maker{source: source, request: q, Bundle: Bundle{
		Format: Format, Subject: SubjectID{q.Subject.Institution, q.Subject.Number}, Height: q.Height,
	}}
	var err error
	if m.Blocks, err = proof.Path(ctx, source, root, q.Height); err != nil {
		return nil, Report{}, err
	}
	entries, err := m.addEntries(ctx)
	if err != nil {
		return nil, Report{}, err
	}
	if err := m.addInstitutions(ctx, entries); err != nil {
		return nil, Report{}, err
	}
	if err := m.addBatches(ctx, entries); err != nil {
		return nil, Report{}, err
	}
	encoded, err := m.Encode()
	if err != nil {
		return nil, Report{}, err
	}
	report, err := Verify(encoded, root)
	if err != nil {
		return nil, Report{}, err
	}
	return encoded, report, nil
}

// ask returns an entry, and fails if the proof of its store is not the one that
// earlier entries of the store came with.
func (m *maker) ask(ctx context.Context, store string, in *[]byte, key []byte) (proof.Entry, error) {
	entry, root, err := proof.Ask(ctx, m.source, store, key, m.Height)
	if err != nil {
		return proof.Entry{}, err
	}
	if *in != nil && !bytes.Equal(*in, root) {
		return proof.Entry{}, failed(proof.PartSource, "it answered for two different states at height %d", m.Height)
	}
	*in = root
	return entry, nil
}

// addEntries adds the subject's entry and those of the account, and returns them.
func (m *maker) addEntries(ctx context.Context) ([]access.Disclosure, error) {
	var err error
	if m.Entry, err = m.ask(ctx, access.StoreKey, &m.Stores.Access, access.SubjectKey(m.request.Subject)); err != nil {
		return nil, err
	}
	var subject access.Subject
	if err := subject.Unmarshal(m.Entry.Value); err != nil {
		return nil, failed(PartSubject, "%w", err)
	}
	given := make(map[uint64]access.Disclosure)
	for _, d := range m.request.Entries {
		given[d.Index] = d
	}
	whole := uint64(len(given)) >= subject.DisclosuresEver
	for index := uint64(1); whole && index <= subject.DisclosuresEver; index++ {
		d, found := given[index]
		if !found {
			whole = false
			break
		}
		encoded, err := d.Marshal()
		if err != nil {
			return nil, failed(PartEntries, "entry %d: %w", index, err)
		}
		m.Entries = append(m.Entries, encoded)
	}
	if !whole {
		m.Entries = nil
		if err := m.addProvenEntries(ctx, subject.DisclosuresEver); err != nil {
			return nil, err
		}
	}
	return m.Disclosures()
}

// addProvenEntries adds the entries that the state holds, from the last one back,
// each with its own proof.
func (m *maker) addProvenEntries(ctx context.Context, last uint64) error {
	for index := last; index > 0; index-- {
		entry, err := m.ask(ctx, access.StoreKey, &m.Stores.Access, access.DisclosureKey(m.request.Subject, index))
		if err != nil {
			return err
		}
		if len(entry.Value) == 0 {
			break
		}
		m.Entries, m.Proofs = append(m.Entries, entry.Value), append(m.Proofs, entry.Proof)
	}
	if len(m.Entries) == 0 {
		return failed(PartEntries, "all %d have left the ledger: whoever kept an earlier bundle has them", last)
	}
	slices.Reverse(m.Entries)
	slices.Reverse(m.Proofs)
	if uint64(len(m.Entries)) == last { // none had left, so the chain proves them
		m.Proofs = nil
	}
	return nil
}

func (m *maker) addInstitutions(ctx context.Context, entries []access.Disclosure) error {
	for _, number := range concerned(m.Subject, entries) {
		entry, err := m.ask(ctx, consortium.StoreKey, &m.Stores.Consortium, consortium.InstitutionKey(number))
		if err != nil {
			return err
		}
		m.Institutions = append(m.Institutions, Institution{Number: number, Entry: entry})
	}
	return nil
}

// addBatches adds the leaves of released records that the maker knows.
func (m *maker) addBatches(ctx context.Context, entries []access.Disclosure) error {
	if m.request.Leaf == nil {
		return nil
	}
	for _, id := range released(entries) {
		leaf, path, err := m.request.Leaf(ctx, id)
		if err != nil {
			return err
		}
		if len(leaf) == 0 {
			continue
		}
		last := len(m.Batches) - 1
		if last < 0 || m.Batches[last].Institution != id.Institution || m.Batches[last].Number != id.Batch {
			entry, err := m.ask(ctx, records.StoreKey, &m.Stores.Records, records.BatchKey(records.BatchId{Institution: id.Institution, Number: id.Batch}))
			if err != nil {
				return err
			}
			m.Batches, last = append(m.Batches, Batch{Institution: id.Institution, Number: id.Batch, Entry: entry}), last+1
		}
		if path == nil {
			path = [][]byte{}
		}
		m.Batches[last].Leaves = append(m.Batches[last].Leaves, Leaf{Place: id.Leaf, Leaf: leaf, Path: path})
	}
	return nil
}
