package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// CopyReport is one question for copies: which institution asked about which work, and
// what was found. It names records by number and decides nothing.
type CopyReport struct {
	// Number is the report's number, from 1.
	Number uint64
	// Peer is the other institution, and Asked says that it asked this vault; otherwise
	// this vault asked it.
	Peer  uint64
	Asked bool
	// Claimant and Work name the work on the ledger.
	Claimant, Work uint64
	// Items is how many records of the work were asked about, and Prints how many
	// fingerprints these have.
	Items, Prints int
	// At is when, by this clock.
	At time.Time
	// Found are the near-duplicates. Answered is false while there is no answer.
	Found    []FoundCopy
	Answered bool
}

// FoundCopy is a near-duplicate.
type FoundCopy struct {
	// Record is the number of this vault's record.
	Record uint64 `json:"record,string"`
	// Item is the place of the asker's record in the question, from 0.
	Item int `json:"item"`
	// Similarity is between 0 and 1, and Part the larger part that one has of the other;
	// both in hundredths, rounded down.
	Similarity float64 `json:"similarity"`
	Part       float64 `json:"part"`
	// Earlier says that the answering vault's record was anchored before the asker's.
	Earlier bool `json:"earlier"`
	// Theirs is the peer's record, institution-batch-leaf, if it was told.
	Theirs string `json:"theirs,omitempty"`
}

// ErrTooMany says that an institution has asked about as much as it may in a day.
var ErrTooMany = errors.New("enough for a day")

// BeginCopies keeps that a question for copies is asked, before it is answered. If the
// peer asks, it fails with ErrTooMany once that would be about more fingerprints in 24
// hours than CopiesADay of the settings; what fails later counts too.
func (v *Vault) BeginCopies(ctx context.Context, r CopyReport) (number uint64, err error) {
	now := v.now()
	err = v.write(ctx, func(tx *sql.Tx) error {
		var before int
		err := tx.QueryRowContext(ctx, `SELECT ifnull(sum(prints), 0) FROM copies WHERE peer = ? AND asked AND at > ?`,
			int64(r.Peer), now.Add(-day).UnixNano()).Scan(&before)
		if err != nil {
			return err
		}
		if limit := v.settings.copiesADay(); r.Asked && before+r.Prints > limit {
			return fmt.Errorf("%w: institution %d asked about %d fingerprints in 24 hours, %d more would be over %d", ErrTooMany, r.Peer, before, r.Prints, limit)
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO copies (peer, asked, claimant, work, items, prints, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			int64(r.Peer), r.Asked, int64(r.Claimant), int64(r.Work), r.Items, r.Prints, now.UnixNano())
		if err != nil {
			return err
		}
		id, err := done.LastInsertId()
		number = uint64(id)
		return err
	})
	return number, err
}

// EndCopies keeps the answer to a question.
func (v *Vault) EndCopies(ctx context.Context, number uint64, found []FoundCopy) error {
	if found == nil {
		found = []FoundCopy{}
	}
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return v.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE copies SET found = ? WHERE number = ? AND found IS NULL`, string(text), int64(number))
		if err != nil {
			return err
		}
		return oneRow(done, fmt.Errorf("question %d that has no answer: %w", number, ErrNotFound))
	})
}

// Copies returns the reports whose number is above after, oldest first, at most
// MaxList.
func (v *Vault) Copies(ctx context.Context, after uint64) ([]CopyReport, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT number, peer, asked, claimant, work, items, prints, at, found FROM copies
		WHERE number > ? ORDER BY number LIMIT ?`, int64(after), MaxList)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (CopyReport, error) {
		var r CopyReport
		var at int64
		var found sql.NullString
		if err := rows.Scan(&r.Number, &r.Peer, &r.Asked, &r.Claimant, &r.Work, &r.Items, &r.Prints, &at, &found); err != nil {
			return r, err
		}
		r.At, r.Answered = time.Unix(0, at).UTC(), found.Valid
		if !found.Valid {
			return r, nil
		}
		if err := json.Unmarshal([]byte(found.String), &r.Found); err != nil {
			return r, fmt.Errorf("report %d: %w: %w", r.Number, ErrCorrupt, err)
		}
		return r, nil
	})
}
