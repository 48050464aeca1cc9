package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

// marker stands in every plaintext of the tests, so that a scan of the disk
// shows whether any was written.
const marker = "PLAINTEXT-OF-A-PATIENT"

var settings = Settings{Name: "test", ChainID: "dmdl-test-1", Institution: 7}

// home makes a vault and returns its folder and its recovery key.
func home(t testing.TB) (string, *age.HybridIdentity) {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "vault")
	s := settings
	s.EscrowCopy = filepath.Join(filepath.Dir(dir), "copy.age")
	require.NoError(t, Create(context.Background(), dir, s, recovery.Recipient().String()))
	return dir, recovery
}

// open opens the vault of a folder until the test ends.
func open(t testing.TB, dir string, o Options) *Vault {
	t.Helper()
	v, err := Open(context.Background(), dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func newVault(t testing.TB) *Vault {
	t.Helper()
	dir, _ := home(t)
	return open(t, dir, Options{})
}

// inBlobs has a vault keep small bodies in the blob store too.
func inBlobs(v *Vault) *Vault {
	v.small = -1
	return v
}

// text is the plaintext of a test's record.
func text(n int) []byte { return fmt.Appendf(nil, "%s number %d", marker, n) }

// newRecord is a record of a subject with those bytes.
func newRecord(subject uint64, plain []byte) NewRecord {
	digest := sha256.Sum256(plain)
	n := NewRecord{
		Subject:    subject,
		Class:      records.RECORD_CLASS_RESULT,
		Content:    commitment.Content{Kind: "Observation", Profile: "raw/1", Canonical: digest, Raw: digest},
		Descriptor: commitment.Descriptor{Kind: "Observation", Profile: "raw/1", Codes: []string{"loinc|" + marker}},
		Body:       format.Bytes(plain, marker+".json"),
	}
	if subject == 0 {
		n.Class = records.RECORD_CLASS_DATASET
	}
	return n
}

// add adds texts of those numbers for one new patient and returns the ids.
func add(t testing.TB, v *Vault, numbers ...int) []uint64 {
	t.Helper()
	subject, err := v.Subject(context.Background(), "patient "+marker)
	require.NoError(t, err)
	group := make([]NewRecord, len(numbers))
	for i, n := range numbers {
		group[i] = newRecord(subject, text(n))
	}
	added, err := v.Add(context.Background(), group)
	require.NoError(t, err)
	ids := make([]uint64, len(added))
	for i, a := range added {
		ids[i] = a.ID
	}
	return ids
}

// read returns the whole original of a record.
func read(v *Vault, id uint64) ([]byte, error) {
	r, err := v.Read(context.Background(), id)
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(r)
	return plain, errors.Join(err, r.Close())
}

// requireNoPlaintext scans every file under a folder.
func requireNoPlaintext(t require.TestingT, dir string) {
	requireNowhere(t, dir, []byte(marker))
}

func requireNowhere(t require.TestingT, dir string, secret []byte) {
	require.NotEmpty(t, secret)
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		require.NotContains(t, path, marker)
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		require.False(t, bytes.Contains(content, secret), "found in %s", filepath.Base(path))
		return nil
	}))
}

// requireHealthy has the doctor look at everything.
func requireHealthy(t require.TestingT, v *Vault) {
	report, err := v.Doctor(context.Background(), Checkup{Deep: true}, nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

// noon is a time by the clock of tests.
func noon(days int) time.Time {
	return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(days) * day)
}
