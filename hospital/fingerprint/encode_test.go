package fingerprint

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// maxEncoded is the size in bytes of the largest encoding of a fingerprint.
const maxEncoded = len(textHead) + 8 + 4*lanes + 2 + 8*kept

func TestAnEncodingReadsBackAndIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f, g Image
		for i := range f.bits {
			f.bits[i] = rapid.Uint64().Draw(t, "bits")
		}
		b, err := f.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, g.UnmarshalBinary(b))
		require.Equal(t, f, g)

		text, back := ofNumbers(t, rapid.Uint64().Draw(t, "salt"), 0, rapid.Uint64Range(MinShingles, 1500).Draw(t, "size")), Text{}
		b, err = text.MarshalBinary()
		require.NoError(t, err)
		require.LessOrEqual(t, len(b), maxEncoded)
		require.NoError(t, back.UnmarshalBinary(b))
		require.Equal(t, text, back)
		again, err := back.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}

func TestTheEncodingsNeverChange(t *testing.T) {
	f := Image{bits: [4]uint64{1, 0, 0, 1 << 63}}
	b, err := f.MarshalBinary()
	require.NoError(t, err)
	want := append([]byte("image|1|"), make([]byte, 32)...)
	want[8], want[39] = 0x80, 1
	require.Equal(t, want, b)

	b, err = ofNumbers(t, 1, 0, 2000).MarshalBinary()
	require.NoError(t, err)
	require.Len(t, b, maxEncoded)
	require.Equal(t, "text|1|", string(b[:7]))
}

func TestADamagedEncodingIsRefused(t *testing.T) {
	image, err := Image{}.MarshalBinary()
	require.NoError(t, err)
	text, err := ofNumbers(t, 1, 0, 100).MarshalBinary()
	require.NoError(t, err)
	const count = len(textHead) + 8 + 4*lanes
	changed := func(b []byte, at int, to ...byte) []byte {
		b = slices.Clone(b)
		copy(b[at:], to)
		return b
	}
	for name, row := range map[string]struct {
		b    []byte
		says string
	}{
		"nothing":         {nil, "must begin with"},
		"another kind":    {text, "must begin with"},
		"another version": {bytes.Replace(image, []byte("|1|"), []byte("|2|"), 1), "other than"},
		"too short":       {image[:39], "31 bytes"},
		"too long":        {append(slices.Clone(image), 0), "33 bytes"},
	} {
		require.ErrorContains(t, new(Image).UnmarshalBinary(row.b), row.says, name)
	}
	for name, row := range map[string]struct {
		b    []byte
		says string
	}{
		"another kind":    {image, "must begin with"},
		"another version": {bytes.Replace(text, []byte("|1|"), []byte("|9|"), 1), "other than"},
		"too short":       {text[:count], "bytes behind its head"},
		"too few":         {changed(text[:count+2+8*31], count, 0, 31), "31 hashes"},
		"too many":        {changed(text, count, 4, 1), "1025 hashes"},
		"a hash missing":  {text[:len(text)-8], "100 hashes"},
		"not ascending":   {changed(text, count+2+8, text[count+2:count+10]...), "hash 1"},
	} {
		f := ofNumbers(t, 2, 0, 50)
		require.ErrorContains(t, f.UnmarshalBinary(row.b), row.says, name)
		require.Equal(t, ofNumbers(t, 2, 0, 50), f, "a refusal leaves what was there")
	}
}
