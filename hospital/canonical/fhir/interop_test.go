package fhir

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
	"github.com/dmdl-network/dmdl/x/records"
)

// forms returns the canonical form of each record of a source.
func forms(t *testing.T, body []byte) (forms []string) {
	t.Helper()
	for item, err := range New().Items(format.Bytes(body, "")) {
		require.NoError(t, err)
		raw, err := format.ReadAll(item.Raw, maxBytes)
		require.NoError(t, err)
		forms = append(forms, form(t, string(raw)))
	}
	return forms
}

func TestRealBundlesGiveOneRecordAResource(t *testing.T) {
	classes := make(map[records.RecordClass]int)
	for name, body := range realBundles(t) {
		patients := make(map[string]bool)
		for item, err := range New().Items(format.Bytes(body, name)) {
			require.NoError(t, err)
			require.Equal(t, []string{asSubmitted}, item.Notes)
			classes[item.Class]++
			if item.Class != records.RECORD_CLASS_DATASET {
				patients[item.Patient] = true
			}
		}
		require.Len(t, patients, 1, "each bundle is of one patient")
		require.NotContains(t, patients, "")
	}
	require.Equal(t, map[records.RecordClass]int{
		records.RECORD_CLASS_DATASET: 104, records.RECORD_CLASS_ADMINISTRATIVE: 1430, records.RECORD_CLASS_RESULT: 2507,
		records.RECORD_CLASS_THERAPY: 625, records.RECORD_CLASS_IMAGING: 2, records.RECORD_CLASS_DOCUMENT: 162,
	}, classes)
}

func TestRealConsentsKeepTheirDigestWhenRewritten(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(formattest.Shared(t, "fhir-consent"), "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		var compact, wide bytes.Buffer
		require.NoError(t, json.Compact(&compact, body))
		require.NoError(t, json.Indent(&wide, body, "\r\n", "\t"))
		require.Equal(t, forms(t, body), forms(t, compact.Bytes()))
		require.Equal(t, forms(t, body), forms(t, wide.Bytes()))
	}
}
