package vault

import (
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// listed are ids with no error among them.
func listed(ids ...records.RecordId) iter.Seq2[records.RecordId, error] {
	return func(yield func(records.RecordId, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func TestAWorkIsKeptAndEachOfItsRecordsProven(t *testing.T) {
	v := newVault(t)
	ctx := t.Context()
	ids := []records.RecordId{{Institution: 1, Batch: 1, Leaf: 3}, {Institution: 1, Batch: 2}, {Institution: 2, Batch: 1, Leaf: 9}}
	w, err := v.AddWork(ctx, []byte(`{"titles":[]}`), listed(ids...))
	require.NoError(t, err)
	require.EqualValues(t, 3, w.Size)

	again, err := v.AddWork(ctx, []byte(`{"titles":["new"]}`), listed(ids...))
	require.NoError(t, err)
	require.Equal(t, w.Root, again.Root)
	works, err := v.Works(ctx)
	require.NoError(t, err)
	require.Len(t, works, 1)
	require.Equal(t, again.Description, works[0].Description)
	_, description, err := v.Document(ctx, [tree.Size]byte(works[0].Description))
	require.NoError(t, err)
	require.JSONEq(t, `{"titles":["new"]}`, string(description))

	claim := copyright.Work{Root: w.Root[:], Size_: w.Size}
	for i, id := range ids {
		place, path, err := v.WorkPath(ctx, w, id)
		require.NoError(t, err)
		require.EqualValues(t, i, place)
		require.NoError(t, claim.CheckMember(id, place, path))
		require.ErrorIs(t, claim.CheckMember(records.RecordId{Institution: 1, Batch: 9}, place, path), copyright.ErrNotMember)
	}
	_, err = v.PlaceInWork(ctx, w.Root[:], records.RecordId{Institution: 1, Batch: 1})
	require.ErrorIs(t, err, ErrNotFound)
	_, err = v.Work(ctx, make([]byte, tree.Size))
	require.ErrorIs(t, err, ErrNotFound)
}

func TestAListThatIsNoWorkIsRefusedWhole(t *testing.T) {
	v := newVault(t)
	one, two := records.RecordId{Institution: 1, Batch: 1}, records.RecordId{Institution: 1, Batch: 1, Leaf: 1}
	broken := errors.New("the list breaks off")
	for name, tc := range map[string]struct {
		ids  iter.Seq2[records.RecordId, error]
		want error
	}{
		"out of order": {listed(two, one), ErrInvalid},
		"twice":        {listed(one, one), ErrInvalid},
		"half":         {func(yield func(records.RecordId, error) bool) { _ = yield(one, nil) && yield(two, broken) }, broken},
	} {
		_, err := v.AddWork(t.Context(), nil, tc.ids)
		require.ErrorIs(t, err, tc.want, name)
	}
	_, err := v.AddWork(t.Context(), nil, listed())
	require.ErrorContains(t, err, "no leaves")
	works, err := v.Works(t.Context())
	require.NoError(t, err)
	require.Empty(t, works)
}
