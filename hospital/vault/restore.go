package vault

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// Unlock brings a vault's keys back from the escrow.
type Unlock struct {
	// Escrow is the path of the newest escrow.age.
	Escrow string
	// Recovery is the secret half of the recovery key.
	Recovery *age.HybridIdentity
}

// Restore makes a vault out of a backup, in a folder without one. With an
// Unlock it brings vault.key back; without, put vault.key there before opening. Numbers of patients and batches go on far above those of the
// backup, for what came after it is on the ledger and unknown here. Erase again
// what the ledger shows as erased since, and run Doctor, which also builds the
// trees anew.
func Restore(ctx context.Context, from, dir string, unlock *Unlock, progress Progress) (err error) {
	settings, err := ReadSettings(from)
	if err != nil {
		return err
	}
	if err := restorable(dir); err != nil {
		return err
	}
	if err := copyRecovery(dir, from); err != nil {
		return err
	}
	if unlock != nil {
		if err := unlock.keys(dir, settings); err != nil {
			return err
		}
	}
	next := filepath.Join(dir, indexFile+".new")
	if err := copyFile(next, filepath.Join(from, indexFile)); err != nil {
		return err
	}
	db, err := openIndex(next, false)
	if err != nil {
		return err
	}
	err = errors.Join(restoreBodies(ctx, from, dir, settings, db, progress), skipNumbers(ctx, db, rand.Reader))
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := adoptIndex(dir); err != nil {
		return err
	}
	settings.ID = rand.Text() // its backups are not those of the vault that it was
	return writeSettings(dir, settings)
}

// restorable refuses a folder that has a vault. What an interrupted Restore
// left there is used again.
func restorable(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, treesDir), 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, settingsFile)); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%w: %s has a vault: give another folder", ErrInvalid, dir))
	}
	return os.Chmod(dir, 0o700)
}

func restoreBodies(ctx context.Context, from, dir string, settings Settings, db *sql.DB, progress Progress) (err error) {
	source, err := openStore(ctx, "", filepath.Join(from, blobsDir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	to, err := openStore(ctx, settings.Blobs, filepath.Join(dir, blobsDir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	// What the store has beyond the backup may be newer: Doctor looks at it.
	t := &transfer{from: source, to: to, progress: progress, needed: func(string) (bool, error) { return true, nil }}
	return t.run(ctx, db)
}

// skipNumbers moves the counters into a random block of 2^32 numbers, of which
// there are a million, so that no number that was given out after the backup,
// or after another restore of it, is given out again. They stay below 2^53.
func skipNumbers(ctx context.Context, db *sql.DB, random io.Reader) error {
	const blockBits, blocks = 32, 1 << 20
	return inTx(ctx, db, func(tx *sql.Tx) error {
		var current uint64
		if err := tx.QueryRowContext(ctx, `SELECT max(last_subject, last_batch) >> ? FROM vault`, blockBits).Scan(&current); err != nil {
			return err
		}
		block := current
		for block == current || block == 0 {
			var b [4]byte
			if _, err := io.ReadFull(random, b[:]); err != nil {
				return err
			}
			block = uint64(binary.BigEndian.Uint32(b[:]) % blocks)
		}
		_, err := tx.ExecContext(ctx, `UPDATE vault SET last_subject = ?, last_batch = ?`, int64(block<<blockBits), int64(block<<blockBits))
		return err
	})
}

func (u *Unlock) keys(dir string, settings Settings) error {
	sealed, err := os.ReadFile(u.Escrow)
	if err != nil {
		return fmt.Errorf("escrow: %w", err)
	}
	text, err := decrypt(sealed, u.Recovery)
	if err != nil {
		return fmt.Errorf("%w: the recovery key does not open the escrow: %w", ErrKey, err)
	}
	if _, err := parseKeys(text); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, recoveryFile), []byte(u.Recovery.Recipient().String()+"\n")); err != nil {
		return err
	}
	if err := NewKeyFile(dir, settings).escrow(text); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, keyFile), text)
}

// copyRecovery copies recovery.pub, which a vault without a key file has not.
func copyRecovery(to, from string) error {
	err := copyFile(filepath.Join(to, recoveryFile), filepath.Join(from, recoveryFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
