package fhir

import (
	"bufio"
	"io"
)

// place is where an object stands, which decides what is left out of it.
type place int

const (
	inner place = iota
	root
	meta
)

// writer writes a tree in canonical form. The tree's stack holds the sorted
// members of the objects that are open.
type writer struct {
	*bufio.Writer
	t      *tree
	quoted []byte
}

// write writes the whole tree as one record.
func (t *tree) write(to io.Writer) error {
	t.stack = t.stack[:0]
	w := writer{Writer: bufio.NewWriterSize(to, min(32<<10, len(t.src))), t: t}
	w.value(0, root)
	return w.Flush()
}

// value writes one value. Errors of the bufio.Writer stick until Flush.
func (w *writer) value(i int, where place) {
	switch w.t.kind(i) {
	case '{':
		w.object(i, where)
	case '[':
		w.byte('[')
		first := true
		for j := range w.t.elements(i) {
			w.comma(&first)
			w.value(j, inner)
		}
		w.byte(']')
	case '"':
		w.string(i)
	default:
		w.raw(w.t.bytes(i))
	}
}

func (w *writer) object(i int, where place) {
	base := len(w.t.stack)
	w.t.stack = w.t.sorted(w.t.stack, i)
	w.byte('{')
	first := true
	for k := base; k < len(w.t.stack); k++ {
		m := w.t.stack[k] // by index: the stack may move while a value is written
		if w.t.leftOut(m, where) {
			continue
		}
		w.comma(&first)
		w.string(m.key)
		w.byte(':')
		if where == root && string(m.name) == "meta" {
			w.value(m.value, meta)
		} else {
			w.value(m.value, inner)
		}
	}
	w.byte('}')
	w.t.stack = w.t.stack[:base]
}

// leftOut says whether a member is a server's and no part of the record.
func (t *tree) leftOut(m member, where place) bool {
	switch where {
	case root:
		if t.kind(m.value) != '{' {
			return false
		}
		switch string(m.name) {
		case "text":
			return true
		case "meta":
			for inside := range t.members(m.value) {
				if !t.leftOut(inside, meta) {
					return false
				}
			}
			return true
		}
	case meta:
		switch string(m.name) {
		case "versionId", "lastUpdated", "source", "_versionId", "_lastUpdated", "_source":
			return true
		}
	}
	return false
}

// string writes a string with the escapes of the canonical form.
func (w *writer) string(i int) {
	source, text := w.t.bytes(i), w.t.decode(i)
	if len(text) == len(source)-2 { // no escapes, so nothing in it needs one
		w.raw(source)
		return
	}
	w.quoted = appendQuoted(w.quoted[:0], text)
	w.raw(w.quoted)
}

// appendQuoted appends a text between quotes, with the fewest escapes and the
// shortest.
func appendQuoted(to, text []byte) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c >= 0x20:
			to = append(to, c)
		default:
			if short := "\x00\x00\x00\x00\x00\x00\x00\x00btn\x00fr"; int(c) < len(short) && short[c] != 0 {
				to = append(to, '\\', short[c])
			} else {
				to = append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
	}
	return append(to, '"')
}

func (w *writer) comma(first *bool) {
	if !*first {
		w.byte(',')
	}
	*first = false
}

func (w *writer) byte(c byte)  { _ = w.WriteByte(c) } // the error is Flush's
func (w *writer) raw(b []byte) { _, _ = w.Write(b) }
