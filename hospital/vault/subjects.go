package vault

import (
	"context"
	"database/sql"
	"errors"
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
	find, err := v.db.PrepareContext(ctx, subjectByPatient)
	if err != nil {
		return nil, err
	}
	defer find.Close()
	numbers := make([]uint64, len(patients))
	missing := false
	for i, patient := range patients {
		if patient == "" {
			return nil, &RecordError{Index: i, Err: fmt.Errorf("%w: the patient is empty: a record without one is a dataset", ErrInvalid)}
		}
		number, err := findSubject(ctx, find, v.lookups.patient(patient))
		if err != nil {
			return nil, err
		}
		numbers[i], missing = number, missing || number == 0
	}
	if !missing {
		return numbers, nil
	}
	if err := v.write(ctx, func(tx *sql.Tx) error { return v.assign(ctx, tx, patients, numbers) }); err != nil {
		return nil, err
	}
	return numbers, nil
}

// assign fills in the numbers that are 0.
func (v *Vault) assign(ctx context.Context, tx *sql.Tx, patients []string, numbers []uint64) error {
	find, err := tx.PrepareContext(ctx, subjectByPatient)
	if err != nil {
		return err
	}
	defer find.Close()
	var last uint64
	if err := tx.QueryRowContext(ctx, `SELECT last_subject FROM vault`).Scan(&last); err != nil {
		return err
	}
	for i, patient := range patients {
		if numbers[i] != 0 {
			continue
		}
		key := v.lookups.patient(patient)
		number, err := findSubject(ctx, find, key)
		if err != nil {
			return err
		}
		if number == 0 { // neither another caller nor an earlier line assigned it
			last++
			number = last
			if _, err := tx.ExecContext(ctx, `INSERT INTO subjects (number, patient) VALUES (?, ?)`, int64(number), key); err != nil {
				return err
			}
		}
		numbers[i] = number
	}
	_, err = tx.ExecContext(ctx, `UPDATE vault SET last_subject = ?`, int64(last))
	return err
}

const subjectByPatient = `SELECT number FROM subjects WHERE patient = ?`

// findSubject returns the number of a patient, or 0.
func findSubject(ctx context.Context, find *sql.Stmt, key []byte) (uint64, error) {
	var number uint64
	err := find.QueryRowContext(ctx, key).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return number, err
}

// HasSubject says whether a patient has that number.
func (v *Vault) HasSubject(ctx context.Context, number uint64) (bool, error) {
	var has bool
	err := v.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM subjects WHERE number = ?)`, int64(number)).Scan(&has)
	return has, err
}
