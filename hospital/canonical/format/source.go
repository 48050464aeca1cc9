package format

import (
	"bytes"
	"io"
	"os"
)

// File returns the source that is a file of that path. It is opened anew for
// each reading.
func File(path, name string) Source { return file{path, name} }

type file struct{ path, name string }

func (f file) Open() (io.ReadCloser, error) { return os.Open(f.path) }
func (f file) Name() string                 { return f.name }

// Bytes returns the source that is a slice, which must not change afterwards.
func Bytes(b []byte, name string) Source { return memory{b, name} }

type memory struct {
	bytes []byte
	name  string
}

func (m memory) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m.bytes)), nil }
func (m memory) Name() string                 { return m.name }

// ReadAll returns all bytes of a source, or ErrTooLarge if there are more than
// limit. Formats that need a whole document in memory read it by this.
func ReadAll(src Source, limit int64) ([]byte, error) {
	if m, ok := src.(memory); ok && int64(len(m.bytes)) <= limit {
		return m.bytes, nil
	}
	r, err := src.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, &TooLargeError{Limit: limit}
	}
	return b, nil
}
