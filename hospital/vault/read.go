package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/dmdl-network/dmdl/commitment"
)

// Read opens the original of a record as a stream. The last read fails with
// ErrCorrupt, or with ErrChanged under reference custody, instead of io.EOF if
// the bytes are not those that were committed to: do not act on a stream before
// its end. An erased record gives ErrErased.
func (v *Vault) Read(ctx context.Context, id uint64) (io.ReadCloser, error) {
	r, e, err := v.unseal(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.Reference {
		return v.readReference(ctx, r, e)
	}
	stored, err := v.openBody(ctx, r, 0, -1)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", id, err)
	}
	plain, err := OpenBody(stored, e.Secret)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("record %d: %w: its body does not open: %w", id, ErrCorrupt, err), stored.Close())
	}
	return &checked{plain: plain, source: stored, hash: sha256.New(), want: e.Openings.Content.Raw, id: id, wrong: ErrCorrupt}, nil
}

func (v *Vault) readReference(ctx context.Context, r Record, e Envelope) (io.ReadCloser, error) {
	if v.resolver == nil {
		return nil, fmt.Errorf("record %d: %w: open the vault with a resolver of references", r.ID, ErrReference)
	}
	src, err := v.resolver.Resolve(ctx, e.Reference)
	if err != nil {
		return nil, fmt.Errorf("record %d: resolve its reference: %w", r.ID, withoutPath(err))
	}
	original, err := src.Open()
	if err != nil {
		return nil, fmt.Errorf("record %d: open what its reference points to: %w", r.ID, withoutPath(err))
	}
	return &checked{plain: original, source: original, hash: sha256.New(), want: e.Openings.Content.Raw, id: r.ID, wrong: ErrChanged}, nil
}

// checked is a stream whose digest is checked at its end.
type checked struct {
	plain  io.Reader
	source io.Closer
	hash   hash.Hash
	want   [commitment.Size]byte
	id     uint64
	wrong  error
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.plain.Read(p)
	c.hash.Write(p[:n])
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, fmt.Errorf("record %d: %w: %w", c.id, c.wrong, withoutPath(err))
	case [commitment.Size]byte(c.hash.Sum(nil)) != c.want:
		return n, fmt.Errorf("record %d: %w: these are not the bytes that were committed to", c.id, c.wrong)
	}
	return n, io.EOF
}

// Close implements io.Closer.
func (c *checked) Close() error { return c.source.Close() }

// Body opens the encrypted body from an offset on, for length bytes or, if that
// is -1, to its end. A release sends these very bytes; Record has their digest.
func (v *Vault) Body(ctx context.Context, id uint64, offset, length int64) (io.ReadCloser, error) {
	r, err := v.kept(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Reference:
		return nil, fmt.Errorf("record %d: %w: the vault has no body of it: Read gives the original", id, ErrReference)
	case offset < 0 || offset > r.BodySize || length < -1:
		return nil, fmt.Errorf("record %d: %w: range from %d for %d of %d bytes", id, ErrInvalid, offset, length, r.BodySize)
	}
	stored, err := v.openBody(ctx, r, offset, length)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", id, err)
	}
	return stored, nil
}

// Envelope opens the envelope of a record. What it holds must not be logged.
func (v *Vault) Envelope(ctx context.Context, id uint64) (Envelope, error) {
	_, e, err := v.unseal(ctx, id)
	return e, err
}

// kept returns a record unless it is erased or about to be.
func (v *Vault) kept(ctx context.Context, id uint64) (Record, error) {
	r, err := v.Get(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if r.State >= Erasing {
		return Record{}, fmt.Errorf("record %d: %w", id, ErrErased)
	}
	return r, nil
}

// unseal returns a record with its envelope, which it checks against the
// record's commitments.
func (v *Vault) unseal(ctx context.Context, id uint64) (Record, Envelope, error) {
	r, err := v.kept(ctx, id)
	if err != nil {
		return Record{}, Envelope{}, err
	}
	var number int64
	var sealed []byte
	err = v.db.QueryRowContext(ctx, `SELECT key, age FROM envelopes WHERE record = ?`, int64(id)).Scan(&number, &sealed)
	if isNoRows(err) {
		if _, err := v.kept(ctx, id); err != nil { // erased a moment ago
			return Record{}, Envelope{}, err
		}
		return Record{}, Envelope{}, fmt.Errorf("record %d: %w: its envelope is missing: restore the index from a backup", id, ErrCorrupt)
	}
	if err != nil {
		return Record{}, Envelope{}, err
	}
	e, err := v.openEnvelope(sealed, number)
	if err != nil {
		return Record{}, Envelope{}, fmt.Errorf("record %d: %w", id, err)
	}
	if err := e.check(r, v.settings.Scope()); err != nil {
		return Record{}, Envelope{}, fmt.Errorf("record %d: %w", id, err)
	}
	return r, e, nil
}

func (v *Vault) openEnvelope(sealed []byte, number int64) (Envelope, error) {
	key, err := v.ring.Load().key(number)
	if err != nil {
		return Envelope{}, err
	}
	e, err := OpenEnvelope(sealed, key.Identity)
	if err != nil {
		return Envelope{}, fmt.Errorf("%w: its envelope does not open: %w", ErrCorrupt, err)
	}
	return e, nil
}

// check says whether the envelope opens the commitments of the record.
func (e Envelope) check(r Record, scope commitment.Scope) error {
	if e.Openings == nil {
		return fmt.Errorf("%w: its envelope has no openings", ErrCorrupt)
	}
	if content, sealed := e.Openings.commit(scope); content != r.Content || sealed != r.Sealed {
		return fmt.Errorf("%w: its envelope does not open its commitments", ErrCorrupt)
	}
	return nil
}
