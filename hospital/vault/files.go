package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// replaceFile writes a file of mode 0600 so that after a crash either the old
// or the new one is there. The bytes of the old one are overwritten with zeros,
// for it may have held a key; a drive that copies on write may keep them.
func replaceFile(path string, content []byte) error {
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if old != nil {
		defer old.Close()
	}
	next := path + ".new"
	if err := writeFile(next, content); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	if err := syncPath(filepath.Dir(path)); err != nil {
		return err
	}
	return wipe(old)
}

func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

func wipe(f *os.File) error {
	if f == nil {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return err
	}
	return f.Sync()
}

// syncPath makes a file, or the entries of a folder, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lockHome makes this process the only one that writes to a vault. The lock
// goes with the process, however that ends; a mark in the file goes with unlock,
// so that the next process sees whether the one before was cut short.
func lockHome(dir string) (f *os.File, cut bool, err error) {
	f, err = os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%s: %w by another process: wait for it to end, open for reading, or, if it serves and does not take this over, stop it", dir, ErrBusy)
	}
	if err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	info, err := f.Stat()
	if err == nil && info.Size() == 0 {
		_, err = f.WriteString("open\n")
		err = errors.Join(err, f.Sync())
	}
	if err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	return f, info.Size() > 0, nil
}

// unlock leaves the mark if what a process left that was cut short is still to be swept.
func unlock(f *os.File, cut bool) error {
	if cut {
		return f.Close()
	}
	return errors.Join(f.Truncate(0), f.Close())
}
