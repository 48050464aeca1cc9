package dicom

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// field is an element of a test object; its value is little endian. One with vr
// SQ has items, one with fragments has no value.
type field struct {
	tag       tag.Tag
	vr        string
	value     []byte
	items     []object
	fragments [][]byte
}

// object is a test object or an item of one.
type object []field

// encoding is one way to write an object.
type encoding struct {
	implicit, big, deflated bool
	// undefined lengths of sequences and items, group lengths, trailing padding,
	// tags in reverse order, and no preamble and meta information.
	undefined, groupLengths, padding, reverse, bare bool
	// syntax is stated instead of what the encoding is, for compressed pixels.
	syntax string
}

// encodings are the four that one object must have one form in, and variants.
var encodings = map[string]encoding{
	"explicit":                {},
	"implicit":                {implicit: true},
	"big":                     {big: true},
	"deflated":                {deflated: true},
	"explicit undefined":      {undefined: true},
	"implicit undefined":      {implicit: true, undefined: true},
	"big undefined":           {big: true, undefined: true},
	"explicit group lengths":  {groupLengths: true},
	"implicit group lengths":  {implicit: true, groupLengths: true},
	"padded":                  {padding: true},
	"padded deflated":         {padding: true, deflated: true},
	"bare explicit":           {bare: true},
	"bare implicit":           {bare: true, implicit: true},
	"bare big":                {bare: true, big: true},
	"explicit in reverse":     {reverse: true},
	"implicit in reverse":     {reverse: true, implicit: true},
	"deflated in reverse":     {reverse: true, deflated: true, undefined: true},
	"big in reverse":          {reverse: true, big: true},
	"implicit with every mix": {implicit: true, undefined: true, groupLengths: true, padding: true},
}

func (c encoding) order() binary.AppendByteOrder {
	if c.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (c encoding) tag(b []byte, t tag.Tag) []byte {
	b = c.order().AppendUint16(b, t.Group)
	return c.order().AppendUint16(b, t.Element)
}

// file writes a whole object.
func (c encoding) file(o object) []byte {
	body := c.dataSet(nil, o)
	if c.padding {
		body = c.field(body, field{tag: tag.DataSetTrailingPadding, vr: "OB", value: make([]byte, 126)})
	}
	if c.bare {
		return body
	}
	if c.deflated {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, flate.BestSpeed)
		_, _ = w.Write(body)
		_ = w.Close()
		body = b.Bytes()
	}
	syntax := c.syntax
	switch {
	case syntax != "":
	case c.implicit:
		syntax = uid.ImplicitVRLittleEndian
	case c.big:
		syntax = uid.ExplicitVRBigEndian
	case c.deflated:
		syntax = uid.DeflatedExplicitVRLittleEndian
	default:
		syntax = uid.ExplicitVRLittleEndian
	}
	meta := encoding{}.dataSet(nil, object{
		{tag: tag.FileMetaInformationVersion, vr: "OB", value: []byte{0, 1}},
		{tag: tag.TransferSyntaxUID, vr: "UI", value: padded(syntax, 0)},
	})
	b := append(make([]byte, preamble), "DICM"...)
	b = encoding{}.field(b, field{
		tag: tag.FileMetaInformationGroupLength, vr: "UL",
		value: binary.LittleEndian.AppendUint32(nil, uint32(len(meta))),
	})
	return append(append(b, meta...), body...)
}

func (c encoding) dataSet(b []byte, o object) []byte {
	if c.reverse {
		o = slices.Clone(o)
		slices.Reverse(o)
	}
	group := uint16(0)
	for _, f := range o {
		if c.groupLengths && f.tag.Group != group {
			b = c.field(b, field{tag: tag.Tag{Group: f.tag.Group}, vr: "UL", value: make([]byte, 4)})
		}
		group = f.tag.Group
		b = c.field(b, f)
	}
	return b
}

func (c encoding) field(b []byte, f field) []byte {
	switch {
	case f.fragments != nil:
		b = c.header(b, f, undefined)
		for _, part := range f.fragments {
			b = append(c.length(c.tag(b, tag.Item), uint32(len(part))), part...)
		}
		return c.length(c.tag(b, tag.SequenceDelimitationItem), 0)
	case f.vr == "SQ":
		items := c.items(f.items)
		if !c.undefined {
			return append(c.header(b, f, uint32(len(items))), items...)
		}
		b = append(c.header(b, f, undefined), items...)
		return c.length(c.tag(b, tag.SequenceDelimitationItem), 0)
	}
	value := bytes.Clone(f.value)
	if c.big {
		swap(value, forms[f.vr].width)
	}
	return append(c.header(b, f, uint32(len(value))), value...)
}

func (c encoding) items(items []object) []byte {
	var b []byte
	for _, o := range items {
		content := c.dataSet(nil, o)
		if !c.undefined {
			b = append(c.length(c.tag(b, tag.Item), uint32(len(content))), content...)
			continue
		}
		b = append(c.length(c.tag(b, tag.Item), undefined), content...)
		b = c.length(c.tag(b, tag.ItemDelimitationItem), 0)
	}
	return b
}

func (c encoding) header(b []byte, f field, length uint32) []byte {
	b = c.tag(b, f.tag)
	if c.implicit {
		return c.length(b, length)
	}
	b = append(b, f.vr...)
	if forms[f.vr].long {
		return c.length(append(b, 0, 0), length)
	}
	return c.order().AppendUint16(b, uint16(length))
}

func (c encoding) length(b []byte, n uint32) []byte { return c.order().AppendUint32(b, n) }

// padded is text of even length.
func padded(text string, pad byte) []byte {
	if len(text)%2 == 1 {
		return append([]byte(text), pad)
	}
	return []byte(text)
}

// text, number and sequence make fields.
func text(t tag.Tag, vr, value string) field {
	return field{tag: t, vr: vr, value: padded(value, forms[vr].pad)}
}

func number(t tag.Tag, values ...uint16) field {
	f := field{tag: t, vr: "US"}
	for _, v := range values {
		f.value = binary.LittleEndian.AppendUint16(f.value, v)
	}
	return f
}

func sequence(t tag.Tag, items ...object) field { return field{tag: t, vr: "SQ", items: items} }

// canonical is the canonical form of a file.
func canonical(t require.TestingT, profile string, file []byte) []byte {
	var b bytes.Buffer
	require.NoError(t, New().Canonical(&b, profile, format.Bytes(file, "")))
	return b.Bytes()
}

// digest is the hash of the canonical form.
func digest(t require.TestingT, profile string, file []byte) string {
	h := sha256.Sum256(canonical(t, profile, file))
	return hex.EncodeToString(h[:])
}

// itemOf is the one item of a file.
func itemOf(t *testing.T, file []byte) format.Item {
	t.Helper()
	for it, err := range New().Items(format.Bytes(file, "")) {
		require.NoError(t, err)
		return it
	}
	t.Fatal("no item")
	return format.Item{}
}
