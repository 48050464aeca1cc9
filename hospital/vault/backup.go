package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Backup brings a folder up to date with the vault while the vault serves. It
// holds the index, the bodies and the settings, and no key: envelopes in it are
// under the vault's keys of today, so that it opens nothing any more once these
// are destroyed. Bodies that are there already are not copied again, and those
// of erased records are removed. After an interruption the folder still has the
// index of the last complete backup, and the next one goes on.
func (v *Vault) Backup(ctx context.Context, dir string, progress Progress) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	next := filepath.Join(dir, indexFile+".new")
	if err := v.snapshot(ctx, next); err != nil {
		return err
	}
	if err := v.backupBodies(ctx, next, dir, progress); err != nil {
		return err
	}
	if err := copyRecovery(dir, v.dir); err != nil {
		return err
	}
	if err := writeSettings(dir, v.settings); err != nil {
		return err
	}
	return adoptIndex(dir)
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
