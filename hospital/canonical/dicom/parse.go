package dicom

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	// maxDepth is how deep sequences nest.
	maxDepth = 64
	// wholeLimit is the longest value that is looked at whole: text, whose end is
	// trimmed, and unknown values, which may be sequences.
	wholeLimit = 16 << 20
)

// element is a data element without its value.
type element struct {
	tag tag.Tag
	// vr is the VR the encoding states, or "".
	vr string
	// name is the VR the dictionary gives, or "".
	name string
	// length is that of the value, or undefined.
	length uint32
	// at is the offset of the element, body that of its value.
	at, body int64
	// width is how many bytes of the value change places.
	width int
}

// invalid returns an error that names the element and never its value.
func (e element) invalid(text string, args ...any) error {
	return format.Invalidf("element %s at offset %d %s", e.tag, e.at, fmt.Sprintf(text, args...))
}

// explain says what an error of reading means at this element.
func (e element) explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil, errors.Is(err, format.ErrInvalid):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return e.invalid("goes past the end: the file is truncated or a length is wrong; get it again")
	case errors.As(err, &corrupt):
		return e.invalid("is in a damaged deflated data set; get the file again")
	}
	return fmt.Errorf("element %s at offset %d: %w", e.tag, e.at, err)
}

// handler receives a data set in the order of its encoding.
type handler interface {
	// value is an element with a value of defined length, which r is at. What
	// is not read of it is skipped.
	value(e element, r *reader) error
	// begin and end enclose a sequence, or the fragments of a value.
	begin(e element, fragments bool) error
	end() error
	// item and endItem enclose an item of a sequence.
	item() error
	endItem() error
	// fragment is part n of a value in fragments, which r is at; part 0 is the
	// offset table.
	fragment(n int, part element, r *reader) error
}

// parser turns bytes into calls of a handler.
type parser struct {
	*reader
	handler handler
	// depth is how many sequences the parser is in.
	depth int
	// probing says that only the form matters: nothing within is tried again.
	probing bool
	// unordered becomes true when tags do not ascend somewhere.
	unordered *bool
	// wanted, if set, says which elements of the outermost data set to hand on.
	wanted func(tag.Tag) bool
}

// dataSet reads the outermost data set, to the end of the source.
func (p *parser) dataSet(implicit bool) error {
	var last tag.Tag
	for {
		if ended, err := p.ended(); ended || err != nil {
			return element{at: p.at}.explain(err)
		}
		e, err := p.header(implicit)
		if err != nil {
			return err
		}
		if err := p.follow(&last, e); err != nil {
			return err
		}
		h := p.handler
		if p.wanted != nil && !p.wanted(e.tag) {
			p.handler = ignore{}
		}
		if err := p.element(e, implicit, p.size); err != nil {
			return err
		}
		p.handler = h
	}
}

// header reads tag, VR and length.
func (p *parser) header(implicit bool) (element, error) {
	e := element{at: p.at, width: 1}
	b, err := p.peek(8)
	if len(b) >= 4 {
		e.tag = tag.Tag{Group: p.order().Uint16(b), Element: p.order().Uint16(b[2:])}
	}
	if err != nil {
		return e, e.explain(err)
	}
	if implicit || e.tag.Group == tag.GroupSeqItem {
		e.length = p.order().Uint32(b[4:])
		return e, p.bodyOf(&e, 8)
	}
	f, known := forms[string(b[4:6])]
	if !known {
		return e, e.invalid("has no value representation of the standard: repair the file, or ingest it as raw/1")
	}
	e.vr = f.vr
	if p.big {
		e.width = f.width
	}
	if !f.long {
		e.length = uint32(p.order().Uint16(b[6:]))
		return e, p.bodyOf(&e, 8)
	}
	if b, err = p.peek(12); err != nil {
		return e, e.explain(err)
	}
	e.length = p.order().Uint32(b[8:])
	return e, p.bodyOf(&e, 12)
}

// bodyOf goes to the value and asks the dictionary.
func (p *parser) bodyOf(e *element, header int64) error {
	e.name = dictionary(e.tag)
	err := p.skip(header)
	e.body = p.at
	return e.explain(err)
}

// element reads what follows a header, up to limit.
func (p *parser) element(e element, implicit bool, limit int64) error {
	unknown := e.name == "" && (e.vr == "" || e.vr == "UN")
	switch {
	case e.tag.Group == 0 || e.tag.Group == tag.MetadataGroup || e.tag.Group == tag.GroupSeqItem || e.tag.Group == 0xFFFF:
		return e.invalid("is not of a data set")
	case e.length != undefined && int64(e.length) > limit-e.body:
		return e.invalid("says %d bytes, %d are left: the file is truncated or a length is wrong", e.length, limit-e.body)
	case ofEncoding(e.tag) && e.length != undefined:
		return e.explain(p.skip(int64(e.length)))
	case e.vr == "SQ" && !ofEncoding(e.tag):
		return p.sequence(e, implicit, limit)
	case e.name == "SQ", e.length == undefined && (unknown || e.vr == "UN"):
		return p.littleEndian(e, limit)
	case e.length == undefined && (e.vr == "OB" || e.vr == "OW"):
		return p.fragments(e, limit)
	case e.length == undefined:
		return e.invalid("has undefined length, which only sequences and compressed pixel data may have")
	case int(e.length)%e.width != 0:
		return e.invalid("has %d bytes, no multiple of the %d of a value", e.length, e.width)
	case e.name == "" && !p.probing && e.length >= 8 && e.length <= wholeLimit:
		return p.opaque(e)
	}
	return p.value(e)
}

// littleEndian reads a sequence in implicit VR little endian, which is how a
// sequence is encoded that is not called one.
func (p *parser) littleEndian(e element, limit int64) error {
	big := p.big
	p.big = false
	err := p.sequence(e, true, limit)
	p.big = big
	return err
}

// follow checks that an element may come after the last one of its data set.
func (p *parser) follow(last *tag.Tag, e element) error {
	if ofEncoding(e.tag) {
		return nil
	}
	switch e.tag.Compare(*last) {
	case 0:
		return e.invalid("stands twice: no data set may have a tag twice")
	case -1:
		*p.unordered = true
	}
	*last = e.tag
	return nil
}

// value hands on a value of defined length.
func (p *parser) value(e element) error {
	if err := p.handler.value(e, p.reader); err != nil {
		return e.explain(err)
	}
	return e.explain(p.skip(e.body + int64(e.length) - p.at))
}

// opaque hands on a value of unknown meaning: as a sequence if it is one.
func (p *parser) opaque(e element) error {
	if start, err := p.peek(4); e.width == 1 && (err != nil || binary.BigEndian.Uint32(start) != 0xFEFF00E0) {
		return p.value(e)
	}
	b, err := p.take(int64(e.length))
	if err != nil {
		return e.explain(err)
	}
	swap(b, e.width)
	e.width = 1
	probe := parser{reader: inMemory(b, e.body), handler: ignore{}, depth: p.depth, unordered: new(bool), probing: true}
	inner := parser{reader: inMemory(b, e.body), handler: p.handler, depth: p.depth, unordered: p.unordered}
	if probe.sequence(e, true, probe.size) != nil {
		return inner.value(e)
	}
	return inner.sequence(e, true, inner.size)
}

// ignore is the handler that does nothing.
type ignore struct{}

func (ignore) value(element, *reader) error         { return nil }
func (ignore) begin(element, bool) error            { return nil }
func (ignore) end() error                           { return nil }
func (ignore) item() error                          { return nil }
func (ignore) endItem() error                       { return nil }
func (ignore) fragment(int, element, *reader) error { return nil }
