package vault

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/dmdl-network/dmdl/x/records"
)

// Get returns one record.
func (v *Vault) Get(ctx context.Context, id uint64) (Record, error) {
	r, err := scanRecord(v.db.QueryRowContext(ctx, `SELECT `+recordColumns+fromRecords+`WHERE r.id = ?`, int64(id)))
	if isNoRows(err) {
		return Record{}, fmt.Errorf("record %d: %w", id, ErrNotFound)
	}
	return r, err
}

// ByLeaf returns the record that is a leaf of a batch. Padding is none.
func (v *Vault) ByLeaf(ctx context.Context, batch, leaf uint64) (Record, error) {
	r, err := scanRecord(v.db.QueryRowContext(ctx, `SELECT `+recordColumns+fromRecords+`WHERE r.batch = ? AND r.leaf = ?`, int64(batch), int64(leaf)))
	if isNoRows(err) {
		return Record{}, fmt.Errorf("leaf %d of batch %d: %w", leaf, batch, ErrNotFound)
	}
	return r, err
}

// MaxList is how many records List returns at most.
const MaxList = 1000

// Filter narrows a list. Zero fields let everything pass.
type Filter struct {
	// Subject is the number of a patient.
	Subject uint64
	// Class is a coarse class.
	Class records.RecordClass
	// State is a state.
	State State
	// Batch is the number of a batch.
	Batch uint64
}

// List returns the records that pass the filter and whose id is above after, in
// the order of their ids. A limit of 0 or over MaxList is MaxList.
func (v *Vault) List(ctx context.Context, f Filter, after uint64, limit int) ([]Record, error) {
	if limit <= 0 || limit > MaxList {
		limit = MaxList
	}
	where, args, err := f.where(after)
	if err != nil {
		return nil, err
	}
	rows, err := v.db.QueryContext(ctx, `SELECT `+recordColumns+fromRecords+where+` ORDER BY r.id LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (Record, error) { return scanRecord(rows) })
}

func (f Filter) where(after uint64) (string, []any, error) {
	terms, args := []string{"r.id > ?"}, []any{int64(after)}
	and := func(term string, values ...any) { terms, args = append(terms, term), append(args, values...) }
	if f.Subject != 0 {
		and("r.subject = ?", int64(f.Subject))
	}
	if f.Class != 0 {
		and("r.class = ?", int64(f.Class))
	}
	if f.Batch != 0 {
		and("r.batch = ?", int64(f.Batch))
	}
	switch f.State {
	case 0:
	case Staged:
		and("r.life = 0 AND r.batch IS NULL")
	case Batched:
		and("r.life = 0 AND r.batch IS NOT NULL AND b.height IS NULL")
	case Anchored:
		and("r.life = 0 AND b.height IS NOT NULL")
	case Erasing:
		and("r.life = 1")
	case Erased:
		and("r.life = 2")
	default:
		return "", nil, fmt.Errorf("%w: %s: filter by one of %s to %s", ErrInvalid, f.State, Staged, Erased)
	}
	return "WHERE " + strings.Join(terms, " AND "), args, nil
}

// scanEach visits the records of rows one at a time, for more than fit into
// memory.
func scanEach(rows *sql.Rows, visit func(Record) error) error {
	defer rows.Close()
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return err
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scanAll reads all rows and closes them.
func scanAll[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
