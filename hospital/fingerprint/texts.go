package fingerprint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

const (
	// bandLanes is how many permutations a band has. Two sets of similarity s
	// share one of 32 bands with probability 1-(1-s^4)^32: 0.99 at 0.6, 0.87 at
	// 0.5, 0.23 at 0.3.
	bandLanes = 4
	bands     = lanes / bandLanes
	// lowest hashes are those by which a part of a set finds the whole: a part of
	// p of it has none of them with probability (1-p)^64, 0.001 at a tenth.
	lowestHashes = 64
	// maxPosting bounds how many sets are remembered under one band or hash. What
	// more sets share is of the form they are in and tells nothing.
	maxPosting = 4096
)

// TextMatch is a sketch that was found.
type TextMatch struct {
	// ID is what it was added under.
	ID string
	// Overlap compares what was asked for, as first, with what was found.
	Overlap Overlap
}

// Texts finds sketches that overlap among many: those of similar sets by bands
// of their MinHash, and parts and wholes by their smallest hashes. Unlike Images
// it can miss; the constants say how often. The zero value is empty and ready; it
// is not safe for concurrent use while Add runs.
type Texts struct {
	ids      []string
	sketches []Text
	byBand   map[band][]uint32
	byHash   map[uint64][]uint32
}

// band is one band: its number and its hashes.
type band struct {
	number int
	mins   [bandLanes]uint32
}

// Add puts a sketch into the index under an id, which may have several. All must
// be of one key, else it fails with ErrOtherKey.
func (x *Texts) Add(id string, f Text) error {
	if len(x.sketches) > 0 && x.sketches[0].key != f.key {
		return ErrOtherKey
	}
	if x.byBand == nil {
		x.byBand, x.byHash = make(map[band][]uint32), make(map[uint64][]uint32)
	}
	n := uint32(len(x.sketches))
	x.ids, x.sketches = append(x.ids, id), append(x.sketches, f)
	for b := range f.bands {
		x.byBand[b] = post(x.byBand[b], n)
	}
	for _, h := range f.lowest() {
		x.byHash[h] = post(x.byHash[h], n)
	}
	return nil
}

func post(to []uint32, n uint32) []uint32 {
	if len(to) == maxPosting {
		return to
	}
	return append(to, n)
}

// Near returns sketches whose Overlap has a Similarity of at least the one
// given, or an OfFirst or OfSecond of at least the part given; both are above 0
// and at most 1, and a part counts only if it was counted over MinShingles
// shingles. The most similar come first, then by the larger part, then by id, at
// most limit of them, which is 1 to MaxMatches. It fails with ErrOtherKey.
func (x *Texts) Near(f Text, similarity, part float64, limit int) ([]TextMatch, error) {
	if !(similarity > 0 && similarity <= 1 && part > 0 && part <= 1) {
		return nil, fmt.Errorf("similarity %v and part %v: give both above 0 and at most 1", similarity, part)
	}
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	if len(x.sketches) > 0 && x.sketches[0].key != f.key {
		return nil, ErrOtherKey
	}
	var found []TextMatch
	for _, n := range x.candidates(f) {
		o, err := Compare(f, x.sketches[n])
		if err != nil {
			return nil, err
		}
		if o.Similarity >= similarity || o.part() >= part {
			found = append(found, TextMatch{x.ids[n], o})
		}
	}
	slices.SortFunc(found, func(a, b TextMatch) int {
		return cmp.Or(cmp.Compare(b.Overlap.Similarity, a.Overlap.Similarity),
			cmp.Compare(b.Overlap.part(), a.Overlap.part()), cmp.Compare(a.ID, b.ID))
	})
	return found[:min(limit, len(found))], nil
}

// part is the larger part that is well enough known.
func (o Overlap) part() (part float64) {
	if o.FirstSample >= MinShingles {
		part = o.OfFirst
	}
	if o.SecondSample >= MinShingles {
		part = max(part, o.OfSecond)
	}
	return part
}

// candidates returns the sketches that share a band or a smallest hash, in the
// order in which they were added.
func (x *Texts) candidates(f Text) []uint32 {
	seen := make(map[uint32]bool)
	mark := func(posting []uint32) {
		for _, n := range posting {
			seen[n] = true
		}
	}
	for b := range f.bands {
		mark(x.byBand[b])
	}
	for _, h := range f.low { // all of them: a part's hashes lie further apart than those of the whole
		mark(x.byHash[h])
	}
	return slices.Sorted(maps.Keys(seen))
}

// bands yields the bands of a sketch.
func (f Text) bands(yield func(band) bool) {
	for i := range bands {
		if !yield(band{i, [bandLanes]uint32(f.mins[i*bandLanes:])}) {
			return
		}
	}
}

// lowest are the hashes that a sketch is found by.
func (f Text) lowest() []uint64 { return f.low[:min(lowestHashes, len(f.low))] }
