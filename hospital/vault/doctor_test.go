package vault

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// damages are what a doctor is called for, each to a vault with two records. The
// first is in a batch and its body in the blob store, that of the second in the
// index.
var damages = map[string]struct {
	do       func(*testing.T, *Vault)
	problem  string
	repaired bool
}{
	"an open home":    {func(t *testing.T, v *Vault) { require.NoError(t, os.Chmod(v.dir, 0o755)) }, "mode 755", true},
	"an open key":     {func(t *testing.T, v *Vault) { require.NoError(t, os.Chmod(filepath.Join(v.dir, keyFile), 0o644)) }, "vault.key: others", true},
	"a leftover":      {func(t *testing.T, v *Vault) { write(t, filepath.Join(v.dir, "escrow.age.new")) }, "interrupted write", true},
	"a tree leftover": {func(t *testing.T, v *Vault) { write(t, filepath.Join(v.dir, treesDir, "9.new")) }, "interrupted write", true},
	"no escrow":       {func(t *testing.T, v *Vault) { require.NoError(t, os.Remove(filepath.Join(v.dir, escrowFile))) }, "escrow.age", true},
	"no escrow copy":  {func(t *testing.T, v *Vault) { require.NoError(t, os.Remove(v.settings.EscrowCopy)) }, "escrow_copy", true},
	"a stale copy":    {func(t *testing.T, v *Vault) { write(t, v.settings.EscrowCopy) }, "not the same", true},
	"an orphan":       {func(t *testing.T, v *Vault) { write(t, filepath.Join(v.dir, blobsDir, "00", "aa")) }, "belongs to no record", true},
	"a temporary file": {func(t *testing.T, v *Vault) {
		write(t, filepath.Join(v.dir, blobsDir, "ff", "aa.18f.tmp"))
	}, "belongs to no record", true},
	"no tree":                 {func(t *testing.T, v *Vault) { require.NoError(t, os.Remove(v.treePath(1))) }, "its tree", true},
	"a missing body":          {func(t *testing.T, v *Vault) { require.NoError(t, os.Remove(bodyPath(t, v, 1))) }, "record 1: its body", false},
	"a cut body":              {func(t *testing.T, v *Vault) { require.NoError(t, os.Truncate(bodyPath(t, v, 1), 9)) }, "has 9 bytes", false},
	"a low subject count":     {statement(`UPDATE vault SET last_subject = 0`), "counter of subjects is 0, but 1", true},
	"a low batch count":       {statement(`UPDATE vault SET last_batch = 0`), "counter of batches is 0, but 1", true},
	"a half erasure":          {statement(`UPDATE records SET life = 1 WHERE id = 1; DELETE FROM envelopes WHERE record = 1`), "erasure was interrupted", true},
	"a stale envelope":        {statement(`UPDATE records SET life = 2, blob = NULL WHERE id = 1`), "is erased and has an envelope", true},
	"a stale body":            {statement(`UPDATE records SET life = 2 WHERE id = 2; DELETE FROM envelopes WHERE record = 2`), "is erased and has an envelope, a body or a fingerprint", true},
	"no body in the index":    {statement(`DELETE FROM bodies WHERE record = 2`), "a digest without body", false},
	"a cut body in the index": {statement(`UPDATE bodies SET age = x'00' WHERE record = 2`), "its body in the index", false},
	"two bodies":              {statement(`INSERT INTO bodies SELECT 1, age FROM bodies`), "its body in the index", false},
	"a missing envelope":      {statement(`DELETE FROM envelopes WHERE record = 1`), "envelope is missing", false},
	"a missing digest":        {statement(`UPDATE records SET digest = NULL WHERE id = 1`), "body without digest", false},
	"a foreign key": {
		statement(`INSERT INTO keys (number, name, secret) VALUES (9, 'gone', x'00'); UPDATE envelopes SET key = 9 WHERE record = 1`),
		"key gone is not held, and 1 envelopes", false,
	},
	"a record out of its batch": {statement(`UPDATE records SET content = zeroblob(32) WHERE id = 1; UPDATE batches SET root = zeroblob(32)`), "its tree", false},
}

func statement(text string) func(*testing.T, *Vault) {
	return func(t *testing.T, v *Vault) {
		_, err := v.db.Exec(text)
		require.NoError(t, err)
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
}

func bodyPath(t *testing.T, v *Vault, id uint64) string {
	t.Helper()
	r, err := v.Get(context.Background(), id)
	require.NoError(t, err)
	return filepath.Join(v.dir, blobsDir, r.blob)
}

func TestTheDoctorFindsAndMends(t *testing.T) {
	ctx := context.Background()
	for name, c := range damages {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			add(t, inBlobs(v), 1)
			v.small = smallBody
			add(t, v, 2)
			_, _, err := v.Seal(ctx, 1)
			require.NoError(t, err)
			requireHealthy(t, v)
			c.do(t, v)

			seen, err := v.Doctor(ctx, Checkup{}, nil)
			require.NoError(t, err)
			require.False(t, seen.Healthy())
			require.Contains(t, seen.Findings[0].Problem, c.problem)
			require.NotEmpty(t, seen.Findings[0].Mend)

			mended, err := v.Doctor(ctx, Checkup{Repair: true}, nil)
			require.NoError(t, err)
			require.Equal(t, c.repaired, mended.Healthy(), mended.Findings)
			if c.repaired {
				again, err := v.Doctor(ctx, Checkup{Deep: true}, nil)
				require.NoError(t, err)
				require.Empty(t, again.Findings)
			}
		})
	}
}

func TestADeepLookReadsWhatIsInside(t *testing.T) {
	ctx := context.Background()
	v := inBlobs(newVault(t))
	ids := add(t, v, 1, 2, 3)
	content, err := os.ReadFile(bodyPath(t, v, ids[0]))
	require.NoError(t, err)
	content[len(content)-1] ^= 1
	require.NoError(t, os.WriteFile(bodyPath(t, v, ids[0]), content, 0o600))
	statement(`UPDATE envelopes SET age = (SELECT age FROM envelopes WHERE record = 3) WHERE record = 2`)(t, v)

	flat, err := v.Doctor(ctx, Checkup{}, nil)
	require.NoError(t, err)
	require.True(t, flat.Healthy())
	var last, total int
	deep, err := v.Doctor(ctx, Checkup{Deep: true}, func(d, n int) { last, total = d, n })
	require.NoError(t, err)
	require.Equal(t, total, last)
	require.Len(t, deep.Findings, 2)
	require.Contains(t, deep.Findings[0].Problem, "another digest")
	require.Contains(t, deep.Findings[1].Problem, "does not open its commitments")
	require.Equal(t, []int{3, 3, 0}, []int{deep.Records, deep.Bodies, deep.Batches})
}

func TestAReaderDoesNotTakeANewBodyForAnOrphan(t *testing.T) {
	v := newVault(t)
	reader := open(t, v.dir, Options{ReadOnly: true})
	path := filepath.Join(v.dir, blobsDir, "00", "aa")
	write(t, path)
	requireHealthy(t, reader)
	old := time.Now().Add(-2 * strayAge)
	require.NoError(t, os.Chtimes(path, old, old))
	report, err := reader.Doctor(context.Background(), Checkup{}, nil)
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
}
