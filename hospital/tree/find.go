package tree

import (
	"fmt"
	"iter"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
)

// Root returns the root of the tree over leaf hashes, without writing it anywhere, and
// how many they were: at least one.
func Root(leafHashes iter.Seq[[Size]byte]) (root [Size]byte, leaves uint64, err error) {
	return grow(leafHashes, nil)
}

// Find returns the inclusion path of one leaf among so many, without writing the tree
// anywhere. It visits all leaf hashes: about a second for a million.
func Find(leafHashes iter.Seq[[Size]byte], index, leaves uint64) ([][]byte, error) {
	nodes, err := proof.Inclusion(index, leaves)
	if err != nil {
		return nil, err
	}
	found := make(map[compact.NodeID][]byte, len(nodes.IDs))
	for _, id := range nodes.IDs {
		found[id] = nil
	}
	_, size, err := grow(leafHashes, func(id compact.NodeID, hash []byte) {
		if _, wanted := found[id]; wanted {
			found[id] = hash
		}
	})
	if err != nil {
		return nil, err
	}
	if size != leaves {
		return nil, fmt.Errorf("%d leaves, not %d", size, leaves)
	}
	path := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		path[i] = found[id]
	}
	return nodes.Rehash(path, hasher.HashChildren)
}

// grow makes a tree in memory, of which it holds one node a level.
func grow(leafHashes iter.Seq[[Size]byte], visit compact.VisitFn) (root [Size]byte, leaves uint64, err error) {
	tree := ranges.NewEmptyRange(0)
	for hash := range leafHashes {
		if tree.End() == MaxLeaves {
			return root, 0, fmt.Errorf("more than %d leaves", MaxLeaves)
		}
		if visit != nil { // the range shows inner nodes alone
			visit(compact.NewNodeID(0, tree.End()), hash[:])
		}
		if err := tree.Append(hash[:], visit); err != nil {
			return root, 0, err
		}
	}
	if tree.End() == 0 {
		return root, 0, fmt.Errorf("no leaves: a tree has at least one")
	}
	top, err := tree.GetRootHash(nil)
	return [Size]byte(top), tree.End(), err
}
