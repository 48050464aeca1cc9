// Package records anchors medical records: which institution vouches for which
// commitments, about whom, and since when. Documents never reach the chain.
//
// Records are anchored in batches, by the root of their tree. The leaves of a
// listed batch are on the ledger too. Batches live in the store StoreKey, from
// which proofs are taken; what is proven by a root or only helps to search
// lives in IndexStoreKey.
package records

import (
	"encoding/binary"

	"cosmossdk.io/collections"
)

const (
	// ModuleName names the module in genesis, routing and errors.
	ModuleName = "records"
	// StoreKey names the store of batches. Every value in it is non-empty,
	// because ICS-23 refuses proofs about empty values.
	StoreKey = ModuleName
	// IndexStoreKey names the store of listed leaves, which their root proves,
	// and of indexes. No proof is ever taken from it.
	IndexStoreKey = ModuleName + "_idx"
)

const (
	// CommitmentSize is the size in bytes of a commitment and of a batch root:
	// one HMAC-SHA-256 or SHA-256 value.
	CommitmentSize = 32
	// MaxListedLeaves bounds MsgAnchorRecords, so that one message is a small
	// part of a block, and a place in a listed batch fits a byte.
	MaxListedLeaves = 100
	// MaxBatchLeaves bounds the tree of a batch, so that an inclusion proof has
	// at most 20 steps.
	MaxBatchLeaves = 1 << MaxPath
	// MaxPath is how many hashes an inclusion path has at most.
	MaxPath = 20
)

// Prefixes of the store StoreKey. Append-only: a used number is never used
// again.
var (
	BatchesPrefix   = collections.NewPrefix(0)
	StandingsPrefix = collections.NewPrefix(1)
	LayoutPrefix    = collections.NewPrefix(2)
)

// Layout is the version of the stores' layout. It is stored from the genesis on,
// also because an empty store can prove no absence (ICS-23 shows a neighbour).
const Layout = 1

// Prefixes of the store IndexStoreKey. Append-only as well.
var (
	LeavesPrefix     = collections.NewPrefix(0)
	BySubjectPrefix  = collections.NewPrefix(1)
	BatchRootsPrefix = collections.NewPrefix(2)
	OffersPrefix     = collections.NewPrefix(3)
)

// BatchKey returns the raw key of a batch in the store StoreKey, 17 bytes. It
// is the key to ask a proof for; the value is the encoded Batch.
func BatchKey(id BatchId) []byte { return rawKey(BatchesPrefix, id.Institution, id.Number) }

// StandingKey returns the raw key of a record's standing in the store StoreKey,
// 25 bytes. That nothing has happened to the record is proven by its absence.
func StandingKey(id RecordId) []byte {
	return rawKey(StandingsPrefix, id.Institution, id.Batch, id.Leaf)
}

func rawKey(prefix collections.Prefix, numbers ...uint64) []byte {
	key := append(make([]byte, 0, len(prefix)+8*len(numbers)), prefix...)
	for _, n := range numbers {
		key = binary.BigEndian.AppendUint64(key, n)
	}
	return key
}
