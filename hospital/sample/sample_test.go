package sample_test

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/sample"
)

// written returns the digests of all files below a folder by their paths.
func written(t *testing.T, dir string) map[string][sha256.Size]byte {
	t.Helper()
	digests := make(map[string][sha256.Size]byte)
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		digests[filepath.ToSlash(name)] = sha256.Sum256(body)
		return err
	}))
	return digests
}

func TestTheSampleIsTheSameAtEveryCall(t *testing.T) {
	one, two := t.TempDir(), filepath.Join(t.TempDir(), "new", "folder")
	require.NoError(t, sample.Write(one))
	require.NoError(t, sample.Write(two))
	require.Equal(t, written(t, one), written(t, two))
}

func TestEveryFileIsReadAsWhatItIs(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, sample.Write(dir))
	type read struct {
		profile, kind string // kind is that of the last record
		records       int
	}
	want := map[string]read{
		"documents/SYN-4471093 letter.pdf": {"raw/1", "application/pdf", 1},
		"documents/summary latin.xml":      {"cda-c14n/1", "ClinicalDocument/34133-9", 1},
		"documents/summary.xml":            {"cda-c14n/1", "ClinicalDocument/34133-9", 1},
		"fhir/bulk/Observation.ndjson":     {"fhir-json/1", "Observation", 24},
		"fhir/discharge.json":              {"fhir-json/1", "Bundle", 1},
		"fhir/patient.json":                {"fhir-json/1", "Patient", 1},
		"fhir/transaction 1.json":          {"fhir-json/1", "DiagnosticReport", 41},
		"fhir/transaction 2.json":          {"fhir-json/1", "DiagnosticReport", 41},
		"fhir/transaction 3.json":          {"fhir-json/1", "DiagnosticReport", 41},
		"genomics/exome.vcf":               {"vcf/1", "VCFv4.3", 1},
		"genomics/panel.vcf.gz":            {"vcf/1", "VCFv4.3", 1},
		"imaging/CT/IMG00001.DCM":          {"dicom-dataset/1", "1.2.840.10008.5.1.4.1.1.2", 1},
		"imaging/mr.dcm":                   {"dicom-dataset/1", "1.2.840.10008.5.1.4.1.1.4", 1},
		"messages/admission.hl7":           {"hl7v2-er7/1", "ADT^A01", 1},
		"messages/results.HL7":             {"hl7v2-er7/1", "ORU^R01", 1},
		"tables/laboratory.csv":            {"csv/1", "text/csv", 1},
	}
	got := make(map[string]read)
	for name := range written(t, dir) {
		for item, err := range canonical.Items(format.File(filepath.Join(dir, name), name)) {
			require.NoError(t, err, name)
			r := got[name]
			got[name] = read{item.Profile, item.Kind, r.records + 1}
			_, err = canonical.Digest(item.Profile, item.Raw)
			require.NoError(t, err, name)
			for _, weaker := range item.Also {
				_, err = canonical.Digest(weaker, item.Raw)
				require.NoError(t, err, name)
			}
		}
	}
	require.Equal(t, want, got)
}

func TestAFolderThatCannotBeMadeIsAnError(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(taken, nil, 0o600))
	require.Error(t, sample.Write(taken))
}
