package e2e_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// patient stands in every input of these stories, and may stand nowhere else.
const patient = "Bartholomea-Quux-1871"

// fill writes files from a number up to another, a small one after six of a
// size, each with bytes of its own.
func fill(t *testing.T, folder string, from, to, size int) {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o700))
	for number := from; number < to; number++ {
		random := make([]byte, size/2)
		if number%7 == 6 {
			random = random[:256]
		}
		_, _ = rand.Read(random) // never fails
		text := fmt.Appendf(nil, "note %d about %s\n%x\n", number, patient, random)
		require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s %04d.txt", patient, number)), text, 0o600))
	}
}

// requireNoPatient looks for the patient in the names and bytes of all files of
// a vault.
func requireNoPatient(t *testing.T, home string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		require.NotContains(t, path, patient)
		content, err := os.ReadFile(path)
		require.False(t, bytes.Contains(content, []byte(patient)), "plaintext in %s", path)
		return err
	}))
	require.Positive(t, files)
}

// look opens the vault beside the process that writes to it.
func (k *keeper) look() *vault.Vault {
	k.t.Helper()
	v, err := vault.Open(k.ctx, filepath.Join(k.home, "vault"), vault.Options{ReadOnly: true})
	require.NoError(k.t, err)
	return v
}

// list returns all records of the vault.
func (k *keeper) list(v *vault.Vault) []vault.Record {
	k.t.Helper()
	all, err := v.List(k.ctx, vault.Filter{}, 0, vault.MaxList)
	require.NoError(k.t, err)
	require.Less(k.t, len(all), vault.MaxList, "one page holds them")
	return all
}

// killed runs a command until the moment has come, and ends it there as a power
// cut would.
func (k *keeper) killed(moment func(*vault.Vault) bool, args ...string) {
	k.t.Helper()
	v := k.look()
	defer func() { require.NoError(k.t, v.Close()) }()
	cmd := exec.CommandContext(k.ctx, binary, args...)
	cmd.Env = append(os.Environ(), "DMDLD_VAULT="+filepath.Join(k.home, "vault"))
	var said bytes.Buffer
	cmd.Stderr = &said
	require.NoError(k.t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ended is asked below
	}()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for !moment(v) {
		select {
		case <-ended:
			require.Fail(k.t, "it ended before the moment came", "%s", &said)
		case <-ticker.C:
		}
	}
	require.NoError(k.t, cmd.Process.Kill())
	<-ended
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(k.t, ok && status.Signaled(), "it ended by itself: %s", &said)
}

func TestAnIngestThatIsKilledGoesOnWhereItWas(t *testing.T) {
	ctx, net, client := startNetwork(t, 2)
	k := &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}
	k.opensAVault(client)
	data, home := filepath.Join(k.home, "data"), filepath.Join(k.home, "vault")
	const files, later = 700, 30 // 43 MB, which go into the vault in three groups
	fill(t, data, 0, files, 64<<10)
	ingest := []string{"vault", "ingest", data, "--patient", patient, "--anchor"}

	staged := func(least int) func(*vault.Vault) bool {
		return func(v *vault.Vault) bool { return len(k.list(v)) >= least }
	}
	for _, moment := range []struct {
		name string
		come func(*vault.Vault) bool
	}{
		{"the first body is stored", func(*vault.Vault) bool { return bodies(t, home) > 0 }},
		{"the first records are staged", staged(1)},
		{"the second group is half stored", func(*vault.Vault) bool { return bodies(t, home) > files*4/7 }},
		{"most of the records are staged", staged(files * 4 / 7)},
		{"the batch is sealed", func(v *vault.Vault) bool { pending, err := v.Pending(ctx); return err == nil && len(pending) > 0 }},
		{"the ledger holds the batch, and the vault does not know", func(*vault.Vault) bool { return len(k.anchored(client)) > 0 }},
	} {
		k.killed(moment.come, ingest...)
		requireNoPatient(t, home)
		v := k.look()
		for _, r := range k.list(v) {
			require.NotEqual(t, vault.Anchored, r.State, moment.name)
		}
		require.NoError(t, v.Close())
	}

	fill(t, data, files, files+later, 64<<10)
	var taken struct{ Files, Records, Known int }
	k.read(&taken, ingest...)
	require.Equal(t, files+later, taken.Files)
	require.Equal(t, files+later, taken.Records)
	require.Equal(t, files, taken.Known)
	k.isHealthy()
	k.holdsEach(data)
	k.anchoredEachOnce(client, files, later)
	requireNoPatient(t, home)
}

// anchored returns the batches of the vault that the ledger holds.
func (k *keeper) anchored(client *ledger.Client) []records.Batch {
	k.t.Helper()
	answer, err := records.NewQueryClient(client).Batches(k.ctx, &records.QueryBatchesRequest{Institution: 1, Pagination: &query.PageRequest{Limit: 100}})
	require.NoError(k.t, err)
	return answer.Batches
}

// anchoredEachOnce checks that the ledger holds the batches of the vault, which
// have so many records, and no others.
func (k *keeper) anchoredEachOnce(client *ledger.Client, leaves ...uint64) {
	k.t.Helper()
	v := k.look()
	defer func() { require.NoError(k.t, v.Close()) }()
	batches := k.anchored(client)
	require.Len(k.t, batches, len(leaves))
	for at, batch := range batches {
		own, err := v.Batch(k.ctx, uint64(at)+1)
		require.NoError(k.t, err)
		require.Equal(k.t, leaves[at], own.Leaves)
		require.Equal(k.t, own.Number, batch.Id.Number)
		require.Equal(k.t, own.Size, batch.Leaves)
		require.Equal(k.t, own.Root[:], batch.Root)
		require.Equal(k.t, own.Height, batch.AnchoredHeight)
	}
}

// bodies counts what is in the blob store.
func bodies(t *testing.T, home string) int {
	t.Helper()
	found := 0
	require.NoError(t, filepath.WalkDir(filepath.Join(home, "blobs"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() { // what was there a moment ago need not be any more
			found++
		}
		return nil
	}))
	return found
}

// isHealthy has the doctor look at everything: nothing is left of groups that
// never became records.
func (k *keeper) isHealthy() {
	k.t.Helper()
	var report struct {
		Records, Bodies int
		Findings        []vault.Finding
	}
	k.read(&report, "vault", "doctor", "--repair", "--deep")
	require.Empty(k.t, report.Findings)
	require.Equal(k.t, report.Records, report.Bodies)
}

// holdsEach checks that the files of a folder and the records of the vault are
// the same, one to one, and that each has a place of its own on the ledger.
func (k *keeper) holdsEach(folder string) {
	k.t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(k.t, err)
	want := make(map[[sha256.Size]byte]string, len(files))
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(k.t, err)
		want[sha256.Sum256(content)] = filepath.Base(file)
	}
	v := k.look()
	defer func() { require.NoError(k.t, v.Close()) }()
	places := make(map[records.RecordId]bool)
	for _, r := range k.list(v) {
		require.Equal(k.t, vault.Anchored, r.State)
		places[records.RecordId{Institution: 1, Batch: r.Batch, Leaf: r.Leaf}] = true
		digest := k.digest(v, r.ID)
		require.Contains(k.t, want, digest, "record %d is in the vault twice, or none of the files", r.ID)
		delete(want, digest)
	}
	require.Empty(k.t, want, "files that are not in the vault")
	require.Len(k.t, places, len(files))
}

// digest reads the original of a record.
func (k *keeper) digest(v *vault.Vault, id uint64) [sha256.Size]byte {
	k.t.Helper()
	body, err := v.Read(k.ctx, id)
	require.NoError(k.t, err)
	content, err := io.ReadAll(body)
	require.NoError(k.t, err)
	require.NoError(k.t, body.Close())
	return sha256.Sum256(content)
}
