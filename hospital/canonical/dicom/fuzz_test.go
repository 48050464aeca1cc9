package dicom

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// Any bytes end in an item or an error. An item has all the canonical forms that
// it lists, and a canonical form is its own.
func FuzzCanonical(f *testing.F) {
	for _, file := range vectors() {
		f.Add(file)
	}
	f.Add(append(encoding{}.file(sample()), encoding{bare: true}.file(sample())...))
	f.Add(encoding{}.file(object{nested(maxDepth + 1)}))
	f.Add(after(encoding{}, 0x10, 0, 0x20, 0, 'U', 'T', 0, 0, 0xFE, 0xFF, 0xFF, 0xFF))
	f.Fuzz(func(t *testing.T, file []byte) {
		src := format.Bytes(file, "")
		New().Detect(file[:min(len(file), format.HeadSize)], "")
		for it, err := range New().Items(src) {
			if err != nil {
				continue
			}
			for _, profile := range append(it.Also, it.Profile) {
				require.NoError(t, New().Canonical(io.Discard, profile, src))
			}
		}
		var once, twice bytes.Buffer
		if New().Canonical(&once, Dataset, src) != nil {
			return
		}
		again := append(encoding{}.file(nil), once.Bytes()...)
		require.NoError(t, New().Canonical(&twice, Dataset, format.Bytes(again, "")))
		require.Equal(t, once.Bytes(), twice.Bytes())
	})
}
