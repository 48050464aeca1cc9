package dicom

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// framesOf returns the frames of a file, their pixels copied.
func framesOf(t *testing.T, file []byte) (all []Frame) {
	t.Helper()
	for f, err := range Frames(format.Bytes(file, "")) {
		require.NoError(t, err)
		f.Pixels = append([]byte(nil), f.Pixels...)
		all = append(all, f)
	}
	return all
}

func TestFramesAreThoseOfEveryLosslessEncoding(t *testing.T) {
	want := framesOf(t, encoding{}.file(sample()))
	require.Len(t, want, 2)
	require.Equal(t, Frame{
		Rows: 3, Columns: 2, Samples: 1, Bytes: 2, Stored: 12, High: 11, Signed: true, Padding: -1, Photometric: "MONOCHROME2",
		Pixels: []byte{0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C},
	}, want[1])
	for name, c := range encodings {
		require.Equal(t, want, framesOf(t, c.file(sample())), name)
	}
	require.Equal(t, want, framesOf(t, encoding{syntax: rleLossless}.file(sample().with(rlePixels()))))
	require.Equal(t, framesOf(t, encoding{}.file(colour(0))), framesOf(t, encoding{}.file(colour(1))))
}

func TestOddFramesComeWithoutTheirPadding(t *testing.T) {
	o := sample().with(
		number(tag.Rows, 1), number(tag.Columns, 3), number(tag.BitsAllocated, 8), text(tag.NumberOfFrames, "IS", "3"),
		field{tag: tag.PixelData, vr: "OB", value: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 0}},
	)
	var got [][]byte
	for _, f := range framesOf(t, encoding{}.file(o)) {
		got = append(got, f.Pixels)
	}
	require.Equal(t, [][]byte{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, got)
}

func TestFramesEndWhereTheCallerStops(t *testing.T) {
	n := 0
	for _, err := range Frames(format.Bytes(encoding{}.file(sample()), "")) {
		require.NoError(t, err)
		n++
		break
	}
	require.Equal(t, 1, n)
}

func TestFramesThatAreNotDecodedAreRefused(t *testing.T) {
	const baseline = "1.2.840.10008.1.2.4.50"
	for name, row := range map[string]struct {
		file []byte
		says string
	}{
		"no pixels":   {encoding{}.file(sample().without(tag.PixelData)), "no pixel data"},
		"length":      {encoding{}.file(sample().with(number(tag.Rows, 4))), "has not the length"},
		"single bits": {encoding{}.file(sample().with(number(tag.BitsAllocated, 1), field{tag: tag.PixelData, vr: "OW", value: []byte{0xFF, 0x0F}})), "single bits"},
		"JPEG 2000":   {encoding{syntax: "1.2.840.10008.1.2.4.90"}.file(sample().with(rlePixels())), "compressed"},
		"no JPEG":     {encoding{syntax: baseline}.file(sample().with(rlePixels())), "cannot be decoded"},
		"JPEG parts":  {encoding{syntax: baseline}.file(sample().with(rlePixels(), text(tag.NumberOfFrames, "IS", "3"))), "one fragment"},
	} {
		var last error
		for _, last = range Frames(format.Bytes(row.file, "")) {
		}
		require.ErrorIs(t, last, format.ErrInvalid, name)
		require.ErrorContains(t, last, row.says, name)
	}
}
