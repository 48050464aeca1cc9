package vault

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/fingerprint"
)

// Fingerprinted is an anchored record with its fingerprints.
type Fingerprinted struct {
	// Record, Batch and Leaf say which record it is.
	Record, Batch, Leaf uint64
	// AnchoredAt is the time of the block that anchored its batch.
	AnchoredAt time.Time
	// Prints are its fingerprints.
	Prints Prints
}

// SharedName tells keys that institutions share apart, without telling the key.
func SharedName(shared []byte) []byte {
	digest := sha256.Sum256(append([]byte("dmdl/vault/shared/1"), shared...))
	return digest[:8]
}

func sharedText(shared []byte) string { return hex.EncodeToString(SharedName(shared)) }

// Fingerprint returns what copies of a record are found by. Texts are sketched under
// the key that is shared with the institutions compared with. It is made when first
// asked for, and kept, encrypted under a secret that goes with the vault's key, until
// the record is erased; a vault that is open for reading makes it each time.
func (v *Vault) Fingerprint(ctx context.Context, id uint64, shared []byte) (Prints, error) {
	if _, err := v.kept(ctx, id); err != nil {
		return Prints{}, err
	}
	f, err := scanPrint(v.db.QueryRowContext(ctx, `SELECT f.record, f.shared, f.key, f.sealed, 0, 0, 0 FROM fingerprints f
		WHERE f.record = ? AND f.shared IN ('', ?)`, int64(id), sharedText(shared)))
	if err == nil {
		return f.open(v.ring.Load())
	}
	if !isNoRows(err) {
		return Prints{}, err
	}
	p, of, err := v.makePrints(ctx, id, shared)
	if err != nil || v.lock == nil {
		return p, err
	}
	return p, v.keepPrints(ctx, id, of, p)
}

// makePrints reads a record. What shows or says too little, and what no method reads,
// has empty ones. Of is the name of the shared key, if the prints hang on it.
func (v *Vault) makePrints(ctx context.Context, id uint64, shared []byte) (p Prints, of string, err error) {
	e, err := v.Envelope(ctx, id)
	if err != nil {
		return p, "", err
	}
	src := &stored{ctx: ctx, vault: v, id: id}
	if strings.HasPrefix(e.Openings.Content.Profile, "dicom-") {
		p.Images, err = src.images()
	} else {
		p.Text, err = src.text(e.Openings.Content.Profile, shared)
	}
	if failed := src.failed.Load(); failed != nil {
		return Prints{}, "", *failed
	}
	if err != nil && !errors.Is(err, format.ErrInvalid) {
		return Prints{}, "", fmt.Errorf("record %d: %w", id, err)
	}
	if p.Text != nil {
		of = sharedText(shared)
	}
	return p, of, nil
}

// stored is a record as a source. It remembers what the vault failed with, which is
// not the record's fault.
type stored struct {
	ctx    context.Context
	vault  *Vault
	id     uint64
	failed atomic.Pointer[error]
}

// Open implements format.Source.
func (s *stored) Open() (io.ReadCloser, error) {
	r, err := s.vault.Read(s.ctx, s.id)
	if err != nil {
		s.failed.Store(&err)
		return nil, err
	}
	return &storedReader{r, s}, nil
}

// Name implements format.Source.
func (s *stored) Name() string { return "" }

type storedReader struct {
	io.ReadCloser
	of *stored
}

// Read implements io.Reader.
func (r *storedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.of.failed.Store(&err)
	}
	return n, err
}

// images returns the fingerprints of the frames that show something.
func (s *stored) images() (all []fingerprint.Image, err error) {
	for f, err := range fingerprint.OfFrames(s) {
		switch {
		case err == nil:
			all = append(all, f)
		case !errors.Is(err, fingerprint.ErrBlank):
			return all, err
		}
	}
	return all, nil
}

func (s *stored) text(profile string, shared []byte) (*fingerprint.Text, error) {
	sketcher, err := fingerprint.NewSketcher(shared)
	if err != nil {
		return nil, err
	}
	if err := sketcher.Add(profile, s); err != nil {
		return nil, err
	}
	f, err := sketcher.Text()
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// keepPrints keeps fingerprints, unless the record was erased meanwhile.
func (v *Vault) keepPrints(ctx context.Context, id uint64, of string, p Prints) error {
	v.adding.RLock() // so that no key is rotated away under it
	defer v.adding.RUnlock()
	keys := v.ring.Load()
	f := printRow{record: int64(id), shared: of, key: keys.current}
	plain, err := p.MarshalJSON()
	if err != nil {
		return err
	}
	if err := f.seal(keys, plain); err != nil {
		return err
	}
	return v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO fingerprints (record, shared, key, sealed)
			SELECT id, ?, ?, ? FROM records WHERE id = ? AND life = ?`, f.shared, f.key, f.sealed, f.record, lifeKept)
		return err
	})
}

// FingerprintMore makes the fingerprints of anchored records that have none under a
// shared key, at most limit of them, and says whether others are left. A record that
// cannot be read is passed over; the error joins why.
func (v *Vault) FingerprintMore(ctx context.Context, shared []byte, limit int) (left bool, err error) {
	var failures []error
	for made, after := 0, int64(0); ; {
		rows, err := v.db.QueryContext(ctx, `SELECT r.id FROM records r JOIN batches b ON b.number = r.batch
			WHERE r.id > ? AND r.life = ? AND b.height IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM fingerprints WHERE record = r.id AND shared IN ('', ?)) ORDER BY r.id LIMIT ?`,
			after, lifeKept, sharedText(shared), MaxList)
		if err != nil {
			return true, err
		}
		ids, err := scanAll(rows, func(rows *sql.Rows) (id int64, err error) {
			err = rows.Scan(&id)
			return id, err
		})
		if err != nil {
			return true, err
		}
		for _, id := range ids {
			if made == limit {
				return true, errors.Join(failures...)
			}
			switch _, err := v.Fingerprint(ctx, uint64(id), shared); {
			case ctx.Err() != nil:
				return true, ctx.Err()
			case err == nil:
				made++
			case !errors.Is(err, ErrErased):
				failures = append(failures, err)
			}
			after = id
		}
		if len(ids) < MaxList {
			return false, errors.Join(failures...)
		}
	}
}

// Fingerprints yields the anchored records that have fingerprints under a shared key,
// in the order of their numbers.
func (v *Vault) Fingerprints(ctx context.Context, shared []byte) iter.Seq2[Fingerprinted, error] {
	return func(yield func(Fingerprinted, error) bool) {
		for after := int64(0); ; {
			rows, err := v.db.QueryContext(ctx, `SELECT f.record, f.shared, f.key, f.sealed, r.batch, r.leaf, b.anchored_at
				FROM fingerprints f JOIN records r ON r.id = f.record JOIN batches b ON b.number = r.batch
				WHERE f.record > ? AND f.shared IN ('', ?) AND r.life = ? AND b.height IS NOT NULL ORDER BY f.record LIMIT ?`,
				after, sharedText(shared), lifeKept, MaxList)
			var page []printRow
			if err == nil {
				page, err = scanAll(rows, func(rows *sql.Rows) (printRow, error) { return scanPrint(rows) })
			}
			if err != nil {
				yield(Fingerprinted{}, err)
				return
			}
			for _, f := range page {
				after = f.record
				p, err := f.open(v.ring.Load())
				if !yield(Fingerprinted{uint64(f.record), f.batch, f.leaf, time.Unix(0, f.at).UTC(), p}, err) || err != nil {
					return
				}
			}
			if len(page) < MaxList {
				return
			}
		}
	}
}
