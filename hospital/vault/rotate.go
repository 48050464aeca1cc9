package vault

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// rewrapGroup is how many envelopes move to the new key in one durable step.
const rewrapGroup = 500

// Steps of Rotate, Rewrap and RetireKeys that a crash may follow.
const (
	stepRotateAdded     = "rotate: the new key is held"
	stepRewrapGroup     = "rewrap: one group moved"
	stepRewrapEnvelopes = "rewrap: all envelopes moved"
	stepRewrapSecret    = "rewrap: the secret of the index moved"
	stepRetireDestroyed = "retire: one key is destroyed"
)

var errChanging = fmt.Errorf("%w: its keys are being changed already: wait for that to end", ErrBusy)

// Rotate makes a new key, escrowed before anything is under it. New records use
// it from now on; Rewrap moves the old ones. One of Rotate, Rewrap and RetireKeys runs at
// a time, another fails with ErrBusy: two would move envelopes to and fro.
func (v *Vault) Rotate(ctx context.Context) error {
	if v.lock == nil {
		return ErrReadOnly
	}
	if !v.changing.TryLock() {
		return errChanging
	}
	defer v.changing.Unlock()
	v.adding.Lock() // so that no envelope under the old key is still on its way
	defer v.adding.Unlock()
	if err := v.keys.Add(ctx); err != nil {
		return err
	}
	if err := v.step(stepRotateAdded); err != nil {
		return err
	}
	return v.loadRing(ctx)
}

// Rewrap moves every envelope, and the secret of the index, to the newest key.
// Bodies stay as they are. The vault serves meanwhile; after an interruption it
// goes on where it was.
func (v *Vault) Rewrap(ctx context.Context, progress Progress) error {
	if !v.changing.TryLock() {
		return errChanging
	}
	defer v.changing.Unlock()
	keys := v.ring.Load()
	var total, done int
	err := v.db.QueryRowContext(ctx, `SELECT count(*) FROM envelopes WHERE key <> ?`, keys.current).Scan(&total)
	if err != nil {
		return err
	}
	for {
		moved, err := v.rewrapSome(ctx, keys)
		if err != nil {
			return err
		}
		if moved == 0 {
			break
		}
		done += moved
		progress.tell(done, max(done, total))
		if err := v.step(stepRewrapGroup); err != nil {
			return err
		}
	}
	if err := v.step(stepRewrapEnvelopes); err != nil {
		return err
	}
	if err := v.rewrapConsents(ctx, keys); err != nil {
		return err
	}
	if err := v.rewrapPrints(ctx, keys); err != nil {
		return err
	}
	if err := v.rewrapSecret(ctx, keys); err != nil {
		return err
	}
	if err := v.step(stepRewrapSecret); err != nil {
		return err
	}
	if err := v.noteIdle(ctx, keys.current); err != nil {
		return err
	}
	return v.checkpoint(ctx)
}

// wrapped is one envelope on its way from key to key, with its record's lookup.
type wrapped struct {
	record, key int64
	subject     uint64
	sealed      []byte
	seen        []byte
}

// rewrapSome moves one group and returns how many it was.
func (v *Vault) rewrapSome(ctx context.Context, keys *ring) (int, error) {
	rows, err := v.db.QueryContext(ctx, `SELECT e.record, e.key, ifnull(r.subject, 0), e.age
		FROM envelopes e JOIN records r ON r.id = e.record WHERE e.key < ? OR e.key > ? LIMIT ?`, keys.current, keys.current, rewrapGroup)
	if err != nil {
		return 0, err
	}
	some, err := scanAll(rows, func(rows *sql.Rows) (*wrapped, error) {
		w := new(wrapped)
		err := rows.Scan(&w.record, &w.key, &w.subject, &w.sealed)
		return w, err
	})
	if err != nil || len(some) == 0 {
		return 0, err
	}
	var workers errgroup.Group
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for _, w := range some {
		workers.Go(func() error {
			if err := w.move(keys); err != nil {
				return fmt.Errorf("record %d: %w", w.record, err)
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		return 0, err
	}
	return len(some), v.write(ctx, func(tx *sql.Tx) error {
		for _, w := range some { // a record that was erased meanwhile has no row to change
			_, err := tx.ExecContext(ctx, `UPDATE envelopes SET key = ?, age = ? WHERE record = ?`, keys.current, w.sealed, w.record)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE records SET seen = ? WHERE id = ? AND seen IS NOT NULL`, w.seen, w.record); err != nil {
				return err
			}
		}
		return nil
	})
}

// move encrypts the envelope to the newest key and makes the lookup with the
// secret of that.
func (w *wrapped) move(keys *ring) error {
	plain, err := keys.open(w.sealed, w.key)
	if err != nil {
		return err
	}
	e, err := ParseEnvelope(plain)
	if err != nil {
		return err
	}
	w.seen = seen(keys.secrets[keys.current], w.subject, e.Openings.Content)
	w.sealed, err = encrypt(plain, keys.keys[keys.current].Recipient)
	return err
}

// open decrypts an age file that is under a key.
func (r *ring) open(sealed []byte, number int64) ([]byte, error) {
	key, err := r.key(number)
	if err != nil {
		return nil, err
	}
	plain, err := decrypt(sealed, key.Identity)
	if err != nil {
		return nil, fmt.Errorf("%w: it does not open under key %s: %w", ErrCorrupt, key.Name, err)
	}
	return plain, nil
}

// rewrapConsents moves the sealed parts of consents, one durable step each: they
// are few beside the records.
func (v *Vault) rewrapConsents(ctx context.Context, keys *ring) error {
	for {
		var commitment, sealed []byte
		var number int64
		err := v.db.QueryRowContext(ctx, `SELECT sealed, key, age FROM consents WHERE key <> ? LIMIT 1`, keys.current).
			Scan(&commitment, &number, &sealed)
		if isNoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		plain, err := keys.open(sealed, number)
		if err != nil {
			return fmt.Errorf("consent %x: %w", commitment, err)
		}
		if sealed, err = encrypt(plain, keys.keys[keys.current].Recipient); err != nil {
			return err
		}
		err = v.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE consents SET key = ?, age = ? WHERE sealed = ?`, keys.current, sealed, commitment)
			return err
		})
		if err != nil {
			return err
		}
	}
}

func (v *Vault) rewrapSecret(ctx context.Context, keys *ring) error {
	return v.write(ctx, func(tx *sql.Tx) error {
		var sealed []byte
		var number int64
		if err := tx.QueryRowContext(ctx, `SELECT secret, secret_key FROM vault`).Scan(&sealed, &number); err != nil {
			return err
		}
		if number == keys.current {
			return nil
		}
		plain, err := keys.open(sealed, number)
		if err != nil {
			return fmt.Errorf("secret of the index: %w", err)
		}
		if sealed, err = encrypt(plain, keys.keys[keys.current].Recipient); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE vault SET secret = ?, secret_key = ?`, sealed, keys.current)
		return err
	})
}

// unused is what is true of a key in table keys that nothing here is under.
const unused = `NOT EXISTS (SELECT 1 FROM envelopes WHERE envelopes.key = keys.number)
	AND NOT EXISTS (SELECT 1 FROM consents WHERE consents.key = keys.number)
	AND NOT EXISTS (SELECT 1 FROM fingerprints WHERE fingerprints.key = keys.number)
	AND NOT EXISTS (SELECT 1 FROM vault WHERE secret_key = keys.number)`

// noteIdle starts the window of the keys that nothing is under any more.
func (v *Vault) noteIdle(ctx context.Context, current int64) error {
	return v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE keys SET idle_since = ? WHERE number <> ? AND idle_since IS NULL AND `+unused,
			v.now().UnixNano(), current)
		return err
	})
}

// RetireKeys destroys the keys that nothing has been under for the window of
// the settings, and returns how many. From then on no backup made before the
// window opens anything that was erased. A key that envelopes are still under
// is refused with ErrWindow: Rewrap first.
func (v *Vault) RetireKeys(ctx context.Context, now time.Time) (int, error) {
	if v.lock == nil {
		return 0, ErrReadOnly
	}
	if !v.changing.TryLock() {
		return 0, errChanging
	}
	defer v.changing.Unlock()
	rows, err := v.db.QueryContext(ctx, `SELECT number, name, `+unused+` FROM keys
		WHERE destroyed IS NULL AND idle_since <= ? AND number <> ? ORDER BY number`,
		now.Add(-v.settings.window()).UnixNano(), v.ring.Load().current)
	if err != nil {
		return 0, err
	}
	type old struct {
		number int64
		name   string
		unused bool
	}
	due, err := scanAll(rows, func(rows *sql.Rows) (old, error) {
		var o old
		err := rows.Scan(&o.number, &o.name, &o.unused)
		return o, err
	})
	if err != nil {
		return 0, err
	}
	for i, o := range due {
		if !o.unused {
			return i, fmt.Errorf("%w: envelopes are under key %s: rewrap, then retire", ErrWindow, o.name)
		}
		if err := v.destroyKey(ctx, o.number, o.name, now); err != nil {
			return i, err
		}
	}
	return len(due), v.loadRing(ctx)
}

func (v *Vault) destroyKey(ctx context.Context, number int64, name string, now time.Time) error {
	if err := v.keys.Destroy(ctx, name); err != nil {
		return err
	}
	if err := v.step(stepRetireDestroyed); err != nil {
		return err
	}
	return v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE keys SET destroyed = ? WHERE number = ?`, now.UnixNano(), number)
		return err
	})
}
