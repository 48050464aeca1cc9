package fhir

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// lines reads a text line by line and skips those that are blank.
type lines struct {
	in     *bufio.Reader
	number int // of the line that next returned last, from 1
}

func newLines(r io.Reader) *lines {
	in := bufio.NewReaderSize(r, 64<<10)
	if head, err := in.Peek(len(bom)); err == nil && bytes.Equal(head, bom) {
		_, _ = in.Discard(len(bom)) // it was peeked
	}
	return &lines{in: in}
}

// next returns the next line that is not blank, without white space around it,
// in a slice of its own; io.EOF after the last. No line may be over maxBytes.
func (l *lines) next() ([]byte, error) {
	for {
		l.number++
		line, err := l.read()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (l *lines) read() (line []byte, err error) {
	for {
		part, err := l.in.ReadSlice('\n')
		if len(line)+len(part) > maxBytes {
			return nil, &format.TooLargeError{Limit: maxBytes}
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// startsRecords says whether a first line is a record of NDJSON: an object to
// itself, and the next line begins another. In one JSON text a comma would have
// to stand between.
func (l *lines) startsRecords(first []byte) bool {
	if len(first) == 0 || first[0] != '{' || first[len(first)-1] != '}' {
		return false
	}
	for n := 1; ; n++ {
		head, err := l.in.Peek(n)
		if err != nil {
			return false
		}
		switch head[n-1] {
		case ' ', '\t', '\r', '\n':
		default:
			return head[n-1] == '{'
		}
	}
}
