package vault

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"filippo.io/age"
)

// Requester is who is to get an envelope.
type Requester struct {
	// Address is the requester's account on the ledger, for the account of
	// disclosures.
	Address string
	// Recipient is the requester's public key.
	Recipient age.Recipient
	// Openings asks for the openings beside the secret: whoever has them can show
	// others what the record says.
	Openings bool
}

// Recipient is one entry of the account of disclosures.
type Recipient struct {
	// Record is the record's number in this vault.
	Record uint64
	// Address is the account that got something.
	Address string
	// Openings says that it got the openings too.
	Openings bool
	// At is when.
	At time.Time
}

// EnvelopeFor makes a fresh envelope of a record for a requester. That is
// entered into the account of disclosures first, durably, so that no envelope
// leaves without it. The reference of a record never leaves.
func (v *Vault) EnvelopeFor(ctx context.Context, id uint64, to Requester) ([]byte, error) {
	if err := checkCode("address of the requester", to.Address); err != nil {
		return nil, err
	}
	if to.Recipient == nil {
		return nil, fmt.Errorf("%w: the requester has no public key", ErrInvalid)
	}
	r, e, err := v.unseal(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.Reference && !to.Openings {
		return nil, fmt.Errorf("record %d: %w: it has no body and so no secret", id, ErrReference)
	}
	e.Reference = ""
	what := "opening"
	if !to.Openings {
		e.Openings, what = nil, "secret"
	}
	sealed, err := e.Seal(to.Recipient)
	if err != nil {
		return nil, err
	}
	if err := v.account(ctx, id, to.Address, what); err != nil {
		return nil, err
	}
	return sealed, nil
}

// Disclose opens the envelope of a record for somebody, who is entered into the
// account of disclosures first: what an evidence bundle that opens commitments
// is made of. The reference of a record never leaves.
func (v *Vault) Disclose(ctx context.Context, id uint64, address string) (Envelope, error) {
	if err := checkCode("address of the recipient", address); err != nil {
		return Envelope{}, err
	}
	_, e, err := v.unseal(ctx, id)
	if err != nil {
		return Envelope{}, err
	}
	if err := v.account(ctx, id, address, "opening"); err != nil {
		return Envelope{}, err
	}
	e.Reference = ""
	return e, nil
}

// account enters a disclosure of a record that is kept.
func (v *Vault) account(ctx context.Context, id uint64, address, what string) error {
	return v.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO recipients (record, address, what, at)
			SELECT id, ?, ?, ? FROM records WHERE id = ? AND life = 0`, address, what, v.now().UnixNano(), int64(id))
		if err != nil {
			return err
		}
		return oneRow(done, fmt.Errorf("record %d: %w", id, ErrErased))
	})
}

// Recipients returns who got something of a record, oldest first. The account
// outlives the record: they are to be told of its erasure.
func (v *Vault) Recipients(ctx context.Context, id uint64) ([]Recipient, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT record, address, what = 'opening', at FROM recipients WHERE record = ? ORDER BY id`, int64(id))
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (Recipient, error) {
		var r Recipient
		var at int64
		err := rows.Scan(&r.Record, &r.Address, &r.Openings, &at)
		r.At = time.Unix(0, at).UTC()
		return r, err
	})
}

// oneRow returns otherwise unless a statement changed a row.
func oneRow(done sql.Result, otherwise error) error {
	rows, err := done.RowsAffected()
	if err == nil && rows == 0 {
		return otherwise
	}
	return err
}
