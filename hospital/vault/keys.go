package vault

import (
	"context"
	"database/sql"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/dmdl-network/dmdl/commitment"
)

// Key is one identity of a vault.
type Key struct {
	// Name tells the key from others for ever, such as the start of a digest of
	// its public half.
	Name string
	// Recipient encrypts to the key.
	Recipient age.Recipient
	// Identity decrypts. It may call a KMS or an HSM; many goroutines use it at
	// once.
	Identity age.Identity
}

// Keys holds the identities of a vault: a KeyFile, or a KMS or HSM.
type Keys interface {
	// List returns the keys held, oldest first. New envelopes go to the last.
	List(ctx context.Context) ([]Key, error)
	// Add makes a new key, which becomes the last. When it returns, the key
	// outlives the loss of this machine: it is escrowed.
	Add(ctx context.Context) error
	// Destroy destroys a key everywhere, escrow included. Destroying a key that
	// is not held finishes what a crash left half done, and is no error.
	Destroy(ctx context.Context, name string) error
}

// ring is the keys by the numbers that the index has for them. It never
// changes; a vault with other keys has another ring.
type ring struct {
	keys    map[int64]Key
	secrets map[int64][]byte
	current int64
}

// seen returns the lookups of a record, that under the current key first.
func (r *ring) seen(subject uint64, c commitment.Content) [][]byte {
	all := [][]byte{seen(r.secrets[r.current], subject, c)}
	for number, secret := range r.secrets {
		if number != r.current {
			all = append(all, seen(secret, subject, c))
		}
	}
	return all
}

// key returns a key by its number.
func (r *ring) key(number int64) (Key, error) {
	k, ok := r.keys[number]
	if !ok {
		return Key{}, fmt.Errorf("%w %d of the index is not held: put it back into %s, by hand or from %s", ErrKey, number, keyFile, escrowFile)
	}
	return k, nil
}

// loadRing numbers the keys held that the index does not know yet, if the vault
// is open for writing, and makes them the vault's ring.
func (v *Vault) loadRing(ctx context.Context) error {
	held, err := v.keys.List(ctx)
	if err != nil {
		return err
	}
	if len(held) == 0 {
		return fmt.Errorf("%w: none is held", ErrKey)
	}
	if v.lock != nil {
		if err := v.write(ctx, func(tx *sql.Tx) error { return numberKeys(ctx, tx, held, v.random) }); err != nil {
			return err
		}
	}
	next := &ring{keys: make(map[int64]Key, len(held)), secrets: make(map[int64][]byte, len(held))}
	for _, k := range held {
		var number int64
		var sealed []byte
		err := v.db.QueryRowContext(ctx, `SELECT number, secret FROM keys WHERE name = ?`, k.Name).Scan(&number, &sealed)
		if isNoRows(err) {
			continue // added by the writer a moment ago: nothing that can be read is under it
		}
		if err != nil {
			return err
		}
		if next.secrets[number], err = decrypt(sealed, k.Identity); err != nil {
			return fmt.Errorf("%w: the secret of key %s does not open: %w", ErrKey, k.Name, err)
		}
		next.keys[number], next.current = k, number
	}
	v.ring.Store(next)
	return nil
}

// numberKeys enters the keys that the index does not know yet, each with a
// fresh secret.
func numberKeys(ctx context.Context, tx *sql.Tx, held []Key, random io.Reader) error {
	for _, k := range held {
		var known bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM keys WHERE name = ?)`, k.Name).Scan(&known); err != nil {
			return err
		}
		if known {
			continue
		}
		secret := make([]byte, secretSize)
		if _, err := io.ReadFull(random, secret); err != nil {
			return err
		}
		sealed, err := encrypt(secret, k.Recipient)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO keys (name, secret) VALUES (?, ?)`, k.Name, sealed); err != nil {
			return err
		}
	}
	return nil
}
