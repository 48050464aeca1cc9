package vault

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/records"
)

func TestADocumentIsKeptUnderItsDigest(t *testing.T) {
	v := newVault(t)
	ctx := t.Context()
	terms := []byte("Nobody may sell this.")
	made, err := v.AddDocument(ctx, "text/plain", terms)
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256(terms), made.Digest)
	again, err := v.AddDocument(ctx, "text/markdown; charset=utf-8", terms)
	require.NoError(t, err)
	require.Equal(t, made.MadeAt, again.MadeAt)
	got, content, err := v.Document(ctx, made.Digest)
	require.NoError(t, err)
	require.Equal(t, terms, content)
	require.Equal(t, "text/markdown; charset=utf-8", got.MediaType)
	require.Equal(t, again, got)
	all, err := v.Documents(ctx)
	require.NoError(t, err)
	require.Equal(t, []Document{got}, all)

	_, err = v.db.ExecContext(ctx, `UPDATE documents SET content = x'00'`)
	require.NoError(t, err)
	_, content, err = v.Document(ctx, made.Digest)
	require.ErrorIs(t, err, ErrCorrupt)
	require.Nil(t, content)
	_, err = v.AddDocument(ctx, "text/plain", terms)
	require.NoError(t, err)
	_, content, err = v.Document(ctx, made.Digest)
	require.NoError(t, err)
	require.Equal(t, terms, content)
	require.NoError(t, v.RemoveDocument(ctx, made.Digest))
	_, _, err = v.Document(ctx, made.Digest)
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, v.RemoveDocument(ctx, made.Digest), ErrNotFound)
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	v := newVault(t)
	for name, tc := range map[string]struct {
		mediaType string
		content   []byte
	}{
		"empty":         {"text/plain", nil},
		"too large":     {"text/plain", make([]byte, MaxDocument+1)},
		"no media type": {"", []byte("x")},
		"half a type":   {"text", []byte("x")},
		"two lines":     {"text/plain\r\nX-Header: 1", []byte("x")},
	} {
		_, err := v.AddDocument(t.Context(), tc.mediaType, tc.content)
		require.ErrorIs(t, err, ErrInvalid, name)
	}
	_, err := v.AddDocument(t.Context(), "text/plain", make([]byte, MaxDocument))
	require.NoError(t, err)
	_, err = v.AddWork(t.Context(), make([]byte, MaxDocument+1), listed(records.RecordId{Institution: 1, Batch: 1}))
	require.ErrorIs(t, err, ErrInvalid)
	works, err := v.Works(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, works)
}

func TestADescriptionStaysWhileAWorkHasIt(t *testing.T) {
	v := newVault(t)
	ctx := t.Context()
	ids := listed(records.RecordId{Institution: 1, Batch: 1})
	first, err := v.AddWork(ctx, []byte(`{"a":1}`), ids)
	require.NoError(t, err)
	digest := [sha256.Size]byte(first.Description)
	_, err = v.AddWork(ctx, nil, ids)
	require.NoError(t, err)
	require.ErrorIs(t, v.RemoveDocument(ctx, digest), ErrInUse, "a list that is made again without a description keeps it")
	_, err = v.AddWork(ctx, []byte(`{"a":2}`), ids)
	require.NoError(t, err)
	_, content, err := v.Document(ctx, digest)
	require.NoError(t, err, "a claim may name it")
	require.JSONEq(t, `{"a":1}`, string(content))
	require.NoError(t, v.RemoveDocument(ctx, digest))
}

func TestDocumentsComeBackFromABackup(t *testing.T) {
	ctx := t.Context()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	made, err := v.AddDocument(ctx, "text/plain", []byte("terms"))
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, v.Backup(ctx, to, nil))
	_, content, err := restore(t, to, &Unlock{Escrow: v.settings.EscrowCopy, Recovery: recovery}).Document(ctx, made.Digest)
	require.NoError(t, err)
	require.Equal(t, "terms", string(content))
}

// worksBefore has the works as the index had them in formatBefore.
const worksBefore = `
	CREATE TABLE before AS SELECT root, size, (SELECT content FROM documents WHERE digest = description) AS description, made_at FROM works;
	DROP TABLE works;
	DROP TABLE documents;
	CREATE TABLE works (root BLOB PRIMARY KEY, size INTEGER NOT NULL, description BLOB, made_at INTEGER NOT NULL) STRICT;
	INSERT INTO works SELECT * FROM before;
	DROP TABLE before;
	UPDATE vault SET format = 3`

func TestAnIndexOfTheFormatBeforeIsBroughtUp(t *testing.T) {
	ctx := t.Context()
	dir, _ := home(t)
	v, err := Open(ctx, dir, Options{})
	require.NoError(t, err)
	description := bytes.Repeat([]byte(` `), 2*MaxDocument) // which had no bound
	one, err := v.AddWork(ctx, []byte(`{}`), listed(records.RecordId{Institution: 1, Batch: 1}))
	require.NoError(t, err)
	two, err := v.AddWork(ctx, []byte(`{}`), listed(records.RecordId{Institution: 1, Batch: 2}))
	require.NoError(t, err)
	bare, err := v.AddWork(ctx, nil, listed(records.RecordId{Institution: 1, Batch: 3}))
	require.NoError(t, err)
	large, err := v.AddWork(ctx, nil, listed(records.RecordId{Institution: 1, Batch: 4}))
	require.NoError(t, err)
	require.NoError(t, v.Close())
	db, err := sql.Open("sqlite", filepath.Join(dir, indexFile))
	require.NoError(t, err)
	_, err = db.ExecContext(ctx, worksBefore)
	require.NoError(t, err)
	_, err = db.ExecContext(ctx, `UPDATE works SET description = ? WHERE root = ?`, description, large.Root[:])
	require.NoError(t, err)
	require.NoError(t, db.Close())

	_, err = Open(ctx, dir, Options{ReadOnly: true})
	require.ErrorContains(t, err, "open the vault for writing once")
	v = open(t, dir, Options{})
	for _, w := range []Work{one, two, bare} {
		got, err := v.Work(ctx, w.Root[:])
		require.NoError(t, err)
		require.Equal(t, w, got)
	}
	_, content, err := v.Document(ctx, [sha256.Size]byte(one.Description))
	require.NoError(t, err)
	require.Equal(t, `{}`, string(content))
	_, content, err = v.Document(ctx, sha256.Sum256(description))
	require.NoError(t, err)
	require.Equal(t, description, content)
	require.ErrorIs(t, v.RemoveDocument(ctx, sha256.Sum256(description)), ErrInUse)
	_, err = v.db.ExecContext(ctx, `DELETE FROM documents`)
	require.Error(t, err, "works refer to them")
	requireHealthy(t, v)
	require.NoError(t, open(t, dir, Options{ReadOnly: true}).checkIndex(ctx))
}
