package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/sample"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// memory is a vault that only remembers.
type memory struct {
	patients map[string]uint64
	records  map[key]uint64
	kept     []vault.NewRecord
	// refuse may say that a record cannot be added.
	refuse func(vault.NewRecord) error
	fail   error
	calls  int
	mu     sync.Mutex
}

type key struct {
	subject uint64
	content commitment.Content
}

func newMemory() *memory {
	return &memory{patients: make(map[string]uint64), records: make(map[key]uint64)}
}

func (m *memory) Subjects(_ context.Context, patients []string) ([]uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	numbers := make([]uint64, len(patients))
	for i, patient := range patients {
		if m.patients[patient] == 0 {
			m.patients[patient] = uint64(len(m.patients)) + 1
		}
		numbers[i] = m.patients[patient]
	}
	return numbers, nil
}

func (m *memory) Add(_ context.Context, news []vault.NewRecord) ([]vault.Added, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.fail != nil {
		return nil, m.fail
	}
	for i, n := range news {
		if m.refuse != nil {
			if err := m.refuse(n); err != nil {
				return nil, &vault.RecordError{Index: i, Err: err}
			}
		}
	}
	added := make([]vault.Added, len(news))
	for i, n := range news {
		k := key{n.Subject, n.Content}
		if id := m.records[k]; id != 0 {
			added[i] = vault.Added{ID: id, Known: true}
			continue
		}
		m.kept = append(m.kept, n)
		m.records[k] = uint64(len(m.kept))
		added[i] = vault.Added{ID: m.records[k]}
	}
	return added, nil
}

// folder writes files by their names and returns where.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

func TestEveryFileOfTheSampleIsTakenInOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sample")
	require.NoError(t, sample.Write(dir))
	m := newMemory()
	var last, total int64
	first, err := ingest.Path(t.Context(), m, dir, ingest.Options{}, func(done, of int64) {
		require.GreaterOrEqual(t, done, last)
		last, total = done, of
	})
	require.NoError(t, err)
	require.Empty(t, first.Failures)
	require.Equal(t, total, last)
	require.Equal(t, total, first.Bytes)
	require.Greater(t, first.Records, first.Files)
	for _, profile := range []string{"fhir-json/1", "dicom-dataset/1", "hl7v2-er7/1", "cda-c14n/1", "vcf/1", "csv/1", "raw/1"} {
		var found bool
		for kind := range first.Kinds {
			found = found || kind[0] == profile
		}
		require.True(t, found, profile)
	}

	again, err := ingest.Path(t.Context(), m, dir, ingest.Options{}, nil)
	require.NoError(t, err)
	require.Equal(t, first.Records, again.Records)
	require.Equal(t, again.Records, again.Known)
	require.Len(t, m.kept, first.Records-first.Known)
}

func TestABadFileStopsNoOther(t *testing.T) {
	dir := folder(t, map[string]string{
		"a/good.json":       `{"resourceType":"Patient","id":"one"}`,
		"b/empty.json":      "",
		"c/twice.json":      `{"resourceType":"Patient","id":"two","id":"three"}`,
		"d/cut.dcm":         strings.Repeat("\x00", 128) + "DICM\x02\x00\x00\x00UL",
		"e/some.json":       `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"x"}},{"resource":{"id":"somebody-7"}},{"resource":{"resourceType":"Patient","id":"y"}}]}`,
		"f/GOOD AGAIN.JSON": "\xef\xbb\xbf{\"resourceType\":\"Patient\",\r\n\"id\":\"four\"}",
		".hidden/x.json":    `{"resourceType":"Patient","id":"hidden"}`,
		"g/.hidden.json":    `{"resourceType":"Patient","id":"hidden"}`,
	})
	require.NoError(t, os.Symlink(filepath.Join(dir, "a"), filepath.Join(dir, "z")))
	m := newMemory()
	s, err := ingest.Path(t.Context(), m, dir, ingest.Options{}, nil)
	require.NoError(t, err)
	require.Equal(t, 6, s.Files)
	require.Equal(t, 4, s.Records, "two files and two of three resources")
	var paths []string
	for _, f := range s.Failures {
		rel, err := filepath.Rel(dir, f.Path)
		require.NoError(t, err)
		paths = append(paths, rel)
		require.ErrorIs(t, f.Err, format.ErrInvalid)
		require.NotContains(t, f.Err.Error(), dir)
		require.NotContains(t, f.Err.Error(), "somebody")
	}
	require.Equal(t, []string{"b/empty.json", "c/twice.json", "d/cut.dcm", "e/some.json"}, paths)
}

func TestWhomARecordIsAbout(t *testing.T) {
	const report = "{\"resourceType\":\"Observation\",\"status\":\"final\",\"subject\":{\"reference\":\"Patient/seven\"}}"
	dir := folder(t, map[string]string{"a.json": report, "b.txt": "one note", "c.txt": "another note"})

	m := newMemory()
	_, err := ingest.Path(t.Context(), m, dir, ingest.Options{}, nil)
	require.NoError(t, err)
	require.Len(t, m.patients, 3, "whoever is not named is linked to nobody")

	m = newMemory()
	_, err = ingest.Path(t.Context(), m, dir, ingest.Options{Patient: "ward 5|12345"}, nil)
	require.NoError(t, err)
	require.Len(t, m.patients, 2, "what the source says comes first")
	require.Contains(t, m.patients, "ward 5|12345")
	require.Equal(t, m.kept[1].Subject, m.kept[2].Subject)
	require.NotEqual(t, m.kept[0].Subject, m.kept[1].Subject)
	require.Equal(t, records.RECORD_CLASS_RESULT, m.kept[0].Class)
}

func TestARecordThatTheVaultRefusesKeepsNoOtherOut(t *testing.T) {
	dir := folder(t, map[string]string{"a.txt": "one", "b.txt": "two", "c.txt": "three"})
	m := newMemory()
	m.refuse = func(n vault.NewRecord) error {
		if content, _ := read(n.Body); content == "two" {
			return errors.New("it changed while it was read")
		}
		return nil
	}
	s, err := ingest.Path(t.Context(), m, dir, ingest.Options{}, nil)
	require.NoError(t, err)
	require.Equal(t, 2, s.Records)
	require.Len(t, s.Failures, 1)
	require.Equal(t, filepath.Join(dir, "b.txt"), s.Failures[0].Path)
	require.ErrorContains(t, s.Failures[0].Err, "it changed while it was read")
}

func read(src format.Source) (string, error) {
	r, err := src.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	return string(content), err
}

func TestAFullDiskEndsTheWork(t *testing.T) {
	dir := folder(t, map[string]string{"a.txt": "one", "b.txt": "two"})
	m := newMemory()
	m.fail = &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	_, err := ingest.Path(t.Context(), m, dir, ingest.Options{}, nil)
	var failed *ingest.VaultError
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Equal(t, 1, m.calls, "it is not asked again and again")
}

func TestOnlyWholeFilesStayWhereTheyAre(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.txt":       "a note",
		"bundle.json": `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"x"}}]}`,
	})
	m := newMemory()
	s, err := ingest.Path(t.Context(), m, dir, ingest.Options{Reference: true}, nil)
	require.NoError(t, err)
	require.Len(t, m.kept, 1)
	require.Equal(t, filepath.Join(dir, "a.txt"), m.kept[0].Reference)
	require.Len(t, s.Failures, 1)
	require.ErrorContains(t, s.Failures[0].Err, "a part of a file cannot be under reference custody")
}

func TestAnUploadIsBounded(t *testing.T) {
	src, err := ingest.Upload(strings.NewReader("12345"), 5)
	require.NoError(t, err)
	content, err := read(src)
	require.NoError(t, err)
	require.Equal(t, "12345", content)

	_, err = ingest.Upload(strings.NewReader("123456"), 5)
	var tooLarge *format.TooLargeError
	require.ErrorAs(t, err, &tooLarge)
}

func TestAWatchedFolderIsTakenInAsItFills(t *testing.T) {
	dir := folder(t, map[string]string{"early.txt": "there from the start"})
	m := newMemory()
	ctx, stop := context.WithCancel(t.Context())
	taken, ended := make(chan string), make(chan error, 1)
	go func() {
		ended <- ingest.Watch(ctx, m, dir, ingest.Options{}, func(path string, failures []ingest.Failure) {
			if len(failures) > 0 {
				path += " failed"
			}
			taken <- filepath.Base(path)
		})
	}()
	require.Equal(t, "early.txt", <-taken)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "new folder"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "new folder", "LATE.TXT"), []byte("came later"), 0o600))
	require.Equal(t, "LATE.TXT", <-taken)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "empty.txt"), nil, 0o600))
	require.Equal(t, "empty.txt failed", <-taken)
	stop()
	require.NoError(t, <-ended)
	require.Len(t, m.kept, 2)
}

func TestAFolderThatIsNotThereIsNotWatched(t *testing.T) {
	err := ingest.Watch(t.Context(), newMemory(), filepath.Join(t.TempDir(), "misspelt"), ingest.Options{}, nil)
	require.ErrorContains(t, err, "misspelt")
}

func TestAFolderThatIsClosedEndsNoWatch(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("nothing is closed to root")
	}
	dir := folder(t, map[string]string{"early.txt": "there from the start"})
	ctx, stop := context.WithCancel(t.Context())
	reported, ended := make(chan string), make(chan error, 1)
	go func() {
		ended <- ingest.Watch(ctx, newMemory(), dir, ingest.Options{}, func(path string, failures []ingest.Failure) {
			reported <- fmt.Sprint(filepath.Base(path), len(failures))
		})
	}()
	require.Equal(t, "early.txt0", <-reported)
	closed := filepath.Join(dir, "closed")
	require.NoError(t, os.Mkdir(closed, 0o000))
	require.Equal(t, "closed1", <-reported)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "late.txt"), []byte("came later"), 0o600))
	require.Equal(t, "late.txt0", <-reported)
	stop()
	require.NoError(t, <-ended)
}
