package fingerprint

import (
	"fmt"
	"image/png"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/dicom"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// slice is one image, the series it is of, and what was derived from it, in the
// order of derivations.
type slice struct {
	series  string
	print   Image
	derived []Image
}

// strip reads the slices of a series from a picture that has them one below
// another.
func strip(t *testing.T, name string, height int) []raster {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	defer f.Close()
	picture, err := png.Decode(f)
	require.NoError(t, err)
	width, whole := picture.Bounds().Dx(), picture.Bounds().Dy()
	require.Zero(t, whole%height)
	require.LessOrEqual(t, whole, maxSide*height)
	all := make([]uint16, 0, width*whole)
	for y := range whole {
		for x := range width {
			r, _, _, _ := picture.At(x, y).RGBA()
			all = append(all, uint16(r))
		}
	}
	var out []raster
	for from := range slices.Chunk(all, width*height) {
		out = append(out, raster{width: width, height: height, values: from})
	}
	return out
}

// sharedMR returns the frames of the MR images in ../shared/data/dicom beside the
// checkout, a series a file, or none.
func sharedMR(t *testing.T) map[string][]raster {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "dicom", "*.dcm"))
	require.NoError(t, err)
	out := make(map[string][]raster)
	for n, path := range files {
		for item, err := range dicom.New().Items(format.File(path, "")) {
			require.NoError(t, err)
			if item.Kind != "1.2.840.10008.5.1.4.1.1.4" {
				continue
			}
			for frame, err := range dicom.Frames(item.Raw) {
				require.NoError(t, err)
				r, err := luminance(frame)
				require.NoError(t, err)
				name := fmt.Sprintf("shared %d", n)
				out[name] = append(out[name], r)
			}
		}
	}
	return out
}

// interior returns what a reader sees who zooms into the middle of an image:
// tissue to every edge.
func interior(r raster) raster {
	left, up, width, height := r.width/5, r.height/5, r.width*3/5, r.height*3/5
	out := raster{width: width, height: height}
	for y := range height {
		from := (y+up)*r.width + left
		out.values = append(out.values, r.values[from:from+width]...)
	}
	return out
}

// series are all rasters of the table: 12 synthetic patients of 12 slices, and
// the real ones.
func series(t *testing.T) (all map[string][]raster, real int) {
	t.Helper()
	all = sharedMR(t)
	all["colin27"] = strip(t, "colin27.png", 217)
	all["nibabel"] = strip(t, "nibabel-example.png", 96)
	for _, rasters := range all {
		real += len(rasters)
	}
	for _, r := range all["colin27"][6:30] {
		all["colin27 zoomed"] = append(all["colin27 zoomed"], interior(r))
	}
	for n := range uint64(12) {
		p, name := newPatient(n), fmt.Sprintf("phantom %d", n)
		for s := range 12 {
			all[name] = append(all[name], p.slice(s))
		}
	}
	return all, real
}

// measure returns the fingerprints of all slices and of what is derived from
// them.
func measure(t *testing.T, all map[string][]raster) []slice {
	t.Helper()
	var out []slice
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, r := range all[name] {
			s := slice{series: name}
			var err error
			s.print, err = fingerprint(r)
			require.NoError(t, err)
			for j, d := range derivations {
				print, err := fingerprint(d.make(r, rand.New(rand.NewPCG(uint64(len(out)), uint64(j)))))
				require.NoError(t, err)
				s.derived = append(s.derived, print)
			}
			out = append(out, s)
		}
	}
	return out
}

// distances are those of pairs of one kind, ascending.
type distances []int

// within returns the part of the pairs up to a distance.
func (d distances) within(distance int) float64 {
	n, _ := slices.BinarySearch(d, distance+1)
	return float64(n) / float64(len(d))
}

// at returns the smallest distance up to which a part of the pairs lies.
func (d distances) at(part float64) int {
	return d[min(int(part*float64(len(d))), len(d)-1)]
}

// outcome is what the table is made of. A copy is a slice and what was derived
// from it by one way; the last way, all at once, is kept apart.
type outcome struct {
	ways                  []distances
	copies, same, strange distances
	// real are those of strange whose subjects both exist.
	real distances
}

func compare(all []slice) (o outcome) {
	o.ways = make([]distances, len(derivations))
	last := len(derivations) - 1
	for i, a := range all {
		for k, b := range all {
			for j, derived := range b.derived {
				d := a.print.Distance(derived)
				switch {
				case i == k:
					o.ways[j] = append(o.ways[j], d)
					if j < last {
						o.copies = append(o.copies, d)
					}
				case j == last:
				case subject(a.series) == subject(b.series):
					o.same = append(o.same, d)
				default:
					o.strange = append(o.strange, d)
					if !a.synthetic() && !b.synthetic() {
						o.real = append(o.real, d)
					}
				}
			}
		}
	}
	for _, d := range append(o.ways, o.copies, o.same, o.strange, o.real) {
		slices.Sort(d)
	}
	return o
}

func (s slice) synthetic() bool { return strings.HasPrefix(s.series, "phantom") }

// subject is whom a series shows.
func subject(series string) string { return strings.TrimSuffix(series, " zoomed") }

// TestTheReceiverOperatingTable prints what is found and what is taken for a
// copy by mistake at each distance.
func TestTheReceiverOperatingTable(t *testing.T) {
	all, real := series(t)
	prints := measure(t, all)
	require.GreaterOrEqual(t, len(prints), 200)
	o := compare(prints)
	o.print(t, fmt.Sprintf("%d slices of MR, %d series (%d slices real, the rest synthetic or zoomed)", len(prints), len(all), real))

	require.GreaterOrEqual(t, o.copies.within(ImageDistance), 0.97)
	require.LessOrEqual(t, o.strange.within(ImageDistance), 0.0005)
	require.LessOrEqual(t, o.strange.within(o.copies.at(0.95)), 0.0001)
	require.LessOrEqual(t, o.same.within(o.copies.at(0.95)), 0.02)
	for j, d := range o.ways[:len(derivations)-1] {
		require.GreaterOrEqual(t, d.within(ImageDistance), 0.90, derivations[j].name)
	}
	require.GreaterOrEqual(t, o.ways[len(derivations)-1].within(ImageDistance), 0.80)
}

func (o outcome) print(t *testing.T, head string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\npairs: %d copies in %d ways, %d of other slices of one subject, %d of different subjects\n\n",
		head, len(o.copies), len(derivations)-1, len(o.same), len(o.strange))
	fmt.Fprintf(&b, "%8s %8s |", "distance", "recall")
	for _, d := range derivations {
		fmt.Fprintf(&b, " %12s", d.name)
	}
	fmt.Fprintf(&b, " | %12s %18s\n", "same subject", "different subjects")
	for _, distance := range []int{0, 8, 16, 24, 32, 40, 48, ImageDistance, 64, 72, 80, 96} {
		fmt.Fprintf(&b, "%8d %8.4f |", distance, o.copies.within(distance))
		for _, d := range o.ways {
			fmt.Fprintf(&b, " %12.4f", d.within(distance))
		}
		fmt.Fprintf(&b, " | %12.5f %18.6f\n", o.same.within(distance), o.strange.within(distance))
	}
	for _, recall := range []float64{0.90, 0.95, 0.99} {
		d := o.copies.at(recall)
		fmt.Fprintf(&b, "recall %.2f is reached at distance %d: false positives %.6f of pairs of different subjects, %.5f of other slices of one subject\n",
			recall, d, o.strange.within(d), o.same.within(d))
	}
	fmt.Fprintf(&b, "nearest pair of different subjects: distance %d; of two real ones (%d pairs): %d\n", o.strange[0], len(o.real), o.real[0])
	b.WriteString("pairs that share a slice or a subject are not independent, so a rate of 0 is no bound for other subjects\n")
	t.Log("\n" + b.String())
}
