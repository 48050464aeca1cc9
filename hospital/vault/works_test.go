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
	works, err := v.Works(ctx, 0)
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
	works, err := v.Works(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, works)
}

// many are ids of as many records.
func many(count uint64) []records.RecordId {
	ids := make([]records.RecordId, count)
	for i := range ids {
		ids[i] = records.RecordId{Institution: 7, Batch: 1, Leaf: uint64(i)}
	}
	return ids
}

func TestOthersWriteWhileALongListIsEntered(t *testing.T) {
	v := newVault(t)
	writable := func() {
		t.Helper()
		require.True(t, v.writing.TryLock(), "nobody else may write")
		v.writing.Unlock()
	}
	parts := 0
	v.at = func(string) error {
		parts++
		writable()
		return nil
	}
	_, err := v.AddWork(t.Context(), nil, func(yield func(records.RecordId, error) bool) {
		for _, id := range many(2*maxEntered + 1) {
			writable()
			if !yield(id, nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	require.Equal(t, 3, parts)
}

func TestAWorkIsThereWholeOrNotAtAll(t *testing.T) {
	ids := many(2*maxEntered + 1)
	for name, again := range map[string]func(t *testing.T, v *Vault) *Vault{
		"the same work goes on": func(_ *testing.T, v *Vault) *Vault { return v },
		"another comes first": func(t *testing.T, v *Vault) *Vault {
			_, err := v.AddWork(t.Context(), nil, listed(ids[0]))
			require.NoError(t, err)
			requireRows(t, v, 1, `SELECT count(*) FROM work_records`)
			return v
		},
		"the vault is opened": func(t *testing.T, v *Vault) *Vault {
			require.NoError(t, v.Close())
			v, err := Open(t.Context(), v.dir, Options{})
			require.NoError(t, err)
			requireRows(t, v, 0, `SELECT count(*) FROM works`)
			requireRows(t, v, 0, `SELECT count(*) FROM work_records`)
			return v
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := home(t)
			v, err := Open(t.Context(), dir, Options{})
			require.NoError(t, err)
			crash := errors.New("crash")
			parts := 0
			v.at = func(string) error {
				if parts++; parts == 2 {
					return crash
				}
				return nil
			}
			w, err := v.AddWork(t.Context(), []byte(`{"titles":[]}`), listed(ids...))
			require.ErrorIs(t, err, crash)
			v.at = nil
			requireNoWork(t, v, w, ids[0])

			v = again(t, v)
			w, err = v.AddWork(t.Context(), nil, listed(ids...))
			require.NoError(t, err)
			requireRows(t, v, len(ids), `SELECT count(*) FROM work_records JOIN works USING (root) WHERE size > 1`)
			place, err := v.PlaceInWork(t.Context(), w.Root[:], ids[len(ids)-1])
			require.NoError(t, err)
			require.EqualValues(t, len(ids)-1, place)
			require.NoError(t, v.Close())
		})
	}
}

// requireNoWork fails if anybody sees anything of a work.
func requireNoWork(t *testing.T, v *Vault, w Work, id records.RecordId) {
	t.Helper()
	_, err := v.Work(t.Context(), w.Root[:])
	require.ErrorIs(t, err, ErrNotFound)
	_, err = v.PlaceInWork(t.Context(), w.Root[:], id)
	require.ErrorIs(t, err, ErrNotFound)
	works, err := v.Works(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, works)
	for range v.WorkRecords(t.Context(), w.Root[:]) {
		t.Fatal("it has a record")
	}
	requireRows(t, v, 0, `SELECT count(*) FROM documents`)
	requireHealthy(t, v)
}

func requireRows(t *testing.T, v *Vault, want int, query string) {
	t.Helper()
	var got int
	require.NoError(t, v.db.QueryRow(query).Scan(&got))
	require.Equal(t, want, got, query)
}
