package canonical

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// What a gzip stream may expand to: maxFree bytes, and maxRatio times what was
// read of it. Sparse genotypes reach 100; the format itself allows 1032.
const (
	maxFree  = 64 << 20
	maxRatio = 250
)

var gzipMagic = []byte("\x1f\x8b\x08")

// gunzip is what is inside of a source in gzip, in all its members.
type gunzip struct{ src format.Source }

func isGzip(src format.Source) bool {
	_, ok := src.(*gunzip)
	return ok
}

// Name implements format.Source without the ending that says gzip.
func (g *gunzip) Name() string {
	name := g.src.Name()
	switch ext := path.Ext(name); strings.ToLower(ext) {
	case ".gz", ".gzip", ".bgz", ".bgzf":
		return strings.TrimSuffix(name, ext)
	}
	return name
}

// Open implements format.Source.
func (g *gunzip) Open() (io.ReadCloser, error) {
	r, err := g.src.Open()
	if err != nil {
		return nil, err
	}
	in := &counter{ReadCloser: r}
	z, err := gzip.NewReader(in)
	if err != nil {
		r.Close()
		return nil, damaged(err)
	}
	return &expanding{in: in, z: z}, nil
}

// counter counts what was read.
type counter struct {
	io.ReadCloser
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err
}

// expanding reads a gzip stream while it keeps within bounds.
type expanding struct {
	in *counter
	z  *gzip.Reader
	n  int64
}

func (e *expanding) Read(p []byte) (int, error) {
	n, err := e.z.Read(p)
	e.n += int64(n)
	if e.n > maxFree+maxRatio*e.in.n {
		return n, format.Invalidf("the gzip stream expands more than %d times: decompress it first, or ingest it as raw/1", maxRatio)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

func (e *expanding) Close() error { return e.in.Close() }

// damaged makes an error about the stream a refusal; others are not its fault.
func damaged(err error) error {
	var corrupt flate.CorruptInputError
	for _, fault := range []error{gzip.ErrHeader, gzip.ErrChecksum, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, fault) {
			return format.Invalidf("the gzip stream is damaged or cut off: compress it again, or ingest it as raw/1")
		}
	}
	if errors.As(err, &corrupt) {
		return format.Invalidf("the gzip stream is damaged at byte %d: compress it again, or ingest it as raw/1", int64(corrupt))
	}
	return err
}
