package dicom

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// frames is a source of an object whose last value is zeros.
type frames struct {
	head []byte
	size int64
}

func (f frames) Name() string { return "" }
func (f frames) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(bytes.NewReader(f.head), io.LimitReader(zeros{}, f.size))), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// multiFrame is an object of many frames of 1 MiB, which no memory holds.
func multiFrame(count uint16) frames {
	size := int64(count) << 20
	o := sample().without(tag.PixelData, tag.Tag{Group: 0x7FE1, Element: 0x0010}).with(
		text(tag.NumberOfFrames, "IS", strconv.Itoa(int(count))),
		number(tag.Rows, 1024), number(tag.Columns, 512))
	head := encoding{}.header(encoding{}.file(o), field{tag: tag.PixelData, vr: "OW"}, uint32(size))
	return frames{head, size}
}

// allocated is how many bytes are allocated while f runs.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAGibibyteOfFramesNeedsLittleMemory(t *testing.T) {
	src := multiFrame(1024)
	for _, profile := range New().Profiles() {
		require.Less(t, allocated(func() {
			require.NoError(t, New().Canonical(io.Discard, profile, src))
		}), uint64(4<<20), profile)
	}
}

func TestALengthAllocatesNothing(t *testing.T) {
	for _, raw := range [][]byte{
		{0x10, 0, 0x20, 0, 'U', 'T', 0, 0, 0xFE, 0xFF, 0xFF, 0xFF},
		{0x29, 0, 0x20, 0x10, 'U', 'N', 0, 0, 0, 0, 0, 1, 0xFE, 0xFF, 0, 0xE0},
		{0xE0, 0x7F, 0x10, 0, 'O', 'W', 0, 0, 0xFE, 0xFF, 0xFF, 0xFF},
		{0xE0, 0x7F, 0x10, 0, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0xFE, 0xFF, 0xFF, 0xFF},
	} {
		src := format.Bytes(after(encoding{}, raw...), "")
		require.Less(t, allocated(func() {
			for _, err := range New().Items(src) {
				require.ErrorIs(t, err, format.ErrInvalid)
			}
			require.Error(t, New().Canonical(io.Discard, Dataset, src))
		}), uint64(2<<20))
	}
	huge := sample().with(number(tag.Rows, math.MaxUint16), number(tag.Columns, math.MaxUint16), rlePixels())
	src := format.Bytes(encoding{syntax: rleLossless}.file(huge), "")
	require.Less(t, allocated(func() {
		for it, err := range New().Items(src) {
			require.NoError(t, err)
			require.Empty(t, it.Also)
		}
	}), uint64(2<<20))
}

func BenchmarkCanonical(b *testing.B) {
	src := multiFrame(256)
	for _, profile := range New().Profiles() {
		b.Run(profile, func(b *testing.B) {
			b.SetBytes(src.size)
			for range b.N {
				require.NoError(b, New().Canonical(io.Discard, profile, src))
			}
		})
	}
}
