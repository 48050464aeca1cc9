package dicom

import (
	"bytes"
	"io"
	"slices"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	// heldLimit bounds what is held in memory of an object out of order.
	heldLimit = 64 << 20
	// againFrom is the length from which a value of such an object is not held
	// but read again, and againLimit how many may be.
	againFrom  = 1 << 20
	againLimit = 256
)

// sink takes the parts of a canonical form in the order of the source.
type sink interface {
	io.Writer
	// next begins an element of the current data set.
	next(t tag.Tag) error
	// body writes the value of e, which r is at.
	body(e element, r *reader, write func(io.Writer, *reader) error) error
	// open and shut enclose a data set within the current element.
	open()
	shut() error
}

// straight writes at once: the object is in order.
type straight struct{ io.Writer }

func (straight) next(tag.Tag) error { return nil }
func (straight) open()              {}
func (straight) shut() error        { return nil }
func (s straight) body(_ element, r *reader, write func(io.Writer, *reader) error) error {
	return write(s.Writer, r)
}

// sorter holds the elements of each open data set until it is shut.
type sorter struct {
	out io.Writer
	src format.Source
	// sets are the open data sets, the outermost first.
	sets [][]held
	// bytes and again count what is held and what will be read again.
	bytes, again int
}

// held is an element that waits for its turn.
type held struct {
	tag   tag.Tag
	parts []part
}

// part is bytes, or what writes them later.
type part struct {
	bytes []byte
	later func(io.Writer) error
}

func newSorter(out io.Writer, src format.Source) *sorter {
	return &sorter{out: out, src: src, sets: [][]held{nil}}
}

func (s *sorter) current() *held {
	set := s.sets[len(s.sets)-1]
	return &set[len(set)-1]
}

// Write adds bytes to the current element.
func (s *sorter) Write(b []byte) (int, error) {
	if s.bytes += len(b); s.bytes > heldLimit {
		return 0, format.Invalidf("elements are out of order, and more than %d bytes of them: "+
			"sort them with a DICOM toolkit, or ingest the file as raw/1", heldLimit)
	}
	e := s.current()
	if n := len(e.parts); n > 0 && e.parts[n-1].later == nil {
		e.parts[n-1].bytes = append(e.parts[n-1].bytes, b...)
	} else {
		e.parts = append(e.parts, part{bytes: bytes.Clone(b)})
	}
	return len(b), nil
}

func (s *sorter) next(t tag.Tag) error {
	set := &s.sets[len(s.sets)-1]
	*set = append(*set, held{tag: t})
	s.bytes += 64 // what a waiting element costs beside its bytes
	return nil
}

func (s *sorter) body(e element, r *reader, write func(io.Writer, *reader) error) error {
	if e.length < againFrom || r.memory != nil {
		return write(s, r)
	}
	if s.again++; s.again > againLimit {
		return format.Invalidf("elements are out of order, and more than %d of them are over %d bytes: "+
			"sort them with a DICOM toolkit, or ingest the file as raw/1", againLimit, againFrom)
	}
	current := s.current()
	current.parts = append(current.parts, part{later: func(out io.Writer) error {
		again, err := open(s.src)
		if err != nil {
			return err
		}
		defer again.Close()
		if err := again.skip(e.body - again.at); err != nil {
			return e.explain(err)
		}
		return e.explain(write(out, again.reader))
	}})
	return nil
}

func (s *sorter) open() { s.sets = append(s.sets, nil) }

// shut sorts the current data set and adds it to the element it is in.
func (s *sorter) shut() error {
	set, err := sorted(s.sets[len(s.sets)-1])
	if err != nil {
		return err
	}
	s.sets = s.sets[:len(s.sets)-1]
	e := s.current()
	for _, inner := range set {
		e.parts = append(e.parts, inner.parts...)
	}
	return nil
}

// finish writes the outermost data set.
func (s *sorter) finish() error {
	set, err := sorted(s.sets[0])
	if err != nil {
		return err
	}
	for _, e := range set {
		for _, p := range e.parts {
			if p.later != nil {
				err = p.later(s.out)
			} else {
				_, err = s.out.Write(p.bytes)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// sorted puts a data set in order, in which no tag stands twice.
func sorted(set []held) ([]held, error) {
	slices.SortFunc(set, func(a, b held) int { return a.tag.Compare(b.tag) })
	for i := 1; i < len(set); i++ {
		if set[i].tag == set[i-1].tag {
			return nil, format.Invalidf("element %s stands twice in one data set: no data set may have a tag twice", set[i].tag)
		}
	}
	return set, nil
}
