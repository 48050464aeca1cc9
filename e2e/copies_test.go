package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// measurements is a table, with its rows backwards and without its last column if it is
// to be a copy in other bytes.
func measurements(number int, copied bool) []byte {
	lines := []string{"id,age,creatinine,sodium,potassium,weight"}
	for i := range 300 {
		lines = append(lines, fmt.Sprintf("%d,%d,%d,%d,%d,%d", i*number, i*7919%9973, i*104729*number%99991, i*15485863*number%99989, i*31337%99971, i*271%9967))
	}
	if copied {
		for i, line := range lines {
			lines[i] = line[:strings.LastIndex(line, ",")]
		}
		for i, j := 1, len(lines)-1; i < j; i, j = i+1, j-1 {
			lines[i], lines[j] = lines[j], lines[i]
		}
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// file is the path of a file in a keeper's folder.
func (k *keeper) file(name string) string { return filepath.Join(k.home, name) }

// opensWith makes a vault with tables and a certificate.
func (k *keeper) opensWith(client *ledger.Client, at int, tables ...[]byte) {
	k.t.Helper()
	k.opensAVaultAt(client, at)
	require.NoError(k.t, os.Mkdir(k.file("data"), 0o700))
	for i, table := range tables {
		require.NoError(k.t, os.WriteFile(filepath.Join(k.file("data"), fmt.Sprintf("%d.csv", i)), table, 0o600))
	}
	k.run("vault", "ingest", k.file("data"), "--anchor")
	k.run("vault", "copies", "certificate", k.file("own.pem"), k.file("own.key"))
}

// trusts pins the certificate of another vault.
func (k *keeper) trusts(number string, other *keeper) {
	k.t.Helper()
	key := k.file("shared.key")
	require.NoError(k.t, os.WriteFile(key, []byte(hex.EncodeToString(bytes.Repeat([]byte{5}, 32))), 0o600))
	k.run("vault", "copies", "trust", number, other.file("own.pem"), "--key-file", key)
}

// answersCopies starts the vault's service and returns its address and what ends it.
func (k *keeper) answersCopies() (address string, end func()) {
	k.t.Helper()
	cmd := exec.CommandContext(k.ctx, binary, "vault", "serve", "--listen", "", "--cadence", "1h",
		"--copies-listen", "127.0.0.1:0", "--copies-cert", k.file("own.pem"), "--copies-key", k.file("own.key"))
	cmd.Env = append(os.Environ(), "DMDLD_VAULT="+k.file("vault"))
	log, err := cmd.StderrPipe()
	require.NoError(k.t, err)
	require.NoError(k.t, cmd.Start())
	lines := bufio.NewScanner(log)
	for address == "" && lines.Scan() {
		if _, found, ok := strings.Cut(lines.Text(), `msg="serving copies" address=`); ok {
			address = "https://" + found
		}
	}
	require.NotEmpty(k.t, address)
	go func() { _, _ = io.Copy(io.Discard, log) }() // so that it never waits for a reader
	return address, func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it was interrupted
	}
}

func TestACopyIsFoundVaultToVaultAndReportedToBoth(t *testing.T) {
	ctx, net, client := startNetwork(t, 2)
	keeps := &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}
	asks := &registry{ward: &ward{keeper: &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}, client: client}}
	keeps.opensWith(client, 0, measurements(1, false), measurements(2, false))
	asks.opensWith(client, 1, measurements(1, true), measurements(3, false))
	keeps.trusts("2", asks.keeper)
	asks.trusts("1", keeps)
	require.Contains(t, asks.refused("vault", "copies", "trust", "2", keeps.file("own.pem"), "--key-file", asks.file("shared.key")), "own")

	root := asks.makesAWork()
	officer := asks.enrolled(client, 1, consortium.ROLE_RIGHTS_OFFICER)
	work, err := asks.claims(officer, asks.ids, []uint64{2})
	require.NoError(t, err)

	address, end := keeps.answersCopies()
	defer end()
	ask := func(work string) []string {
		return []string{
			"vault", "copies", "ask", root, "--work", work, "--peer", "1", "--address", address,
			"--copies-cert", asks.file("own.pem"), "--copies-key", asks.file("own.key"),
		}
	}
	require.Contains(t, asks.refused(ask("2/9")...), "no claim 2/9")
	awaits(ctx, t, "the block after the claim proves it", func() bool {
		_, _, err := asks.try(ask(name(work))...)
		return err == nil
	})

	type report struct {
		Answered bool
		Work     string
		Found    []struct {
			Record     string
			Similarity float64
			Earlier    bool
			Theirs     string
		}
	}
	newest := func(k *keeper) report {
		var all []report
		k.read(&all, "vault", "copies", "reports")
		return all[len(all)-1]
	}
	for _, k := range []*keeper{keeps, asks.keeper} {
		r := newest(k)
		require.True(t, r.Answered)
		require.Equal(t, name(work), r.Work)
		require.Len(t, r.Found, 1)
		require.GreaterOrEqual(t, r.Found[0].Similarity, 0.3)
		require.True(t, r.Found[0].Earlier)
		require.Empty(t, r.Found[0].Theirs)
	}
	require.Contains(t, keeps.run("vault", "copies", "reports"), "1 of 2 items are near-duplicates of ours")
	require.Contains(t, asks.run("vault", "copies", "reports"), "1 of 2 items are near-duplicates of theirs")
}
