package vault

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"time"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/tree"
)

// Steps of Seal that a crash may follow.
const (
	stepSealTree  = "seal: the tree is on disk"
	stepSealBatch = "seal: the batch is in the index"
)

// Batch is records under one root, to be anchored as one.
type Batch struct {
	// Number is the vault's own number of the batch, from 1.
	Number uint64
	// Leaves is how many records are in it.
	Leaves uint64
	// Size is how many leaves the tree has, padding included. The ledger sees
	// this only.
	Size uint64
	// Root is the RFC 9162 root of the tree.
	Root [commitment.Size]byte
	// SealedAt is when it was sealed, by the vault's clock.
	SealedAt time.Time
	// Height is the block that anchored it, or 0.
	Height uint64
	// AnchoredAt is the time of that block, or zero.
	AnchoredAt time.Time

	seed []byte
}

const batchColumns = `number, seed, leaves, size, root, sealed_at, ifnull(height, 0), ifnull(anchored_at, 0)`

func scanBatch(row interface{ Scan(...any) error }) (Batch, error) {
	var b Batch
	var root []byte
	var sealed, anchored int64
	if err := row.Scan(&b.Number, &b.seed, &b.Leaves, &b.Size, &root, &sealed, &b.Height, &anchored); err != nil {
		return Batch{}, err
	}
	if len(root) != commitment.Size || len(b.seed) != seedSize {
		return Batch{}, fmt.Errorf("batch %d: %w: root and seed in the index have not %d bytes", b.Number, ErrCorrupt, commitment.Size)
	}
	b.Root, b.SealedAt = [commitment.Size]byte(root), time.Unix(0, sealed).UTC()
	if b.Height != 0 {
		b.AnchoredAt = time.Unix(0, anchored).UTC()
	}
	return b, nil
}

// Seal puts up to limit staged records, oldest first, into the next batch. It
// says false if none is staged. A limit of 0 seals a batch of padding alone, so
// that a quiet time looks like a busy one. The tree is on disk before the batch is in the
// index, and a batch that is in the index is for ever: Pending has it until
// Anchored is told of it.
func (v *Vault) Seal(ctx context.Context, limit int) (Batch, bool, error) {
	if limit < 0 || limit > tree.MaxLeaves {
		return Batch{}, false, fmt.Errorf("%w: %d records in one batch: give 0 to %d", ErrInvalid, limit, tree.MaxLeaves)
	}
	batch := Batch{SealedAt: v.now().UTC(), seed: make([]byte, seedSize)}
	if _, err := io.ReadFull(v.random, batch.seed); err != nil {
		return Batch{}, false, err
	}
	err := v.write(ctx, func(tx *sql.Tx) error { return v.seal(ctx, tx, &batch, limit) })
	if err != nil || batch.Size == 0 {
		return Batch{}, false, err
	}
	return batch, true, v.step(stepSealBatch)
}

// seal leaves the batch without a size if there is nothing to seal.
func (v *Vault) seal(ctx context.Context, tx *sql.Tx, batch *Batch, limit int) error {
	var some bool
	err := tx.QueryRowContext(ctx, `SELECT last_batch + 1, EXISTS (SELECT 1 FROM records WHERE batch IS NULL AND life = 0) FROM vault`).
		Scan(&batch.Number, &some)
	if err != nil || limit > 0 && !some {
		return err
	}
	var staged []uint64
	err = v.growTree(batch, func(visit func(Record) error) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+recordColumns+fromRecords+`WHERE r.batch IS NULL AND r.life = 0 ORDER BY r.id LIMIT ?`, limit)
		if err != nil {
			return err
		}
		return scanEach(rows, func(r Record) error {
			staged = append(staged, r.ID)
			return visit(r)
		})
	})
	if err != nil {
		return err
	}
	if err := v.step(stepSealTree); err != nil {
		return err
	}
	return enterBatch(ctx, tx, *batch, staged)
}

func enterBatch(ctx context.Context, tx *sql.Tx, batch Batch, staged []uint64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE vault SET last_batch = ?`, int64(batch.Number)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO batches (number, seed, leaves, size, root, sealed_at) VALUES (?, ?, ?, ?, ?, ?)`,
		int64(batch.Number), batch.seed, int64(batch.Leaves), int64(batch.Size), batch.Root[:], batch.SealedAt.UnixNano())
	if err != nil {
		return err
	}
	place, err := tx.PrepareContext(ctx, `UPDATE records SET batch = ?, leaf = ? WHERE id = ?`)
	if err != nil {
		return err
	}
	defer place.Close()
	for leaf, id := range staged {
		if _, err := place.ExecContext(ctx, int64(batch.Number), leaf, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// Batch returns one batch.
func (v *Vault) Batch(ctx context.Context, number uint64) (Batch, error) {
	b, err := scanBatch(v.db.QueryRowContext(ctx, `SELECT `+batchColumns+` FROM batches WHERE number = ?`, int64(number)))
	if isNoRows(err) {
		return Batch{}, fmt.Errorf("batch %d: %w", number, ErrNotFound)
	}
	return b, err
}

// Pending returns the oldest batches that the ledger is not known to hold, at
// most MaxList.
func (v *Vault) Pending(ctx context.Context) ([]Batch, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT `+batchColumns+` FROM batches WHERE height IS NULL ORDER BY number LIMIT ?`, MaxList)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (Batch, error) { return scanBatch(rows) })
}

// Anchored notes that the ledger holds a batch since a block of that height and
// time. Noting the same again does nothing; another height is refused.
func (v *Vault) Anchored(ctx context.Context, number, height uint64, at time.Time) error {
	if height == 0 || at.IsZero() {
		return fmt.Errorf("%w: batch %d anchored in block %d: give height and time of a block", ErrInvalid, number, height)
	}
	return v.write(ctx, func(tx *sql.Tx) error {
		var known sql.Null[uint64]
		err := tx.QueryRowContext(ctx, `SELECT height FROM batches WHERE number = ?`, int64(number)).Scan(&known)
		switch {
		case isNoRows(err):
			return fmt.Errorf("batch %d: %w", number, ErrNotFound)
		case err != nil:
			return err
		case known.Valid && known.V == height:
			return nil
		case known.Valid:
			return fmt.Errorf("%w: batch %d is anchored in block %d, not %d", ErrInvalid, number, known.V, height)
		}
		_, err = tx.ExecContext(ctx, `UPDATE batches SET height = ?, anchored_at = ? WHERE number = ?`, int64(height), at.UnixNano(), int64(number))
		return err
	})
}
