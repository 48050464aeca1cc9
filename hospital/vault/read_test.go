package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// folder resolves references to files by name.
type folder string

func (f folder) Resolve(_ context.Context, reference string) (format.Source, error) {
	return format.File(filepath.Join(string(f), reference), ""), nil
}

func TestAReferencedRecordStaysWhereItIs(t *testing.T) {
	ctx := context.Background()
	dir, _ := home(t)
	pacs := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(pacs, "image"), text(1), 0o600))
	v := open(t, dir, Options{Resolver: folder(pacs)})
	n := newRecord(0, text(1))
	n.Reference = "image"
	added, err := v.Add(ctx, []NewRecord{n})
	require.NoError(t, err)
	id := added[0].ID
	r, err := v.Get(ctx, id)
	require.NoError(t, err)
	require.True(t, r.Reference)
	requireNoPlaintext(t, dir)
	requireHealthy(t, v)

	plain, err := read(v, id)
	require.NoError(t, err)
	require.Equal(t, text(1), plain)
	_, err = v.Body(ctx, id, 0, -1)
	require.ErrorIs(t, err, ErrReference)

	require.NoError(t, os.WriteFile(filepath.Join(pacs, "image"), text(2), 0o600))
	_, err = read(v, id)
	require.ErrorIs(t, err, ErrChanged)
	require.NoError(t, os.Remove(filepath.Join(pacs, "image")))
	_, err = read(v, id)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotContains(t, err.Error(), pacs)

	v.resolver = nil
	_, err = read(v, id)
	require.ErrorIs(t, err, ErrReference)
	require.NoError(t, v.Erase(ctx, id, "gdpr-17"))
	requireHealthy(t, v)
}

func TestADamagedBodyIsNotedAtItsEnd(t *testing.T) {
	ctx := context.Background()
	v := inBlobs(newVault(t))
	id := add(t, v, 1)[0]
	r, err := v.Get(ctx, id)
	require.NoError(t, err)
	path := filepath.Join(v.dir, blobsDir, r.blob)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)-1] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o600))
	_, err = read(v, id)
	require.ErrorIs(t, err, ErrCorrupt)
	require.NoError(t, os.Remove(path))
	_, err = read(v, id)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, errors.Unwrap(err), "backup")
}

func TestADamagedBodyInTheIndexIsNoted(t *testing.T) {
	v := newVault(t)
	ids := add(t, v, 1, 2)
	other := `UPDATE bodies SET age = (SELECT age FROM bodies WHERE record = 2) WHERE record = 1`
	for name, damage := range map[string]string{
		"another": other, "cut": `UPDATE bodies SET age = substr(age, 1, 9) WHERE record = 1`, "gone": `DELETE FROM bodies WHERE record = 1`,
	} {
		statement(damage)(t, v)
		_, err := read(v, ids[0])
		require.ErrorIs(t, err, ErrCorrupt, name)
		require.ErrorContains(t, err, "record 1", name)
	}
}

func TestASmallBodyStandsInTheIndexAndALargeOneInTheStore(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	for size, inIndex := range map[int]bool{0: true, 1: true, smallBody: true, smallBody + 1: false, 10 * smallBody: false} {
		plain := bytes.Repeat([]byte{'x'}, size)
		added, err := v.Add(ctx, []NewRecord{newRecord(0, plain)})
		require.NoError(t, err)
		id := added[0].ID
		r, err := v.Get(ctx, id)
		require.NoError(t, err)
		require.Equal(t, inIndex, r.blob == "", size)
		got, err := read(v, id)
		require.NoError(t, err)
		require.Equal(t, plain, got)
		whole := bodyRange(t, v, id, 0, -1)
		require.Len(t, whole, int(r.BodySize))
		for _, part := range [][2]int64{{0, 5}, {7, 20}, {7, -1}, {r.BodySize, -1}, {r.BodySize - 3, 100}} {
			want := whole[part[0]:]
			if part[1] >= 0 {
				want = want[:min(part[1], int64(len(want)))]
			}
			require.Equal(t, want, bodyRange(t, v, id, part[0], part[1]), part)
		}
	}
	requireHealthy(t, v)
}

func bodyRange(t *testing.T, v *Vault, id uint64, offset, length int64) []byte {
	t.Helper()
	r, err := v.Body(context.Background(), id, offset, length)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	return got
}
