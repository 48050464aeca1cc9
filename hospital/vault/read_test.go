package vault

import (
	"context"
	"errors"
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
	v := newVault(t)
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
