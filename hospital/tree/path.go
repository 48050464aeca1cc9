package tree

import (
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
)

// Path returns the inclusion path of the leaf at an index, from the leaf's
// sibling upwards, as RFC 9162 section 2.1.3 has it. It verifies the path
// before it returns it: a damaged file gives ErrDamaged, never a wrong path.
func (t *Tree) Path(index uint64) ([][]byte, error) {
	if index >= t.leaves {
		return nil, fmt.Errorf("leaf %d is not in a tree of %d leaves", index, t.leaves)
	}
	nodes, err := proof.Inclusion(index, t.leaves)
	if err != nil {
		return nil, err
	}
	r := reader{tree: t, tiles: make(map[compact.NodeID][]byte)}
	leaf, err := r.node(compact.NewNodeID(0, index))
	if err != nil {
		return nil, err
	}
	hashes, err := r.nodes(nodes.IDs)
	if err != nil {
		return nil, err
	}
	path, err := nodes.Rehash(hashes, hasher.HashChildren)
	if err != nil {
		return nil, err
	}
	if err := VerifyPath([Size]byte(leaf), index, t.leaves, path, t.root); err != nil {
		return nil, fmt.Errorf("%w: the path of leaf %d does not lead to its root", ErrDamaged, index)
	}
	return path, nil
}

// reader reads nodes by tiles of 16 that share a node of the next stored level,
// each once.
type reader struct {
	tree *Tree
	// tiles are keyed by the node above them.
	tiles map[compact.NodeID][]byte
}

func (r reader) nodes(ids []compact.NodeID) ([][]byte, error) {
	hashes := make([][]byte, len(ids))
	for i, id := range ids {
		var err error
		if hashes[i], err = r.node(id); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// node returns the hash of a node over whole leaves only.
func (r reader) node(id compact.NodeID) ([]byte, error) {
	above := id.Level % step // a stored level
	base, first := id.Level-above, id.Index<<above
	tile, err := r.tile(base, first/width)
	if err != nil {
		return nil, err
	}
	at := first % width
	return fold(tile[at*Size : (at+1<<above)*Size]), nil
}

func (r reader) tile(level uint, index uint64) ([]byte, error) {
	key := compact.NewNodeID(level+step, index)
	if tile, ok := r.tiles[key]; ok {
		return tile, nil
	}
	first := index * width
	tile := make([]byte, min(width, r.tree.leaves>>level-first)*Size)
	if err := readAt(r.tree.file, tile, offset(level, r.tree.leaves)+int64(first)*Size); err != nil {
		return nil, err
	}
	r.tiles[key] = tile
	return tile, nil
}

// fold returns the hash over a power of two of hashes. The result may be the
// very bytes given, which are not changed.
func fold(hashes []byte) []byte {
	if len(hashes) == Size {
		return hashes[:Size:Size]
	}
	half := len(hashes) / 2
	return hasher.HashChildren(fold(hashes[:half]), fold(hashes[half:]))
}
