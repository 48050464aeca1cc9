package canonical

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

// realFiles returns the published files by "folder/file".
func realFiles(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(formattest.Shared(t, ""), "*", "*"))
	require.NoError(t, err)
	files := make(map[string]string)
	for _, path := range paths {
		files[filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path)] = path
	}
	return files
}

func TestEveryRealFileIsRecognised(t *testing.T) {
	counts := make(map[string]int)
	for name, path := range realFiles(t) {
		items, errs := found(format.File(path, filepath.Base(path)))
		require.Empty(t, errs, name)
		for _, item := range items {
			folder, _, _ := strings.Cut(name, "/")
			counts[folder+" "+item.Profile]++
			for _, profile := range append(item.Also, item.Profile) {
				_, err := Digest(profile, item.Raw)
				require.NoError(t, err, name)
			}
		}
	}
	require.Equal(t, map[string]int{
		"ccda cda-c14n/1": 5, "dicom dicom-dataset/1": 3, "fhir-consent fhir-json/1": 6, "fhir-r4 fhir-json/1": 4830,
		"hl7v2 hl7v2-er7/1": 4, "vcf vcf/1": 2,
	}, counts)
}

// BenchmarkRealFiles finds and canonicalises every record of the real files.
func BenchmarkRealFiles(b *testing.B) {
	bodies := make(map[string][]byte)
	size := 0
	for name, path := range realFiles(b) {
		body, err := os.ReadFile(path)
		require.NoError(b, err)
		bodies[name] = body
		size += len(body)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for name, body := range bodies {
			for item, err := range Items(format.Bytes(body, name)) {
				require.NoError(b, err)
				require.NoError(b, Canonical(io.Discard, item.Profile, item.Raw))
			}
		}
	}
}
