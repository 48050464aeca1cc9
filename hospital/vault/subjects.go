package vault

import (
	"context"
	"database/sql"
	"fmt"
)

// Subject returns the number of a patient and assigns the next one at first
// sight. The string, such as format.Item.Patient, is not kept: the index finds
// it again by a keyed digest.
func (v *Vault) Subject(ctx context.Context, patient string) (uint64, error) {
	numbers, err := v.Subjects(ctx, []string{patient})
	if err != nil {
		return 0, err
	}
	return numbers[0], nil
}

// Subjects is Subject for many patients at once: all new ones are assigned in
// one durable step, or none is.
func (v *Vault) Subjects(ctx context.Context, patients []string) ([]uint64, error) {
	keys := make([][]byte, len(patients))
	for i, patient := range patients {
		if patient == "" {
			return nil, &RecordError{Index: i, Err: fmt.Errorf("%w: the patient is empty: a record without one is a dataset", ErrInvalid)}
		}
		keys[i] = v.lookups.patient(patient)
	}
	known, err := numbersBy(ctx, v.db, subjectsByPatient, keys)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if known[string(key)] != 0 {
			continue
		}
		err := v.write(ctx, func(tx *sql.Tx) error {
			known, err = assign(ctx, tx, keys)
			return err
		})
		if err != nil {
			return nil, err
		}
		break // all are assigned
	}
	numbers := make([]uint64, len(keys))
	for i, key := range keys {
		numbers[i] = known[string(key)]
	}
	return numbers, nil
}

const subjectsByPatient = `SELECT patient, number FROM subjects WHERE patient IN`

// assign numbers the patients that have none, and returns the numbers of all.
func assign(ctx context.Context, tx *sql.Tx, keys [][]byte) (map[string]uint64, error) {
	known, err := numbersBy(ctx, tx, subjectsByPatient, keys) // another caller may have assigned some
	if err != nil {
		return nil, err
	}
	var last uint64
	if err := tx.QueryRowContext(ctx, `SELECT last_subject FROM vault`).Scan(&last); err != nil {
		return nil, err
	}
	into, err := tx.PrepareContext(ctx, `INSERT INTO subjects (number, patient) VALUES (?, ?)`)
	if err != nil {
		return nil, err
	}
	defer into.Close()
	for _, key := range keys {
		if known[string(key)] != 0 {
			continue
		}
		last++
		known[string(key)] = last
		if _, err := into.ExecContext(ctx, int64(last), key); err != nil {
			return nil, err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE vault SET last_subject = ?`, int64(last))
	return known, err
}
