package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// Settle is how long a file must have stayed as it is before Watch takes it in:
// whoever writes it may not be done.
const Settle = 2 * time.Second

// rescan is how often Watch looks at the whole folder, for what the system did
// not tell it of: folders on a network tell nothing.
const rescan = time.Minute

// Watch takes in what is in a folder and whatever comes into it, until ctx ends.
// Files are left where they are. A file that changes is taken in again. Report,
// if set, is told of each file after it was taken in, with what was wrong.
func Watch(ctx context.Context, v Vault, folder string, o Options, report func(path string, failures []Failure)) error {
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("folder to watch: %w: name one that is there", err)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer watcher.Close()
	w := &watch{vault: v, options: o, report: report, watcher: watcher, done: make(map[string]version), seen: make(map[string]version)}
	if err := w.scan(folder); err != nil {
		return err
	}
	tick, again := time.NewTicker(Settle/2), time.NewTicker(rescan)
	defer tick.Stop()
	defer again.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case event := <-watcher.Events:
			err = w.scan(event.Name)
		case <-watcher.Errors: // events were lost
			err = w.scan(folder)
		case <-again.C:
			err = w.scan(folder)
		case <-tick.C:
			err = w.takeSettled(ctx)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// version tells one state of a file from another.
type version struct {
	size     int64
	modified time.Time
}

type watch struct {
	vault   Vault
	options Options
	report  func(path string, failures []Failure)
	watcher *fsnotify.Watcher
	// seen holds the files that wait to settle, done those that were taken in.
	seen, done map[string]version
}

// scan looks for new files and folders under a path.
func (w *watch) scan(path string) error {
	err := filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			if w.options.isVault(at) {
				return filepath.SkipDir
			}
			err = w.watcher.Add(at)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went again
	}
	if err != nil {
		return err
	}
	files, _, err := w.options.list(path)
	if err != nil {
		return nil
	}
	for _, f := range files {
		if now, ok := versionOf(f.path); ok && w.done[f.path] != now {
			w.seen[f.path] = now
		}
	}
	return nil
}

func versionOf(path string) (version, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return version{}, false
	}
	return version{info.Size(), info.ModTime()}, true
}

// takeSettled takes in the files that have not changed for long enough.
func (w *watch) takeSettled(ctx context.Context) error {
	for path, was := range w.seen {
		now, there := versionOf(path)
		switch {
		case !there:
			delete(w.seen, path)
			continue
		case now != was || time.Since(now.modified) < Settle:
			w.seen[path] = now
			continue
		}
		in := New(w.vault, w.options)
		err := in.Take(ctx, format.File(path, path))
		if err == nil {
			err = in.Flush(ctx)
		}
		if err != nil {
			return err
		}
		delete(w.seen, path)
		w.done[path] = now
		if w.report != nil {
			w.report(path, in.Failures())
		}
	}
	return nil
}
