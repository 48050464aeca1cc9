package records_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/records"
)

var now = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func commitment(n byte) []byte { return bytes.Repeat([]byte{n}, records.CommitmentSize) }

func leaf(subject uint64) records.Leaf {
	return records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: 1, Number: subject},
			Class:   records.RECORD_CLASS_RESULT,
			Size_:   records.SIZE_CLASS_16_KIB,
		},
		Content: commitment(1),
		Sealed:  commitment(2),
	}
}

func batch(institution, number uint64, root byte) records.Batch {
	return records.Batch{
		Id:             records.BatchId{Institution: institution, Number: number},
		Root:           commitment(root),
		Leaves:         1000,
		AnchoredHeight: 5,
		AnchoredAt:     now,
	}
}

func TestALeafOfEachClassAndSizeIsValid(t *testing.T) {
	for class := records.RECORD_CLASS_DOCUMENT; class <= records.RECORD_CLASS_DATASET; class++ {
		for size := records.SIZE_CLASS_16_KIB; size <= records.SIZE_CLASS_OVER_1_GIB; size++ {
			l := leaf(7)
			l.Descriptor_.Class, l.Descriptor_.Size_ = class, size
			if class == records.RECORD_CLASS_DATASET {
				l.Descriptor_.Subject = nil
			}
			require.NoError(t, l.Validate(), "%s %s", class, size)
			again, err := records.ParseLeaf(records.LeafBytes(l))
			require.NoError(t, err)
			require.Equal(t, l, again)
		}
	}
}

func TestABatchOfOneLeafAndOfTheMostLeavesIsValid(t *testing.T) {
	for _, leaves := range []uint64{1, records.MaxBatchLeaves} {
		b := batch(1, 1, 1)
		b.Leaves = leaves
		require.NoError(t, b.Validate())
	}
}

func TestAnInvalidLeafIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*records.Leaf, *records.Descriptor)
		err  error
	}{
		"no class":            {func(_ *records.Leaf, d *records.Descriptor) { d.Class = 0 }, records.ErrUnknownClass},
		"an unlisted class":   {func(_ *records.Leaf, d *records.Descriptor) { d.Class = 8 }, records.ErrUnknownClass},
		"a negative class":    {func(_ *records.Leaf, d *records.Descriptor) { d.Class = -1 }, records.ErrUnknownClass},
		"no size":             {func(_ *records.Leaf, d *records.Descriptor) { d.Size_ = 0 }, records.ErrUnknownSize},
		"an unlisted size":    {func(_ *records.Leaf, d *records.Descriptor) { d.Size_ = 7 }, records.ErrUnknownSize},
		"no subject":          {func(_ *records.Leaf, d *records.Descriptor) { d.Subject = nil }, records.ErrInvalidSubject},
		"an empty subject":    {func(_ *records.Leaf, d *records.Descriptor) { d.Subject = &records.SubjectId{} }, records.ErrInvalidSubject},
		"half a subject":      {func(_ *records.Leaf, d *records.Descriptor) { d.Subject.Number = 0 }, records.ErrInvalidSubject},
		"the other half":      {func(_ *records.Leaf, d *records.Descriptor) { d.Subject.Institution = 0 }, records.ErrInvalidSubject},
		"a dataset's subject": {func(_ *records.Leaf, d *records.Descriptor) { d.Class = records.RECORD_CLASS_DATASET }, records.ErrInvalidSubject},
		"a channel":           {func(_ *records.Leaf, d *records.Descriptor) { d.Channel = 1 }, records.ErrUnknownChannel},
		"no content":          {func(l *records.Leaf, _ *records.Descriptor) { l.Content = nil }, records.ErrInvalidCommitment},
		"a long content":      {func(l *records.Leaf, _ *records.Descriptor) { l.Content = make([]byte, 33) }, records.ErrInvalidCommitment},
		"a short sealed":      {func(l *records.Leaf, _ *records.Descriptor) { l.Sealed = make([]byte, 31) }, records.ErrInvalidCommitment},
	} {
		t.Run(name, func(t *testing.T) {
			l := leaf(7)
			tc.edit(&l, &l.Descriptor_)
			require.ErrorIs(t, l.Validate(), tc.err)
			_, err := records.ParseLeaf(records.LeafBytes(l))
			require.Error(t, err)
		})
	}
}

func TestAnInvalidBatchIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*records.Batch)
		err  error
	}{
		"no institution":  {func(b *records.Batch) { b.Id.Institution = 0 }, records.ErrZeroNumber},
		"no number":       {func(b *records.Batch) { b.Id.Number = 0 }, records.ErrZeroNumber},
		"no root":         {func(b *records.Batch) { b.Root = nil }, records.ErrInvalidCommitment},
		"a short root":    {func(b *records.Batch) { b.Root = b.Root[1:] }, records.ErrInvalidCommitment},
		"no leaves":       {func(b *records.Batch) { b.Leaves = 0 }, records.ErrLeafCount},
		"too many leaves": {func(b *records.Batch) { b.Leaves = records.MaxBatchLeaves + 1 }, records.ErrLeafCount},
		"too many listed": {func(b *records.Batch) { b.Leaves, b.Listed = 101, true }, records.ErrLeafCount},
		"a channel":       {func(b *records.Batch) { b.Channel = 1 }, records.ErrUnknownChannel},
		"no height":       {func(b *records.Batch) { b.AnchoredHeight = 0 }, records.ErrInvalidAnchor},
		"no time":         {func(b *records.Batch) { b.AnchoredAt = time.Time{} }, records.ErrInvalidAnchor},
	} {
		t.Run(name, func(t *testing.T) {
			b := batch(1, 1, 1)
			tc.edit(&b)
			require.ErrorIs(t, b.Validate(), tc.err)
		})
	}
}
