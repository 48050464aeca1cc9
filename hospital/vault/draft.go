package vault

import (
	"context"
	"database/sql"
	"encoding/hex"
	"io"

	"github.com/dmdl-network/dmdl/commitment"
)

// prepare stores the body of a draft, commits to the record and seals its
// envelope.
func (v *Vault) prepare(ctx context.Context, d *draft, keys *ring) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	body, secret, err := v.takeBody(ctx, d)
	if err != nil {
		return err
	}
	descriptor := d.new.Descriptor
	descriptor.Version = commitment.DescriptorVersion
	if d.name != "" {
		descriptor.ChunkRoot = hex.EncodeToString(body.chunkRoot[:])
	}
	openings := &Openings{Content: d.new.Content}
	if openings.Descriptor, err = descriptor.Encode(); err != nil {
		return err
	}
	for _, opening := range []*commitment.Opening{&openings.ContentOpening, &openings.SealedOpening} {
		if _, err := io.ReadFull(v.random, opening[:]); err != nil {
			return err
		}
	}
	d.record = Record{
		Subject: d.new.Subject, Class: d.new.Class, Size: sizeClass(body.original),
		BodyDigest: body.digest, BodySize: body.size, Reference: d.name == "",
	}
	d.record.Content, d.record.Sealed = openings.commit(v.settings.Scope())
	envelope := Envelope{Secret: secret, Reference: d.new.Reference, Openings: openings}
	d.envelope, err = envelope.Seal(keys.keys[keys.current].Recipient)
	return err
}

// takeBody stores the body, or only checks it under reference custody.
func (v *Vault) takeBody(ctx context.Context, d *draft) (body sealedBody, secret string, err error) {
	if d.new.Reference == "" {
		d.name, secret, body, err = v.storeBody(ctx, d.new.Body, d.new.Content.Raw)
		if err != nil {
			d.name = "" // nothing was stored
		}
		return body, secret, err
	}
	size, raw, err := copyDigest(ctx, io.Discard, d.new.Body)
	if err != nil {
		return body, "", err
	}
	body.original = size
	return body, "", sameDigest(raw, d.new.Content.Raw)
}

// commit returns both commitments that the openings open.
func (o *Openings) commit(scope commitment.Scope) (content, sealed [commitment.Size]byte) {
	return o.Content.Commit(scope, o.ContentOpening),
		commitment.Sealed(scope, commitment.Digest(o.Descriptor), o.SealedOpening)
}

const insertRecord = `INSERT INTO records (subject, class, size_class, content, sealed, seen, blob, digest, size)
	VALUES (nullif(?, 0), ?, ?, ?, ?, ?, nullif(?, ''), ?, ?)
	ON CONFLICT (seen) WHERE seen IS NOT NULL DO NOTHING`

// insert enters the drafts into the index. One that another call entered in the
// meantime is taken from there.
func insert(ctx context.Context, tx *sql.Tx, g *group, key int64) error {
	into, err := tx.PrepareContext(ctx, insertRecord)
	if err != nil {
		return err
	}
	defer into.Close()
	envelopes, err := tx.PrepareContext(ctx, `INSERT INTO envelopes (record, key, age) VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	defer envelopes.Close()
	for _, d := range g.drafts {
		r := d.record
		var digest []byte
		if !r.Reference {
			digest = r.BodyDigest[:]
		}
		done, err := into.ExecContext(ctx, int64(r.Subject), int64(r.Class), int64(r.Size), r.Content[:], r.Sealed[:],
			d.seen, d.name, digest, r.BodySize)
		if err != nil {
			return err
		}
		if g.added[d.index], err = entered(ctx, tx, done, d.seen); err != nil {
			return err
		}
		if d.kept = !g.added[d.index].Known; !d.kept {
			continue
		}
		if _, err := envelopes.ExecContext(ctx, int64(g.added[d.index].ID), key, d.envelope); err != nil {
			return err
		}
	}
	return nil
}

func entered(ctx context.Context, tx *sql.Tx, done sql.Result, seen []byte) (Added, error) {
	rows, err := done.RowsAffected()
	if err != nil {
		return Added{}, err
	}
	if rows == 0 {
		id, err := findRecord(ctx, tx.QueryRowContext, seen)
		return Added{ID: id, Known: true}, err
	}
	id, err := done.LastInsertId()
	return Added{ID: uint64(id)}, err
}

// findRecord returns the record that was entered under a lookup, or 0.
func findRecord(ctx context.Context, query func(context.Context, string, ...any) *sql.Row, lookups ...[]byte) (uint64, error) {
	for _, seen := range lookups {
		var id uint64
		if err := query(ctx, `SELECT id FROM records WHERE seen = ?`, seen).Scan(&id); !isNoRows(err) {
			return id, err
		}
	}
	return 0, nil
}
