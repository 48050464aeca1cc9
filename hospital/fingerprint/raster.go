package fingerprint

import (
	"encoding/binary"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/canonical/dicom"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// maxSide is how many columns and rows a raster has: larger images are averaged
// over blocks first, for a fingerprint sees 64 by 64 cells only.
const maxSide = 1024

// raster is one grey image.
type raster struct {
	width, height int
	values        []uint16
}

// render makes a raster of a width by height image by asking for its pixels, in
// blocks if it is larger than maxSide.
func render(width, height int, pixel func(x, y int) uint16) raster {
	block := (max(width, height) + maxSide - 1) / maxSide
	out := raster{width: width / block, height: height / block}
	out.values = make([]uint16, 0, out.width*out.height)
	for y := range out.height {
		for x := range out.width {
			sum := 0
			for at := range block * block {
				sum += int(pixel(x*block+at%block, y*block+at/block))
			}
			out.values = append(out.values, uint16(sum/(block*block)))
		}
	}
	return out
}

// luminance returns the grey image that a frame shows. Values below zero are
// raised by half of the range, MONOCHROME1 is turned around, and padding becomes
// the darkest of the other values.
func luminance(f dicom.Frame) (raster, error) {
	value, err := reader(f)
	if err != nil {
		return raster{}, err
	}
	switch {
	case f.Samples == 1 && f.Photometric == "MONOCHROME1":
		plain, whole := value, uint16(1<<f.Stored-1)
		value = func(at int) uint16 { return whole - plain(at) }
	case f.Samples == 1 && f.Photometric == "MONOCHROME2":
	case f.Samples == 3 && f.Photometric == "RGB":
		sample := value
		value = func(at int) uint16 {
			return uint16((299*int(sample(3*at)) + 587*int(sample(3*at+1)) + 114*int(sample(3*at+2)) + 500) / 1000)
		}
	case f.Samples == 3 && f.Photometric == "YBR_FULL":
		sample := value
		value = func(at int) uint16 { return sample(3 * at) }
	default:
		return raster{}, format.Invalidf("photometric interpretation (0028,0004) is none of MONOCHROME1, MONOCHROME2, RGB and YBR_FULL: convert the image to one of them")
	}
	if f.Samples == 1 && f.Padding >= 0 {
		value = unpadded(f, value)
	}
	return render(f.Columns, f.Rows, func(x, y int) uint16 { return value(y*f.Columns + x) }), nil
}

// reader returns the function that reads a sample by its number.
func reader(f dicom.Frame) (func(int) uint16, error) {
	low := f.High + 1 - f.Stored
	if f.Bytes != 1 && f.Bytes != 2 || f.Stored < 1 || low < 0 || f.High >= 8*f.Bytes || len(f.Pixels) != f.Rows*f.Columns*f.Samples*f.Bytes {
		return nil, format.Invalidf("samples of %d bits stored in %d bytes, highest bit %d: only 8 and 16 bits are read", f.Stored, f.Bytes, f.High)
	}
	mask, flip := uint16(1<<f.Stored-1), uint16(0)
	if f.Signed {
		flip = 1 << (f.Stored - 1)
	}
	if f.Bytes == 1 {
		return func(at int) uint16 { return uint16(f.Pixels[at])>>low&mask ^ flip }, nil
	}
	return func(at int) uint16 { return binary.LittleEndian.Uint16(f.Pixels[2*at:])>>low&mask ^ flip }, nil
}

// unpadded returns value with the padding made the darkest of what else there
// is. Far below air in Hounsfield units, padding would pass for the background.
func unpadded(f dicom.Frame, value func(int) uint16) func(int) uint16 {
	one := f
	one.Rows, one.Columns, one.Bytes, one.Pixels = 1, 1, 2, []byte{byte(f.Padding), byte(f.Padding >> 8)}
	read, err := reader(one)
	if err != nil {
		return value
	}
	padding := read(0)
	if f.Photometric == "MONOCHROME1" {
		padding = uint16(1<<f.Stored-1) - padding
	}
	darkest := uint16(1<<16 - 1)
	for at := range f.Rows * f.Columns {
		if v := value(at); v != padding {
			darkest = min(darkest, v)
		}
	}
	return func(at int) uint16 {
		if v := value(at); v != padding {
			return v
		}
		return darkest
	}
}

// levels counts the pixels of each value.
func (r raster) levels() []int {
	counts := make([]int, 1<<16)
	for _, v := range r.values {
		counts[v]++
	}
	return counts
}

// quantile returns the smallest value that a part of n/of of the pixels do not
// exceed.
func quantile(counts []int, n, of int) int {
	total, below := 0, 0
	for _, c := range counts {
		total += c
	}
	return slices.IndexFunc(counts, func(c int) bool {
		below += c
		return below*of >= total*n && below > 0
	})
}
