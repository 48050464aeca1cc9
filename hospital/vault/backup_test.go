package vault

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
)

// restore makes a vault of a backup, by the escrow and the recovery key.
func restore(t *testing.T, from string, unlock *Unlock) *Vault {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "restored")
	s, err := ReadSettings(from)
	require.NoError(t, err)
	s.EscrowCopy = "" // the restored vault is another
	require.NoError(t, writeSettings(from, s))
	require.NoError(t, Restore(context.Background(), from, dir, unlock, nil))
	return open(t, dir, Options{})
}

func TestAVaultComesBackFromItsBackup(t *testing.T) {
	ctx := context.Background()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	ids := add(t, v, 1, 2, 3)
	sealed, _, err := v.Seal(ctx, 2)
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, v.Backup(ctx, to, nil))
	require.NoFileExists(t, filepath.Join(to, keyFile))
	require.NoFileExists(t, filepath.Join(to, escrowFile))
	requireNoPlaintext(t, to)

	back := restore(t, to, &Unlock{Escrow: v.settings.EscrowCopy, Recovery: recovery})
	for i, id := range ids {
		plain, err := read(back, id)
		require.NoError(t, err)
		require.Equal(t, text(i+1), plain)
	}
	report, err := back.Doctor(ctx, Checkup{Deep: true, Repair: true}, nil)
	require.NoError(t, err)
	require.Len(t, report.Findings, 1, "the tree")
	require.True(t, report.Healthy())
	proof, err := back.Proof(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, sealed.Root, proof.Root)
	require.Equal(t, ids[0], add(t, back, 1)[0], "duplicates are still found")
}

func TestNumbersAreNotGivenOutAgainAfterARestore(t *testing.T) {
	ctx := context.Background()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	add(t, v, 1)
	_, _, err := v.Seal(ctx, 1)
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, v.Backup(ctx, to, nil))
	unlock := &Unlock{Escrow: filepath.Join(dir, escrowFile), Recovery: recovery}
	var firsts []uint64
	for range 2 {
		back := restore(t, to, unlock)
		number, err := back.Subject(ctx, "somebody new")
		require.NoError(t, err)
		batch, _, err := back.Seal(ctx, 0)
		require.NoError(t, err)
		require.Equal(t, number, batch.Number)
		require.Greater(t, number, uint64(1<<32))
		require.Less(t, number, uint64(1<<53))
		firsts = append(firsts, number>>32)
	}
	require.NotEqual(t, firsts[0], firsts[1])
}

func TestABackupIsBroughtUpToDate(t *testing.T) {
	ctx := context.Background()
	v := inBlobs(newVault(t))
	ids := add(t, v, 1, 2)
	to := filepath.Join(t.TempDir(), "backup")
	count := func(want int) Progress {
		return func(done, total int) { require.LessOrEqual(t, done, total); require.Equal(t, want, total) }
	}
	require.NoError(t, v.Backup(ctx, to, count(2)))
	first, err := v.Get(ctx, ids[0])
	require.NoError(t, err)
	second, err := v.Get(ctx, ids[1])
	require.NoError(t, err)
	kept, err := os.Stat(filepath.Join(to, blobsDir, second.blob))
	require.NoError(t, err)

	require.NoError(t, v.Erase(ctx, ids[0], "gdpr-17"))
	add(t, v, 3)
	require.NoError(t, v.Backup(ctx, to, count(2)))
	require.NoFileExists(t, filepath.Join(to, blobsDir, first.blob))
	again, err := os.Stat(filepath.Join(to, blobsDir, second.blob))
	require.NoError(t, err)
	require.True(t, os.SameFile(kept, again), "what is there is not copied again")

	third, err := v.Get(ctx, ids[1]+1)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(filepath.Join(to, blobsDir, third.blob), 10))
	require.NoError(t, v.Backup(ctx, to, nil))
	whole, err := os.ReadFile(filepath.Join(to, blobsDir, third.blob))
	require.NoError(t, err)
	require.Len(t, whole, int(third.BodySize))

	require.NoError(t, os.Remove(filepath.Join(v.dir, blobsDir, second.blob)))
	require.NoError(t, os.Remove(filepath.Join(to, blobsDir, second.blob)))
	require.ErrorIs(t, v.Backup(ctx, to, nil), ErrCorrupt, "a backup without a body is none")
}

func TestABackupIsOfOneVault(t *testing.T) {
	ctx := context.Background()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	ids := add(t, v, 1, 2)
	to := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, v.Backup(ctx, to, nil))
	otherHome, _ := home(t)
	other := open(t, otherHome, Options{})
	add(t, other, 3)
	files := filepath.Join(t.TempDir(), "files")
	require.NoError(t, os.MkdirAll(filepath.Join(files, "thesis"), 0o700))

	unlock := &Unlock{Escrow: v.settings.EscrowCopy, Recovery: recovery}
	restored := restore(t, to, unlock)
	for name, where := range map[string]struct {
		vault *Vault
		dir   string
	}{
		"another's backup":           {other, to},
		"the backup it came from":    {restored, to},
		"another vault":              {other, dir},
		"itself":                     {v, dir},
		"itself by another name":     {v, filepath.Join(dir, "..", filepath.Base(dir))},
		"a folder of something else": {v, files},
	} {
		require.ErrorIs(t, where.vault.Backup(ctx, where.dir, nil), ErrInvalid, name)
	}
	require.DirExists(t, filepath.Join(files, "thesis"))
	require.NoFileExists(t, filepath.Join(files, settingsFile))
	for _, kept := range []*Vault{v, restore(t, to, unlock)} {
		for i, id := range ids {
			plain, err := read(kept, id)
			require.NoError(t, err)
			require.Equal(t, text(i+1), plain)
		}
	}
	require.NoError(t, restored.Backup(ctx, filepath.Join(t.TempDir(), "new"), nil))
}

func TestAFolderForABackupKeepsItsRights(t *testing.T) {
	dir, _ := home(t)
	v := open(t, dir, Options{})
	to := t.TempDir()
	require.NoError(t, os.Chmod(to, 0o750)) // its group takes the backup elsewhere
	require.NoError(t, v.Backup(t.Context(), to, nil))
	info, err := os.Stat(to)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o750), info.Mode().Perm())
}

func TestAReaderMayBackUp(t *testing.T) {
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	id := add(t, v, 1)[0]
	reader := open(t, dir, Options{ReadOnly: true})
	to := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, reader.Backup(context.Background(), to, nil))
	plain, err := read(restore(t, to, &Unlock{Escrow: filepath.Join(dir, escrowFile), Recovery: recovery}), id)
	require.NoError(t, err)
	require.Equal(t, text(1), plain)
}

// TestNoBackupOpensWhatWasErased is what the window promises: with every key
// and the escrow, an old backup opens nothing that was erased.
func TestNoBackupOpensWhatWasErased(t *testing.T) {
	ctx := context.Background()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	ids := add(t, v, 1, 2)
	to := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, v.Backup(ctx, to, nil))

	// Within the window the backup opens.
	unlock := &Unlock{Escrow: filepath.Join(dir, escrowFile), Recovery: recovery}
	plain, err := read(restore(t, to, unlock), ids[0])
	require.NoError(t, err)
	require.Equal(t, text(1), plain)

	require.NoError(t, v.Erase(ctx, ids[0], "gdpr-17"))
	require.NoError(t, v.Rotate(ctx))
	require.NoError(t, v.Rewrap(ctx, nil))
	retired, err := v.RetireKeys(ctx, time.Now().Add((DefaultWindowDays+1)*day))
	require.NoError(t, err)
	require.Equal(t, 1, retired)

	dst := filepath.Join(t.TempDir(), "restored")
	require.NoError(t, Restore(ctx, to, dst, unlock, nil))
	_, err = Open(ctx, dst, Options{})
	require.ErrorIs(t, err, ErrKey)

	db, err := openSnapshot(filepath.Join(to, indexFile))
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.Query(`SELECT age FROM envelopes UNION ALL SELECT secret FROM vault`)
	require.NoError(t, err)
	defer rows.Close()
	held, err := v.keys.List(ctx)
	require.NoError(t, err)
	tried := 0
	for rows.Next() {
		var sealed []byte
		require.NoError(t, rows.Scan(&sealed))
		for _, identity := range []age.Identity{held[0].Identity, recovery} {
			_, err := decrypt(sealed, identity)
			noMatch := new(age.NoIdentityMatchError)
			require.ErrorAs(t, err, &noMatch)
			tried++
		}
	}
	require.NoError(t, rows.Err())
	require.Equal(t, 6, tried)

	fresh := filepath.Join(t.TempDir(), "fresh")
	require.NoError(t, v.Backup(ctx, fresh, nil))
	back := restore(t, fresh, unlock)
	_, err = read(back, ids[0])
	require.ErrorIs(t, err, ErrErased)
	plain, err = read(back, ids[1])
	require.NoError(t, err)
	require.Equal(t, text(2), plain)
}

func TestRestoreRefuses(t *testing.T) {
	ctx := context.Background()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	to := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, v.Backup(ctx, to, nil))
	other, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	escrow := filepath.Join(dir, escrowFile)
	require.ErrorIs(t, Restore(ctx, to, dir, nil, nil), ErrInvalid)
	require.ErrorIs(t, Restore(ctx, t.TempDir(), filepath.Join(t.TempDir(), "r"), nil, nil), ErrNoVault)
	require.ErrorIs(t, Restore(ctx, to, filepath.Join(t.TempDir(), "r"), &Unlock{Escrow: escrow, Recovery: other}, nil), ErrKey)
	require.ErrorIs(t, Restore(ctx, to, filepath.Join(t.TempDir(), "r"), &Unlock{Escrow: "absent", Recovery: recovery}, nil), os.ErrNotExist)

	later := filepath.Join(t.TempDir(), "r")
	require.NoError(t, Restore(ctx, to, later, nil, nil))
	_, err = Open(ctx, later, Options{})
	require.ErrorIs(t, err, ErrKey, "the keys are put there by hand")
	require.NoError(t, copyFile(filepath.Join(later, keyFile), filepath.Join(dir, keyFile)))
	open(t, later, Options{})
}
