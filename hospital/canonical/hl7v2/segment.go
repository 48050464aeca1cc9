package hl7v2

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bytes that MLLP puts around a message; a CR follows the second.
const (
	startBlock = 0x0b
	endBlock   = 0x1c
)

// trimStart returns a text without the frame, byte order mark and empty lines
// before it.
func trimStart(text []byte) []byte {
	for len(text) > 0 {
		switch {
		case text[0] == startBlock || text[0] == '\r' || text[0] == '\n':
			text = text[1:]
		case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
			text = text[3:]
		default:
			return text
		}
	}
	return text
}

// lineLength returns the length of the segment at the start of a text with the
// CR, LF or CR LF that ends it.
func lineLength(text []byte) int {
	at := bytes.IndexAny(text, "\r\n")
	switch {
	case at < 0:
		return len(text)
	case text[at] == '\r' && at+1 < len(text) && text[at+1] == '\n':
		return at + 2
	}
	return at + 1
}

// isHeader says whether a segment is a header of that name: the name, a
// separator, and two to six delimiters before the separator comes again or the
// segment ends.
func isHeader(segment []byte, name string) bool {
	if len(segment) < 6 || string(segment[:3]) != name || !isDelimiter(segment[3]) {
		return false
	}
	for n, c := range segment[4:] {
		switch {
		case c == segment[3], c == '\r', c == '\n':
			return n >= 2
		case n == 6 || !isDelimiter(c):
			return false
		}
	}
	return true
}

// isDelimiter says whether HL7 can use a character as a delimiter.
func isDelimiter(c byte) bool {
	return c < utf8.RuneSelf && (unicode.IsPunct(rune(c)) || unicode.IsSymbol(rune(c)))
}

// isEnvelope says whether a segment is of a batch and not of a message.
func isEnvelope(segment []byte) bool {
	if isHeader(segment, "FHS") || isHeader(segment, "BHS") {
		return true
	}
	if len(segment) < 3 {
		return false
	}
	name := string(segment[:3])
	return (name == "BTS" || name == "FTS") && (len(segment) == 3 || segment[3] < ' ' || isDelimiter(segment[3]))
}

// message is the text of one message and its delimiters.
type message struct {
	segments []string
	// field, component and repetition are the delimiters of MSH-1 and MSH-2.
	field, component, repetition string
}

// parseMessage reads the delimiters of a text that begins with MSH and whose
// segments end in CR.
func parseMessage(text string) message {
	return message{
		segments: strings.Split(strings.TrimSuffix(text, "\r"), "\r"),
		field:    text[3:4], component: text[4:5], repetition: text[5:6],
	}
}

// fields returns the fields of each segment of one name, counted as HL7 counts
// them: the first of MSH is the separator itself.
func (m message) fields(name string) [][]string {
	var found [][]string
	for _, segment := range m.segments {
		if !strings.HasPrefix(segment, name+m.field) && segment != name {
			continue
		}
		fields := strings.Split(segment, m.field)
		if name == "MSH" {
			fields = append([]string{fields[0], m.field}, fields[1:]...)
		}
		found = append(found, fields)
	}
	return found
}

// first returns field n of the first segment of a name, or "".
func (m message) first(name string, n int) string {
	for _, fields := range m.fields(name) {
		return nth(fields, n)
	}
	return ""
}

// components returns the components of the first repetition of a field.
func (m message) components(field string) []string {
	field, _, _ = strings.Cut(field, m.repetition)
	return strings.Split(field, m.component)
}

// nth returns one of the parts, or "" if there are fewer.
func nth(parts []string, n int) string {
	if n < len(parts) {
		return parts[n]
	}
	return ""
}
