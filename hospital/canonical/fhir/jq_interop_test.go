//go:build interop

package fhir_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
	"github.com/dmdl-network/dmdl/hospital/sample"
	"github.com/dmdl-network/dmdl/proof"
)

// jqWays are the ways in which jq writes a text anew: names in order, white
// space out, white space in.
var jqWays = [][]string{{"-S"}, {"-c"}, {"--indent", "7"}}

// jq returns what jq makes of a text, or skips. Its version decides which number
// literals it changes: 1.6 writes 1 for 1.0, 1.7 and later leave that alone and
// change the notation of exponents.
func jq(t *testing.T, text []byte, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not installed (Debian: jq)")
	}
	cmd := exec.Command(path, append(args, ".")...)
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	require.NoError(t, err, "jq %v", args)
	return out
}

// recordsOf returns the records of a file, all of which must be FHIR.
func recordsOf(t *testing.T, text []byte) (items []format.Item) {
	t.Helper()
	for item, err := range canonical.Items(format.Bytes(text, "")) {
		require.NoError(t, err)
		require.Equal(t, "fhir-json/1", item.Profile)
		items = append(items, item)
	}
	return items
}

// match says how a verifier names a copy of a record: these two digests are all
// that it goes by.
func match(t *testing.T, record, copied format.Item) proof.Match {
	t.Helper()
	same := func(profile string) bool {
		before, err := canonical.Digest(profile, record.Raw)
		require.NoError(t, err)
		after, err := canonical.Digest(profile, copied.Raw)
		require.NoError(t, err)
		return before == after
	}
	switch {
	case same("raw/1"):
		return proof.Exact
	case same(record.Profile):
		return proof.SameContent
	}
	return proof.Different
}

// literal marks the place of a number.
type literal struct{}

// read returns a record as encoding/json reads it, without its number literals,
// and these in the order of names.
func read(t *testing.T, record format.Item) (rest any, literals []json.Number) {
	t.Helper()
	text, err := format.ReadAll(record.Raw, 1<<30)
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	var strip func(any) any
	strip = func(v any) any {
		switch v := v.(type) {
		case json.Number:
			literals = append(literals, v)
			return literal{}
		case []any:
			for i := range v {
				v[i] = strip(v[i])
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				v[name] = strip(v[name])
			}
		}
		return v
	}
	return strip(value), literals
}

// requireNamed requires that a record's copy by jq is named as changed if and
// only if jq changed a number literal, and that it changed nothing else.
func requireNamed(t *testing.T, record, copied format.Item) proof.Match {
	t.Helper()
	before, literals := read(t, record)
	after, rewritten := read(t, copied)
	require.Equal(t, before, after, "jq changed more than numbers")
	result := match(t, record, copied)
	require.Equal(t, !slices.Equal(literals, rewritten), result == proof.Different, "%s is %s: %v became %v", record.Kind, result, literals, rewritten)
	return result
}

// TestRecordsThatJqWroteAnewAreNamedAsChangedIfALiteralIs holds for every record
// of the sample and of the real files.
func TestRecordsThatJqWroteAnewAreNamedAsChangedIfALiteralIs(t *testing.T) {
	for _, folder := range []string{"sample", "fhir-r4", "fhir-consent"} {
		t.Run(folder, func(t *testing.T) {
			var dir string
			if folder == "sample" {
				dir = t.TempDir()
				require.NoError(t, sample.Write(dir))
			} else {
				dir = formattest.Shared(t, folder)
			}
			counts := make(map[string]int)
			for _, path := range jsonFiles(t, dir) {
				for _, way := range jqWays {
					for result, n := range rewritten(t, path, way) {
						counts[fmt.Sprint("jq ", strings.Join(way, " "), ": ", result)] += n
					}
				}
			}
			t.Log(counts)
		})
	}
}

// jsonFiles returns the files of JSON below a folder, at least one.
func jsonFiles(t *testing.T, dir string) (paths []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if ending := filepath.Ext(path); ending == ".json" || ending == ".ndjson" {
			paths = append(paths, path)
		}
		return err
	}))
	require.NotEmpty(t, paths)
	return paths
}

// rewritten checks every record of a file against its copy by jq, and counts how
// they are named.
func rewritten(t *testing.T, path string, way []string) map[proof.Match]int {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	if filepath.Ext(path) == ".ndjson" {
		way = append(slices.Clone(way), "-c") // a record must stay on its line
	}
	records, copies := recordsOf(t, text), recordsOf(t, jq(t, text, way...))
	require.Len(t, copies, len(records))
	counts := make(map[proof.Match]int)
	for i := range records {
		counts[requireNamed(t, records[i], copies[i])]++
	}
	return counts
}

// TestALiteralThatJqChangesIsNamed takes one resource for each literal, so that
// both outcomes are seen whatever the version of jq.
func TestALiteralThatJqChangesIsNamed(t *testing.T) {
	results := make(map[proof.Match][]string)
	for _, number := range []string{"1", "0.5", "1.0", "1.10", "0.0", "1e2", "1.50E-3", "12345678901234567890", "3.14159265358979323846"} {
		text := fmt.Sprintf(`{"resourceType": "Observation", "status": "final", "valueQuantity": {"value": %s, "unit": "a  b", "code": "1.0"}}`, number)
		plain := strings.TrimSpace(string(jq(t, []byte(number), "-c")))
		for _, way := range jqWays {
			record, copied := recordsOf(t, []byte(text)), recordsOf(t, jq(t, []byte(text), way...))
			require.Len(t, record, 1)
			require.Len(t, copied, 1)
			result := requireNamed(t, record[0], copied[0])
			want := proof.SameContent
			if plain != number {
				want = proof.Different
			}
			require.Equal(t, want, result, "jq %v writes %s for %s", way, plain, number)
			results[result] = append(results[result], number)
		}
	}
	require.Contains(t, results[proof.SameContent], "1")
	require.Contains(t, results[proof.Different], "1e2", "no version of jq keeps the small e of an exponent")
	t.Logf("kept %v, changed %v", results[proof.SameContent], results[proof.Different])
}
