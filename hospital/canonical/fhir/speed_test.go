package fhir

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

// realBundles returns the published synthetic bundles.
func realBundles(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(formattest.Shared(t, "fhir-r4"), "*.json"))
	require.NoError(t, err)
	bundles := make(map[string][]byte)
	for _, path := range paths {
		bundles[filepath.Base(path)], err = os.ReadFile(path)
		require.NoError(t, err)
	}
	return bundles
}

// BenchmarkBundle finds and canonicalises every record of 36 transaction
// bundles, indented as they were published.
func BenchmarkBundle(b *testing.B) {
	var size int64
	bundles := realBundles(b)
	for _, body := range bundles {
		size += int64(len(body))
	}
	b.SetBytes(size)
	for b.Loop() {
		for _, body := range bundles {
			for item, err := range New().Items(format.Bytes(body, "")) {
				require.NoError(b, err)
				require.NoError(b, New().Canonical(io.Discard, item.Profile, item.Raw))
			}
		}
	}
}

// BenchmarkCompactLines does the same for NDJSON, where no byte is white space.
func BenchmarkCompactLines(b *testing.B) {
	var lines bytes.Buffer
	for _, body := range realBundles(b) {
		for item, err := range New().Items(format.Bytes(body, "")) {
			require.NoError(b, err)
			require.NoError(b, New().Canonical(&lines, item.Profile, item.Raw))
			lines.WriteByte('\n')
		}
	}
	b.SetBytes(int64(lines.Len()))
	for b.Loop() {
		for item, err := range New().Items(format.Bytes(lines.Bytes(), "")) {
			require.NoError(b, err)
			require.NoError(b, New().Canonical(io.Discard, item.Profile, item.Raw))
		}
	}
}
