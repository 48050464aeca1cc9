package fetch_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/fetch"
)

func TestAnIdentityIsMadeOnceAndReadAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "me")
	made, err := fetch.NewIdentity(dir)
	require.NoError(t, err)
	_, err = fetch.NewIdentity(dir)
	require.ErrorContains(t, err, "holds an identity: name another folder")
	read, err := fetch.OpenIdentity(dir)
	require.NoError(t, err)
	require.Equal(t, made.Account.Address(), read.Account.Address())
	require.Equal(t, made.Digest(), read.Digest())
	for _, name := range []string{"ledger.key", "age.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
}

// TestNoIdentityIsMadeOfAnothersHalf finds one key of an identity in the folder.
func TestNoIdentityIsMadeOfAnothersHalf(t *testing.T) {
	for _, name := range []string{"ledger.key", "age.key"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("half\n"), 0o600))
		_, err := fetch.NewIdentity(dir)
		require.ErrorContains(t, err, "holds an identity: name another folder")
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 1)
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, "half\n", string(text))
	}
}

func TestAnIdentityThatDoesNotReadSaysSo(t *testing.T) {
	dir := t.TempDir()
	_, err := fetch.OpenIdentity(dir)
	require.ErrorContains(t, err, `make an identity with "dmdld requester init"`)
	write := func(account, age string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "ledger.key"), []byte(account), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "age.key"), []byte(age), 0o600))
	}
	write("secret", "secret")
	_, err = fetch.OpenIdentity(dir)
	require.ErrorContains(t, err, "ledger.key does not hold a seed in hex")
	write("0000000000000000000000000000000000000000000000000000000000000001", "secret")
	_, err = fetch.OpenIdentity(dir)
	require.ErrorContains(t, err, "age.key does not hold a post-quantum age identity")
	require.NotContains(t, err.Error(), "secret")
}
