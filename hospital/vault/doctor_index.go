package vault

import (
	"context"
	"database/sql"
	"fmt"
)

const restoreIndex = "restore the index from a backup"

// index asks SQLite whether its file is sound.
func (d *doctor) index(ctx context.Context) error {
	pragma := `PRAGMA quick_check(10)`
	if d.Deep {
		pragma = `PRAGMA integrity_check(10)`
	}
	rows, err := d.v.db.QueryContext(ctx, pragma)
	if err != nil {
		return err
	}
	lines, err := scanAll(rows, func(rows *sql.Rows) (string, error) {
		var line string
		err := rows.Scan(&line)
		return line, err
	})
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line != "ok" {
			d.found(indexFile+": "+line, restoreIndex, nil)
		}
	}
	return nil
}

// keys looks for envelopes that no key opens, and at the escrow.
func (d *doctor) keys(ctx context.Context) error {
	rows, err := d.v.db.QueryContext(ctx, `SELECT number, name, (SELECT count(*) FROM envelopes WHERE key = number) FROM keys`)
	if err != nil {
		return err
	}
	type use struct {
		number, envelopes int64
		name              string
	}
	uses, err := scanAll(rows, func(rows *sql.Rows) (use, error) {
		var u use
		err := rows.Scan(&u.number, &u.name, &u.envelopes)
		return u, err
	})
	if err != nil {
		return err
	}
	held := d.v.ring.Load()
	for _, u := range uses {
		if _, ok := held.keys[u.number]; ok || u.envelopes == 0 {
			continue
		}
		d.found(fmt.Sprintf("key %s is not held, and %d envelopes are under it", u.name, u.envelopes),
			fmt.Sprintf("put the key back into %s, by hand or from an %s of its time", keyFile, escrowFile), nil)
	}
	file, ok := d.v.keys.(*KeyFile)
	if !ok {
		return nil // its escrow is its own matter
	}
	if problem := file.checkEscrow(); problem != nil {
		d.found(problem.Error(), "write the escrow anew", file.renewEscrow)
	}
	return nil
}

// counters looks for numbers that would be given out twice.
func (d *doctor) counters(ctx context.Context) error {
	for _, c := range []struct{ what, query, mend string }{
		{
			"subjects", `SELECT last_subject, (SELECT ifnull(max(number), 0) FROM subjects) FROM vault`,
			`UPDATE vault SET last_subject = ?`,
		},
		{
			"batches", `SELECT last_batch, (SELECT ifnull(max(number), 0) FROM batches) FROM vault`,
			`UPDATE vault SET last_batch = ?`,
		},
	} {
		var last, used int64
		if err := d.v.db.QueryRowContext(ctx, c.query).Scan(&last, &used); err != nil {
			return err
		}
		if last >= used {
			continue
		}
		d.found(fmt.Sprintf("the counter of %s is %d, but %d is in use", c.what, last, used), "raise it", func() error {
			return d.v.write(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, c.mend, used)
				return err
			})
		})
	}
	return nil
}

// lives looks for records in a state between two states.
func (d *doctor) lives(ctx context.Context) error {
	for _, half := range []struct {
		query, problem, mend string
		repair               func() error
	}{
		{
			`SELECT id FROM records WHERE life = 1`, "its erasure was interrupted", "finish it",
			func() error { return d.v.finishErasures(ctx) },
		},
		{
			`SELECT id FROM records WHERE life <> 0 AND id IN (SELECT record FROM envelopes UNION SELECT record FROM bodies UNION SELECT record FROM fingerprints)`,
			"it is erased and has an envelope, a body or a fingerprint", "destroy them", func() error { return d.v.dropErased(ctx) },
		},
		{
			`SELECT id FROM records WHERE life = 0 AND NOT EXISTS (SELECT 1 FROM envelopes WHERE record = id)`, "its envelope is missing", restoreIndex, nil,
		},
		{
			`SELECT id FROM records LEFT JOIN bodies ON record = id WHERE life = 0 AND (digest IS NULL) <> (blob IS NULL AND record IS NULL)`,
			"it has a body without digest, or a digest without body", restoreIndex, nil,
		},
		{
			`SELECT id FROM records JOIN bodies ON record = id WHERE life = 0 AND (blob IS NOT NULL OR length(age) <> size)`,
			"its body in the index is not the one it had", restoreIndex, nil,
		},
	} {
		rows, err := d.v.db.QueryContext(ctx, half.query)
		if err != nil {
			return err
		}
		ids, err := scanAll(rows, func(rows *sql.Rows) (int64, error) {
			var id int64
			err := rows.Scan(&id)
			return id, err
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			d.found(fmt.Sprintf("record %d: %s", id, half.problem), half.mend, half.repair)
		}
	}
	return nil
}

// dropErased destroys envelopes, small bodies and fingerprints of records that are erased.
func (v *Vault) dropErased(ctx context.Context) error {
	err := v.write(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"envelopes", "bodies", "fingerprints"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE record IN (SELECT id FROM records WHERE life <> 0)`); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.checkpoint(ctx)
}
