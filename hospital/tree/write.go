package tree

import (
	"bufio"
	"fmt"
	"io"
	"iter"

	"github.com/transparency-dev/merkle/compact"
)

var ranges = compact.RangeFactory{Hash: hasher.HashChildren}

// Write writes the tree over leaf hashes and returns its root and how many they
// were. It holds a sixteenth of them in memory. After an error, what was
// written is no tree.
func Write(w io.Writer, leafHashes iter.Seq[[Size]byte]) (root [Size]byte, leaves uint64, err error) {
	out := bufio.NewWriterSize(w, 256<<10)
	if _, err := out.WriteString(magic); err != nil {
		return root, 0, err
	}
	var upper [6][]byte // the hashes of level 4, 8, ... at 1, 2, ...
	keep := func(id compact.NodeID, hash []byte) {
		if id.Level > 0 && id.Level%step == 0 {
			upper[id.Level/step] = append(upper[id.Level/step], hash...)
		}
	}
	tree := ranges.NewEmptyRange(0)
	for hash := range leafHashes {
		if tree.End() == MaxLeaves {
			return root, 0, fmt.Errorf("more than %d leaves: begin another batch", MaxLeaves)
		}
		if err := tree.Append(hash[:], keep); err != nil {
			return root, 0, err
		}
		if _, err := out.Write(hash[:]); err != nil {
			return root, 0, err
		}
	}
	if tree.End() == 0 {
		return root, 0, fmt.Errorf("no leaves: a tree has at least one")
	}
	top, err := tree.GetRootHash(nil)
	if err != nil {
		return root, 0, err
	}
	root = [Size]byte(top)
	for _, part := range append(upper[:], trailer(tree.End(), root)) {
		if _, err := out.Write(part); err != nil {
			return root, 0, err
		}
	}
	return root, tree.End(), out.Flush()
}

// Repair writes a damaged tree anew from the leaf hashes that the vault has. It
// fails unless they give the root that was anchored, so that a repaired file
// never speaks of another batch.
func Repair(w io.Writer, leafHashes iter.Seq[[Size]byte], anchored [Size]byte) error {
	root, leaves, err := Write(w, leafHashes)
	if err != nil {
		return err
	}
	if root != anchored {
		return fmt.Errorf("the %d leaf hashes give the root %x, but %x was anchored: they are of another batch or incomplete", leaves, root, anchored)
	}
	return nil
}
