package cda

import (
	"bytes"
	"strconv"
	"unicode/utf16"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// normalise does what an XML processor does before it sees markup and what
// encoding/xml leaves out: every line end becomes LF, and every literal white
// space character in an attribute value becomes a space. Afterwards a tab or a
// line end in a value can only come from a character reference, and stays. It
// works in place.
func normalise(text []byte) ([]byte, error) {
	out, at := text[:0], 0
	for at < len(text) {
		n, kind := segment(text[at:])
		part := text[at : at+n]
		if kind != opaque && hasSurrogate(part) {
			line := bytes.Count(out, []byte("\n")) + 1
			return nil, format.Invalidf("near line %d: a reference to half a character: correct it", line)
		}
		if kind == tag {
			out = appendTag(out, part)
		} else {
			out = appendLines(out, part)
		}
		at += n
	}
	return out, nil
}

// Kinds of segments.
const (
	plain  = iota // text between markup
	opaque        // a comment, a CDATA section or a processing instruction
	tag           // a start tag, an end tag or a declaration
)

var delimiters = []struct{ begin, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}}

// segment returns the length and the kind of the segment that text starts with.
// An unfinished one reaches to the end; the parser will say so.
func segment(text []byte) (n, kind int) {
	if text[0] != '<' {
		return cut(text, 0, "<", 0), plain
	}
	for _, d := range delimiters {
		if bytes.HasPrefix(text, []byte(d.begin)) {
			return cut(text, len(d.begin), d.end, len(d.end)), opaque
		}
	}
	var quote byte
	for i, b := range text {
		switch {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '>':
			return i + 1, tag
		}
	}
	return len(text), tag
}

// cut returns where the first end after from is, plus extra.
func cut(text []byte, from int, end string, extra int) int {
	if i := bytes.Index(text[from:], []byte(end)); i >= 0 {
		return from + i + extra
	}
	return len(text)
}

func appendLines(out, part []byte) []byte {
	for {
		i := bytes.IndexByte(part, '\r')
		if i < 0 {
			return append(out, part...)
		}
		out = append(append(out, part[:i]...), '\n')
		part = part[i+1:]
		if len(part) > 0 && part[0] == '\n' {
			part = part[1:]
		}
	}
}

func appendTag(out, part []byte) []byte {
	var quote, last byte
	for _, b := range part {
		afterReturn := last == '\r' && b == '\n'
		last = b
		switch {
		case afterReturn:
			continue
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		case b == quote:
			quote = 0
		case quote != 0 && (b == '\t' || b == '\n' || b == '\r'):
			b = ' '
		case b == '\r':
			b = '\n'
		}
		out = append(out, b)
	}
	return out
}

// hasSurrogate says whether a character reference names a code point that is
// no character but half of one in UTF-16. encoding/xml would replace it.
func hasSurrogate(part []byte) bool {
	for {
		i := bytes.Index(part, []byte("&#"))
		if i < 0 {
			return false
		}
		part = part[i+2:]
		digits, base := part, 10
		if bytes.HasPrefix(part, []byte("x")) {
			digits, base = part[1:], 16
		}
		digits = bytes.TrimLeft(digits, "0")
		digits, _, found := bytes.Cut(digits[:min(len(digits), 8)], []byte(";"))
		n, err := strconv.ParseUint(string(digits), base, 32)
		if found && err == nil && utf16.IsSurrogate(rune(n)) {
			return true
		}
	}
}
