package dicom

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// realFiles are published, de-identified objects beside the checkout, if they
// are there.
func realFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "dicom", "*.dcm"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no real DICOM files in ../shared/data/dicom beside the checkout")
	}
	return files
}

func fileDigest(t *testing.T, profile, path string) string {
	t.Helper()
	h := sha256.New()
	require.NoError(t, New().Canonical(h, profile, format.File(path, filepath.Base(path))))
	return hex.EncodeToString(h.Sum(nil))
}

func TestRealFilesHaveTheDigestsTheyHad(t *testing.T) {
	known := map[string][2]string{
		"1.dcm": {
			"f9354fdd4812ae04877711987cb498e4bce0add9e22d56df35676a8903ab5195",
			"38ed4daa4c2b26e0d5a41acde49e7116e5cba22932126b78f82999a6e4b26338",
		},
		"3.dcm": {
			"b243e10257aeb39e8dde99d9ba3daa5df6e3eda41d4c523ce3b7cfee76d05201",
			"b3a2542ddf5bfa690e4f92e8b1501e3e6336860d3fc5cc6cc77a243e6a8e8eae",
		},
		"5.dcm": {
			"4c374f98b1314139716a392d9b2793571cfea6d9feca1ea75dbee4ec86820ab9",
			"9f6ae7173bf3654bc235a450943b8b07dac6154b735efc4d2c1552be47eb9ed9",
		},
	}
	for _, path := range realFiles(t) {
		head := make([]byte, format.HeadSize)
		f, err := os.Open(path)
		require.NoError(t, err)
		_, err = f.Read(head)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		_, ok := New().Detect(head, "")
		require.True(t, ok)

		for it, err := range New().Items(format.File(path, "")) {
			require.NoError(t, err)
			require.Equal(t, []string{Image}, it.Also)
			require.NotEmpty(t, it.Patient)
			require.NotEmpty(t, it.Occurred)
		}
		if want, ok := known[filepath.Base(path)]; ok {
			require.Equal(t, want, [2]string{fileDigest(t, Dataset, path), fileDigest(t, Image, path)}, filepath.Base(path))
		}
	}
}
