package fingerprint

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// MaxMatches is how many matches one look-up returns at most.
const MaxMatches = 1000

const (
	// chunks is in how many parts of chunkBits the bits are looked up.
	chunks    = 16
	chunkBits = ImageBits / chunks
	// A probe costs about as much as 64 comparisons one after another, and what it
	// finds, one of 65,536, as 32 each (BenchmarkLookUp): memory is far.
	probeCost   = 64
	postingCost = 1 << 16 / 32
)

// ImageMatch is a fingerprint that was found.
type ImageMatch struct {
	// ID is what it was added under.
	ID string
	// Similarity is as Image.Similarity says, Distance as Image.Distance does.
	Similarity float64
	Distance   int
}

// Images finds near fingerprints of images among many by multi-index hashing: two
// fingerprints that differ in few bits differ in hardly any bit of at least one
// of 16 parts. Where probing the parts would cost more than comparing with each,
// each is compared; both find exactly the same. The zero value is empty and
// ready; it is not safe for concurrent use while Add runs.
type Images struct {
	ids    []string
	prints []Image
	parts  [chunks]map[uint16][]uint32
}

// Add puts a fingerprint into the index under an id, which may have several: the
// frames of one object.
func (x *Images) Add(id string, f Image) {
	n := uint32(len(x.prints))
	x.ids, x.prints = append(x.ids, id), append(x.prints, f)
	for i := range x.parts {
		if x.parts[i] == nil {
			x.parts[i] = make(map[uint16][]uint32)
		}
		x.parts[i][f.chunk(i)] = append(x.parts[i][f.chunk(i)], n)
	}
}

// Near returns the fingerprints up to a distance, the nearest first and then by
// id, at most limit of them, which is 1 to MaxMatches; distance is 0 to 128,
// where the unrelated ones begin.
func (x *Images) Near(f Image, distance, limit int) ([]ImageMatch, error) {
	if distance < 0 || distance > ImageBits/2 {
		return nil, fmt.Errorf("distance %d: give one from 0 to %d", distance, ImageBits/2)
	}
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	var found []ImageMatch
	for n := range x.candidates(f, distance) {
		if d := f.Distance(x.prints[n]); d <= distance {
			found = append(found, ImageMatch{x.ids[n], f.Similarity(x.prints[n]), d})
		}
	}
	slices.SortFunc(found, func(a, b ImageMatch) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.ID, b.ID))
	})
	return found[:min(limit, len(found))], nil
}

func checkLimit(limit int) error {
	if limit < 1 || limit > MaxMatches {
		return fmt.Errorf("limit %d: ask for 1 to %d matches", limit, MaxMatches)
	}
	return nil
}

// candidates yields all fingerprints that can be within a distance, each once:
// by probing, or simply all where that is cheaper.
func (x *Images) candidates(f Image, distance int) iter.Seq[int] {
	radius, first := radii(distance)
	count := probes(radius)*first + probes(radius-1)*(chunks-first)
	if count*(probeCost+len(x.prints)/postingCost) < len(x.prints) {
		return x.probe(f, distance)
	}
	return func(yield func(int) bool) {
		for n := range x.prints {
			if !yield(n) {
				return
			}
		}
	}
}

// radii says that of two fingerprints within a distance, one of the first parts
// differs in at most radius bits, or one of the others in at most radius-1.
// Otherwise they would differ in first*(radius+1) + (chunks-first)*radius bits or
// more, which is distance+1.
func radii(distance int) (radius, first int) { return distance / chunks, distance%chunks + 1 }

// probe yields the fingerprints that agree with f in a part as radii says.
func (x *Images) probe(f Image, distance int) iter.Seq[int] {
	return func(yield func(int) bool) {
		seen := make([]uint64, len(x.prints)/64+1)
		radius, first := radii(distance)
		for i := range x.parts {
			if i == first {
				radius--
			}
			for mask := range flips(radius) {
				for _, n := range x.parts[i][f.chunk(i)^mask] {
					if seen[n/64]>>(n%64)&1 == 1 {
						continue
					}
					seen[n/64] |= 1 << (n % 64)
					if !yield(int(n)) {
						return
					}
				}
			}
		}
	}
}

// chunk returns part i of the bits.
func (f Image) chunk(i int) uint16 { return uint16(f.bits[i/4] >> (i % 4 * chunkBits)) }

// flips yields every mask of at most radius bits, none if it is negative.
func flips(radius int) iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		var from func(mask uint16, bit, left int) bool
		from = func(mask uint16, bit, left int) bool {
			if !yield(mask) {
				return false
			}
			for b := bit; b < chunkBits && left > 0; b++ {
				if !from(mask|1<<b, b+1, left-1) {
					return false
				}
			}
			return true
		}
		if radius >= 0 {
			from(0, 0, radius)
		}
	}
}

// probes is how many masks flips makes.
func probes(radius int) int {
	sum, choose := 0, 1
	for k := range radius + 1 {
		sum += choose
		choose = choose * (chunkBits - k) / (k + 1)
	}
	return sum
}
