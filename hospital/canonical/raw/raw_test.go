package raw

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func TestTheFormIsTheBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		require.True(t, string(body) == string(formattest.Canonical(t, New(), profile, body)))
	})
}

func TestAnythingIsTakenAndNobodyIsNamed(t *testing.T) {
	_, ok := New().Detect(nil, "")
	require.True(t, ok)
	for item, err := range New().Items(format.Bytes([]byte("%PDF-1.7\n"), "x")) {
		require.NoError(t, err)
		require.Equal(t, "application/pdf", item.Kind)
		require.Empty(t, item.Patient)
	}
}

func TestAFileThatIsGoneIsAnError(t *testing.T) {
	gone := format.File(t.TempDir()+"/gone", "")
	for _, err := range New().Items(gone) {
		require.Error(t, err)
	}
	require.Error(t, New().Canonical(nil, profile, gone))
}

func FuzzItems(f *testing.F) {
	for _, body := range formattest.Files(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) { formattest.Laws(t, New(), body, true) })
}
