package hl7v2

import (
	"bytes"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// canonical returns the canonical form of one message.
func canonical(raw []byte) ([]byte, error) {
	text := bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\r"))
	text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r"))
	text, err := decode(text)
	if err != nil {
		return nil, err
	}
	header, rest, _ := bytes.Cut(bytes.TrimRight(text, "\r"), []byte("\r"))
	for segment := range bytes.SplitSeq(rest, []byte("\r")) {
		if segment = trimStart(segment); isHeader(segment, "MSH") || isEnvelope(segment) {
			return nil, format.Invalidf("its character set hides another header segment: write the message in UTF-8")
		}
	}
	out := withoutCharset(header)
	out = append(out, '\r')
	if len(rest) > 0 {
		out = append(out, rest...)
		out = append(out, '\r')
	}
	return out, nil
}

// withoutCharset returns an MSH segment with MSH-18 emptied and without
// separators at its end.
func withoutCharset(header []byte) []byte {
	separator := header[3:4]
	fields := bytes.Split(header, separator)
	if at := 17; len(fields) > at { // MSH-1 is the separator itself
		fields[at] = nil
	}
	for len(fields) > 2 && len(fields[len(fields)-1]) == 0 {
		fields = fields[:len(fields)-1]
	}
	return bytes.Join(fields, separator)
}
