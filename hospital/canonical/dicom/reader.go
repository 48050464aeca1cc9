package dicom

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// chunk is how many bytes of a value are in memory at a time.
const chunk = 256 << 10

// reader is a stream of bytes that knows its offset. Its errors are io's; the
// parser says at which element they came.
type reader struct {
	buf *bufio.Reader
	// at is the offset of the next byte.
	at int64
	// size is the offset of the end, if it is known, or the largest number.
	size int64
	// seeker is the source under buf if it can skip without reading.
	seeker io.ReadSeeker
	// memory is what a reader of memory reads, from the offset base.
	memory []byte
	base   int64
	// big says that headers are in big endian order.
	big bool
	// chunk is the buffer of copyTo.
	chunk []byte
}

// newReader reads a source from its start.
func newReader(src io.Reader) *reader {
	r := &reader{buf: bufio.NewReaderSize(src, 32<<10), size: math.MaxInt64}
	s, ok := src.(io.ReadSeeker)
	if !ok {
		return r
	}
	end, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return r
	}
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return r
	}
	r.seeker, r.size = s, end
	return r
}

// inMemory reads bytes that were taken from the offset base.
func inMemory(b []byte, base int64) *reader {
	return &reader{
		buf: bufio.NewReaderSize(bytes.NewReader(b), 64),
		at:  base, base: base, size: base + int64(len(b)), memory: b,
	}
}

// order is the byte order of headers.
func (r *reader) order() binary.ByteOrder {
	if r.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// peek shows the next n bytes, or fewer with io.ErrUnexpectedEOF.
func (r *reader) peek(n int) ([]byte, error) {
	b, err := r.buf.Peek(n)
	return b, endless(err)
}

// ended says that no byte is left.
func (r *reader) ended() (bool, error) {
	_, err := r.buf.Peek(1)
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}

// read fills p.
func (r *reader) read(p []byte) error {
	n, err := io.ReadFull(r.buf, p)
	r.at += int64(n)
	return endless(err)
}

// skip passes n bytes, without reading them if the source can seek.
func (r *reader) skip(n int64) error {
	if n > r.size-r.at {
		return io.ErrUnexpectedEOF
	}
	if ahead := n - int64(r.buf.Buffered()); r.seeker != nil && ahead > chunk {
		if _, err := r.seeker.Seek(ahead, io.SeekCurrent); err != nil {
			return err
		}
		r.buf.Reset(r.seeker)
		r.at += n
		return nil
	}
	for n > 0 {
		passed, err := r.buf.Discard(int(min(n, 1<<30)))
		r.at += int64(passed)
		if err != nil {
			return endless(err)
		}
		n -= int64(passed)
	}
	return nil
}

// take returns the next n bytes. Memory grows with what arrives, not with n.
func (r *reader) take(n int64) ([]byte, error) {
	if n > r.size-r.at {
		return nil, io.ErrUnexpectedEOF
	}
	if r.memory != nil {
		from := r.at - r.base
		return r.memory[from : from+n], r.skip(n)
	}
	if n <= chunk {
		b := make([]byte, n)
		return b, r.read(b)
	}
	var b bytes.Buffer
	err := r.copyTo(&b, n, 1)
	return b.Bytes(), err
}

// copyTo copies n bytes to w and turns around every width of them.
func (r *reader) copyTo(w io.Writer, n int64, width int) error {
	if n > r.size-r.at {
		return io.ErrUnexpectedEOF
	}
	if r.memory != nil && width == 1 {
		b, err := r.take(n)
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	}
	if r.chunk == nil {
		r.chunk = make([]byte, chunk)
	}
	for n > 0 {
		part := r.chunk[:min(n, chunk)]
		if err := r.read(part); err != nil {
			return err
		}
		swap(part, width)
		if _, err := w.Write(part); err != nil {
			return err
		}
		n -= int64(len(part))
	}
	return nil
}

// swap turns around every width bytes of b, whose length is a multiple of it.
func swap(b []byte, width int) {
	switch width {
	case 2:
		for i := 0; i+1 < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
	case 4:
		for i := 0; i+3 < len(b); i += 4 {
			binary.LittleEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
		}
	case 8:
		for i := 0; i+7 < len(b); i += 8 {
			binary.LittleEndian.PutUint64(b[i:], binary.BigEndian.Uint64(b[i:]))
		}
	}
}

// endless turns the end of a source into an unexpected one: what was asked for
// was announced.
func endless(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
