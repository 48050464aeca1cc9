package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// Work is a list of records that is claimed, licensed or attested as one work. Records
// of other custodians may be on it.
type Work struct {
	// Root is the root of the tree over the ids, see copyright.LeafBytes.
	Root [tree.Size]byte
	// Size is how many records there are.
	Size uint64
	// Description is the digest of its description (DataCite 4 as JSON), which is a
	// document, or nil.
	Description []byte
	// MadeAt is when it was put here, by this clock.
	MadeAt time.Time
}

// AddWork keeps a work, and its description as a document, unless that is nil. The ids
// must ascend, none twice; they are held in memory. The same list again only replaces the
// description; the one before stays as a document, for a claim may name it.
//
// Other writers get their turns while a long list is entered. Until all of it is, its work
// has size 0 and is not there for anybody; if that never comes, it goes with the next
// AddWork or Open.
func (v *Vault) AddWork(ctx context.Context, description []byte, ids iter.Seq2[records.RecordId, error]) (Work, error) {
	w := Work{MadeAt: v.now().UTC()}
	if v.lock == nil {
		return w, ErrReadOnly
	}
	var document Document
	if description != nil {
		var err error
		if document, err = v.newDocument(DescriptionType, description); err != nil {
			return w, err
		}
		w.Description = document.Digest[:]
	}
	list, err := w.take(ids)
	if err != nil {
		return w, err
	}
	v.listing.Lock()
	defer v.listing.Unlock()
	if err := v.dropHalfWorks(ctx, w.Root[:]); err != nil {
		return w, err
	}
	if err := v.enter(ctx, w, list); err != nil {
		return w, err
	}
	return w, v.write(ctx, func(tx *sql.Tx) error {
		if description != nil {
			if _, err := putDocument(ctx, tx, document, description); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE works SET size = ?, description = COALESCE(?, description) WHERE root = ?`, int64(w.Size), w.Description, w.Root[:])
		return err
	})
}

// take returns the ids as a list, and fills in Root and Size.
func (w *Work) take(ids iter.Seq2[records.RecordId, error]) (list []records.RecordId, err error) {
	var failed error
	var last records.RecordId
	w.Root, w.Size, err = tree.Root(func(yield func([tree.Size]byte) bool) {
		for id, err := range ids {
			if err == nil && compareIDs(last, id) >= 0 {
				err = fmt.Errorf("%w: record %d-%d-%d is repeated or out of order", ErrInvalid, id.Institution, id.Batch, id.Leaf)
			}
			if err != nil {
				failed = err
				return
			}
			list, last = append(list, id), id
			if !yield([tree.Size]byte(copyright.LeafHash(id))) {
				return
			}
		}
	})
	return list, errors.Join(failed, err)
}

// maxEntered is how many rows of a list one transaction enters or removes: some 50 ms, for
// which other writers wait.
const maxEntered = 5000

// stepWorkEntered is a step of AddWork that a crash may follow.
const stepWorkEntered = "work: a part of its list is in the index"

// enter enters the list of a work, unless all of it is there already.
func (v *Vault) enter(ctx context.Context, w Work, list []records.RecordId) error {
	var size int64
	err := v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO works (root, size, made_at) VALUES (?, 0, ?)`, w.Root[:], w.MadeAt.UnixNano())
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT size FROM works WHERE root = ?`, w.Root[:]).Scan(&size)
	})
	if err != nil || size > 0 {
		return err
	}
	place := 0
	for some := range slices.Chunk(list, maxEntered) {
		if err := v.write(ctx, func(tx *sql.Tx) error { return enterSome(ctx, tx, w.Root[:], place, some) }); err != nil {
			return err
		}
		if err := v.step(stepWorkEntered); err != nil {
			return err
		}
		place += len(some)
	}
	return nil
}

// enterSome enters the ids behind a place. Those that are there already stay.
func enterSome(ctx context.Context, tx *sql.Tx, root []byte, after int, ids []records.RecordId) error {
	insert, err := tx.PrepareContext(ctx, `INSERT OR IGNORE INTO work_records (root, place, institution, batch, leaf) VALUES (?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i, id := range ids {
		if _, err := insert.ExecContext(ctx, root, after+i+1, int64(id.Institution), int64(id.Batch), int64(id.Leaf)); err != nil {
			return err
		}
	}
	return nil
}

// dropHalfWorks removes works whose lists were not entered to their ends, all but one.
func (v *Vault) dropHalfWorks(ctx context.Context, but []byte) error {
	for {
		var root []byte
		err := v.db.QueryRowContext(ctx, `SELECT root FROM works WHERE size = 0 AND root IS NOT ? LIMIT 1`, but).Scan(&root)
		if isNoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		err = v.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM work_records WHERE root = ?1 AND place < (SELECT min(place) FROM work_records WHERE root = ?1) + ?2`, root, maxEntered)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `DELETE FROM works WHERE root = ?1 AND NOT EXISTS (SELECT 1 FROM work_records WHERE root = ?1)`, root)
			return err
		})
		if err != nil {
			return err
		}
	}
}

func compareIDs(a, b records.RecordId) int {
	return slices.Compare([]uint64{a.Institution, a.Batch, a.Leaf}, []uint64{b.Institution, b.Batch, b.Leaf})
}

// Work returns a work by its root.
func (v *Vault) Work(ctx context.Context, root []byte) (Work, error) {
	w, err := scanWork(v.db.QueryRowContext(ctx, `SELECT root, size, description, made_at FROM works WHERE root = ? AND size > 0`, root))
	if isNoRows(err) {
		return w, fmt.Errorf("work %x: %w", root, ErrNotFound)
	}
	return w, err
}

// Works returns the works in the order in which they were put here without the first
// ones, at most MaxList.
func (v *Vault) Works(ctx context.Context, skip int) ([]Work, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT root, size, description, made_at FROM works WHERE size > 0 ORDER BY made_at, root LIMIT ? OFFSET ?`, MaxList, skip)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (Work, error) { return scanWork(rows) })
}

func scanWork(row interface{ Scan(into ...any) error }) (Work, error) {
	var w Work
	var root []byte
	var size, at int64
	if err := row.Scan(&root, &size, &w.Description, &at); err != nil {
		return w, err
	}
	if len(root) != tree.Size {
		return w, fmt.Errorf("%w: a work's root has %d bytes", ErrCorrupt, len(root))
	}
	w.Root, w.Size, w.MadeAt = [tree.Size]byte(root), uint64(size), time.Unix(0, at).UTC()
	return w, nil
}

// PlaceInWork returns the place of a record in a work, or ErrNotFound if it is not in
// it, or the work is not here.
func (v *Vault) PlaceInWork(ctx context.Context, root []byte, id records.RecordId) (uint64, error) {
	var place int64
	err := v.db.QueryRowContext(ctx, `SELECT place FROM works JOIN work_records USING (root) WHERE root = ? AND works.size > 0 AND institution = ? AND batch = ? AND leaf = ?`,
		root, int64(id.Institution), int64(id.Batch), int64(id.Leaf)).Scan(&place)
	if isNoRows(err) {
		return 0, fmt.Errorf("record %d-%d-%d of work %x: %w", id.Institution, id.Batch, id.Leaf, root, ErrNotFound)
	}
	return uint64(place - 1), err
}

// WorkRecords visits the records of a work in their order. It reads them in pages, so
// that nothing waits for whoever is slow with one.
func (v *Vault) WorkRecords(ctx context.Context, root []byte) iter.Seq2[records.RecordId, error] {
	return func(yield func(records.RecordId, error) bool) {
		for after := 0; ; after += MaxList {
			page, err := v.workPage(ctx, root, after)
			if err != nil {
				yield(records.RecordId{}, err)
				return
			}
			for _, id := range page {
				if !yield(id, nil) {
					return
				}
			}
			if len(page) < MaxList {
				return
			}
		}
	}
}

// workPage returns the records behind a place, at most MaxList.
func (v *Vault) workPage(ctx context.Context, root []byte, after int) ([]records.RecordId, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT institution, batch, leaf FROM works JOIN work_records USING (root) WHERE root = ? AND works.size > 0 AND place > ? ORDER BY place LIMIT ?`, root, after, MaxList)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (records.RecordId, error) {
		var institution, batch, leaf int64
		err := rows.Scan(&institution, &batch, &leaf)
		return records.RecordId{Institution: uint64(institution), Batch: uint64(batch), Leaf: uint64(leaf)}, err
	})
}

// WorkPath returns the place of a record in a work and its inclusion path.
func (v *Vault) WorkPath(ctx context.Context, w Work, id records.RecordId) (place uint64, path [][]byte, err error) {
	if place, err = v.PlaceInWork(ctx, w.Root[:], id); err != nil {
		return 0, nil, err
	}
	var failed error
	path, err = tree.Find(func(yield func([tree.Size]byte) bool) {
		for one, err := range v.WorkRecords(ctx, w.Root[:]) {
			if failed = err; err != nil || !yield([tree.Size]byte(copyright.LeafHash(one))) {
				return
			}
		}
	}, place, w.Size)
	return place, path, errors.Join(failed, err)
}

// WorkNotice is what the ledger was told of records of a work.
type WorkNotice struct {
	// Institution and Number name the claim on the ledger.
	Institution, Number uint64
	// Cause is the code of what happened.
	Cause int32
}

// Notified keeps that the ledger was told of records of a work.
func (v *Vault) Notified(ctx context.Context, n WorkNotice, ids []records.RecordId) error {
	return v.write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO work_notices (institution, number, cause, batch, leaf) VALUES (?, ?, ?, ?, ?)`,
				int64(n.Institution), int64(n.Number), n.Cause, int64(id.Batch), int64(id.Leaf))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// WasNotified says whether the ledger was told of a record of a work.
func (v *Vault) WasNotified(ctx context.Context, n WorkNotice, id records.RecordId) (bool, error) {
	var told bool
	err := v.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM work_notices WHERE institution = ? AND number = ? AND cause = ? AND batch = ? AND leaf = ?)`,
		int64(n.Institution), int64(n.Number), n.Cause, int64(id.Batch), int64(id.Leaf)).Scan(&told)
	return told, err
}
