package vault

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"mime"
	"strings"
	"time"
)

const (
	// MaxDocument is how many bytes a document may have.
	MaxDocument = 1 << 20
	// DescriptionType is the media type of the description of a work.
	DescriptionType = "application/json"
)

// Document is a text that is named by its digest, such as the description of a work or
// the own terms of a licence. It is not encrypted, and whoever serves the vault serves
// it to all participants of the consortium.
type Document struct {
	// Digest is the SHA-256 digest of the content.
	Digest [sha256.Size]byte
	// MediaType is what the content is, as RFC 9110 has it.
	MediaType string
	// Size is that of the content in bytes.
	Size int64
	// MadeAt is when it was put here first, by this clock.
	MadeAt time.Time
}

// newDocument names a content.
func (v *Vault) newDocument(mediaType string, content []byte) (Document, error) {
	if name, _, err := mime.ParseMediaType(mediaType); err != nil || !strings.Contains(name, "/") {
		return Document{}, fmt.Errorf("%w: media type %q: give one such as text/plain; charset=utf-8", ErrInvalid, mediaType)
	}
	if n := len(content); n == 0 || n > MaxDocument {
		return Document{}, fmt.Errorf("%w: the document is empty or too long: give 1 to %d bytes", ErrInvalid, MaxDocument)
	}
	return Document{Digest: sha256.Sum256(content), MediaType: mediaType, Size: int64(len(content)), MadeAt: v.now().UTC()}, nil
}

// putDocument enters a document and returns it as it is here.
func putDocument(ctx context.Context, tx *sql.Tx, d Document, content []byte) (Document, error) {
	return scanDocument(tx.QueryRowContext(ctx, `INSERT INTO documents (digest, media_type, content, made_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (digest) DO UPDATE SET media_type = excluded.media_type, content = excluded.content
		RETURNING digest, media_type, length(content), made_at`, d.Digest[:], d.MediaType, content, d.MadeAt.UnixNano()))
}

// AddDocument keeps a document of 1 to MaxDocument bytes. The same content again
// replaces the media type, and mends a content that was damaged.
func (v *Vault) AddDocument(ctx context.Context, mediaType string, content []byte) (Document, error) {
	d, err := v.newDocument(mediaType, content)
	if err != nil {
		return d, err
	}
	err = v.write(ctx, func(tx *sql.Tx) error {
		d, err = putDocument(ctx, tx, d, content)
		return err
	})
	return d, err
}

// Document returns a document and its content, or fails with ErrNotFound. A content
// that is not what was put here is never returned.
func (v *Vault) Document(ctx context.Context, digest [sha256.Size]byte) (Document, []byte, error) {
	var content []byte
	d, err := scanDocument(v.db.QueryRowContext(ctx, `SELECT digest, media_type, length(content), made_at, content FROM documents WHERE digest = ?`, digest[:]), &content)
	if isNoRows(err) {
		return d, nil, fmt.Errorf("document %x: %w", digest, ErrNotFound)
	}
	if err == nil && sha256.Sum256(content) != digest {
		err = fmt.Errorf("document %x: %w: add it again", digest, ErrCorrupt)
	}
	if err != nil {
		return d, nil, err
	}
	return d, content, nil
}

// Documents returns all documents in the order in which they were put here, at most
// MaxList.
func (v *Vault) Documents(ctx context.Context) ([]Document, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT digest, media_type, length(content), made_at FROM documents ORDER BY made_at, digest LIMIT ?`, MaxList)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (Document, error) { return scanDocument(rows) })
}

func scanDocument(row interface{ Scan(into ...any) error }, more ...any) (Document, error) {
	var d Document
	var digest []byte
	var at int64
	if err := row.Scan(append([]any{&digest, &d.MediaType, &d.Size, &at}, more...)...); err != nil {
		return d, err
	}
	if len(digest) != sha256.Size {
		return d, fmt.Errorf("%w: a document's digest has %d bytes", ErrCorrupt, len(digest))
	}
	d.Digest, d.MadeAt = [sha256.Size]byte(digest), time.Unix(0, at).UTC()
	return d, nil
}

// RemoveDocument removes a document. It fails with ErrInUse while a work has it as its
// description, and with ErrNotFound if it is not here.
func (v *Vault) RemoveDocument(ctx context.Context, digest [sha256.Size]byte) error {
	return v.write(ctx, func(tx *sql.Tx) error {
		var root []byte
		err := tx.QueryRowContext(ctx, `SELECT root FROM works WHERE description = ? LIMIT 1`, digest[:]).Scan(&root)
		if err == nil {
			return fmt.Errorf("document %x: %w: it describes work %x: add that work again with another description first", digest, ErrInUse, root)
		}
		if !isNoRows(err) {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM documents WHERE digest = ?`, digest[:])
		if err != nil {
			return err
		}
		gone, err := result.RowsAffected()
		if err == nil && gone == 0 {
			err = fmt.Errorf("document %x: %w", digest, ErrNotFound)
		}
		return err
	})
}
