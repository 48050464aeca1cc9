// Package vault is a hospital's encrypted store of records. It commits to what
// it is given, keeps it under keys of the hospital alone, puts records into
// batches for the ledger and destroys them when that is due. It knows no chain.
//
// See README.md for its files, and for how to open everything by hand.
package vault

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// Vault is an open vault. Its methods may be called by many goroutines.
//
// Invariants: a record has an envelope exactly while it is kept; it is staged,
// or has one leaf of one batch for ever; a body without a record is garbage; no
// plaintext of a record, and nothing that identifies, is ever written to disk.
type Vault struct {
	dir      string
	settings Settings
	lock     *os.File // nil if open for reading only
	cut      bool     // the process before was cut short, and what it left is not swept yet
	db       *sql.DB
	blobs    *store
	keys     Keys
	ring     atomic.Pointer[ring]
	lookups  lookups
	resolver Resolver

	// adding is held for reading while bodies are stored whose records are not
	// in the index yet, and for writing by who must see none of these.
	adding sync.RWMutex
	// changing is held by whoever changes the keys.
	changing sync.Mutex
	// listing is held by whoever enters the list of a work.
	listing sync.Mutex
	// writing is held by whoever writes to the index.
	writing sync.Mutex

	// small is the size up to which a body stands in the index.
	small int64

	random io.Reader
	now    func() time.Time
	// at is called at every step that a crash may follow; an error ends the
	// operation there. Nil outside of tests.
	at func(step string) error
}

// Options are what Open needs beside the home itself.
type Options struct {
	// Keys holds the identities; nil is the file vault.key in the home.
	Keys Keys
	// Resolver opens what is under reference custody; nil opens none of it.
	Resolver Resolver
	// ReadOnly opens the vault beside the process that writes to it.
	ReadOnly bool
}

// Resolver opens the originals that a hospital does not copy, such as those of
// a PACS. Errors must not quote the reference: it may identify a patient.
type Resolver interface {
	// Resolve returns the original that a reference points to.
	Resolve(ctx context.Context, reference string) (format.Source, error)
}

// Open opens a vault and finishes what was interrupted: erasures, and the removal
// of bodies whose records, and of lists whose works, never came into being. One process
// at a time may write; others may open it for reading.
func Open(ctx context.Context, dir string, o Options) (*Vault, error) {
	settings, err := ReadSettings(dir)
	if err != nil {
		return nil, err
	}
	if o.Keys == nil {
		o.Keys = NewKeyFile(dir, settings)
	}
	v := &Vault{dir: dir, settings: settings, keys: o.Keys, resolver: o.Resolver, small: smallBody, random: rand.Reader, now: time.Now}
	if err := v.open(ctx, o.ReadOnly); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func (v *Vault) open(ctx context.Context, readOnly bool) (err error) {
	if !readOnly {
		if v.lock, v.cut, err = lockHome(v.dir); err != nil {
			return err
		}
	}
	index := filepath.Join(v.dir, indexFile)
	if _, err := os.Stat(index); err != nil { // SQLite would make an empty one
		return fmt.Errorf("%w: bring it back from a backup", err)
	}
	if v.db, err = openIndex(index, readOnly); err != nil {
		return err
	}
	if err := v.checkIndex(ctx); err != nil {
		return err
	}
	if v.blobs, err = openStore(ctx, v.settings.Blobs, filepath.Join(v.dir, blobsDir)); err != nil {
		return err
	}
	if err := v.loadRing(ctx); err != nil {
		return err
	}
	if err := v.openLookups(ctx); err != nil {
		return err
	}
	if readOnly {
		return nil
	}
	if v.cut {
		if err := v.sweep(ctx); err != nil {
			return err
		}
		v.cut = false
	}
	if err := v.dropHalfWorks(ctx, nil); err != nil {
		return err
	}
	return v.finishErasures(ctx)
}

func (v *Vault) openLookups(ctx context.Context) error {
	var sealed []byte
	var number int64
	if err := v.db.QueryRowContext(ctx, `SELECT secret, secret_key FROM vault`).Scan(&sealed, &number); err != nil {
		return err
	}
	key, err := v.ring.Load().key(number)
	if err != nil {
		return err
	}
	v.lookups, err = openLookups(sealed, key.Identity)
	return err
}

// Close ends the use of the vault. Nothing may be under way.
func (v *Vault) Close() error {
	var errs []error
	if v.blobs != nil {
		errs = append(errs, v.blobs.close())
	}
	if v.db != nil {
		errs = append(errs, v.db.Close())
	}
	if v.lock != nil {
		errs = append(errs, unlock(v.lock, v.cut))
	}
	return errors.Join(errs...)
}

// Settings are the vault's settings.
func (v *Vault) Settings() Settings { return v.settings }

// Progress is told how far long work has come. It may be nil.
type Progress func(done, total int)

func (p Progress) tell(done, total int) {
	if p != nil {
		p(done, total)
	}
}

func (v *Vault) step(name string) error {
	if v.at == nil {
		return nil
	}
	return v.at(name)
}
