package vcf

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// blockSize is how much text is read and written at a time.
const blockSize = 256 << 10

// pass reads a source once, shows its lines to the checker and writes their
// canonical form. It ends early when the checker has seen enough.
func pass(w io.Writer, src format.Source, c *checker) error {
	file, err := src.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	in, err := unpack(file)
	if err != nil {
		return err
	}
	n := normaliser{out: bufio.NewWriterSize(w, blockSize), check: c}
	block := make([]byte, blockSize)
	for !c.done {
		size, err := in.Read(block)
		if err := n.block(block[:size]); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return n.end()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unpack returns the text without gzip and without a byte order mark. BGZF is
// gzip of many members, which the reader joins.
func unpack(file io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(file, blockSize)
	if head, _ := in.Peek(len(gzipHead)); bytes.Equal(head, gzipHead) {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, damaged(err)
		}
		in = bufio.NewReaderSize(gunzip{unzipped}, blockSize)
	}
	if head, _ := in.Peek(len(bom)); bytes.Equal(head, bom) {
		_, _ = in.Discard(len(bom)) // they were just seen
	}
	return in, nil
}

type gunzip struct{ io.Reader }

func (g gunzip) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	return n, damaged(err)
}

// damaged tells a damaged gzip stream from a failing disk.
func damaged(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
		return format.Invalidf("the gzip stream is damaged or cut off: fetch the file again")
	}
	return err
}

// normaliser ends every line with a line feed.
type normaliser struct {
	out   *bufio.Writer
	check *checker
	// begun says that the current line has bytes; held, that the last of them
	// is a carriage return, which is neither written nor checked yet.
	begun, held bool
}

// block takes the next bytes of the text.
func (n *normaliser) block(b []byte) error {
	for len(b) > 0 && !n.check.done {
		part, rest, ended := bytes.Cut(b, lineFeed)
		b = rest
		if n.held && len(part) > 0 {
			return n.check.fault("a carriage return without a line feed: use one kind of line end")
		}
		n.begun = n.begun || len(part) > 0
		if len(part) > 0 && part[len(part)-1] == '\r' {
			part, n.held = part[:len(part)-1], true
		}
		if bytes.IndexByte(part, '\r') >= 0 {
			return n.check.fault("a carriage return without a line feed: use one kind of line end")
		}
		if err := n.check.part(part); err != nil {
			return err
		}
		if _, err := n.out.Write(part); err != nil {
			return err
		}
		if ended {
			if err := n.endLine(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *normaliser) endLine() error {
	n.begun, n.held = false, false
	if err := n.check.endLine(); err != nil {
		return err
	}
	return n.out.WriteByte('\n')
}

// end is the end of the text, which may lack the last line feed.
func (n *normaliser) end() error {
	if n.begun {
		if err := n.endLine(); err != nil {
			return err
		}
	}
	if err := n.check.end(); err != nil {
		return err
	}
	return n.out.Flush()
}
