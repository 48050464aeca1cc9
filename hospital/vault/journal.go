package vault

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// JournalEntry is one line of the journal of emergencies.
type JournalEntry struct {
	// Number counts from 1.
	Number uint64
	// Entry is the line in the encoding that the ledger will have, and Signature
	// that of the vault's account over the journal's head after it.
	Entry, Signature []byte
	// Requester is the account that got the records.
	Requester string
	// At is when, by this clock.
	At time.Time
	// Reported is the height of the block that told of it, or 0.
	Reported uint64
}

// WriteJournal adds a line to the journal, durably.
func (v *Vault) WriteJournal(ctx context.Context, e JournalEntry) error {
	return v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO journal (entry, signature, requester, at) VALUES (?, ?, ?, ?)`,
			e.Entry, e.Signature, e.Requester, e.At.UnixNano())
		return err
	})
}

// Journal returns the lines above a number, oldest first, at most MaxList.
func (v *Vault) Journal(ctx context.Context, after uint64) ([]JournalEntry, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT number, entry, signature, requester, at, ifnull(reported, 0) FROM journal
		WHERE number > ? ORDER BY number LIMIT ?`, int64(after), MaxList)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (JournalEntry, error) {
		var e JournalEntry
		var at int64
		err := rows.Scan(&e.Number, &e.Entry, &e.Signature, &e.Requester, &at, &e.Reported)
		e.At = time.Unix(0, at).UTC()
		return e, err
	})
}

// JournalSince counts the lines about a requester since a time.
func (v *Vault) JournalSince(ctx context.Context, requester string, since time.Time) (int, error) {
	var n int
	err := v.db.QueryRowContext(ctx, `SELECT count(*) FROM journal WHERE requester = ? AND at >= ?`, requester, since.UnixNano()).Scan(&n)
	return n, err
}

// JournalReported notes that the ledger tells of all lines up to a number.
func (v *Vault) JournalReported(ctx context.Context, upTo, height uint64) error {
	if height == 0 {
		return fmt.Errorf("%w: height 0", ErrInvalid)
	}
	return v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE journal SET reported = ? WHERE number <= ? AND reported IS NULL`, int64(height), int64(upTo))
		return err
	})
}
