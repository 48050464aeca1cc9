package fingerprint

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	// KeySize is the size in bytes of the key that comparing institutions share.
	KeySize = 32
	// MinShingles is how many shingles a set must have. Of fewer, too little could
	// be compared and too much guessed.
	MinShingles = 32
	// lanes is how many permutations the MinHash has.
	lanes = 128
	// kept is how many of the smallest hashes a sketch keeps.
	kept = 1024
)

// ErrTooSmall says that a table or text has fewer than MinShingles shingles.
var ErrTooSmall = fmt.Errorf("%w: fewer than %d shingles: too little to compare without giving it away", format.ErrInvalid, MinShingles)

// ErrOtherKey says that two sketches cannot be compared, since they were made
// with different keys.
var ErrOtherKey = errors.New("the sketches were made with different keys: make one of them again")

// Text is the fingerprint of a table, a text, or a collection of them. The zero
// value is none.
type Text struct {
	// key tells sketches of different keys apart.
	key [8]byte
	// mins is, for each permutation, the lower half of the smallest hash.
	mins [lanes]uint32
	// low are the smallest hashes, ascending, at most kept; fewer are the whole
	// set.
	low []uint64
}

// Shingles returns how many shingles the set has: exactly up to 1,023, and with
// a standard error of about 3 % above.
func (f Text) Shingles() int {
	if len(f.low) < kept {
		return len(f.low)
	}
	return int((kept - 1) / (float64(f.low[kept-1]) / math.MaxUint64))
}

// Overlap says how much two sets share, each figure between 0 and 1.
type Overlap struct {
	// Similarity is the shared part of the union of both (Jaccard's coefficient).
	Similarity float64
	// OfFirst and OfSecond are which part of each set the other one has: 1 and
	// little for a part and its whole.
	OfFirst, OfSecond float64
	// Sample is how many shingles of the union the figures were counted over, and
	// FirstSample and SecondSample how many of each set. The standard error of a
	// part p is the root of p(1-p) by the sample; of a small sample nothing should
	// be concluded.
	Sample, FirstSample, SecondSample int
}

// Compare returns how much two sets share. It fails with ErrOtherKey.
func Compare(a, b Text) (Overlap, error) {
	if a.key != b.key {
		return Overlap{}, ErrOtherKey
	}
	bound := min(a.bound(), b.bound())
	var o Overlap
	shared := 0
	for i, j := 0, 0; ; {
		inA, inB := i < len(a.low) && a.low[i] <= bound, j < len(b.low) && b.low[j] <= bound
		switch {
		case !inA && !inB:
			o.FirstSample, o.SecondSample, o.Sample = i, j, i+j-shared
			o.Similarity, o.OfFirst, o.OfSecond = ratio(shared, o.Sample), ratio(shared, i), ratio(shared, j)
			return o, nil
		case inA && inB && a.low[i] == b.low[j]:
			i, j, shared = i+1, j+1, shared+1
		case !inB || inA && a.low[i] < b.low[j]:
			i++
		default:
			j++
		}
	}
}

// bound is the hash up to which a sketch has all of its set.
func (f Text) bound() uint64 {
	if len(f.low) < kept {
		return math.MaxUint64
	}
	return f.low[kept-1]
}

func ratio(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// keep puts a hash among the smallest.
func (f *Text) keep(hash uint64) (added bool) {
	if len(f.low) == kept && hash >= f.low[kept-1] {
		return false
	}
	at, found := slices.BinarySearch(f.low, hash)
	if found {
		return false
	}
	if len(f.low) == kept {
		f.low = f.low[:kept-1]
	}
	f.low = slices.Insert(f.low, at, hash)
	return true
}
