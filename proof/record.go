package proof

import (
	"bytes"

	merkleproof "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/x/records"
)

// verifyRecord verifies what the bundle says of its record against the state:
// the batch, the leaf in it and, if it is shown, the standing.
func (b *Bundle) verifyRecord(s state) (records.Batch, records.Leaf, *records.Standing, error) {
	batch, err := b.verifyBatch(s)
	if err != nil {
		return records.Batch{}, records.Leaf{}, nil, err
	}
	leaf, err := b.verifyLeaf(batch)
	if err != nil {
		return records.Batch{}, records.Leaf{}, nil, err
	}
	standing, err := b.verifyStanding(s)
	return batch, leaf, standing, err
}

func (b *Bundle) verifyBatch(s state) (records.Batch, error) {
	var batch records.Batch
	id := records.BatchId{Institution: b.Record.Institution, Number: b.Record.Batch}
	if len(b.Batch.Value) == 0 {
		return batch, failed(PartBatch, "it is missing")
	}
	if err := unmarshal(&batch, b.Batch.Value); err != nil {
		return batch, failed(PartBatch, "%w", err)
	}
	if batch.Id != id {
		return batch, failed(PartBatch, "it is batch %d of institution %d, and the record is %s", batch.Id.Number, batch.Id.Institution, b.Record)
	}
	return batch, s.holds(records.BatchKey(id), b.Batch)
}

func (b *Bundle) verifyLeaf(batch records.Batch) (records.Leaf, error) {
	leaf, err := records.ParseLeaf(b.Leaf)
	if err != nil {
		return leaf, failed(PartLeaf, "%w", err)
	}
	for i, hash := range b.Path {
		if len(hash) != records.CommitmentSize {
			return leaf, failed(PartPath, "hash %d has %d bytes, not %d", i, len(hash), records.CommitmentSize)
		}
	}
	hasher := rfc6962.DefaultHasher
	if err := merkleproof.VerifyInclusion(hasher, b.Record.Leaf, batch.Leaves, hasher.HashLeaf(b.Leaf), b.Path, batch.Root); err != nil {
		return leaf, failed(PartPath, "from leaf %d of %d: %w", b.Record.Leaf, batch.Leaves, err)
	}
	return leaf, nil
}

// verifyStanding returns nil if nothing had happened to the record or if the
// bundle does not show its standing; Bundle.Standing tells the two apart.
func (b *Bundle) verifyStanding(s state) (*records.Standing, error) {
	if b.Standing == nil {
		return nil, nil
	}
	id := b.Record.proto()
	if len(b.Standing.Value) == 0 {
		return nil, s.holds(records.StandingKey(id), *b.Standing)
	}
	standing := new(records.Standing)
	if err := unmarshal(standing, b.Standing.Value); err != nil {
		return nil, failed(PartStanding, "%w", err)
	}
	if standing.Id != id {
		return nil, failed(PartStanding, "it is of record %s, not %s", recordID(standing.Id), b.Record)
	}
	if !bytes.Equal(records.LeafBytes(standing.Leaf), b.Leaf) {
		return nil, failed(PartStanding, "it holds another leaf than the bundle")
	}
	if !isKnown(*standing) {
		return nil, failed(PartStanding, "status %d, reason %d or basis %d is not one that this program knows", standing.Status, standing.Reason, standing.Basis)
	}
	return standing, s.holds(records.StandingKey(id), *b.Standing)
}

// isKnown says whether a report has words for a standing. The rules that the
// ledger held it to are not repeated here: they may have changed since.
func isKnown(s records.Standing) bool {
	_, status := records.RecordStatus_name[int32(s.Status)]
	_, reason := records.RecordReason_name[int32(s.Reason)]
	_, basis := records.ErasureBasis_name[int32(s.Basis)]
	return status && reason && basis && s.Status != records.RECORD_STATUS_UNSPECIFIED
}
