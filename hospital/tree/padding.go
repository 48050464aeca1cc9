package tree

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/dmdl-network/dmdl/lp"
)

const paddingDomain = "dmdl/padding/1"

// smallest is the smallest padded tree.
const smallest = 1024

// PaddedSize returns how many leaves a batch of n records is padded to: 1,024,
// 4,096, 16,384, 65,536, 262,144 or 1,048,576, the least that holds them. So a
// count on the ledger tells one of six classes and a quiet hour looks like a
// busy one. A batch without records is padded too.
func PaddedSize(n uint64) (uint64, error) {
	if n > MaxLeaves {
		return 0, fmt.Errorf("%d records do not fit in a batch: it holds %d", n, MaxLeaves)
	}
	size := uint64(smallest)
	for size < n {
		size *= 4
	}
	return size, nil
}

// Padding returns what stands in for the hash of the leaf at an index where
// there is no record:
//
//	HMAC-SHA-256(seed, LP("dmdl/padding/1", index))
//
// with the index as 8 bytes, big endian. Without the seed nobody can tell it
// from the hash of a leaf. The seed is 32 random bytes, used for one batch.
func Padding(seed [Size]byte, index uint64) [Size]byte {
	h := hmac.New(sha256.New, seed[:])
	h.Write(lp.Concat([]byte(paddingDomain), binary.BigEndian.AppendUint64(nil, index)))
	return [Size]byte(h.Sum(nil))
}
