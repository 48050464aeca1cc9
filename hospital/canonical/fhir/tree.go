package fhir

import (
	"bytes"
	"iter"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// member is one member of an object: its decoded name, and the nodes of its name
// and its value.
type member struct {
	name       []byte
	key, value int
}

// kind returns the first byte of a node, which tells its type.
func (t *tree) kind(i int) byte { return t.src[t.nodes[i].start] }

// bytes returns a node as the source writes it.
func (t *tree) bytes(i int) []byte { return t.src[t.nodes[i].start:t.nodes[i].end] }

// members yields an object's members in the order of the source. Of another
// value, or of node -1, it yields none.
func (t *tree) members(i int) iter.Seq[member] {
	return func(yield func(member) bool) {
		if i < 0 || t.kind(i) != '{' {
			return
		}
		for key := i + 1; key < int(t.nodes[i].next); {
			m := member{name: t.decode(key), key: key, value: key + 1}
			if !yield(m) {
				return
			}
			key = int(t.nodes[m.value].next)
		}
	}
}

// elements yields the nodes of an array, or the node itself if it is no array:
// FHIR repeats by array what is singular elsewhere. Of node -1 it yields none.
func (t *tree) elements(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		switch {
		case i < 0:
		case t.kind(i) != '[':
			yield(i)
		default:
			for j := i + 1; j < int(t.nodes[i].next) && yield(j); {
				j = int(t.nodes[j].next)
			}
		}
	}
}

// get returns the node at a path of names, or -1.
func (t *tree) get(i int, path ...string) int {
	for _, name := range path {
		found := -1
		for m := range t.members(i) {
			if string(m.name) == name {
				found = m.value
				break
			}
		}
		if i = found; i < 0 {
			return -1
		}
	}
	return i
}

// textAt returns the string at a path of names, or "".
func (t *tree) textAt(i int, path ...string) string {
	if i = t.get(i, path...); i < 0 || t.kind(i) != '"' {
		return ""
	}
	return string(t.decode(i))
}

// decode returns what a string node says. Without escapes it is a part of the
// source.
func (t *tree) decode(i int) []byte {
	text := t.bytes(i)
	text = text[1 : len(text)-1]
	at := bytes.IndexByte(text, '\\')
	if at < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for ; at >= 0; at = bytes.IndexByte(text, '\\') {
		out = append(out, text[:at]...)
		r, size := unescape(text[at:])
		out = utf8.AppendRune(out, r)
		text = text[at+size:]
	}
	return append(out, text...)
}

// unescape returns the character of the escape at the start of a text, and the
// bytes that it takes. Half a surrogate pair gives utf8.RuneError.
func unescape(text []byte) (r rune, size int) {
	switch c := text[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		if r = unit(text); !utf16.IsSurrogate(r) {
			return r, 6
		}
		if len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
			if pair := utf16.DecodeRune(r, unit(text[6:])); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	default:
		return rune(c), 2
	}
}

// unit returns the UTF-16 unit of a \uXXXX.
func unit(text []byte) (r rune) {
	for _, c := range text[2:6] {
		r = r<<4 | hexDigit(c)
	}
	return r
}

// check refuses, in one value and all that it holds, what RFC 8259 leaves open:
// members of one name, and text that UTF-8 cannot say.
func (t *tree) check(i int) error {
	if whole := t.bytes(i); !utf8.Valid(whole) {
		return format.Invalidf("invalid UTF-8 at byte %d: save it as UTF-8", int(t.nodes[i].start)+firstInvalid(whole))
	}
	for j := i; j < int(t.nodes[i].next); j++ {
		var err error
		switch t.kind(j) {
		case '"':
			err = t.checkEscapes(j)
		case '{':
			err = t.checkNames(j)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkNames refuses members of one name in one object, whatever it holds.
func (t *tree) checkNames(i int) error {
	t.stack = t.sorted(t.stack[:0], i)
	for k := 1; k < len(t.stack); k++ {
		if bytes.Equal(t.stack[k-1].name, t.stack[k].name) {
			return format.Invalidf("the name at byte %d stands twice in its object: keep one", t.nodes[t.stack[k].key].start)
		}
	}
	return nil
}

// firstInvalid returns the position of the first byte that is no UTF-8.
func firstInvalid(text []byte) (p int) {
	for p < len(text) {
		r, size := utf8.DecodeRune(text[p:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		p += size
	}
	return p
}

// checkEscapes refuses half a surrogate pair.
func (t *tree) checkEscapes(i int) error {
	text := t.bytes(i)
	for p := bytes.IndexByte(text, '\\'); p >= 0; {
		r, size := unescape(text[p:])
		if r == utf8.RuneError && size == 6 && utf16.IsSurrogate(unit(text[p:])) {
			return format.Invalidf("half a surrogate pair at byte %d: write both halves, or neither", int(t.nodes[i].start)+p)
		}
		p += size
		next := bytes.IndexByte(text[p:], '\\')
		if next < 0 {
			return nil
		}
		p += next
	}
	return nil
}

// sorted appends an object's members, sorted by name and then by position.
func (t *tree) sorted(to []member, i int) []member {
	from := len(to)
	for m := range t.members(i) {
		to = append(to, m)
	}
	slices.SortFunc(to[from:], func(a, b member) int {
		if c := bytes.Compare(a.name, b.name); c != 0 {
			return c
		}
		return a.key - b.key
	})
	return to
}
