package tree_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/tree"
)

func TestAPathIsFoundWithoutATree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hashes := make([][tree.Size]byte, rapid.IntRange(1, 70).Draw(t, "leaves"))
		for i := range hashes {
			hashes[i] = tree.LeafHash([]byte{byte(i)})
		}
		root, leaves, err := tree.Root(slices.Values(hashes))
		require.NoError(t, err)
		require.EqualValues(t, len(hashes), leaves)
		index := rapid.Uint64Range(0, leaves-1).Draw(t, "index")
		path, err := tree.Find(slices.Values(hashes), index, leaves)
		require.NoError(t, err)
		require.NoError(t, tree.VerifyPath(hashes[index], index, leaves, path, root))
	})
}

func TestAPathThatCannotBeFoundIsAnError(t *testing.T) {
	one := slices.Values([][tree.Size]byte{{1}})
	_, err := tree.Find(one, 1, 1)
	require.Error(t, err, "no such leaf")
	_, err = tree.Find(one, 0, 2)
	require.ErrorContains(t, err, "1 leaves, not 2")
	_, _, err = tree.Root(slices.Values([][tree.Size]byte{}))
	require.ErrorContains(t, err, "no leaves")
}
