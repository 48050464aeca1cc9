package hl7v2

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// charsets are the names of HL7 table 0211. A name that is not in it is looked
// up as IANA registers it ("ISO-8859-1", "windows-1252"). UTF-8 is nil.
var charsets = map[string]encoding.Encoding{
	"":              nil,
	"ASCII":         nil,
	"ISO IR6":       nil,
	"UNICODE UTF-8": nil,
	"UTF-8":         nil,
	"UTF8":          nil,
	"8859/1":        charmap.ISO8859_1,
	"8859/2":        charmap.ISO8859_2,
	"8859/3":        charmap.ISO8859_3,
	"8859/4":        charmap.ISO8859_4,
	"8859/5":        charmap.ISO8859_5,
	"8859/6":        charmap.ISO8859_6,
	"8859/7":        charmap.ISO8859_7,
	"8859/8":        charmap.ISO8859_8,
	"8859/9":        charmap.ISO8859_9,
	"8859/15":       charmap.ISO8859_15,
	"GB 18030-2000": simplifiedchinese.GB18030,
	"BIG-5":         traditionalchinese.Big5,
	"KS X 1001":     korean.EUCKR,
	"ISO IR14":      japanese.ISO2022JP,
	"ISO IR87":      japanese.ISO2022JP,
}

// declared returns MSH-18, or "".
func declared(text []byte) string {
	header, _, _ := bytes.Cut(text, []byte("\r"))
	return parseMessage(string(header)).first("MSH", 18)
}

// charset returns the encoding that MSH-18 names. Its repetitions are sets that
// escape sequences switch to, so the last one known decides: ISO-2022-JP
// includes ASCII.
func charset(names, repetition string) (encoding.Encoding, error) {
	var found encoding.Encoding
	for name := range strings.SplitSeq(strings.ToUpper(names), repetition) {
		name = strings.TrimSpace(name)
		set, ok := charsets[name]
		if !ok {
			var err error
			if set, err = ianaindex.IANA.Encoding(name); err != nil || set == nil {
				return nil, format.Invalidf("MSH-18 names a character set that %s does not read: write the message in UTF-8", profile)
			}
		}
		if found == nil {
			found = set
		} else if set != nil && set != found {
			return nil, format.Invalidf("MSH-18 names several character sets that cannot be read together: write the message in UTF-8")
		}
	}
	return found, nil
}

// decode returns a message in UTF-8.
func decode(text []byte) ([]byte, error) {
	names := declared(text)
	set, err := charset(names, string(text[5]))
	if err != nil {
		return nil, err
	}
	if set == nil {
		if !utf8.Valid(text) {
			return nil, format.Invalidf("not UTF-8, and MSH-18 names no other character set: declare it there")
		}
		return text, nil
	}
	decoded, err := set.NewDecoder().Bytes(text)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return nil, format.Invalidf("not in the character set that MSH-18 names: declare the right one")
	}
	if !isHeader(decoded, "MSH") || declared(decoded) != names {
		return nil, format.Invalidf("MSH-18 reads otherwise once it is applied: write the message in UTF-8")
	}
	return decoded, nil
}
