package proof

import (
	"bytes"

	merkleproof "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/x/records"
)

// verifyRecord verifies what the bundle says of its record against the state:
// the batch, the leaf in it and, if it is shown, the standing.
func (b *Bundle) verifyRecord(s State) (records.Batch, records.Leaf, *records.Standing, error) {
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

func (b *Bundle) verifyBatch(s State) (records.Batch, error) {
	return s.Batch(records.BatchId{Institution: b.Record.Institution, Number: b.Record.Batch}, b.Store, b.Batch)
}

// Batch verifies that the state holds a batch, and returns it. Store is the proof
// of the store records.StoreKey in the app hash, entry the one at records.BatchKey.
func (s State) Batch(id records.BatchId, store []byte, entry Entry) (records.Batch, error) {
	var batch records.Batch
	if len(entry.Value) == 0 {
		return batch, failed(PartBatch, "it is missing")
	}
	if err := DecodeMessage(&batch, entry.Value); err != nil {
		return batch, failed(PartBatch, "%w", err)
	}
	if batch.Id != id {
		return batch, failed(PartBatch, "it is batch %d of institution %d, and the record's is %d of %d", batch.Id.Number, batch.Id.Institution, id.Number, id.Institution)
	}
	return batch, s.Holds(records.StoreKey, store, records.BatchKey(id), entry)
}

func (b *Bundle) verifyLeaf(batch records.Batch) (records.Leaf, error) {
	return VerifyLeaf(batch, b.Record.Leaf, b.Leaf, b.Path)
}

// VerifyLeaf verifies that an encoded leaf has a place, from 0, in a batch by its
// inclusion path, see Bundle.Path, and returns the leaf.
func VerifyLeaf(batch records.Batch, place uint64, encoded []byte, path [][]byte) (records.Leaf, error) {
	leaf, err := records.ParseLeaf(encoded)
	if err != nil {
		return leaf, failed(PartLeaf, "%w", err)
	}
	for i, hash := range path {
		if len(hash) != records.CommitmentSize {
			return leaf, failed(PartPath, "hash %d has %d bytes, not %d", i, len(hash), records.CommitmentSize)
		}
	}
	hasher := rfc6962.DefaultHasher
	if err := merkleproof.VerifyInclusion(hasher, place, batch.Leaves, hasher.HashLeaf(encoded), path, batch.Root); err != nil {
		return leaf, failed(PartPath, "from leaf %d of %d: %w", place, batch.Leaves, err)
	}
	return leaf, nil
}

// verifyStanding returns nil if nothing had happened to the record or if the
// bundle does not show its standing; Bundle.Standing tells the two apart.
func (b *Bundle) verifyStanding(s State) (*records.Standing, error) {
	if b.Standing == nil {
		return nil, nil
	}
	id := b.Record.proto()
	if len(b.Standing.Value) == 0 {
		return nil, s.Holds(records.StoreKey, b.Store, records.StandingKey(id), *b.Standing)
	}
	standing := new(records.Standing)
	if err := DecodeMessage(standing, b.Standing.Value); err != nil {
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
	return standing, s.Holds(records.StoreKey, b.Store, records.StandingKey(id), *b.Standing)
}

// isKnown says whether a report has words for a standing. The rules that the
// ledger held it to are not repeated here: they may have changed since.
func isKnown(s records.Standing) bool {
	_, status := records.RecordStatus_name[int32(s.Status)]
	_, reason := records.RecordReason_name[int32(s.Reason)]
	_, basis := records.ErasureBasis_name[int32(s.Basis)]
	return status && reason && basis && s.Status != records.RECORD_STATUS_UNSPECIFIED
}
