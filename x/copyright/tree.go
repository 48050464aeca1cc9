package copyright

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/lp"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	memberDomain = "dmdl/work-record/1"
	sampleDomain = "dmdl/work-sample/1"
)

// LeafBytes encodes a record id as a leaf of a work's tree, with numbers in 8 bytes,
// big endian:
//
//	LP("dmdl/work-record/1", institution, batch, leaf)
//
// The leaves of a work are its records in ascending order of their ids, each once.
func LeafBytes(id records.RecordId) []byte {
	return lp.Concat([]byte(memberDomain), number(id.Institution), number(id.Batch), number(id.Leaf))
}

// LeafHash is the hash of a leaf (RFC 9162, section 2.1.1).
func LeafHash(id records.RecordId) []byte { return rfc6962.DefaultHasher.HashLeaf(LeafBytes(id)) }

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// CheckMember fails with ErrNotMember unless an inclusion path leads from a record at
// a place to the work's root.
func (w Work) CheckMember(id records.RecordId, place uint64, path [][]byte) error {
	if len(w.Root) == 0 {
		return errors.Wrapf(ErrNotMember, "work (%d, %d) has no records", w.Id.Institution, w.Id.Number)
	}
	if len(path) > MaxPath {
		return errors.Wrapf(ErrTooMany, "%d hashes in a path, want at most %d", len(path), MaxPath)
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, place, w.Size_, LeafHash(id), path, w.Root); err != nil {
		return errors.Wrapf(ErrNotMember, "record (%d, %d, %d) at place %d of work (%d, %d): %s",
			id.Institution, id.Batch, id.Leaf, place, w.Id.Institution, w.Id.Number, err)
	}
	return nil
}

// SampleSize is how many records a custodian compares of a larger work.
const SampleSize = 64

// Sample returns the places of the records that a custodian compares by a seed, not in
// order and none twice: all of a work of at most SampleSize, else SampleSize.
func (w Work) Sample(seed []byte) []uint64 {
	var places []uint64
	if w.Size_ <= SampleSize {
		for place := range w.Size_ {
			places = append(places, place)
		}
		return places
	}
	drawn := make(map[uint64]bool, SampleSize)
	for counter := uint64(0); len(places) < SampleSize; counter++ {
		digest := sha256.Sum256(lp.Concat([]byte(sampleDomain), seed, w.Root, number(counter)))
		place := binary.BigEndian.Uint64(digest[:8]) % w.Size_
		if !drawn[place] {
			drawn[place] = true
			places = append(places, place)
		}
	}
	return places
}
