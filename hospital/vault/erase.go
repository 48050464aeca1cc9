package vault

import (
	"context"
	"database/sql"
	"fmt"
)

// Steps of Erase that a crash may follow.
const (
	stepEraseMarked  = "erase: the envelope is out of the index"
	stepEraseWiped   = "erase: the envelope is out of the log"
	stepEraseDeleted = "erase: the body is deleted"
	stepEraseDone    = "erase: the tombstone stands"
)

// Erase destroys a record on a legal basis, given as a code. It destroys the
// envelope first, without which nothing opens, then a body in the blob store, and keeps a
// tombstone: commitments, place in the batch, basis and time. A legal hold
// refuses it with ErrHeld. Erasing again finishes what was interrupted, and
// otherwise does nothing; the first basis stays.
func (v *Vault) Erase(ctx context.Context, id uint64, basis string) error {
	if err := checkCode("basis", basis); err != nil {
		return err
	}
	if err := v.write(ctx, func(tx *sql.Tx) error { return v.mark(ctx, tx, id, basis) }); err != nil {
		return err
	}
	if err := v.step(stepEraseMarked); err != nil {
		return err
	}
	return v.finishErasures(ctx)
}

// mark takes the envelope out, a small body, the fingerprints, and what finds the record by its content.
func (v *Vault) mark(ctx context.Context, tx *sql.Tx, id uint64, basis string) error {
	var life int
	var hold sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT life, hold FROM records WHERE id = ?`, int64(id)).Scan(&life, &hold)
	switch {
	case isNoRows(err):
		return fmt.Errorf("record %d: %w", id, ErrNotFound)
	case err != nil:
		return err
	case life != lifeKept:
		return nil
	case hold.Valid:
		return fmt.Errorf("record %d: %w %s: release the hold first", id, ErrHeld, hold.String)
	}
	_, err = tx.ExecContext(ctx, `UPDATE records SET life = ?, basis = ?, erased_at = ?, seen = NULL WHERE id = ?`,
		lifeErasing, basis, v.now().UnixNano(), int64(id))
	if err != nil {
		return err
	}
	for _, table := range []string{"envelopes", "bodies", "fingerprints"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE record = ?`, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// finishErasures takes every record that is being erased to its end.
func (v *Vault) finishErasures(ctx context.Context) error {
	rows, err := v.db.QueryContext(ctx, `SELECT id, ifnull(blob, '') FROM records WHERE life = ?`, lifeErasing)
	if err != nil {
		return err
	}
	marked, err := scanAll(rows, func(rows *sql.Rows) (Record, error) {
		var r Record
		err := rows.Scan(&r.ID, &r.blob)
		return r, err
	})
	if err != nil || len(marked) == 0 {
		return err
	}
	if err := v.checkpoint(ctx); err != nil {
		return err
	}
	if err := v.step(stepEraseWiped); err != nil {
		return err
	}
	var names []string
	for _, r := range marked {
		if r.blob != "" {
			names = append(names, r.blob)
		}
	}
	if err := v.blobs.remove(ctx, names...); err != nil {
		return err
	}
	if err := v.step(stepEraseDeleted); err != nil {
		return err
	}
	if err := v.write(ctx, func(tx *sql.Tx) error { return bury(ctx, tx, marked) }); err != nil {
		return err
	}
	return v.step(stepEraseDone)
}

// bury leaves the tombstones of records whose bodies are gone.
func bury(ctx context.Context, tx *sql.Tx, marked []Record) error {
	for _, r := range marked {
		if _, err := tx.ExecContext(ctx, `UPDATE records SET life = ?, blob = NULL WHERE id = ?`, lifeErased, int64(r.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Hold puts a record under a legal hold, given as a reason code. A second hold
// replaces the code of the first.
func (v *Vault) Hold(ctx context.Context, id uint64, reason string) error {
	if err := checkCode("reason", reason); err != nil {
		return err
	}
	return v.setHold(ctx, id, sql.NullString{String: reason, Valid: true})
}

// ReleaseHold ends a legal hold. Without one it does nothing.
func (v *Vault) ReleaseHold(ctx context.Context, id uint64) error {
	return v.setHold(ctx, id, sql.NullString{})
}

func (v *Vault) setHold(ctx context.Context, id uint64, hold sql.NullString) error {
	if _, err := v.kept(ctx, id); err != nil {
		return err
	}
	return v.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE records SET hold = ? WHERE id = ? AND life = ?`, hold, int64(id), lifeKept)
		if err != nil {
			return err
		}
		return oneRow(done, fmt.Errorf("record %d: %w", id, ErrErased))
	})
}
