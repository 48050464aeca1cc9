package fhir

import "github.com/dmdl-network/dmdl/hospital/canonical/format"

// node is a name or a value: where it is in the source, and the index of the
// node behind it and all that it holds.
type node struct{ start, end, next uint32 }

// tree is a JSON text as one slice of nodes in the order of the source. An
// object's node is followed by name, value, name, value; an array's by its
// values. So a document costs one allocation and a part of it is a sub-slice.
type tree struct {
	src   []byte
	nodes []node
	pos   int
	// stack is scratch for members that are being sorted.
	stack []member
}

// parse makes the tree one of another text, which RFC 8259 must allow, a byte
// order mark before it tolerated. What RFC 8259 leaves open (equal names, invalid
// text) is left to check, since it concerns one record only.
func (t *tree) parse(src []byte) error {
	if t.nodes == nil {
		t.nodes = make([]node, 0, min(len(src)/16+16, 1<<16))
	}
	t.src, t.nodes, t.pos = src, t.nodes[:0], 0
	if len(src) >= len(bom) && string(src[:len(bom)]) == string(bom) {
		t.pos = len(bom)
	}
	t.space()
	if err := t.value(1); err != nil {
		return err
	}
	t.space()
	if t.pos < len(src) {
		return t.fault("the end of the document")
	}
	return nil
}

// fault says what is missing where; the source is not quoted.
func (t *tree) fault(wanted string) error {
	if t.pos >= len(t.src) {
		return format.Invalidf("the JSON ends at byte %d where %s should be: is it cut off?", t.pos, wanted)
	}
	return format.Invalidf("not JSON at byte %d: %s should be there", t.pos, wanted)
}

// peek returns the byte at the position, or 0 at the end, which no JSON has
// outside a string.
func (t *tree) peek() byte {
	if t.pos < len(t.src) {
		return t.src[t.pos]
	}
	return 0
}

func (t *tree) space() {
	for t.pos < len(t.src) {
		switch t.src[t.pos] {
		case ' ', '\t', '\r', '\n':
			t.pos++
		default:
			return
		}
	}
}

func (t *tree) value(depth int) error {
	if depth > maxDepth {
		return format.Invalidf("nested deeper than %d at byte %d: make it flatter", maxDepth, t.pos)
	}
	i := len(t.nodes)
	if i == maxValues {
		return format.Invalidf("more than %d names and values: split it, or ingest it as raw/1", maxValues)
	}
	t.nodes = append(t.nodes, node{start: uint32(t.pos)})
	var err error
	switch t.peek() {
	case '{':
		err = t.container('}', depth)
	case '[':
		err = t.container(']', depth)
	case '"':
		err = t.text()
	case 't':
		err = t.word("true")
	case 'f':
		err = t.word("false")
	case 'n':
		err = t.word("null")
	default:
		err = t.number()
	}
	t.nodes[i].end, t.nodes[i].next = uint32(t.pos), uint32(len(t.nodes))
	return err
}

// container reads an object or an array, whichever the closing bracket says.
func (t *tree) container(closing byte, depth int) error {
	t.pos++
	t.space()
	if t.peek() == closing {
		t.pos++
		return nil
	}
	for {
		if closing == '}' {
			if err := t.name(depth); err != nil {
				return err
			}
		}
		if err := t.value(depth + 1); err != nil {
			return err
		}
		t.space()
		switch t.peek() {
		case closing:
			t.pos++
			return nil
		case ',':
			t.pos++
			t.space()
		default:
			return t.fault("a comma or a closing bracket")
		}
	}
}

// name reads the name of a member and its colon.
func (t *tree) name(depth int) error {
	if t.peek() != '"' {
		return t.fault("a name in quotes")
	}
	if err := t.value(depth + 1); err != nil {
		return err
	}
	t.space()
	if t.peek() != ':' {
		return t.fault("a colon")
	}
	t.pos++
	t.space()
	return nil
}

func (t *tree) word(word string) error {
	if end := t.pos + len(word); end <= len(t.src) && string(t.src[t.pos:end]) == word {
		t.pos = end
		return nil
	}
	return t.fault("true, false or null")
}

func (t *tree) number() error {
	if t.peek() == '-' {
		t.pos++
	}
	if t.peek() == '0' {
		t.pos++
	} else if !t.digits() {
		return t.fault("a value")
	}
	if t.peek() == '.' {
		t.pos++
		if !t.digits() {
			return t.fault("a digit after the point")
		}
	}
	if c := t.peek(); c == 'e' || c == 'E' {
		t.pos++
		if c := t.peek(); c == '+' || c == '-' {
			t.pos++
		}
		if !t.digits() {
			return t.fault("a digit of the exponent")
		}
	}
	return nil
}

func (t *tree) digits() bool {
	from := t.pos
	for c := t.peek(); '0' <= c && c <= '9'; c = t.peek() {
		t.pos++
	}
	return t.pos > from
}

// plain marks the bytes that a string may hold as they are.
var plain = func() (table [256]bool) {
	for c := 0x20; c < len(table); c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

func (t *tree) text() error {
	t.pos++
	for {
		for t.pos < len(t.src) && plain[t.src[t.pos]] {
			t.pos++
		}
		switch t.peek() {
		case '"':
			t.pos++
			return nil
		case '\\':
			if err := t.escape(); err != nil {
				return err
			}
		default:
			return t.fault("a closing quote, or an escape for a control character,")
		}
	}
}

func (t *tree) escape() error {
	t.pos++
	switch t.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		t.pos++
		return nil
	case 'u':
		t.pos++
		for range 4 {
			if hexDigit(t.peek()) < 0 {
				return t.fault("a hexadecimal digit")
			}
			t.pos++
		}
		return nil
	}
	return t.fault("a known escape")
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}
