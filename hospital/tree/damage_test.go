package tree_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/tree"
)

const header = 16

func TestCheckSaysWhatIsDamaged(t *testing.T) {
	const n = 1000 // level 4 has 62 nodes, level 8 has 3
	whole := write(t, slices.Values(hashes(n, 0)))
	for _, row := range []struct {
		name string
		at   int
		want tree.Damage
	}{
		{"a leaf", 33, tree.Damage{Places: []tree.Place{{Level: 0, First: 32, Last: 47}}}},
		{"a leaf in no whole tile", 999, tree.Damage{Root: true}},
		{"a node of level 4", n + 20, tree.Damage{Places: []tree.Place{{Level: 0, First: 320, Last: 335}, {Level: 4, First: 16, Last: 31}}}},
		{"a last node of level 4", n + 60, tree.Damage{Places: []tree.Place{{Level: 0, First: 960, Last: 975}}, Root: true}},
		{"a node of level 8", n + 62 + 1, tree.Damage{Places: []tree.Place{{Level: 4, First: 16, Last: 31}}, Root: true}},
	} {
		file := bytes.Clone(whole)
		file[header+row.at*tree.Size+5] ^= 0x10
		var damage *tree.Damage
		err := open(t, file).Check()
		require.ErrorAs(t, err, &damage, row.name)
		require.Equal(t, row.want, *damage, row.name)
		require.ErrorIs(t, err, tree.ErrDamaged)
		require.ErrorContains(t, err, "repair it")
	}
}

func TestNoFlippedBitGoesUnseen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		leaves := hashes(rapid.Uint64Range(1, 600).Draw(rt, "leaves"), 0)
		file := write(rt, slices.Values(leaves))
		root := open(rt, file).Root()
		file[rapid.IntRange(0, len(file)-1).Draw(rt, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		damaged, err := tree.Open(bytes.NewReader(file), int64(len(file)))
		if err == nil {
			err = damaged.Check()
			index := rapid.Uint64Range(0, uint64(len(leaves)-1)).Draw(rt, "index")
			if path, err := damaged.Path(index); err == nil { // it did not touch the damage
				require.NoError(rt, tree.VerifyPath(leaves[index], index, uint64(len(leaves)), path, root))
			}
		}
		require.ErrorIs(rt, err, tree.ErrDamaged)
		var repaired bytes.Buffer
		require.NoError(rt, tree.Repair(&repaired, slices.Values(leaves), root))
		require.NoError(rt, open(rt, repaired.Bytes()).Check())
	})
}

func TestNoFileOfAnotherLengthOpens(t *testing.T) {
	whole := write(t, slices.Values(hashes(100, 0)))
	for size := range whole {
		_, err := tree.Open(bytes.NewReader(whole[:size]), int64(size))
		require.ErrorIs(t, err, tree.ErrDamaged)
		_, err = tree.Open(bytes.NewReader(whole[:size]), int64(len(whole)))
		require.ErrorIs(t, err, tree.ErrDamaged)
	}
	longer := slices.Insert(bytes.Clone(whole), header, make([]byte, tree.Size)...)
	_, err := tree.Open(bytes.NewReader(longer), int64(len(longer)))
	require.ErrorIs(t, err, tree.ErrDamaged)
}

func TestAFailingDiskIsNotDamage(t *testing.T) {
	disk := errors.New("disk failed")
	_, err := tree.Open(failing{disk}, 1000)
	require.ErrorIs(t, err, disk)
	require.NotErrorIs(t, err, tree.ErrDamaged)
}

func TestRepairKeepsToTheAnchoredRoot(t *testing.T) {
	root := open(t, write(t, slices.Values(hashes(50, 0)))).Root()
	require.NoError(t, tree.Repair(io.Discard, slices.Values(hashes(50, 0)), root))
	require.ErrorContains(t, tree.Repair(io.Discard, slices.Values(hashes(49, 0)), root), "another batch")
	require.ErrorContains(t, tree.Repair(io.Discard, slices.Values(hashes(50, 1)), root), "another batch")
}

func TestAnAlteredPathDoesNotVerify(t *testing.T) {
	leaves := hashes(1000, 0)
	opened := open(t, write(t, slices.Values(leaves)))
	root := opened.Root()
	rapid.Check(t, func(rt *rapid.T) {
		index := rapid.Uint64Range(0, 999).Draw(rt, "index")
		path, err := opened.Path(index)
		require.NoError(rt, err)
		other := rapid.Uint64Range(0, 999).Filter(func(i uint64) bool { return i != index }).Draw(rt, "other")
		node := rapid.IntRange(0, len(path)-1).Draw(rt, "node")
		require.Error(rt, tree.VerifyPath(leaves[other], index, 1000, path, root))
		require.Error(rt, tree.VerifyPath(leaves[index], other, 1000, path, root))
		require.Error(rt, tree.VerifyPath(leaves[index], index, 1000, path[1:], root))
		require.Error(rt, tree.VerifyPath(leaves[index], index, 1000, append(path, path[0]), root))
		require.Error(rt, tree.VerifyPath(leaves[index], index, 1000, path, leaves[0]))
		path[node] = append(path[node], 0)
		require.ErrorContains(rt, tree.VerifyPath(leaves[index], index, 1000, path, root), "33 bytes")
	})
	_, err := opened.Path(1000)
	require.ErrorContains(t, err, "leaf 1000 is not in a tree of 1000")
	require.Error(t, tree.VerifyPath(leaves[0], 1000, 1000, nil, root))
}

func TestPaddedSizesTellOneOfSixClasses(t *testing.T) {
	for n, want := range map[uint64]uint64{
		0: 1024, 1: 1024, 1024: 1024, 1025: 4096, 4097: 16384, 16385: 65536, 65537: 262144, 262145: 1048576, 1048576: 1048576,
	} {
		got, err := tree.PaddedSize(n)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := tree.PaddedSize(tree.MaxLeaves + 1)
	require.ErrorContains(t, err, "1048577 records do not fit")
}

func TestPaddingDependsOnSeedAndIndex(t *testing.T) {
	got := tree.Padding(hash{1}, 2)
	require.Equal(t, "e006adca8fe8186afff0ecc6a65170a318714a3197eb77d64a6d9a6c701d9090", hex.EncodeToString(got[:]))
	seen := map[hash]bool{}
	for _, seed := range []hash{{}, {1}, {31: 1}} {
		for index := range uint64(300) {
			seen[tree.Padding(seed, index)] = true
		}
	}
	require.Len(t, seen, 900)
}

func BenchmarkWriteAMillionLeaves(b *testing.B) {
	leaves := hashes(tree.MaxLeaves, 0)
	for b.Loop() {
		if _, _, err := tree.Write(io.Discard, slices.Values(leaves)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(tree.MaxLeaves)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}

func BenchmarkPathInAMillionLeaves(b *testing.B) {
	opened := open(b, write(b, slices.Values(hashes(tree.MaxLeaves, 0))))
	var index uint64
	for b.Loop() {
		index = (index*6364136223846793005 + 1442695040888963407) % tree.MaxLeaves
		if _, err := opened.Path(index); err != nil {
			b.Fatal(err)
		}
	}
}
