package proof_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	ics23 "github.com/cosmos/ics23/go"
	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// forgery turns a good bundle into one that claims something else.
type forgery struct {
	name string
	// part is what the refusal must name.
	part  proof.Part
	forge func(t *testing.T, f *fixture, b *proof.Bundle)
}

// refuse requires that each forgery of the standard bundle is refused, and that
// the bundle is good as long as nobody touches it.
func refuse(t *testing.T, forgeries []forgery) {
	t.Helper()
	f := newFixture(t)
	standard := f.standard(t)
	_, err := proof.Verify(standard, f.root, proof.Options{})
	require.NoError(t, err)
	for _, row := range forgeries {
		t.Run(row.name, func(t *testing.T) {
			b, err := proof.Parse(standard)
			require.NoError(t, err)
			row.forge(t, f, b)
			encoded, err := b.Encode()
			require.NoError(t, err)
			require.NotEqual(t, string(standard), string(encoded))
			_, err = proof.Verify(encoded, f.root, proof.Options{})
			failsIn(t, row.part, err)
		})
	}
}

// proven returns the entry at a key and the proof of its store.
func (f *fixture) proven(t *testing.T, store string, key []byte, height int64) (proof.Entry, []byte) {
	t.Helper()
	value, operators, err := f.Prove(context.Background(), store, key, height)
	require.NoError(t, err)
	return proof.Entry{Value: value, Proof: operators.Ops[0].Data}, operators.Ops[1].Data
}

func TestForgedRecordsAreRefused(t *testing.T) {
	refuse(t, []forgery{
		{"the batch of another store", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Batch, b.Store = f.proven(t, consortium.StoreKey, records.BatchKey(listedID), middle)
		}},
		{"the batch under another prefix", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Batch, _ = f.proven(t, records.StoreKey, append([]byte{9}, records.BatchKey(listedID)[1:]...), middle)
		}},
		{"the state of another height", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Batch, b.Store = f.proven(t, records.StoreKey, records.BatchKey(listedID), early)
		}},
		{"the store proof of another height", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			_, b.Store = f.proven(t, records.StoreKey, records.BatchKey(listedID), early)
		}},
		{"store and entry proofs exchanged", proof.PartStore, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Batch.Proof, b.Store = b.Store, b.Batch.Proof
		}},
		{"the proof of the standing for the batch", proof.PartStore, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Batch.Proof = b.Standing.Proof
		}},
		{"a compressed proof", proof.PartStore, func(t *testing.T, _ *fixture, b *proof.Bundle) {
			var p ics23.CommitmentProof
			require.NoError(t, p.Unmarshal(b.Batch.Proof))
			all, err := ics23.CombineProofs([]*ics23.CommitmentProof{&p})
			require.NoError(t, err)
			b.Batch.Proof, err = all.Marshal()
			require.NoError(t, err)
		}},
		{"a compressed proof that points nowhere", proof.PartStore, func(t *testing.T, _ *fixture, b *proof.Bundle) {
			p := ics23.CommitmentProof{Proof: &ics23.CommitmentProof_Compressed{Compressed: &ics23.CompressedBatchProof{
				Entries: []*ics23.CompressedBatchEntry{{Proof: &ics23.CompressedBatchEntry_Exist{
					Exist: &ics23.CompressedExistenceProof{Path: []int32{99}},
				}}},
			}}}
			var err error
			b.Batch.Proof, err = p.Marshal()
			require.NoError(t, err)
		}},
		{"a proof with an unknown field", proof.PartStore, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Batch.Proof = append(slices.Clone(b.Batch.Proof), 0xf8, 0x07, 0x01)
		}},
		{"the batch of another institution", proof.PartBatch, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Batch, _ = f.proven(t, records.StoreKey, records.BatchKey(otherID), middle)
		}},
		{"another institution's name on the record", proof.PartBatch, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Record.Institution = 2
		}},
		{"another number of the batch", proof.PartBatch, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Record.Batch = 2
		}},
		{"a batch with trailing bytes", proof.PartBatch, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Batch.Value = append(b.Batch.Value, 0xf8, 0x07, 0x01)
		}},
		{"a batch anchored earlier", proof.PartStore, func(t *testing.T, _ *fixture, b *proof.Bundle) {
			var batch records.Batch
			require.NoError(t, batch.Unmarshal(b.Batch.Value))
			batch.AnchoredHeight--
			var err error
			b.Batch.Value, err = batch.Marshal()
			require.NoError(t, err)
		}},
		{"a batch of a made-up root", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			var batch records.Batch
			require.NoError(t, batch.Unmarshal(b.Batch.Value))
			b.Leaf, b.Path = records.LeafBytes(f.third.leaf), nil
			batch.Root, batch.Leaves, b.Record.Leaf = rfc6962.DefaultHasher.HashLeaf(b.Leaf), 1, 0
			var err error
			b.Batch.Value, err = batch.Marshal()
			require.NoError(t, err)
		}},
		{"no batch", proof.PartBatch, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Record.Batch = 1000
			b.Batch, _ = f.proven(t, records.StoreKey, records.BatchKey(records.BatchId{Institution: 1, Number: 1000}), middle)
		}},
		{"the next leaf's place", proof.PartPath, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Record.Leaf++ }},
		{"a place behind the last leaf", proof.PartPath, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Record.Leaf = 1 << 40 }},
		{"the next leaf", proof.PartPath, func(_ *testing.T, f *fixture, b *proof.Bundle) { b.Leaf = f.listed.leaves[2] }},
		{"a leaf of another class", proof.PartPath, func(t *testing.T, _ *fixture, b *proof.Bundle) {
			leaf, err := records.ParseLeaf(b.Leaf)
			require.NoError(t, err)
			leaf.Descriptor_.Class = records.RECORD_CLASS_IMAGING
			b.Leaf = records.LeafBytes(leaf)
		}},
		{"a leaf of another version", proof.PartLeaf, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Leaf = bytes.Replace(b.Leaf, []byte("dmdl/leaf/1"), []byte("dmdl/leaf/2"), 1)
		}},
		{"an inner node of the tree as leaf", proof.PartLeaf, func(_ *testing.T, f *fixture, b *proof.Bundle) {
			hash := rfc6962.DefaultHasher.HashLeaf
			b.Leaf = append([]byte{1}, append(hash(f.listed.leaves[0]), hash(f.listed.leaves[1])...)...)
			b.Path = b.Path[1:]
		}},
		{"a path out of order", proof.PartPath, func(_ *testing.T, _ *fixture, b *proof.Bundle) { slices.Reverse(b.Path) }},
		{"a path without its end", proof.PartPath, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Path = b.Path[:1] }},
		{"a path that goes on", proof.PartPath, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Path = append(b.Path, make([]byte, 32)) }},
		{"a path with a longer hash", proof.PartPath, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Path[0] = append(b.Path[0], 0) }},
	})
}

func TestForgedStandingsAreRefused(t *testing.T) {
	id := records.RecordId{Institution: 1, Batch: 1, Leaf: 1}
	change := func(alter func(*records.Standing)) func(*testing.T, *fixture, *proof.Bundle) {
		return func(t *testing.T, _ *fixture, b *proof.Bundle) {
			t.Helper()
			var standing records.Standing
			require.NoError(t, standing.Unmarshal(b.Standing.Value))
			alter(&standing)
			var err error
			b.Standing.Value, err = standing.Marshal()
			require.NoError(t, err)
		}
	}
	refuse(t, []forgery{
		{"the absent standing of another record", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			absent, _ := f.proven(t, records.StoreKey, records.StandingKey(records.RecordId{Institution: 1, Batch: 1, Leaf: 2}), middle)
			require.Empty(t, absent.Value)
			b.Standing = &absent
		}},
		{"its absence before it was retracted", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			absent, _ := f.proven(t, records.StoreKey, records.StandingKey(id), early)
			require.Empty(t, absent.Value)
			b.Standing = &absent
		}},
		{"the value left out", proof.PartStore, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Standing.Value = nil }},
		{"another record's standing", proof.PartStanding, change(func(s *records.Standing) { s.Id.Leaf = 2 })},
		{"a standing with another leaf", proof.PartStanding, change(func(s *records.Standing) { s.Leaf.Content = make([]byte, 32) })},
		{"in force again", proof.PartStore, change(func(s *records.Standing) { s.Status, s.Reason = records.RECORD_STATUS_IN_FORCE, 0 })},
		{"another reason", proof.PartStore, change(func(s *records.Standing) { s.Reason = records.RECORD_REASON_WITHDRAWN })},
		{"an unknown status", proof.PartStanding, change(func(s *records.Standing) { s.Status = 77 })},
		{"the value of the batch", proof.PartStanding, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Standing.Value = b.Batch.Value }},
	})
}

func TestForgedOpeningsAreRefused(t *testing.T) {
	refuse(t, []forgery{
		{"an opening of 31 bytes", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Content.Opening = b.Content.Opening[:31] }},
		{"an opening that HMAC would pad alike", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Content.Opening = append(b.Content.Opening, 0)
		}},
		{"openings exchanged", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Content.Opening, b.Content.Sealed.Opening = b.Content.Sealed.Opening, b.Content.Opening
		}},
		{"the digests exchanged", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Content.Raw, b.Content.Canonical = b.Content.Canonical, b.Content.Raw
		}},
		{"another kind", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Content.Kind = "Condition" }},
		{"a letter moved from kind to profile", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Content.Kind, b.Content.Profile = "Observatio", "n"+b.Content.Profile
		}},
		{"a digest of 33 bytes", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Content.Raw = append(b.Content.Raw, 0) }},
		{"the content of another record", proof.PartOpening, func(_ *testing.T, f *fixture, b *proof.Bundle) { b.Content = f.second.open() }},
		{"another chain", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Content.ChainID = "dmdl-other-1" }},
		{"no holder", proof.PartOpening, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Content.Holder = "" }},
		{"the descriptor of another record", proof.PartDescriptor, func(_ *testing.T, f *fixture, b *proof.Bundle) {
			b.Content.Sealed = f.second.open().Sealed
		}},
		{"a descriptor with a code added", proof.PartDescriptor, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Content.Sealed.Descriptor = bytes.Replace(b.Content.Sealed.Descriptor, []byte(`"loinc|first"`), []byte(`"loinc|first","x|y"`), 1)
		}},
		{"a sealed opening of 16 bytes", proof.PartDescriptor, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Content.Sealed.Opening = b.Content.Sealed.Opening[:16]
		}},
	})
}
