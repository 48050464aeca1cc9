package csv

import (
	"bufio"
	"bytes"
	stdcsv "encoding/csv"
	"errors"
	"io"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// maxRow bounds the memory of one row. A reader keeps a row whole, and a quote
// that is never closed makes the rest of the source one row.
const maxRow = 16 << 20

var (
	bom        = []byte("\xef\xbb\xbf")
	errTooLong = errors.New("row too long")
)

// Canonical implements format.Format in constant memory.
func (reader) Canonical(w io.Writer, _ string, raw format.Source) error {
	r, err := raw.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	limited := &rowLimit{r: skipBOM(r), left: maxRow}
	in := stdcsv.NewReader(limited)
	in.ReuseRecord = true
	out := bufio.NewWriterSize(w, 64<<10)
	next := 1 // the line that the next row should begin on
	for {
		row, err := in.Read()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return refusal(err, next)
		}
		if line, _ := in.FieldPos(0); line != next {
			return format.Invalidf(`line %d is empty: leave it out, or write "" for a row with one empty field`, next)
		}
		next += 1 + writeRow(out, row)
		limited.left = maxRow
	}
}

// writeRow writes one row and returns the line feeds inside its fields. Errors
// of the writer stick until Flush.
func writeRow(out *bufio.Writer, row []string) (feeds int) {
	for i, field := range row {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_ = out.WriteByte('"')
		for j := range len(field) {
			switch c := field[j]; {
			case c == '\n':
				feeds++
			case c == '"':
				_ = out.WriteByte('"')
			case c == '\r' && beforeFeed(field[j:]):
				continue
			}
			_ = out.WriteByte(field[j])
		}
		_ = out.WriteByte('"')
	}
	_, _ = out.WriteString("\r\n")
	return feeds
}

// beforeFeed says whether a run of carriage returns ends in a line feed.
func beforeFeed(text string) bool {
	for i := range len(text) {
		if text[i] != '\r' {
			return text[i] == '\n'
		}
	}
	return false
}

// refusal says in which line the table is no CSV. The row began on the line
// given.
func refusal(err error, line int) error {
	if errors.Is(err, errTooLong) {
		return format.Invalidf("the row from line %d is over %d bytes: is a quote left open?", line, maxRow)
	}
	var parse *stdcsv.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	if errors.Is(err, stdcsv.ErrFieldCount) {
		return format.Invalidf("line %d has another number of fields than the first: mend it, or ingest the table as raw/1", parse.Line)
	}
	return format.Invalidf("line %d, column %d: a quote where RFC 4180 allows none, or one left open", parse.Line, parse.Column)
}

// skipBOM returns the reader behind a byte order mark.
func skipBOM(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if head, err := in.Peek(len(bom)); err == nil && bytes.Equal(head, bom) {
		_, _ = in.Discard(len(bom)) // it was peeked
	}
	return in
}

// rowLimit fails when a row does not end in time.
type rowLimit struct {
	r    io.Reader
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}
