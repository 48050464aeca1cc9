// Package lp is length-prefixed concatenation, the one encoding under every
// commitment, leaf and signed statement of the ledger. No two lists of parts
// have the same encoding, so nothing can be moved from one part to the next.
package lp

import "encoding/binary"

// Concat returns the parts one after the other, each preceded by its length in
// bytes as a 4-byte big-endian number. Parts must be shorter than 4 GiB.
func Concat(parts ...[]byte) []byte {
	size := 0
	for _, part := range parts {
		size += 4 + len(part)
	}
	out := make([]byte, 0, size)
	for _, part := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}
