package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dmdl-network/dmdl/hospital/server"
)

const bodySuffix = ".age"

// source writes an encrypted body from an offset on.
type source func(ctx context.Context, offset int64, to io.Writer) error

// take takes an encrypted body, from where it stopped, and compares its digest. No
// more than was announced is written. Tell is told how many bytes are here.
func (d folder) take(ctx context.Context, record server.OfferedRecord, from source, tell func(int64)) error {
	out, err := d.OpenFile(record.Record+bodySuffix, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	info, err := out.Stat()
	if err != nil {
		return err
	}
	at := info.Size()
	same, err := fill(ctx, out, at, record, from, tell)
	if err == nil && !same && at > 0 { // what was here already may be what a crash left
		same, err = fill(ctx, out, 0, record, from, tell)
	}
	if err != nil {
		return err
	}
	if !same {
		return errors.Join(fmt.Errorf("%w: its body has another digest; run it again to take it anew", ErrForged), d.Remove(record.Record+bodySuffix))
	}
	tell(record.Size)
	return out.Sync()
}

// fill keeps so many bytes of a body, takes the others, and says whether the whole is
// what was announced.
func fill(ctx context.Context, out *os.File, at int64, record server.OfferedRecord, from source, tell func(int64)) (bool, error) {
	if err := out.Truncate(at); err != nil {
		return false, err
	}
	if at < record.Size {
		if _, err := out.Seek(at, io.SeekStart); err != nil {
			return false, err
		}
		if err := from(ctx, at, &counted{to: out, at: at, size: record.Size, tell: tell}); err != nil {
			return false, err
		}
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	h := sha256.New()
	_, err := io.Copy(h, cancellable{ctx, out})
	return string(h.Sum(nil)) == string(record.Body), err
}

// counted tells how far a file has come, and takes no more than was announced.
type counted struct {
	to       *os.File
	at, size int64
	tell     func(int64)
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	if int64(len(p)) > c.size-c.at {
		return 0, fmt.Errorf("%w: its body is longer than the %d bytes that the vault named", ErrForged, c.size)
	}
	n, err := c.to.Write(p)
	c.at += int64(n)
	c.tell(c.at)
	return n, err
}

// progress adds up how much of several bodies is here.
type progress struct {
	done, total int64
	report      func(done, total int64) // or nil
}

// tell is told how much of one body is here.
func (p *progress) tell(n int64) {
	if p.report != nil {
		p.report(p.done+n, p.total)
	}
}

// checkRecords checks records as a vault announces them, each once. Their names become
// names of files.
func checkRecords(all []server.OfferedRecord) error {
	seen := make(map[string]bool, len(all))
	for _, r := range all {
		if _, err := server.ParseRecord(r.Record); err != nil {
			return fmt.Errorf("%w: record %q: %w", ErrForged, r.Record, err)
		}
		if r.Size <= 0 || len(r.Body) != sha256.Size {
			return fmt.Errorf("%w: record %s has %d bytes and a digest of %d", ErrForged, r.Record, r.Size, len(r.Body))
		}
		if seen[r.Record] {
			return fmt.Errorf("%w: record %s comes twice", ErrForged, r.Record)
		}
		seen[r.Record] = true
	}
	return nil
}
