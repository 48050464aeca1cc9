// Package records anchors medical records: which institution vouches for which
// commitments, about whom, and since when. Documents never reach the chain.
//
// An explicit record has an entry of its own; a batch anchors up to 1,048,576
// records by the root of their tree. Both live in the store StoreKey, from
// which proofs are taken; what only helps to search lives in IndexStoreKey.
package records

import (
	"encoding/binary"

	"cosmossdk.io/collections"
)

const (
	// ModuleName names the module in genesis, routing and errors.
	ModuleName = "records"
	// StoreKey names the store of records and batches. Every value in it is
	// non-empty, because ICS-23 refuses proofs about empty values.
	StoreKey = ModuleName
	// IndexStoreKey names the store of the index key sets. Their values are
	// empty, so no proof is ever taken from it.
	IndexStoreKey = ModuleName + "_idx"
)

const (
	// CommitmentSize is the size in bytes of a commitment and of a batch root:
	// one HMAC-SHA-256 or SHA-256 value.
	CommitmentSize = 32
	// MaxRecordsPerMessage bounds MsgAnchorRecords, so that one message is a
	// small part of a block.
	MaxRecordsPerMessage = 100
	// MaxBatchLeaves bounds the tree of a batch, so that an inclusion proof has
	// at most 20 steps.
	MaxBatchLeaves = 1 << 20
	// DefaultPageLimit is how many entries a list query returns unless asked
	// otherwise.
	DefaultPageLimit = 100
	// PageLimit is the most entries that a list query returns at once.
	PageLimit = 200
	// MaxPageOffset bounds how many entries a list query may skip, since
	// skipping costs the node a read each. A page key skips for free.
	MaxPageOffset = 10_000
)

// Prefixes of the store StoreKey. Append-only: a used number is never used
// again.
var (
	RecordsPrefix = collections.NewPrefix(0)
	BatchesPrefix = collections.NewPrefix(1)
)

// Prefixes of the store IndexStoreKey. Append-only as well.
var (
	BySubjectPrefix  = collections.NewPrefix(0)
	BatchRootsPrefix = collections.NewPrefix(1)
)

// RecordKey returns the raw key of a record in the store StoreKey, 17 bytes.
// It is the key to ask a proof for; the value is the encoded Record.
func RecordKey(id RecordId) []byte {
	return rawKey(RecordsPrefix, id.Institution, id.Sequence)
}

// BatchKey returns the raw key of a batch in the store StoreKey, 17 bytes. It
// is the key to ask a proof for; the value is the encoded Batch.
func BatchKey(id BatchId) []byte {
	return rawKey(BatchesPrefix, id.Institution, id.Number)
}

func rawKey(prefix collections.Prefix, institution, number uint64) []byte {
	key := make([]byte, 0, len(prefix)+16)
	key = append(key, prefix...)
	key = binary.BigEndian.AppendUint64(key, institution)
	return binary.BigEndian.AppendUint64(key, number)
}
