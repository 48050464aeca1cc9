// Package tree keeps the RFC 9162 Merkle tree of a batch in a file, so that the
// inclusion path of any leaf is at hand without hashing the batch again.
//
// A file of version 1 holds, one after the other and with numbers big endian,
//
//	"dmdl/tree/1" and five zero bytes                  16 bytes
//	level 0: the hashes of all leaves                  32 bytes each
//	levels 4, 8, 12, 16 and 20: the hashes of those
//	  nodes that are over 16, 256, ... whole leaves    32 bytes each
//	the number of leaves                                8 bytes
//	the root                                           32 bytes
//	SHA-256 of the first line, the number, the root    32 bytes
//
// so it is a fifteenth larger than its leaves alone. A node of another level is
// at most seven hashes away: a path in a tree of a million leaves takes six
// reads and about a hundred hashes. Nothing in the file is secret from those
// who know the records; padding and leaves look alike.
package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

const (
	// Size is the size of a hash in bytes.
	Size = sha256.Size
	// MaxLeaves is how many leaves a tree may have, padding included. The ledger
	// has the same limit.
	MaxLeaves = 1 << 20

	// magic names format and version.
	magic = "dmdl/tree/1\x00\x00\x00\x00\x00"
	// step is the distance between stored levels; width is how many nodes of
	// one are under a node of the next.
	step  = 4
	width = 1 << step

	trailerSize = 8 + 2*Size
)

// ErrDamaged says that a file is not a whole tree of this version, or that its
// hashes do not belong together. Repair writes it anew.
var ErrDamaged = errors.New("tree is damaged")

// hasher hashes leaves and nodes as RFC 9162 section 2.1.1 says.
var hasher = rfc6962.DefaultHasher

// LeafHash returns the hash of a leaf by its bytes.
func LeafHash(leaf []byte) [Size]byte { return [Size]byte(hasher.HashLeaf(leaf)) }

// Tree is an opened tree. It holds no hashes in memory and may be used by
// several goroutines at once if its file may be read so.
type Tree struct {
	file   io.ReaderAt
	leaves uint64
	root   [Size]byte
}

// Open opens the tree in a file of the given size in bytes. It reads the first
// and the last bytes only; Check reads all.
func Open(file io.ReaderAt, size int64) (*Tree, error) {
	if size < int64(len(magic)+Size+trailerSize) {
		return nil, fmt.Errorf("%w: %d bytes are too few for one leaf", ErrDamaged, size)
	}
	head, tail := make([]byte, len(magic)), make([]byte, trailerSize)
	if err := readAt(file, head, 0); err != nil {
		return nil, err
	}
	if err := readAt(file, tail, size-trailerSize); err != nil {
		return nil, err
	}
	if string(head) != magic {
		return nil, fmt.Errorf("%w: the file does not begin as a tree of version 1", ErrDamaged)
	}
	t := &Tree{file: file, leaves: binary.BigEndian.Uint64(tail), root: [Size]byte(tail[8 : 8+Size])}
	if !bytes.Equal(tail, trailer(t.leaves, t.root)) {
		return nil, fmt.Errorf("%w: the end of the file, with count and root, fails its checksum", ErrDamaged)
	}
	if t.leaves == 0 || t.leaves > MaxLeaves || size != fileSize(t.leaves) {
		return nil, fmt.Errorf("%w: %d bytes do not hold %d leaves", ErrDamaged, size, t.leaves)
	}
	return t, nil
}

// Leaves returns the number of leaves, padding included.
func (t *Tree) Leaves() uint64 { return t.leaves }

// Root returns the root as it was written.
func (t *Tree) Root() [Size]byte { return t.root }

// VerifyPath returns an error unless the path leads from the hash of the leaf
// at the index to the root of a tree of size leaves.
func VerifyPath(leafHash [Size]byte, index, size uint64, path [][]byte, root [Size]byte) error {
	for i, node := range path {
		if len(node) != Size { // else bytes could move from one node to the next
			return fmt.Errorf("node %d of the path has %d bytes, want %d", i, len(node), Size)
		}
	}
	return proof.VerifyInclusion(hasher, index, size, leafHash[:], path, root[:])
}

func trailer(leaves uint64, root [Size]byte) []byte {
	tail := binary.BigEndian.AppendUint64(make([]byte, 0, trailerSize), leaves)
	tail = append(tail, root[:]...)
	sum := sha256.Sum256(append([]byte(magic), tail...))
	return append(tail, sum[:]...)
}

// offset returns where a stored level begins. A level that is not stored has
// the offset of the trailer.
func offset(level uint, leaves uint64) int64 {
	at := int64(len(magic))
	for l := uint(0); l < level; l += step {
		at += int64(leaves>>l) * Size
	}
	return at
}

func fileSize(leaves uint64) int64 { return offset(64, leaves) + trailerSize }

// readAt fills b. A file that ends too early is damaged.
func readAt(file io.ReaderAt, b []byte, at int64) error {
	n, err := file.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the file ends at byte %d", ErrDamaged, at+int64(n))
	default:
		return err
	}
}
