package fingerprint

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/canonical/dicom"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	// ImageBits is how many bits the fingerprint of an image has.
	ImageBits = 256
	// ImageDistance is the distance up to which two frames are worth a look. The
	// table of TestTheReceiverOperatingTable says what it finds and what it takes
	// for a copy by mistake.
	ImageDistance = 56
	// MaxFrames is how many frames of one object get a fingerprint.
	MaxFrames = 4096
	// MinSide is how many rows and columns an image must have.
	MinSide = 32
)

// ErrBlank says that an image shows nothing that could be compared.
var ErrBlank = fmt.Errorf("%w: the image shows no object: there is nothing to compare", format.ErrInvalid)

// Image is the fingerprint of one frame. The zero value is none.
type Image struct{ bits [ImageBits / 64]uint64 }

// Distance returns in how many bits two fingerprints differ.
func (f Image) Distance(g Image) (n int) {
	for i := range f.bits {
		n += bits.OnesCount64(f.bits[i] ^ g.bits[i])
	}
	return n
}

// Similarity returns 1 - Distance/128, but not under 0: 1 for equal ones and
// about 0 for unrelated ones.
func (f Image) Similarity(g Image) float64 {
	return max(0, 1-float64(f.Distance(g))/(ImageBits/2))
}

// OfFrames yields the fingerprint of each frame of a DICOM object, in order. An
// error of one frame, such as ErrBlank, leaves the others; other errors are the
// last. They wrap format.ErrInvalid if the source is at fault. An object of more
// than MaxFrames frames ends in such an error after that many.
func OfFrames(src format.Source) iter.Seq2[Image, error] {
	return func(yield func(Image, error) bool) {
		n := 0
		for frame, err := range dicom.Frames(src) {
			if err == nil && n == MaxFrames {
				err = format.Invalidf("more than %d frames: the others have no fingerprint", MaxFrames)
			}
			if err != nil {
				yield(Image{}, err)
				return
			}
			n++
			f, err := ofFrame(frame)
			if err != nil {
				err = fmt.Errorf("frame %d: %w", n, err)
			}
			if !yield(f, err) || err != nil && !errors.Is(err, ErrBlank) {
				return
			}
		}
	}
}

func ofFrame(f dicom.Frame) (Image, error) {
	r, err := luminance(f)
	if err != nil {
		return Image{}, err
	}
	return fingerprint(r)
}

// fingerprint returns the fingerprint of a raster.
func fingerprint(r raster) (Image, error) {
	if r.width < MinSide || r.height < MinSide {
		return Image{}, format.Invalidf("%d by %d pixels are too few to compare: at least %d by %d are needed", r.width, r.height, MinSide, MinSide)
	}
	q, ok := r.square()
	if !ok {
		return Image{}, ErrBlank
	}
	return signs(transform(ranks(r.sums().sample(q)))), nil
}

// ranks returns for each cell how many cells are darker plus how many are not
// brighter, so that equal cells have equal ranks.
func ranks(sums [cells * cells]int) [cells * cells]int {
	sorted := slices.Sorted(slices.Values(sums[:]))
	rank := make(map[int]int, len(sorted))
	for from := 0; from < len(sorted); {
		to, _ := slices.BinarySearch(sorted, sorted[from]+1)
		rank[sorted[from]] = from + to
		from = to
	}
	var out [cells * cells]int
	for i, v := range sums {
		out[i] = rank[v]
	}
	return out
}

// frequency is one coefficient of the transform.
type frequency struct{ u, v int }

const (
	// frequencies is one more than the highest frequency that is needed.
	frequencies = 24
	// unit is the scale of the cosines, small enough that sums stay exact.
	unit = 1 << 16
)

var (
	// cosines are those of the transform, of a frequency at a cell, in units.
	cosines = func() (table [frequencies][cells]int) {
		for u := range table {
			for x := range cells {
				table[u][x] = int(math.Round(unit * math.Cos(math.Pi*float64(u*(2*x+1))/(2*cells))))
			}
		}
		return table
	}()
	// lowest are the ImageBits lowest frequencies in both directions but the
	// mean, in the order of the bits.
	lowest = func() []frequency {
		all := make([]frequency, 0, frequencies*frequencies)
		for v := range frequencies {
			for u := range frequencies {
				all = append(all, frequency{u, v})
			}
		}
		slices.SortStableFunc(all, func(a, b frequency) int { return cmp.Compare(a.u*a.u+a.v*a.v, b.u*b.u+b.v*b.v) })
		return all[1 : 1+ImageBits]
	}()
)

// transform returns the discrete cosine transform of the cells up to the highest
// frequency needed, without scale.
func transform(values [cells * cells]int) (out [frequencies][frequencies]int) {
	var rows [frequencies][cells]int
	for u := range frequencies {
		for y := range cells {
			for x := range cells {
				rows[u][y] += values[y*cells+x] * cosines[u][x]
			}
		}
	}
	for v := range frequencies {
		for u := range frequencies {
			for y := range cells {
				out[v][u] += rows[u][y] * cosines[v][y]
			}
		}
	}
	return out
}

// signs returns one bit for each of the lowest frequencies.
func signs(coefficients [frequencies][frequencies]int) (f Image) {
	for i, at := range lowest {
		if coefficients[at.v][at.u] > 0 {
			f.bits[i/64] |= 1 << (i % 64)
		}
	}
	return f
}
