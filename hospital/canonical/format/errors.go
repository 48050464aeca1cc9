package format

import (
	"errors"
	"fmt"
)

// ErrInvalid is under every error that says that a source is not what its
// format asks for. Whoever ingests a folder reports it and goes on.
var ErrInvalid = errors.New("not valid")

// Invalidf returns an error that wraps ErrInvalid. It must name the position
// and the mend and never quote the source.
func Invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// TooLargeError says that a document which must be read whole is over the limit
// of its format.
type TooLargeError struct {
	// Limit is the limit in bytes.
	Limit int64
}

// Error implements error.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("over %d bytes: split it, or ingest it as raw/1", e.Limit)
}

// Unwrap makes it an ErrInvalid.
func (e *TooLargeError) Unwrap() error { return ErrInvalid }
