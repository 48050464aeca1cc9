package cda

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// declaration is an XML declaration of version 1.0; its group is the encoding.
var declaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')` +
	`(?:\s+encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["'])?` +
	`(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>`)

// charsets are the encodings of one byte a character that documents come in.
var charsets = map[string]encoding.Encoding{
	"iso-8859-1":   charmap.ISO8859_1,
	"iso-8859-15":  charmap.ISO8859_15,
	"windows-1252": charmap.Windows1252,
}

// signatures are the first bytes by which a document tells its encoding.
var signatures = []struct {
	bytes, bom, name string
	encoding         encoding.Encoding
}{
	{"\xef\xbb\xbf", "\xef\xbb\xbf", "utf-8", nil},
	{"\xfe\xff", "\xfe\xff", "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"\xff\xfe", "\xff\xfe", "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\x00<\x00", "", "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"<\x00", "", "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
}

// decode returns the document in UTF-8 without byte order mark and XML
// declaration. The result never shares memory with raw.
func decode(raw []byte) ([]byte, error) {
	found := ""
	for _, s := range signatures {
		if !bytes.HasPrefix(raw, []byte(s.bytes)) {
			continue
		}
		raw, found = raw[len(s.bom):], s.name
		if s.encoding != nil {
			var err error
			if raw, err = transcode(raw, s.encoding); err != nil {
				return nil, err
			}
		}
		break
	}
	text, declared, err := cutDeclaration(raw)
	if err != nil {
		return nil, err
	}
	switch charset := charsets[declared]; {
	case found != "":
		if declared != "" && declared != found && (declared != "utf-16" || found == "utf-8") {
			return nil, format.Invalidf("the XML declaration names another encoding than %s, which the first bytes show: correct the declaration", found)
		}
	case charset != nil:
		return transcode(text, charset)
	case declared == "us-ascii":
		if bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return nil, format.Invalidf("bytes over 127 in a document declared US-ASCII: correct the declaration")
		}
	case declared != "" && declared != "utf-8":
		return nil, format.Invalidf("the XML declaration names an encoding other than UTF-8, UTF-16, US-ASCII, ISO-8859-1, ISO-8859-15 and windows-1252: convert the document to UTF-8")
	}
	return bytes.Clone(text), nil
}

// transcode refuses bytes that do not stand for characters; the decoders
// replace them silently.
func transcode(raw []byte, e encoding.Encoding) ([]byte, error) {
	text, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return nil, format.Invalidf("bytes that are no characters in the declared encoding: correct the declaration")
	}
	if !bytes.ContainsRune(text, utf8.RuneError) {
		return text, nil
	}
	back, err := e.NewEncoder().Bytes(text)
	if err != nil || !bytes.Equal(back, raw) {
		return nil, format.Invalidf("bytes that are no characters in the declared encoding: correct the declaration")
	}
	return text, nil
}

// cutDeclaration returns what follows the XML declaration, and the encoding
// that it names in lower case.
func cutDeclaration(text []byte) (rest []byte, charset string, err error) {
	if !bytes.HasPrefix(text, []byte("<?xml")) || bytes.HasPrefix(text, []byte("<?xml-")) {
		return text, "", nil
	}
	m := declaration.FindSubmatch(text[:min(len(text), 1024)])
	if m == nil {
		return nil, "", format.Invalidf("line 1: not an XML declaration of version 1.0: correct it or leave it out")
	}
	return text[len(m[0]):], strings.ToLower(string(m[1])), nil
}

// checkCharacters refuses what XML 1.0 has no way to contain.
func checkCharacters(text []byte) error {
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		control := r < ' ' && r != '\t' && r != '\n' && r != '\r'
		if control || r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
			line := bytes.Count(text[:i], []byte("\n")) + 1
			return format.Invalidf("line %d: invalid UTF-8 or a control character: convert the document to UTF-8 and remove control characters", line)
		}
		i += size
	}
	return nil
}
