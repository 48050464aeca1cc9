package ingest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ingest"
)

func TestAVaultDoesNotTakeItselfIn(t *testing.T) {
	dir := folder(t, map[string]string{"report.txt": "a report", "vault/vault.key": "a key", "vault/blobs/00": "a body", "vault-2/note.txt": "a note"})
	home, other := filepath.Join(dir, "vault"), filepath.Join(t.TempDir(), "other name")
	require.NoError(t, os.Symlink(home, other))
	for _, o := range []ingest.Options{{Vault: home}, {Vault: other}} {
		m := newMemory()
		s, err := ingest.Path(t.Context(), m, dir, o, nil)
		require.NoError(t, err)
		require.Len(t, m.kept, 2)
		require.Equal(t, []ingest.Failure{{Path: home, Err: ingest.ErrVault}}, s.Failures)

		for _, path := range []string{home, filepath.Join(home, "vault.key"), filepath.Join(home, "blobs"), filepath.Join(other, "vault.key")} {
			s, err := ingest.Path(t.Context(), m, path, o, nil)
			require.NoError(t, err)
			require.Equal(t, []ingest.Failure{{Path: path, Err: ingest.ErrVault}}, s.Failures)
		}
		require.Len(t, m.kept, 2)
	}
}

func TestAnEmptyNameIsNotTheFolderThatOneIsIn(t *testing.T) {
	_, err := ingest.Path(t.Context(), newMemory(), "", ingest.Options{}, nil)
	require.ErrorContains(t, err, "is empty")
}

func TestAFolderToWatchMustBeThere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	err := ingest.Watch(t.Context(), newMemory(), missing, ingest.Options{}, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, missing)
}
