package account

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// verified is what the parts of a bundle say once they are verified.
type verified struct {
	state   proof.State
	subject access.Subject
	entries []access.Disclosure
	names   map[uint64]string
	classes map[records.RecordId]records.RecordClass
}

// Verify verifies a bundle from the root of trust to each entry, and returns what
// it proves. It fails with a *proof.Error that names the part at fault.
func Verify(bundle []byte, root proof.Root) (Report, error) {
	b, err := Parse(bundle)
	if err != nil {
		return Report{}, err
	}
	var v verified
	if v.state, err = proof.VerifyState(b.Blocks, b.Height, root); err != nil {
		return Report{}, err
	}
	for _, verify := range []func(*verified) error{b.verifySubject, b.verifyEntries, b.verifyInstitutions, b.verifyBatches} {
		if err := verify(&v); err != nil {
			return Report{}, err
		}
	}
	return newReport(b, root, v), nil
}

// verifySubject verifies the subject's entry, or that there is none.
func (b *Bundle) verifySubject(v *verified) error {
	id := b.Subject.proto()
	if len(b.Entry.Value) > 0 {
		if err := proof.DecodeMessage(&v.subject, b.Entry.Value); err != nil {
			return failed(PartSubject, "%w", err)
		}
		if v.subject.Id != id {
			return failed(PartSubject, "it is that of subject %d/%d, and the bundle is about %s", v.subject.Id.Institution, v.subject.Id.Number, b.Subject)
		}
	}
	return v.state.Holds(access.StoreKey, b.Stores.Access, access.SubjectKey(id), b.Entry)
}

// verifyEntries verifies that the entries are those that the subject's entry
// counts: all of them, by the chain over them, or the last ones, each by itself.
func (b *Bundle) verifyEntries(v *verified) error {
	var err error
	if v.entries, err = b.Disclosures(); err != nil {
		return err
	}
	ever, held := v.subject.DisclosuresEver, uint64(len(v.entries))
	if held > ever || held == 0 && ever > 0 {
		return failed(PartEntries, "the bundle holds %d, and the ledger counts %d", held, ever)
	}
	for i, d := range v.entries {
		switch want := ever - held + uint64(i) + 1; {
		case d.Subject != b.Subject.proto():
			return failed(PartEntries, "at place %d: it is about subject %d/%d, not %s", i+1, d.Subject.Institution, d.Subject.Number, b.Subject)
		case d.Index != want:
			return failed(PartEntries, "at place %d: entry %d is where entry %d of %d must be", i+1, d.Index, want, ever)
		case !isKnown(d):
			return failed(PartEntries, "entry %d: it holds a code that this program does not know: use a newer one", d.Index)
		}
	}
	if held == ever {
		return b.verifyChain(v)
	}
	return b.verifyEach(v)
}

// verifyChain computes the head of the chain over all entries.
func (b *Bundle) verifyChain(v *verified) error {
	if len(b.Proofs) > 0 {
		return failed(PartEntries, "proofs of single entries are only for a bundle that lacks the first ones")
	}
	var head []byte
	for _, d := range v.entries {
		var err error
		if head, err = access.NextHead(head, d); err != nil {
			return failed(PartEntries, "entry %d: %w", d.Index, err)
		}
	}
	if !bytes.Equal(head, v.subject.Disclosures) {
		return failed(PartEntries, "their chain ends in %x, and the ledger holds %x: an entry was changed, or is not of this account", head, v.subject.Disclosures)
	}
	return nil
}

// verifyEach verifies that the state holds each of the entries.
func (b *Bundle) verifyEach(v *verified) error {
	if len(b.Proofs) != len(v.entries) {
		return failed(PartEntries, "entry %d is the first of %d, and there are %d proofs for %d entries",
			v.entries[0].Index, v.subject.DisclosuresEver, len(b.Proofs), len(v.entries))
	}
	for i, d := range v.entries {
		entry := proof.Entry{Value: b.Entries[i], Proof: b.Proofs[i]}
		if err := v.state.Holds(access.StoreKey, b.Stores.Access, access.DisclosureKey(d.Subject, d.Index), entry); err != nil {
			return err
		}
	}
	return nil
}

// isKnown says whether a report has words for an entry. The rules that the ledger
// held it to are not repeated here: they may have changed since.
func isKnown(d access.Disclosure) bool {
	_, kind := access.DisclosureKind_name[int32(d.Kind)]
	_, purpose := access.Purpose_name[int32(d.Purpose)]
	_, basis := access.Basis_name[int32(d.Basis)]
	_, outcome := access.ReviewOutcome_name[int32(d.Outcome)]
	_, ground := access.RefusalGround_name[int32(d.Ground)]
	_, dispute := access.DisputeReason_name[int32(d.Dispute)]
	return kind && purpose && basis && outcome && ground && dispute && d.Kind != access.DISCLOSURE_KIND_UNSPECIFIED
}

// concerned returns the numbers of the institutions that a bundle must name.
func concerned(subject SubjectID, entries []access.Disclosure) []uint64 {
	numbers := append(make([]uint64, 0, 2*len(entries)+1), subject.Institution)
	for _, d := range entries {
		numbers = append(numbers, d.Institution, d.Custodian)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// verifyInstitutions verifies the names of all institutions that are concerned.
func (b *Bundle) verifyInstitutions(v *verified) error {
	numbers := concerned(b.Subject, v.entries)
	if len(b.Institutions) != len(numbers) {
		return failed(PartInstitutions, "the bundle holds %d, and %d are concerned", len(b.Institutions), len(numbers))
	}
	v.names = make(map[uint64]string, len(numbers))
	for i, number := range numbers {
		held := b.Institutions[i]
		if held.Number != number || len(held.Entry.Value) == 0 {
			return failed(PartInstitutions, "institution %d is where institution %d must be", held.Number, number)
		}
		var institution consortium.Institution
		if err := proof.DecodeMessage(&institution, held.Entry.Value); err != nil {
			return failed(PartInstitutions, "institution %d: %w", number, err)
		}
		if institution.Number != number {
			return failed(PartInstitutions, "the entry of institution %d is that of %d", number, institution.Number)
		}
		if err := v.state.Holds(consortium.StoreKey, b.Stores.Consortium, consortium.InstitutionKey(number), held.Entry); err != nil {
			return err
		}
		v.names[number] = institution.Name
	}
	return nil
}

// released returns the ids of all records that entries tell of, in their order.
func released(entries []access.Disclosure) []records.RecordId {
	found := make(map[records.RecordId]bool)
	for _, d := range entries {
		for _, r := range d.Records {
			found[r.Record] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), compareRecords)
}

func compareRecords(a, b records.RecordId) int {
	return cmp.Or(cmp.Compare(a.Institution, b.Institution), cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Leaf, b.Leaf))
}

// verifyBatches verifies the leaves of released records, which say their class.
func (b *Bundle) verifyBatches(v *verified) error {
	if (len(b.Batches) == 0) != (len(b.Stores.Records) == 0) {
		return failed(PartRecords, "batches and the proof of their store go together")
	}
	wanted := released(v.entries)
	v.classes = make(map[records.RecordId]records.RecordClass)
	var last records.RecordId
	for i, held := range b.Batches {
		batch, err := v.state.Batch(records.BatchId{Institution: held.Institution, Number: held.Number}, b.Stores.Records, held.Entry)
		if err != nil {
			return err
		}
		if len(held.Leaves) == 0 {
			return failed(PartRecords, "batch %d of institution %d is without a leaf", held.Number, held.Institution)
		}
		for j, l := range held.Leaves {
			id := records.RecordId{Institution: held.Institution, Batch: held.Number, Leaf: l.Place}
			if i+j > 0 && compareRecords(last, id) >= 0 {
				return failed(PartRecords, "record %d/%d/%d is out of order", id.Institution, id.Batch, id.Leaf)
			}
			if _, found := slices.BinarySearchFunc(wanted, id, compareRecords); !found {
				return failed(PartRecords, "no entry tells of record %d/%d/%d", id.Institution, id.Batch, id.Leaf)
			}
			leaf, err := proof.VerifyLeaf(batch, l.Place, l.Leaf, l.Path)
			if err != nil {
				return err
			}
			v.classes[id], last = leaf.Descriptor_.Class, id
		}
	}
	return nil
}
