package keeper_test

import (
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// root is the root of the tree over records, by the definition of RFC 9162 alone.
func root(all []records.RecordId) []byte {
	if len(all) == 1 {
		return copyright.LeafHash(all[0])
	}
	n := half(len(all))
	return rfc6962.DefaultHasher.HashChildren(root(all[:n]), root(all[n:]))
}

// path is the inclusion path of a record at a place.
func path(all []records.RecordId, place int) [][]byte {
	if len(all) == 1 {
		return nil
	}
	if n := half(len(all)); place < n {
		return append(path(all[:n], place), root(all[n:]))
	} else {
		return append(path(all[n:], place-n), root(all[:n]))
	}
}

// half is the greatest power of two below a number above 1.
func half(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}
