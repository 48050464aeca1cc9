package vault

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestARecordIsProvenFromItsBatch(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	ids := add(t, v, 1, 2, 3)
	batch, some, err := v.Seal(ctx, 2)
	require.NoError(t, err)
	require.True(t, some)
	require.Equal(t, []uint64{1, 2, 1024}, []uint64{batch.Number, batch.Leaves, batch.Size})

	for i, id := range ids[:2] {
		p, err := v.Proof(ctx, id)
		require.NoError(t, err)
		require.Equal(t, batch.Root, p.Root)
		require.Equal(t, uint64(i), p.Index)
		require.NoError(t, p.Leaf.Validate())
		require.Equal(t, &records.SubjectId{Institution: 7, Number: 1}, p.Leaf.Descriptor_.Subject)
		require.NoError(t, tree.VerifyPath(tree.LeafHash(records.LeafBytes(p.Leaf)), p.Index, p.Size, p.Path, p.Root))
		r, err := v.ByLeaf(ctx, 1, p.Index)
		require.NoError(t, err)
		require.Equal(t, id, r.ID)
	}
	_, err = v.Proof(ctx, ids[2])
	require.ErrorIs(t, err, ErrNotFound)
	_, err = v.ByLeaf(ctx, 1, 2)
	require.ErrorIs(t, err, ErrNotFound, "padding is no record")

	second, some, err := v.Seal(ctx, tree.MaxLeaves)
	require.NoError(t, err)
	require.True(t, some)
	require.Equal(t, uint64(2), second.Number)
	_, some, err = v.Seal(ctx, 1)
	require.NoError(t, err)
	require.False(t, some, "nothing is left")
	cover, some, err := v.Seal(ctx, 0)
	require.NoError(t, err)
	require.True(t, some)
	require.Equal(t, []uint64{3, 0, 1024}, []uint64{cover.Number, cover.Leaves, cover.Size})
	requireHealthy(t, v)
}

func TestABatchIsPendingUntilItIsAnchored(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	id := add(t, v, 1)[0]
	sealed, _, err := v.Seal(ctx, 10)
	require.NoError(t, err)
	pending, err := v.Pending(ctx)
	require.NoError(t, err)
	require.Equal(t, []Batch{sealed}, pending)
	r, err := v.Get(ctx, id)
	require.NoError(t, err)
	require.Equal(t, Batched, r.State)

	require.ErrorIs(t, v.Anchored(ctx, 2, 9, noon(0)), ErrNotFound)
	require.ErrorIs(t, v.Anchored(ctx, 1, 0, noon(0)), ErrInvalid)
	require.NoError(t, v.Anchored(ctx, 1, 9, noon(0)))
	require.NoError(t, v.Anchored(ctx, 1, 9, noon(0)))
	require.ErrorIs(t, v.Anchored(ctx, 1, 10, noon(0)), ErrInvalid)

	pending, err = v.Pending(ctx)
	require.NoError(t, err)
	require.Empty(t, pending)
	r, err = v.Get(ctx, id)
	require.NoError(t, err)
	require.Equal(t, Anchored, r.State)
	require.Equal(t, uint64(9), r.Height)
	b, err := v.Batch(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, noon(0), b.AnchoredAt)
}

func TestADamagedTreeIsNamedAndWrittenAnew(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	id := add(t, v, 1)[0]
	_, _, err := v.Seal(ctx, 1)
	require.NoError(t, err)
	good, err := os.ReadFile(v.treePath(1))
	require.NoError(t, err)
	for name, damage := range map[string]func() error{
		"a flipped bit": func() error {
			bad := append([]byte(nil), good...)
			bad[16] ^= 1
			return os.WriteFile(v.treePath(1), bad, 0o600)
		},
		"cut short": func() error { return os.Truncate(v.treePath(1), 100) },
		"gone":      func() error { return os.Remove(v.treePath(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, damage())
			_, err := v.Proof(ctx, id)
			require.ErrorIs(t, err, ErrCorrupt)
			report, err := v.Doctor(ctx, Checkup{Repair: true}, nil)
			require.NoError(t, err)
			require.Len(t, report.Findings, 1)
			require.True(t, report.Healthy())
			again, err := os.ReadFile(v.treePath(1))
			require.NoError(t, err)
			require.Equal(t, good, again)
			_, err = v.Proof(ctx, id)
			require.NoError(t, err)
		})
	}
}

func TestSealRefusesALimitOutOfRange(t *testing.T) {
	v := newVault(t)
	for _, limit := range []int{-1, tree.MaxLeaves + 1} {
		_, _, err := v.Seal(context.Background(), limit)
		require.ErrorIs(t, err, ErrInvalid)
	}
}

func TestListsAreFiltered(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	ids := add(t, v, 1, 2, 3, 4)
	dataset, err := v.Add(ctx, []NewRecord{newRecord(0, text(5))})
	require.NoError(t, err)
	_, _, err = v.Seal(ctx, 2)
	require.NoError(t, err)
	require.NoError(t, v.Anchored(ctx, 1, 5, noon(0)))
	_, _, err = v.Seal(ctx, 1)
	require.NoError(t, err)
	require.NoError(t, v.Erase(ctx, ids[1], "gdpr-17"))
	for name, c := range map[string]struct {
		filter Filter
		want   []uint64
	}{
		"everything": {Filter{}, append(append([]uint64{}, ids...), dataset[0].ID)},
		"subject":    {Filter{Subject: 1}, ids},
		"class":      {Filter{Class: records.RECORD_CLASS_DATASET}, []uint64{dataset[0].ID}},
		"batch":      {Filter{Batch: 1}, ids[:2]},
		"staged":     {Filter{State: Staged}, []uint64{ids[3], dataset[0].ID}},
		"batched":    {Filter{State: Batched}, ids[2:3]},
		"anchored":   {Filter{State: Anchored}, ids[:1]},
		"erased":     {Filter{State: Erased}, ids[1:2]},
		"erasing":    {Filter{State: Erasing}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []uint64
			for after := uint64(0); ; {
				page, err := v.List(ctx, c.filter, after, 2)
				require.NoError(t, err)
				if len(page) == 0 {
					break
				}
				for _, r := range page {
					got = append(got, r.ID)
				}
				after = got[len(got)-1]
			}
			require.Equal(t, c.want, got)
		})
	}
	_, err = v.List(ctx, Filter{State: 9}, 0, 0)
	require.ErrorIs(t, err, ErrInvalid)
}
