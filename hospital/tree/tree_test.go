package tree_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/tree"
)

type hash = [tree.Size]byte

// hashes returns n leaf hashes that depend on the salt.
func hashes(n uint64, salt byte) []hash {
	out := make([]hash, n)
	for i := range out {
		out[i] = tree.LeafHash(binary.BigEndian.AppendUint64([]byte{salt}, uint64(i)))
	}
	return out
}

// split is the largest power of two below n, as RFC 9162 section 2.1.1 has it.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func naiveRoot(leaves []hash) hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	left, right := naiveRoot(leaves[:k]), naiveRoot(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
}

func naivePath(leaves []hash, index int) [][]byte {
	if len(leaves) == 1 {
		return nil
	}
	k := split(len(leaves))
	var other hash
	var path [][]byte
	if index < k {
		path, other = naivePath(leaves[:k], index), naiveRoot(leaves[k:])
	} else {
		path, other = naivePath(leaves[k:], index-k), naiveRoot(leaves[:k])
	}
	return append(path, other[:])
}

func write(t require.TestingT, leaves iter.Seq[hash]) []byte {
	var out bytes.Buffer
	_, _, err := tree.Write(&out, leaves)
	require.NoError(t, err)
	return out.Bytes()
}

func open(t require.TestingT, file []byte) *tree.Tree {
	opened, err := tree.Open(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	return opened
}

func requireAsNaive(t require.TestingT, leaves []hash, index int) {
	opened := open(t, write(t, slices.Values(leaves)))
	n := uint64(len(leaves))
	require.Equal(t, n, opened.Leaves())
	require.Equal(t, naiveRoot(leaves), opened.Root())
	require.NoError(t, opened.Check())
	path, err := opened.Path(uint64(index))
	require.NoError(t, err)
	require.Equal(t, naivePath(leaves, index), append([][]byte(nil), path...))
	require.NoError(t, tree.VerifyPath(leaves[index], uint64(index), n, path, opened.Root()))
}

func TestEverySmallTreeIsThatOfTheStandard(t *testing.T) {
	for n := 1; n <= 70; n++ {
		for index := range n {
			requireAsNaive(t, hashes(uint64(n), 0), index)
		}
	}
}

func TestTreesAreThoseOfTheStandard(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(1, 5000), rapid.SampledFrom([]int{255, 256, 257, 4095, 4096, 4097})).Draw(rt, "leaves")
		requireAsNaive(rt, hashes(uint64(n), 1), rapid.IntRange(0, n-1).Draw(rt, "index"))
	})
}

func TestALargestTree(t *testing.T) {
	leaves := hashes(tree.MaxLeaves, 2)
	file := write(t, slices.Values(leaves))
	opened := open(t, file)
	require.NoError(t, opened.Check())
	for _, index := range []uint64{0, 1, 12345, 1<<19 - 1, 1 << 19, tree.MaxLeaves - 1} {
		path, err := opened.Path(index)
		require.NoError(t, err)
		require.Len(t, path, 20)
		require.NoError(t, tree.VerifyPath(leaves[index], index, tree.MaxLeaves, path, opened.Root()))
	}
	_, _, err := tree.Write(io.Discard, slices.Values(append(leaves, hash{})))
	require.ErrorContains(t, err, "more than 1048576 leaves")
}

func TestAPathReadsLittle(t *testing.T) {
	file := write(t, slices.Values(hashes(100_003, 3)))
	counted := &counter{file: bytes.NewReader(file)}
	opened, err := tree.Open(counted, int64(len(file)))
	require.NoError(t, err)
	counted.reads, counted.bytes = 0, 0
	_, err = opened.Path(77_777)
	require.NoError(t, err)
	require.LessOrEqual(t, counted.reads, 10)
	require.LessOrEqual(t, counted.bytes, 10*16*tree.Size)
}

type counter struct {
	file         io.ReaderAt
	reads, bytes int
}

func (c *counter) ReadAt(p []byte, at int64) (int, error) {
	c.reads++
	c.bytes += len(p)
	return c.file.ReadAt(p, at)
}

func TestTheFormatIsThatOfTheVector(t *testing.T) {
	for n, want := range map[uint64]string{
		1:   "cdf21390b5150289ea9ad340b0fd7a5c2a1e302545647e2a680f76e2fca776fb",
		17:  "170a4735851620ad8b9267c90811b8e95d29f4cab8a0a367ecf2aecc1c1c8cb3",
		300: "39b1a8c2a6971ff9e026b35869ea5eb754ce952c8cfe36eb183010298ff20f73",
	} {
		require.Equal(t, want, fmt.Sprintf("%x", sha256.Sum256(write(t, slices.Values(hashes(n, 0))))))
	}
}

func TestWritingFails(t *testing.T) {
	_, _, err := tree.Write(io.Discard, slices.Values([]hash(nil)))
	require.ErrorContains(t, err, "no leaves")
	disk := errors.New("disk full")
	_, _, err = tree.Write(failing{disk}, slices.Values(hashes(20_000, 0)))
	require.ErrorIs(t, err, disk)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error)         { return 0, f.err }
func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }
