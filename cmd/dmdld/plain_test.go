package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestErrorsAreSaidPlainly(t *testing.T) {
	for said, want := range map[string]string{
		"rpc error: code = Unknown desc = rpc error: code = Unknown desc = failed to execute message; message index: 0: (1, 555): subject not found [dmdl-network/dmdl/x/access/keeper/keeper.go:174] with gas used: '43355': unknown request": "(1, 555): subject not found",
		"rpc error: code = NotFound desc = (1, 99): work not found: key not found":                 "(1, 99): work not found",
		"nobody.info: key not found [cosmos/cosmos-sdk@v0.55.0/crypto/keyring/keyring.go:549]":     "nobody.info: key not found",
		`invalid argument "x" for "--0" flag: strconv.ParseUint: parsing "x": invalid syntax`:      `invalid argument "x" for argument 1: "x" is not a whole number`,
		`invalid argument "-3" for "--size" flag: strconv.ParseUint: parsing "-3": invalid syntax`: `invalid argument "-3" for "--size" flag: give a whole number that is not negative`,
		`strconv.ParseUint: parsing "99999999999999999999": value out of range`:                    `"99999999999999999999" is too large`,
		"failed to execute message; message index: 3: shares do not add up":                        "failed to execute message; message index: 3: shares do not add up",
		"[] accepted, accept [OBLIGATION_NOREDISCLOSE]: obligations not accepted":                  "[] accepted, accept [OBLIGATION_NOREDISCLOSE]: obligations not accepted",
		`original "note [2].txt" of record 1/3/17: it cannot be compared`:                          `original "note [2].txt" of record 1/3/17: it cannot be compared`,
	} {
		require.Equal(t, want, advised(errors.New(said)).Error())
	}
}

func TestErrorsOfTheSystemSayWhatToDo(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "taken")
	require.NoError(t, os.WriteFile(taken, nil, 0o600))
	_, err := os.OpenFile(taken, os.O_CREATE|os.O_EXCL, 0o600)
	require.ErrorIs(t, advised(err), fs.ErrExist)
	require.ErrorContains(t, advised(err), taken)
	require.ErrorContains(t, advised(err), "nothing is overwritten")
	require.ErrorContains(t, advised(fmt.Errorf("database: %w", syscall.EAGAIN)), "another process has it open")
	require.ErrorContains(t, advised(fmt.Errorf("--listen: %w", syscall.EADDRINUSE)), "give another address")
	require.NotContains(t, advised(fmt.Errorf("the vault at :8471: %w", syscall.ECONNREFUSED)).Error(), "--node")
}

func TestAListIsNotCutShortSilently(t *testing.T) {
	for _, limit := range []string{"1001", "0", "-1"} {
		cmd := vaultCmd()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs([]string{"list", "--limit", limit})
		require.ErrorContains(t, cmd.Execute(), "limit "+limit+": give 1 to 1000, and go on with --after")
	}
}

func TestTheListOfWorksHasAllOfThem(t *testing.T) {
	v, home := newVault(t)
	for leaf := range uint64(vault.MaxList + 1) {
		_, err := v.AddWork(t.Context(), nil, sliceOfIDs([]records.RecordId{{Institution: 1, Batch: 1, Leaf: leaf}}))
		require.NoError(t, err)
	}
	require.NoError(t, v.Close())
	cmd := vaultCmd()
	var listed bytes.Buffer
	cmd.SetOut(&listed)
	addOutputFlag(cmd)
	cmd.SetArgs([]string{"work", "list", "--vault", home})
	require.NoError(t, cmd.ExecuteContext(t.Context()))
	require.Equal(t, vault.MaxList+1, strings.Count(listed.String(), "1 records"))
}
