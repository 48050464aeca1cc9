// Package formattest holds what the tests of every format share: committed test
// vectors, and the laws that any parser keeps on any input.
package formattest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// record is what a vector says of one record of a file.
type record struct {
	// Locator is the record's place in the file, or "".
	Locator string `json:"locator"`
	// Kind, Class and Patient are the item's.
	Kind    string `json:"kind"`
	Class   string `json:"class"`
	Patient string `json:"patient"`
	// Canonical and Raw are SHA-256 digests in hex.
	Canonical string `json:"canonical"`
	Raw       string `json:"raw"`
}

// Vectors checks a format against testdata/vectors.json, an object from the name
// of each file to its records. A published profile never changes, so neither do
// the vectors: they are only added to, by hand.
func Vectors(t *testing.T, f format.Format) {
	t.Helper()
	encoded, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	require.NoError(t, err)
	got := make(map[string][]record)
	for name, body := range Files(t) {
		for item, err := range f.Items(format.Bytes(body, name)) {
			require.NoError(t, err, name)
			raw, err := format.ReadAll(item.Raw, 1<<30)
			require.NoError(t, err)
			canonical, rawDigest := sha256.Sum256(Canonical(t, f, item.Profile, raw)), sha256.Sum256(raw)
			got[name] = append(got[name], record{
				Locator: item.Locator, Kind: item.Kind, Class: item.Class.String(), Patient: item.Patient,
				Canonical: hex.EncodeToString(canonical[:]), Raw: hex.EncodeToString(rawDigest[:]),
			})
		}
	}
	shown, err := json.MarshalIndent(got, "", "  ") // a failure shows what to add by hand
	require.NoError(t, err)
	require.JSONEq(t, string(encoded), string(shown))
}

// Files returns the input files of testdata by name.
func Files(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	require.NoError(t, err)
	files := make(map[string][]byte)
	for _, path := range paths {
		if name := filepath.Base(path); name != "vectors.json" {
			files[name], err = os.ReadFile(path)
			require.NoError(t, err)
		}
	}
	return files
}

// Canonical returns the canonical form of raw bytes that must have one.
func Canonical(t require.TestingT, f format.Format, profile string, raw []byte) []byte {
	var out bytes.Buffer
	require.NoError(t, f.Canonical(&out, profile, format.Bytes(raw, "")))
	return out.Bytes()
}

// Laws checks what must hold of any bytes: nothing panics, every error is a
// refusal, forms are deterministic, and a record's form has itself as its form
// if the profile says so (not when it is a tree of digests, for example).
func Laws(t require.TestingT, f format.Format, body []byte, idempotent bool) {
	f.Detect(body[:min(len(body), format.HeadSize)], "")
	for item, err := range f.Items(format.Bytes(body, "")) {
		if err != nil {
			require.ErrorIs(t, err, format.ErrInvalid)
			continue
		}
		require.NotEmpty(t, item.Kind)
		require.NotZero(t, item.Class)
		once, err := canonical(f, item.Profile, item.Raw)
		if err != nil {
			require.ErrorIs(t, err, format.ErrInvalid)
			continue
		}
		again, err := canonical(f, item.Profile, item.Raw)
		require.NoError(t, err)
		require.Equal(t, once, again)
		if idempotent {
			again, err = canonical(f, item.Profile, format.Bytes(once, ""))
			require.NoError(t, err)
			require.Equal(t, string(once), string(again))
		}
	}
}

func canonical(f format.Format, profile string, raw format.Source) ([]byte, error) {
	var out bytes.Buffer
	err := f.Canonical(&out, profile, raw)
	return out.Bytes(), err
}

// Shared returns the folder of real files beside the checkout, found by walking
// up to the module's root, or skips the test.
func Shared(t testing.TB, folder string) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		require.NotEqual(t, dir, filepath.Dir(dir), "no go.mod above the test")
		dir = filepath.Dir(dir)
	}
	shared := filepath.Join(dir, "..", "shared", "data", folder)
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the real files are not here: ../shared/data beside the checkout")
	}
	return shared
}
