package copyright_test

import (
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// ids are so many record ids in order.
func ids(n int) []records.RecordId {
	list := make([]records.RecordId, n)
	for i := range list {
		list[i] = records.RecordId{Institution: 1, Batch: uint64(1 + i/3), Leaf: uint64(i % 3)}
	}
	return list
}

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
	n := half(len(all))
	if place < n {
		return append(path(all[:n], place), root(all[n:]))
	}
	return append(path(all[n:], place-n), root(all[:n]))
}

// half is the greatest power of two below a number above 1.
func half(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}

func TestALeafIsEncodedAsItWillAlwaysBe(t *testing.T) {
	require.Equal(t, "00000012"+hex.EncodeToString([]byte("dmdl/work-record/1"))+
		"000000080000000000000001"+"000000080000000000000002"+"000000080000000000000003",
		hex.EncodeToString(copyright.LeafBytes(records.RecordId{Institution: 1, Batch: 2, Leaf: 3})))
}

func TestEachRecordOfAWorkIsProvenAtItsPlaceAlone(t *testing.T) {
	for n := 1; n <= 33; n++ {
		all := ids(n)
		w := copyright.Work{Root: root(all), Size_: uint64(n)}
		for place, id := range all {
			require.NoError(t, w.CheckMember(id, uint64(place), path(all, place)))
			other := id
			other.Leaf += 7
			require.ErrorIs(t, w.CheckMember(other, uint64(place), path(all, place)), copyright.ErrNotMember)
			require.ErrorIs(t, w.CheckMember(id, uint64(place+1), path(all, place)), copyright.ErrNotMember)
			require.ErrorIs(t, w.CheckMember(id, uint64(place), append(path(all, place), digest(1))), copyright.ErrNotMember)
		}
	}
	require.ErrorIs(t, copyright.Work{}.CheckMember(ids(1)[0], 0, nil), copyright.ErrNotMember)
	require.ErrorIs(t, copyright.Work{Root: digest(1), Size_: 1}.CheckMember(ids(1)[0], 0, make([][]byte, 25)), copyright.ErrTooMany)
}

func TestAnOverlapIsARecordOfBothWorks(t *testing.T) {
	all, part := ids(9), ids(9)[4:7]
	whole, subset := copyright.Work{Root: root(all), Size_: 9}, copyright.Work{Root: root(part), Size_: 3}
	o := copyright.Overlap{Record: all[5], Place: 1, Path: path(part, 1), OtherPlace: 5, OtherPath: path(all, 5)}
	require.NoError(t, o.CheckOverlap(subset, whole))
	require.ErrorIs(t, o.CheckOverlap(whole, subset), copyright.ErrNotMember)
	o.OtherPlace = 6
	require.ErrorIs(t, o.CheckOverlap(subset, whole), copyright.ErrNotMember)
}

func TestASampleIsAllOfASmallWorkAndSixtyFourOfALarge(t *testing.T) {
	for _, size := range []uint64{0, 1, 63, 64} {
		w := copyright.Work{Size_: size, Root: digest(1)}
		require.Len(t, w.Sample(digest(2)), int(size))
	}
	for _, size := range []uint64{65, 1000, copyright.MaxRecords} {
		w := copyright.Work{Size_: size, Root: digest(1)}
		places := w.Sample(digest(2))
		require.Equal(t, places, w.Sample(digest(2)), "the same for everybody")
		require.NotEqual(t, places, w.Sample(digest(3)))
		other := w
		other.Root = digest(2)
		require.NotEqual(t, places, other.Sample(digest(2)))
		slices.Sort(places)
		require.Len(t, slices.Compact(places), copyright.SampleSize)
		require.Less(t, places[len(places)-1], size)
	}
}
