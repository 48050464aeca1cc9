package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
)

// printRow is a row of fingerprints.
type printRow struct {
	record, key int64
	shared      string
	sealed      []byte
	batch, leaf uint64
	at          int64
}

func scanPrint(row interface{ Scan(...any) error }) (f printRow, err error) {
	err = row.Scan(&f.record, &f.shared, &f.key, &f.sealed, &f.batch, &f.leaf, &f.at)
	return f, err
}

// box encrypts fingerprints under a key's secret, and so goes with that key. It is no
// age file: a million of these must open while somebody waits.
func (r *ring) box(number int64) (cipher.AEAD, error) {
	if _, err := r.key(number); err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, r.secrets[number], nil, "dmdl/vault/fingerprint/1", sha256.Size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// place binds a fingerprint to its row.
func (f *printRow) place() []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(f.record)), f.shared...)
}

func (f *printRow) seal(keys *ring, plain []byte) error {
	box, err := keys.box(f.key)
	if err != nil {
		return err
	}
	f.sealed = box.Seal(nil, nil, plain, f.place())
	return nil
}

func (f *printRow) plain(keys *ring) ([]byte, error) {
	box, err := keys.box(f.key)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(nil, nil, f.sealed, f.place())
	if err != nil {
		return nil, fmt.Errorf("record %d: %w: its fingerprint does not open", f.record, ErrCorrupt)
	}
	return plain, nil
}

func (f *printRow) open(keys *ring) (p Prints, err error) {
	plain, err := f.plain(keys)
	if err == nil {
		err = p.UnmarshalJSON(plain)
	}
	return p, err
}

// rewrapPrints moves the fingerprints to the newest key.
func (v *Vault) rewrapPrints(ctx context.Context, keys *ring) error {
	for {
		rows, err := v.db.QueryContext(ctx, `SELECT record, shared, key, sealed, 0, 0, 0 FROM fingerprints WHERE key <> ? LIMIT ?`, keys.current, rewrapGroup)
		if err != nil {
			return err
		}
		some, err := scanAll(rows, func(rows *sql.Rows) (printRow, error) { return scanPrint(rows) })
		if err != nil || len(some) == 0 {
			return err
		}
		err = v.write(ctx, func(tx *sql.Tx) error {
			for _, f := range some { // that of a record erased meanwhile has no row to change
				plain, err := f.plain(keys)
				if err != nil {
					return err
				}
				f.key = keys.current
				if err := f.seal(keys, plain); err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, `UPDATE fingerprints SET key = ?, sealed = ? WHERE record = ? AND shared = ?`,
					f.key, f.sealed, f.record, f.shared); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
