package account_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/account"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// forgery turns a good bundle into one that claims something else.
type forgery struct {
	name string
	part proof.Part
	with func(b *account.Bundle)
}

func TestForgedAccountsAreRefused(t *testing.T) {
	c := newLedger(t, chainID, 0)
	whole := c.make(t, late, story(patient))
	part := newLedger(t, chainID, 2)
	rest := part.make(t, late, story(patient)[2:])
	parse := func(encoded []byte) account.Bundle {
		b, err := account.Parse(encoded)
		require.NoError(t, err)
		return *b
	}
	older := parse(c.make(t, early, story(patient)))
	q := c.request(late, story(other)[:4])
	q.Subject = other
	encoded, _, err := account.Make(context.Background(), c, c.root, q)
	require.NoError(t, err)
	neighbour := parse(encoded)
	stranger := newLedger(t, "dmdl-test-2", 0)
	encoded, _, err = account.Make(context.Background(), stranger, stranger.root, stranger.request(late, story(patient)))
	require.NoError(t, err)
	abroad := parse(encoded)
	change := func(at int, alter func(*access.Disclosure)) func(*account.Bundle) {
		return func(b *account.Bundle) {
			var d access.Disclosure
			require.NoError(t, d.Unmarshal(b.Entries[at]))
			alter(&d)
			b.Entries[at] = marshal(t, &d)
		}
	}
	refuse := func(name string, good []byte, root proof.Root, rows []forgery) {
		_, err := account.Verify(good, root)
		require.NoError(t, err)
		for _, row := range rows {
			t.Run(name+" "+row.name, func(t *testing.T) {
				b := parse(good)
				row.with(&b)
				forged, err := b.Encode()
				require.NoError(t, err)
				require.NotEqual(t, string(good), string(forged))
				_, err = account.Verify(forged, root)
				failsIn(t, row.part, err)
			})
		}
	}
	refuse("whole", whole, c.root, []forgery{
		{"an entry removed", account.PartEntries, func(b *account.Bundle) { b.Entries = slices.Delete(b.Entries, 3, 4) }},
		{"the first removed", account.PartEntries, func(b *account.Bundle) { b.Entries = b.Entries[1:] }},
		{"the last removed", account.PartEntries, func(b *account.Bundle) { b.Entries = b.Entries[:7] }},
		{"all removed", account.PartEntries, func(b *account.Bundle) { b.Entries = nil }},
		{"an entry repeated", account.PartEntries, func(b *account.Bundle) { b.Entries = append(b.Entries, b.Entries[7]) }},
		{"two exchanged", account.PartEntries, func(b *account.Bundle) { b.Entries[1], b.Entries[2] = b.Entries[2], b.Entries[1] }},
		{"another purpose", account.PartEntries, change(0, func(d *access.Disclosure) { d.Purpose = access.PURPOSE_COC })},
		{"another requester", account.PartEntries, change(0, func(d *access.Disclosure) { d.Requester = "dmdl1nobody" })},
		{"a record less", account.PartEntries, change(0, func(d *access.Disclosure) { d.Records = d.Records[:1] })},
		{"another finding", account.PartEntries, change(4, func(d *access.Disclosure) { d.Outcome = access.REVIEW_OUTCOME_JUSTIFIED })},
		{"an unknown kind", account.PartEntries, change(2, func(d *access.Disclosure) { d.Kind = 77 })},
		{"bytes behind an entry", account.PartEntries, func(b *account.Bundle) { b.Entries[0] = append(b.Entries[0], 0xf8, 0x07, 0x01) }},
		{"entries of another subject", account.PartEntries, func(b *account.Bundle) { b.Entries = neighbour.Entries }},
		{"the entry of another subject", account.PartSubject, func(b *account.Bundle) { b.Entry, b.Entries = neighbour.Entry, neighbour.Entries }},
		{"another subject's name", account.PartSubject, func(b *account.Bundle) { b.Subject = neighbour.Subject }},
		{"another subject without entry", proof.PartStore, func(b *account.Bundle) {
			b.Subject.Number, b.Entry.Value, b.Entries = 1000, nil, nil
		}},
		{"no entry of the subject", proof.PartStore, func(b *account.Bundle) { b.Entry.Value, b.Entries = nil, nil }},
		{"an older height", proof.PartStore, func(b *account.Bundle) { b.Entry, b.Entries = older.Entry, older.Entries }},
		{"an older state", proof.PartStore, func(b *account.Bundle) { b.Entry, b.Entries, b.Stores = older.Entry, older.Entries, older.Stores }},
		{"an older state under a newer height", proof.PartHeader, func(b *account.Bundle) {
			*b = older
			b.Height = late
		}},
		{"a smaller count", proof.PartStore, func(b *account.Bundle) {
			var s access.Subject
			require.NoError(t, s.Unmarshal(b.Entry.Value))
			var d access.Disclosure
			s.DisclosuresEver, s.Disclosures = 1, nil
			require.NoError(t, d.Unmarshal(b.Entries[0]))
			s.Disclosures, err = access.NextHead(nil, d)
			require.NoError(t, err)
			b.Entry.Value, b.Entries = marshal(t, &s), b.Entries[:1]
		}},
		{"another chain", proof.PartRoot, func(b *account.Bundle) { *b = abroad }},
		{"the state of another chain", proof.PartStore, func(b *account.Bundle) {
			blocks := b.Blocks
			*b = abroad
			b.Blocks, b.Stores.Access = blocks, append([]byte{}, abroad.Entry.Proof...)
		}},
		{"a block less", proof.PartRoot, func(b *account.Bundle) { b.Blocks = b.Blocks[1:] }},
		{"no block", proof.PartHeader, func(b *account.Bundle) { b.Blocks = nil }},
		{"an institution less", account.PartInstitutions, func(b *account.Bundle) { b.Institutions = b.Institutions[:2] }},
		{"another institution's name", account.PartInstitutions, func(b *account.Bundle) { b.Institutions[0].Entry = b.Institutions[1].Entry }},
		{"a made-up name", proof.PartStore, func(b *account.Bundle) {
			b.Institutions[1].Entry.Value = marshal(t, &consortium.Institution{Number: 2, Name: "Beech", LegalGroup: "Group"})
		}},
		{"no name", account.PartInstitutions, func(b *account.Bundle) { b.Institutions[1].Entry.Value = nil }},
		{"another class", proof.PartPath, func(b *account.Bundle) {
			leaf, err := records.ParseLeaf(b.Batches[0].Leaves[0].Leaf)
			require.NoError(t, err)
			leaf.Descriptor_.Class = records.RECORD_CLASS_GENOMICS
			b.Batches[0].Leaves[0].Leaf = records.LeafBytes(leaf)
		}},
		{"leaves exchanged", account.PartRecords, func(b *account.Bundle) { slices.Reverse(b.Batches[0].Leaves) }},
		{"a leaf in another place", proof.PartPath, func(b *account.Bundle) {
			b.Batches[0].Leaves[0].Leaf, b.Batches[0].Leaves[1].Leaf = b.Batches[0].Leaves[1].Leaf, b.Batches[0].Leaves[0].Leaf
		}},
		{"a record that nobody released", account.PartRecords, func(b *account.Bundle) { b.Batches[0].Leaves[2].Place = 9 }},
		{"a batch without leaves", account.PartRecords, func(b *account.Bundle) { b.Batches[0].Leaves = []account.Leaf{} }},
		{"batches without their store", account.PartRecords, func(b *account.Bundle) { b.Stores.Records = nil }},
		{"proofs of single entries too", account.PartEntries, func(b *account.Bundle) { b.Proofs = [][]byte{b.Entry.Proof} }},
		{"another format", proof.PartFormat, func(b *account.Bundle) { b.Format = "dmdl-account/2" }},
	})
	refuse("partial", rest, part.root, []forgery{
		{"a proof less", account.PartEntries, func(b *account.Bundle) { b.Proofs = b.Proofs[1:] }},
		{"a proof more", account.PartEntries, func(b *account.Bundle) { b.Proofs = append(b.Proofs, b.Proofs[0]) }},
		{"proofs exchanged", proof.PartStore, func(b *account.Bundle) { b.Proofs[0], b.Proofs[1] = b.Proofs[1], b.Proofs[0] }},
		{"an entry changed", proof.PartStore, change(2, func(d *access.Disclosure) { d.Outcome = access.REVIEW_OUTCOME_JUSTIFIED })},
		{"the last one left out", account.PartEntries, func(b *account.Bundle) {
			b.Entries, b.Proofs = b.Entries[:len(b.Entries)-1], b.Proofs[:len(b.Proofs)-1]
		}},
		{"one left out between", account.PartEntries, func(b *account.Bundle) {
			b.Entries, b.Proofs = slices.Delete(b.Entries, 2, 3), slices.Delete(b.Proofs, 2, 3)
		}},
		{"an entry that has left", proof.PartStore, func(b *account.Bundle) {
			d := story(patient)[1]
			b.Entries, b.Proofs = append([][]byte{marshal(t, &d)}, b.Entries...), append([][]byte{b.Proofs[0]}, b.Proofs...)
		}},
	})
}
