package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Create makes a vault in a folder that is empty or not there yet. Its first
// key is made in vault.key and escrowed to the recovery recipient, "age1pq1...",
// whose secret half belongs offline. WindowDays 0 stands for the default.
func Create(ctx context.Context, dir string, settings Settings, recovery string) error {
	if _, err := parseRecovery(recovery); err != nil {
		return err
	}
	return create(ctx, dir, settings, func(s Settings) (Keys, error) {
		if err := replaceFile(filepath.Join(dir, recoveryFile), []byte(strings.TrimSpace(recovery)+"\n")); err != nil {
			return nil, err
		}
		keys := NewKeyFile(dir, s)
		return keys, keys.Add(ctx)
	})
}

// CreateWith makes a vault whose keys a KMS or an HSM holds. It must hold one
// already, and its escrow is its own matter.
func CreateWith(ctx context.Context, dir string, settings Settings, keys Keys) error {
	return create(ctx, dir, settings, func(Settings) (Keys, error) { return keys, nil })
}

// create leaves the folder empty if it fails.
func create(ctx context.Context, dir string, settings Settings, makeKeys func(Settings) (Keys, error)) error {
	if settings.WindowDays == 0 {
		settings.WindowDays = DefaultWindowDays
	}
	if err := settings.Validate(); err != nil {
		return err
	}
	if err := requireEmpty(dir); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	settings.ID = rand.Text()
	if err := fill(ctx, dir, settings, makeKeys); err != nil {
		return errors.Join(err, emptyOut(dir))
	}
	return nil
}

// fill writes the settings last: a folder without them is no vault.
func fill(ctx context.Context, dir string, settings Settings, makeKeys func(Settings) (Keys, error)) error {
	keys, err := makeKeys(settings)
	if err != nil {
		return err
	}
	held, err := keys.List(ctx)
	if err != nil {
		return err
	}
	if len(held) == 0 {
		return fmt.Errorf("%w: none is held: make one first", ErrKey)
	}
	if err := createIndex(ctx, dir, settings.Scope(), held, rand.Reader); err != nil {
		return err
	}
	blobs, err := openStore(ctx, settings.Blobs, filepath.Join(dir, blobsDir))
	if err != nil {
		return err
	}
	if err := errors.Join(blobs.close(), os.Mkdir(filepath.Join(dir, treesDir), 0o700)); err != nil {
		return err
	}
	return writeSettings(dir, settings)
}

// emptyOut empties a folder that was empty before.
func emptyOut(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

func requireEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w: %s is not empty: give a new folder", ErrInvalid, dir)
	}
	return nil
}
