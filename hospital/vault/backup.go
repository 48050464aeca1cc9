package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup brings a folder up to date with the vault while the vault serves. It
// holds the index, the bodies and the settings, and no key: envelopes in it are
// under the vault's keys of today, so that it opens nothing any more once these
// are destroyed. Bodies that are there already are not copied again, and those
// of erased records are removed. After an interruption the folder still has the
// index of the last complete backup, and the next one goes on. It fails if the folder
// has anything in it but a backup of this vault.
func (v *Vault) Backup(ctx context.Context, dir string, progress Progress) error {
	if err := v.claim(dir); err != nil {
		return err
	}
	next := filepath.Join(dir, indexFile+".new")
	if err := v.snapshot(ctx, next); err != nil {
		return err
	}
	if err := v.backupBodies(ctx, next, dir, progress); err != nil {
		return err
	}
	return adoptIndex(dir)
}

// claim makes a folder this vault's backup, or fails if it is something else: what is not
// in the index of the vault goes from its backup.
func (v *Vault) claim(dir string) error {
	there, err := ReadSettings(dir)
	switch {
	case errors.Is(err, ErrNoVault):
		err = requireEmpty(dir)
	case err == nil && v.isVault(dir):
		err = fmt.Errorf("%w: %s is a vault: give a folder for the backup alone", ErrInvalid, dir)
	case err == nil && there.ID != v.settings.ID:
		err = fmt.Errorf("%w: %s has a backup of another vault, or from before a restore: give another folder", ErrInvalid, dir)
	}
	if err != nil {
		return err
	}
	return errors.Join(writeSettings(dir, v.settings), copyRecovery(dir, v.dir))
}

// isVault says whether a folder with settings is a vault's home, and not its backup.
func (v *Vault) isVault(dir string) bool {
	for _, name := range []string{keyFile, lockFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return sameFile(dir, v.dir)
}

func sameFile(one, other string) bool {
	a, first := os.Stat(one)
	b, second := os.Stat(other)
	return first == nil && second == nil && os.SameFile(a, b)
}

func (v *Vault) backupBodies(ctx context.Context, snapshot, dir string, progress Progress) (err error) {
	db, err := openSnapshot(snapshot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	to, err := openStore(ctx, "", filepath.Join(dir, blobsDir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	t := &transfer{from: v.blobs, to: to, prune: true, progress: progress, needed: func(name string) (bool, error) {
		return v.ownsBlob(ctx, name) // unless it was erased since the snapshot
	}}
	return t.run(ctx, db)
}

// snapshot writes a consistent copy of the index, without what was freed in it.
func (v *Vault) snapshot(ctx context.Context, path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := writeFile(path, nil); err != nil { // for its mode
		return err
	}
	// A connection of its own: one for queries only, as a vault that is open for
	// reading has, may not write the copy either.
	db, err := openIndex(filepath.Join(v.dir, indexFile), false)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncPath(path)
}

// adoptIndex makes the new index of a folder the index.
func adoptIndex(dir string) error {
	path := filepath.Join(dir, indexFile)
	for _, suffix := range []string{"-wal", "-shm"} { // of an index that was opened in place
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncPath(dir)
}
