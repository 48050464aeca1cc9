package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// folder is where everything that comes is put, for this user alone. Nothing outside
// of it is read or written, whatever a name or a symbolic link in it says.
type folder struct{ *os.Root }

func openFolder(path string) (folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return folder{}, err
	}
	root, err := os.OpenRoot(path)
	return folder{root}, err
}

// path is where a file is, as whoever gave the folder finds it.
func (d folder) path(name string) string { return filepath.Join(d.Name(), name) }

// replace writes a file so that after a crash the old one or the new one is there,
// whole. If writing fails nothing of the new one stays.
func (d folder) replace(name string, write func(io.Writer) error) error {
	next := name + ".new"
	if err := d.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := d.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err = write(out); err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = d.Rename(next, name)
	}
	if err != nil {
		return errors.Join(err, d.Remove(next))
	}
	self, err := d.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(self.Sync(), self.Close())
}

// keep writes a file of state.
func (d folder) keep(name string, state any) error {
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	return d.replace(name, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// kept reads a file of state and says whether there is one.
func (d folder) kept(name string, state any) (bool, error) {
	text, err := d.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(text, state); err != nil {
		return false, fmt.Errorf("%s does not read: give an empty folder: %w", name, err)
	}
	return true, nil
}

// cancellable is a reader that ends with its context.
type cancellable struct {
	ctx  context.Context
	from io.Reader
}

// Read implements io.Reader.
func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.from.Read(p)
}
