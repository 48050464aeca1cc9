package dicom

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// shortLimit is the longest value whose length a short VR can give.
const shortLimit = 65534

// writer is the handler that writes the canonical form.
type writer struct {
	// sink takes what is written. It sorts if the object is out of order.
	sink sink
	// scan is what a first reading found.
	scan *scan
	// pixels, if set, writes decoded pixels in place of the stored ones.
	pixels *pixels
	// depth is how many items the writer is in, fragmented the tag of the last
	// value in fragments.
	depth      int
	fragmented tag.Tag
}

func (w *writer) value(e element, r *reader) error {
	if w.decodes(e.tag) {
		return w.native(e, r)
	}
	if f := forms[e.name]; (f.pad == ' ' || f.vr == "UI") && e.length <= wholeLimit {
		return w.text(e, f, r)
	}
	if err := w.element(e.tag, e.name, even(e.length)); err != nil {
		return err
	}
	return w.sink.body(e, r, func(out io.Writer, r *reader) error { return copyValue(out, e, r) })
}

// text writes a text or UID without the padding it came with.
func (w *writer) text(e element, f form, r *reader) error {
	b, err := r.take(int64(e.length))
	if err != nil {
		return err
	}
	swap(b, e.width)
	b = bytes.TrimRight(b, " \x00")
	if err := w.element(e.tag, f.vr, even(uint32(len(b)))); err != nil {
		return err
	}
	if len(b)%2 == 1 {
		b = append(b[:len(b):len(b)], f.pad)
	}
	return w.bytes(b)
}

func (w *writer) begin(e element, fragments bool) error {
	if !fragments {
		return w.element(e.tag, "SQ", undefined)
	}
	w.fragmented = e.tag
	if w.decodes(e.tag) {
		return w.element(e.tag, "OW", undefined)
	}
	return w.element(e.tag, "OB", undefined)
}

func (w *writer) end() error {
	return w.bytes(tagged(tag.SequenceDelimitationItem, 0))
}

// decodes says that the pixels of the element at hand are written decoded.
func (w *writer) decodes(t tag.Tag) bool {
	return w.pixels != nil && w.depth == 0 && t == tag.PixelData
}

// needsTable says that the basic offset table of the value at hand tells where
// its frames begin. An icon in a sequence has one frame.
func (w *writer) needsTable() bool {
	return w.fragmented != tag.PixelData || w.depth == 0 && w.scan.needsTable()
}

func (w *writer) item() error {
	w.depth++
	if err := w.bytes(tagged(tag.Item, undefined)); err != nil {
		return err
	}
	w.sink.open()
	return nil
}

func (w *writer) endItem() error {
	w.depth--
	if err := w.sink.shut(); err != nil {
		return err
	}
	return w.bytes(tagged(tag.ItemDelimitationItem, 0))
}

func (w *writer) fragment(n int, part element, r *reader) error {
	if w.decodes(w.fragmented) {
		if n == 0 {
			return nil
		}
		return w.sink.body(part, r, func(out io.Writer, r *reader) error { return w.pixels.frame(out, part, r) })
	}
	if n == 0 && !w.needsTable() {
		return w.bytes(tagged(tag.Item, 0))
	}
	if err := w.bytes(tagged(tag.Item, even(part.length))); err != nil {
		return err
	}
	return w.sink.body(part, r, func(out io.Writer, r *reader) error { return copyValue(out, part, r) })
}

// native writes uncompressed pixels, one item a frame.
func (w *writer) native(e element, r *reader) error {
	if err := w.element(e.tag, "OW", undefined); err != nil {
		return err
	}
	if err := w.sink.body(e, r, func(out io.Writer, r *reader) error { return w.pixels.native(out, e, r) }); err != nil {
		return err
	}
	return w.end()
}

// element writes the header of an element in explicit VR. It is UN if the VR is
// unknown or cannot give that length.
func (w *writer) element(t tag.Tag, vr string, length uint32) error {
	if vr == "" || length > shortLimit && !forms[vr].long {
		vr = "UN"
	}
	b := make([]byte, 0, 12)
	b = binary.LittleEndian.AppendUint16(b, t.Group)
	b = binary.LittleEndian.AppendUint16(b, t.Element)
	b = append(b, vr...)
	if forms[vr].long {
		b = append(b, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, length)
	} else {
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
	}
	if err := w.sink.next(t); err != nil {
		return err
	}
	return w.bytes(b)
}

func (w *writer) bytes(b []byte) error {
	_, err := w.sink.Write(b)
	return err
}

// tagged encodes the header of an item or of a delimiter.
func tagged(t tag.Tag, length uint32) []byte {
	b := make([]byte, 0, 8)
	b = binary.LittleEndian.AppendUint16(b, t.Group)
	b = binary.LittleEndian.AppendUint16(b, t.Element)
	return binary.LittleEndian.AppendUint32(b, length)
}

// even is the length of a value with its padding.
func even(length uint32) uint32 { return length + length%2 }

// copyValue copies the value of e in little endian order, padded to even
// length.
func copyValue(out io.Writer, e element, r *reader) error {
	if err := r.copyTo(out, int64(e.length), e.width); err != nil || e.length%2 == 0 {
		return err
	}
	pad := forms[e.name].pad
	_, err := out.Write([]byte{pad})
	return err
}
