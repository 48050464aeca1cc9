package vault

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
)

func TestAVaultIsForItsOwnerAlone(t *testing.T) {
	v := newVault(t)
	add(t, v, 1)
	for name, mode := range map[string]fs.FileMode{".": 0o700, keyFile: 0o600, escrowFile: 0o600, indexFile: 0o600, blobsDir: 0o700, treesDir: 0o700} {
		info, err := os.Stat(filepath.Join(v.dir, name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
}

func TestCreateRefuses(t *testing.T) {
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	good := recovery.Recipient().String()
	classic, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "letter.txt"), []byte("x"), 0o600))

	for name, c := range map[string]struct {
		dir      string
		change   func(*Settings)
		recovery string
		want     error
	}{
		"no name":                {change: func(s *Settings) { s.Name = "" }, recovery: good, want: ErrSettings},
		"no chain":               {change: func(s *Settings) { s.ChainID = "" }, recovery: good, want: ErrSettings},
		"no institution":         {change: func(s *Settings) { s.Institution = 0 }, recovery: good, want: ErrSettings},
		"negative window":        {change: func(s *Settings) { s.WindowDays = -1 }, recovery: good, want: ErrSettings},
		"blobs without scheme":   {change: func(s *Settings) { s.Blobs = "blobs" }, recovery: good, want: ErrSettings},
		"blobs relative":         {change: func(s *Settings) { s.Blobs = "file://blobs" }, recovery: good, want: ErrSettings},
		"blobs with parameters":  {change: func(s *Settings) { s.Blobs = "file:///blobs?metadata=skip" }, recovery: good, want: ErrSettings},
		"blobs of unknown kind":  {change: func(s *Settings) { s.Blobs = "ftp://blobs" }, recovery: good, want: ErrSettings},
		"no recovery recipient":  {recovery: "", want: ErrKey},
		"classic recovery":       {recovery: classic.Recipient().String(), want: ErrKey},
		"secret half given":      {recovery: recovery.String(), want: ErrKey},
		"a folder that is full":  {dir: full, recovery: good, want: ErrInvalid},
		"an escrow copy nowhere": {change: func(s *Settings) { s.EscrowCopy = filepath.Join(full, "absent", "e.age") }, recovery: good, want: fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := settings, c.dir
			if c.change != nil {
				c.change(&s)
			}
			if dir == "" {
				dir = filepath.Join(t.TempDir(), "vault")
			}
			err := Create(context.Background(), dir, s, c.recovery)
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, err.Error(), "AGE-SECRET")
			_, err = Open(context.Background(), dir, Options{})
			require.ErrorIs(t, err, ErrNoVault)
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	edit := func(file, old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, file)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Contains(t, string(content), old)
			require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(content), old, new, 1)), 0o600))
		}
	}
	remove := func(file string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, file))) }
	}
	for name, c := range map[string]struct {
		damage func(*testing.T, string)
		want   error
	}{
		"no settings":         {remove(settingsFile), ErrNoVault},
		"an unknown setting":  {edit(settingsFile, `"name"`, `"title"`), ErrSettings},
		"a second object":     {edit(settingsFile, "\n}\n", "\n}{}"), ErrSettings},
		"another chain":       {edit(settingsFile, "dmdl-test-1", "dmdl-test-2"), ErrSettings},
		"another institution": {edit(settingsFile, `"institution": 7`, `"institution": 8`), ErrSettings},
		"no key":              {remove(keyFile), ErrKey},
		"a damaged key":       {edit(keyFile, "AGE-SECRET-KEY-PQ-1", "AGE-SECRET-KEY-PQ-1Q"), ErrKey},
		"a key of another vault": {func(t *testing.T, dir string) {
			other, err := age.GenerateHybridIdentity()
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, keyFile), []byte(other.String()), 0o600))
		}, ErrKey},
		"no index": {remove(indexFile), fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := home(t)
			c.damage(t, dir)
			_, err := Open(context.Background(), dir, Options{})
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestOneWritesAndOthersRead(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	id := add(t, v, 1)[0]
	_, err := Open(ctx, v.dir, Options{})
	require.ErrorIs(t, err, ErrBusy)
	require.ErrorContains(t, err, "open for reading")

	reader := open(t, v.dir, Options{ReadOnly: true})
	plain, err := read(reader, id)
	require.NoError(t, err)
	require.Equal(t, text(1), plain)

	for name, write := range map[string]func() error{
		"subject": func() error { _, err := reader.Subject(ctx, "another"); return err },
		"add":     func() error { _, err := reader.Add(ctx, []NewRecord{newRecord(1, text(2))}); return err },
		"seal":    func() error { _, _, err := reader.Seal(ctx, 1); return err },
		"erase":   func() error { return reader.Erase(ctx, id, "gdpr-17") },
		"hold":    func() error { return reader.Hold(ctx, id, "case-1") },
		"rotate":  func() error { return reader.Rotate(ctx) },
		"rewrap":  func() error { return reader.Rewrap(ctx, nil) },
		"retire":  func() error { _, err := reader.RetireKeys(ctx, noon(0)); return err },
		"repair":  func() error { _, err := reader.Doctor(ctx, Checkup{Repair: true}, nil); return err },
	} {
		require.ErrorIs(t, write(), ErrReadOnly, name)
	}
	requireHealthy(t, reader)
}

func TestSubjectsAreNumberedAtFirstSight(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	numbers, err := v.Subjects(ctx, []string{"a " + marker, "b", "a " + marker, "c"})
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 2, 1, 3}, numbers)
	again, err := v.Subject(ctx, "b")
	require.NoError(t, err)
	require.Equal(t, uint64(2), again)
	_, err = v.Subjects(ctx, []string{"d", ""})
	require.ErrorIs(t, err, ErrInvalid)
	next, err := v.Subject(ctx, "e")
	require.NoError(t, err)
	require.Equal(t, uint64(4), next, "a refused list assigns nothing")
	requireNoPlaintext(t, v.dir)
}
