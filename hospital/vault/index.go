package vault

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	_ "embed" // the schema
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"filippo.io/age"
	_ "modernc.org/sqlite" // the driver

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/lp"
)

//go:embed schema.sql
var schema string

const (
	// indexFormat is the version of the schema.
	indexFormat = 4
	// pageSize lets two envelopes share a page.
	pageSize = 8192
)

// openIndex opens the SQLite file. Commits are durable when they return, freed
// bytes are overwritten, nothing spills into temporary files elsewhere.
func openIndex(path string, readOnly bool) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "foreign_keys(1)", "journal_mode(wal)", "secure_delete(1)", "synchronous(full)", "temp_store(2)",
	}}
	if readOnly {
		query.Set("_txlock", "deferred")
		query.Add("_pragma", "query_only(1)")
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	connections := 2 + runtime.GOMAXPROCS(0)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// openSnapshot opens an index that nobody writes to, leaving nothing beside it.
func openSnapshot(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro&immutable=1"}
	return sql.Open("sqlite", file.String())
}

// createIndex makes an empty index for a scope, its secret under the key.
func createIndex(ctx context.Context, dir string, scope commitment.Scope, held []Key, random io.Reader) error {
	path := filepath.Join(dir, indexFile)
	if err := writeFile(path, nil); err != nil { // for its mode, which the WAL takes over
		return err
	}
	bare, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = bare.ExecContext(ctx, fmt.Sprintf(`PRAGMA page_size = %d; VACUUM`, pageSize))
	if err := errors.Join(err, bare.Close()); err != nil {
		return err
	}
	db, err := openIndex(path, false)
	if err != nil {
		return err
	}
	err = inTx(ctx, db, func(tx *sql.Tx) error { return fillIndex(ctx, tx, scope, held, random) })
	return errors.Join(err, db.Close())
}

func fillIndex(ctx context.Context, tx *sql.Tx, scope commitment.Scope, held []Key, random io.Reader) error {
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	if err := numberKeys(ctx, tx, held, random); err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(random, secret); err != nil {
		return err
	}
	current := held[len(held)-1]
	sealed, err := encrypt(secret, current.Recipient)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO vault (id, format, chain_id, institution, last_subject, last_batch, secret, secret_key)
		SELECT 1, ?, ?, ?, 0, 0, ?, number FROM keys WHERE name = ?`,
		indexFormat, scope.ChainID, int64(scope.Institution), sealed, current.Name)
	return err
}

// inTx runs a transaction that is all or nothing.
func inTx(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// write is the one way in which the index changes.
func (v *Vault) write(ctx context.Context, do func(*sql.Tx) error) error {
	if v.lock == nil {
		return ErrReadOnly
	}
	v.writing.Lock()
	defer v.writing.Unlock()
	return inTx(ctx, v.db, do)
}

// checkpoint moves the write-ahead log into the index and empties it, so that
// what was overwritten there is in neither.
func (v *Vault) checkpoint(ctx context.Context) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	var busy, pages, moved int
	if err := v.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return fmt.Errorf("%w: a reader kept the log of the index open for too long: end it and try again", ErrBusy)
	}
	return nil
}

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// maxAmong is how many values one statement looks for.
const maxAmong = 1000

// among visits the rows that a query, which ends with a list of values to be, gives
// for values: one statement for many costs a fraction of one for each.
func among[V any](ctx context.Context, db queryer, query string, values []V, visit func(*sql.Rows) error) error {
	for some := range slices.Chunk(values, maxAmong) {
		args := make([]any, len(some))
		for i, v := range some {
			args[i] = v
		}
		rows, err := db.QueryContext(ctx, query+` (?`+strings.Repeat(`, ?`, len(some)-1)+`)`, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := visit(rows); err != nil {
				return errors.Join(err, rows.Close())
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

// numbersBy returns the numbers that a query gives for keys of bytes.
func numbersBy(ctx context.Context, db queryer, query string, keys [][]byte) (map[string]uint64, error) {
	found := make(map[string]uint64, len(keys))
	err := among(ctx, db, query, keys, func(rows *sql.Rows) error {
		var key []byte
		var number uint64
		err := rows.Scan(&key, &number)
		found[string(key)] = number
		return err
	})
	return found, err
}

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// lookups makes the keyed digests by which the index finds patients, whom it
// must not name. Without the secret nobody can try values against them.
type lookups struct{ patients []byte }

func openLookups(sealed []byte, identity age.Identity) (lookups, error) {
	secret, err := decrypt(sealed, identity)
	if err != nil {
		return lookups{}, fmt.Errorf("%w: the secret of the index does not open: %w", ErrKey, err)
	}
	var l lookups
	l.patients, err = hkdf.Key(sha256.New, secret, nil, "dmdl/vault/patient/1", sha256.Size)
	return l, err
}

// patient is the lookup of a patient.
func (l lookups) patient(patient string) []byte { return keyed(l.patients, []byte(patient)) }

// seen is the lookup by which a record is found to be there already: same
// subject, kind, profile and bytes. It is made with the secret of the key that
// the record's envelope is under, and so goes with that key: with a backup whose
// keys are destroyed nobody can confirm a guess of what was erased.
func seen(secret []byte, subject uint64, c commitment.Content) []byte {
	return keyed(secret, lp.Concat(binary.BigEndian.AppendUint64(nil, subject), []byte(c.Kind), []byte(c.Profile), c.Raw[:]))
}

func keyed(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}
