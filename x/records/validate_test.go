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

func record(institution, sequence uint64) records.Record {
	return records.Record{
		Id: records.RecordId{Institution: institution, Sequence: sequence},
		Leaf: records.Leaf{
			Descriptor_: records.Descriptor{
				Subject: &records.SubjectId{Institution: 1, Number: 7},
				Class:   records.RECORD_CLASS_RESULT,
				Size_:   records.SIZE_CLASS_16_KIB,
			},
			Content: commitment(1),
			Sealed:  commitment(2),
		},
		AnchoredHeight: 5,
		AnchoredAt:     now,
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

func TestARecordOfEachClassAndSizeIsValid(t *testing.T) {
	for class := records.RECORD_CLASS_DOCUMENT; class <= records.RECORD_CLASS_DATASET; class++ {
		for size := records.SIZE_CLASS_16_KIB; size <= records.SIZE_CLASS_OVER_1_GIB; size++ {
			r := record(1, 1)
			r.Leaf.Descriptor_.Class, r.Leaf.Descriptor_.Size_ = class, size
			if class == records.RECORD_CLASS_DATASET {
				r.Leaf.Descriptor_.Subject = nil
			}
			require.NoError(t, r.Validate(), "%s %s", class, size)
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

func TestAnInvalidRecordIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*records.Record, *records.Descriptor)
		err  error
	}{
		"no institution":      {func(r *records.Record, _ *records.Descriptor) { r.Id.Institution = 0 }, records.ErrZeroNumber},
		"no sequence":         {func(r *records.Record, _ *records.Descriptor) { r.Id.Sequence = 0 }, records.ErrZeroNumber},
		"no class":            {func(_ *records.Record, d *records.Descriptor) { d.Class = 0 }, records.ErrUnknownClass},
		"an unlisted class":   {func(_ *records.Record, d *records.Descriptor) { d.Class = 8 }, records.ErrUnknownClass},
		"a negative class":    {func(_ *records.Record, d *records.Descriptor) { d.Class = -1 }, records.ErrUnknownClass},
		"no size":             {func(_ *records.Record, d *records.Descriptor) { d.Size_ = 0 }, records.ErrUnknownSize},
		"an unlisted size":    {func(_ *records.Record, d *records.Descriptor) { d.Size_ = 7 }, records.ErrUnknownSize},
		"no subject":          {func(_ *records.Record, d *records.Descriptor) { d.Subject = nil }, records.ErrInvalidSubject},
		"an empty subject":    {func(_ *records.Record, d *records.Descriptor) { d.Subject = &records.SubjectId{} }, records.ErrInvalidSubject},
		"half a subject":      {func(_ *records.Record, d *records.Descriptor) { d.Subject.Number = 0 }, records.ErrInvalidSubject},
		"the other half":      {func(_ *records.Record, d *records.Descriptor) { d.Subject.Institution = 0 }, records.ErrInvalidSubject},
		"a dataset's subject": {func(_ *records.Record, d *records.Descriptor) { d.Class = records.RECORD_CLASS_DATASET }, records.ErrInvalidSubject},
		"a channel":           {func(_ *records.Record, d *records.Descriptor) { d.Channel = 1 }, records.ErrUnknownChannel},
		"no content":          {func(r *records.Record, _ *records.Descriptor) { r.Leaf.Content = nil }, records.ErrInvalidCommitment},
		"a long content":      {func(r *records.Record, _ *records.Descriptor) { r.Leaf.Content = make([]byte, 33) }, records.ErrInvalidCommitment},
		"a short sealed":      {func(r *records.Record, _ *records.Descriptor) { r.Leaf.Sealed = make([]byte, 31) }, records.ErrInvalidCommitment},
		"no height":           {func(r *records.Record, _ *records.Descriptor) { r.AnchoredHeight = 0 }, records.ErrInvalidAnchor},
		"no time":             {func(r *records.Record, _ *records.Descriptor) { r.AnchoredAt = time.Time{} }, records.ErrInvalidAnchor},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(1, 1)
			tc.edit(&r, &r.Leaf.Descriptor_)
			require.ErrorIs(t, r.Validate(), tc.err)
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
