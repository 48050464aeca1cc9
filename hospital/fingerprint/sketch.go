package fingerprint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// What is hashed begins with one of these, so that a word is no cell.
const (
	asCell     = 'c'
	asWord     = 'w'
	asVariant  = 'v'
	asIdentity = 'i'
	asLane     = 'l'
)

const (
	// cellShingle and wordShingle are how many cells or words make a shingle.
	cellShingle = 3
	wordShingle = 5
)

// Sketcher makes one Text of any number of records, such as all of a work. It
// uses constant memory and is not safe for concurrent use.
type Sketcher struct {
	mac   hash.Hash
	sum   []byte
	mins  [lanes]uint64
	seeds [lanes]uint64
	text  Text
}

// NewSketcher returns a sketcher for an empty set. The key is KeySize secret
// bytes that all institutions hold that are to compare.
func NewSketcher(key []byte) (*Sketcher, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the key has %d bytes: give it %d random ones", len(key), KeySize)
	}
	s := &Sketcher{mac: hmac.New(sha256.New, key)}
	binary.BigEndian.PutUint64(s.text.key[:], s.hash(asIdentity, nil))
	for i := range s.mins {
		s.mins[i] = math.MaxUint64
		s.seeds[i] = s.hash(asLane, []byte{byte(i)})
	}
	return s, nil
}

// Text returns the sketch of all that was added, or ErrTooSmall.
func (s *Sketcher) Text() (Text, error) {
	if len(s.text.low) < MinShingles {
		return Text{}, ErrTooSmall
	}
	out := s.text
	out.low = slices.Clone(s.text.low)
	for i, v := range s.mins {
		out.mins[i] = uint32(v)
	}
	return out, nil
}

// hash is the first 64 bits of the keyed hash of a value.
func (s *Sketcher) hash(kind byte, value []byte) uint64 {
	s.mac.Reset()
	s.mac.Write([]byte{'d', 'm', 'd', 'l', '-', 'f', 'p', '1', kind}) // a hash never fails to write
	s.mac.Write(value)
	s.sum = s.mac.Sum(s.sum[:0])
	return binary.BigEndian.Uint64(s.sum)
}

// row adds the shingles of a row whose cells have these hashes. Cells in the
// order of their hashes are the same whatever the order of columns, and a column
// that is left out or added changes at most three shingles.
func (s *Sketcher) row(cells []uint64) {
	slices.Sort(cells)
	cells = slices.Compact(cells)
	if len(cells) == 0 {
		return
	}
	width := min(cellShingle, len(cells))
	for at := range len(cells) - width + 1 {
		s.shingle(cells[at : at+width]...)
	}
}

// shingle adds one element to the set. The parts are keyed hashes, so joining
// them needs no key.
func (s *Sketcher) shingle(parts ...uint64) {
	h := uint64(len(parts))
	for _, p := range parts {
		h = mix(h ^ p)
	}
	s.element(h)
}

// element adds one element by its hash.
func (s *Sketcher) element(h uint64) {
	if full := len(s.text.low) == kept; !s.text.keep(h) && !full {
		return // seen before
	}
	for i, seed := range s.seeds {
		s.mins[i] = min(s.mins[i], mix(h^seed))
	}
}

// mix permutes the 64-bit numbers so that every bit depends on every other: the
// finisher of MurmurHash3.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// words turns runes into shingles of words.
type words struct {
	sketcher *Sketcher
	word     []byte
	last     []uint64
	any      bool
}

// maxWord is where a word without end is cut, in bytes.
const maxWord = 256

// end ends the word at hand.
func (w *words) end() {
	if len(w.word) == 0 {
		return
	}
	w.last = append(w.last, w.sketcher.hash(asWord, w.word))
	w.word = w.word[:0]
	if len(w.last) > wordShingle {
		w.last = slices.Delete(w.last, 0, 1)
	}
	if len(w.last) == wordShingle {
		w.any = true
		w.sketcher.shingle(w.last...)
	}
}

// finish ends the text. One of fewer words than a shingle has is one shingle.
func (w *words) finish() {
	w.end()
	if !w.any && len(w.last) > 0 {
		w.sketcher.shingle(w.last...)
	}
}

var errNoText = format.Invalidf("neither table nor text: it has no fingerprint of this kind")
