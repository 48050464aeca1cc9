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
	reference := d.new.Reference != ""
	body, err := v.takeBody(ctx, d)
	d.name, d.small = body.name, body.small
	if err != nil {
		return err
	}
	descriptor := d.new.Descriptor
	descriptor.Version = commitment.DescriptorVersion
	if !reference {
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
		BodyDigest: body.digest, BodySize: body.size, Reference: reference,
	}
	d.record.Content, d.record.Sealed = openings.commit(v.settings.Scope())
	envelope := Envelope{Secret: body.secret, Reference: d.new.Reference, Openings: openings}
	d.envelope, err = envelope.Seal(keys.keys[keys.current].Recipient)
	return err
}

// takeBody stores the body, or only checks it under reference custody.
func (v *Vault) takeBody(ctx context.Context, d *draft) (body storedBody, err error) {
	if d.new.Reference == "" {
		return v.storeBody(ctx, d.new.Body, d.new.Content.Raw)
	}
	r, err := d.new.Body.Open()
	if err != nil {
		return body, withoutPath(err)
	}
	defer r.Close()
	if body.original, body.raw, err = copyDigest(ctx, io.Discard, r); err != nil {
		return body, err
	}
	return body, sameDigest(body.raw, d.new.Content.Raw)
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
	var into [3]*sql.Stmt
	for i, text := range []string{
		insertRecord, `INSERT INTO envelopes (record, key, age) VALUES (?, ?, ?)`, `INSERT INTO bodies (record, age) VALUES (?, ?)`,
	} {
		stmt, err := tx.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer stmt.Close()
		into[i] = stmt
	}
	for _, d := range g.drafts {
		if err := insertOne(ctx, tx, into, g, d, key); err != nil {
			return err
		}
	}
	return nil
}

func insertOne(ctx context.Context, tx *sql.Tx, into [3]*sql.Stmt, g *group, d *draft, key int64) error {
	r := d.record
	var digest []byte
	if !r.Reference {
		digest = r.BodyDigest[:]
	}
	done, err := into[0].ExecContext(ctx, int64(r.Subject), int64(r.Class), int64(r.Size), r.Content[:], r.Sealed[:],
		d.seen, d.name, digest, r.BodySize)
	if err != nil {
		return err
	}
	added, err := entered(ctx, tx, done, d.seen)
	if err != nil {
		return err
	}
	g.added[d.index], d.kept = added, !added.Known
	if added.Known {
		return nil
	}
	if _, err := into[1].ExecContext(ctx, int64(added.ID), key, d.envelope); err != nil || d.small == nil {
		return err
	}
	_, err = into[2].ExecContext(ctx, int64(added.ID), d.small)
	return err
}

func entered(ctx context.Context, tx *sql.Tx, done sql.Result, seen []byte) (Added, error) {
	rows, err := done.RowsAffected()
	if err != nil {
		return Added{}, err
	}
	if rows == 0 {
		var id uint64
		err := tx.QueryRowContext(ctx, `SELECT id FROM records WHERE seen = ?`, seen).Scan(&id)
		return Added{ID: id, Known: true}, err
	}
	id, err := done.LastInsertId()
	return Added{ID: uint64(id)}, err
}
