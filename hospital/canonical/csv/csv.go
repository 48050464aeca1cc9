// Package csv reads tables as RFC 4180 describes them: rows of equally many
// fields between commas.
//
// # Canonical form csv/1
//
// Every field between double quotes, double quotes inside written twice, commas
// between fields, CR LF after every row, the last one included. A byte order
// mark is left out. Inside of a field, a line feed and the carriage returns
// before it are one line feed, since tools that change line ends change those
// too. Nothing else changes: the first row is a row like others, white space
// stays, and so do the bytes of text in any encoding, for CSV declares none.
//
// Refused, with the line, are rows with another number of fields than the first,
// quotes that RFC 4180 does not allow, lines that are empty (write "" for a row
// with one empty field; at the end they are tolerated) and rows over 16 MiB.
// Tables with other separators are no CSV: they are ingested as raw/1.
package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"io"
	"iter"
	"path"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

const profile = "csv/1"

type reader struct{}

// New returns the format.
func New() format.Format { return reader{} }

// Profiles implements format.Format.
func (reader) Profiles() []string { return []string{profile} }

// Items implements format.Format. A table is one data set: it is read by nobody
// until its canonical form is asked for, where errors in it appear.
func (reader) Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) {
		yield(format.Item{Raw: src, Profile: profile, Kind: "text/csv", Class: records.RECORD_CLASS_DATASET}, nil)
	}
}

// Detect implements format.Format. Three rows of the same three or more fields
// are a table; with less, or only text, the name decides.
func (reader) Detect(head []byte, name string) (why string, ok bool) {
	text := bytes.TrimPrefix(head, bom)
	if len(text) == 0 || bytes.IndexByte(text, 0) >= 0 || strings.IndexByte("{[<", text[0]) >= 0 {
		return "", false
	}
	if strings.EqualFold(path.Ext(name), ".csv") {
		return "text whose name ends in .csv", !otherSeparator(text)
	}
	if n, fields := rowsOf(text, len(head) >= format.HeadSize); n >= 3 && fields >= 3 {
		return "rows with equally many fields between commas", true
	}
	return "", false
}

// otherSeparator says whether the first line has semicolons or tabs where RFC
// 4180 has commas.
func otherSeparator(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return !bytes.Contains(line, []byte(",")) && bytes.ContainsAny(line, ";\t")
}

// rowsOf counts the rows of a text and the fields of each; none if they differ.
// If the text is only the beginning, its last row does not count.
func rowsOf(text []byte, more bool) (rows, fields int) {
	in := stdcsv.NewReader(bytes.NewReader(text))
	in.ReuseRecord = true
	for {
		row, err := in.Read()
		switch {
		case err == io.EOF:
			if more {
				rows--
			}
			return rows, fields
		case err != nil && more && in.InputOffset() == int64(len(text)):
			return rows, fields
		case err != nil:
			return 0, 0
		}
		rows, fields = rows+1, len(row)
	}
}
