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
// if set, is told of each file after it was taken in, with what was wrong, and once of
// each folder in it that cannot be looked into. It fails at once if the folder itself
// cannot be; later that may come and go.
func Watch(ctx context.Context, v Vault, folder string, o Options, report func(path string, failures []Failure)) error {
	if f, err := os.Open(folder); err != nil {
		return fmt.Errorf("folder to watch: %w: name one that is there and may be read", err)
	} else if err := f.Close(); err != nil {
		return err
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer watcher.Close()
	w := &watch{vault: v, options: o, report: report, watcher: watcher, done: make(map[string]version), seen: make(map[string]version)}
	w.scan(folder)
	tick, again := time.NewTicker(Settle/2), time.NewTicker(rescan)
	defer tick.Stop()
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-watcher.Events:
			w.scan(event.Name)
		case <-watcher.Errors: // events were lost
			w.scan(folder)
		case <-again.C:
			w.scan(folder)
		case <-tick.C:
			if err := w.takeSettled(ctx); err != nil && ctx.Err() == nil {
				return err
			}
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
	// seen holds the files that wait to settle, done those that were taken in, and what
	// could not be looked into.
	seen, done map[string]version
}

// scan looks for new files and folders under a path. A folder that cannot be watched is
// looked at when all of them are.
func (w *watch) scan(path string) {
	_ = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			if w.options.isVault(at) {
				return filepath.SkipDir
			}
			_ = w.watcher.Add(at)
		}
		return nil
	})
	files, failures, err := w.options.list(path)
	if err != nil {
		return // it went again
	}
	for _, f := range failures {
		_, told := w.done[f.Path]
		if told || errors.Is(f.Err, fs.ErrNotExist) { // or it went again
			continue
		}
		w.done[f.Path] = version{}
		if w.report != nil {
			w.report(f.Path, []Failure{f})
		}
	}
	for _, f := range files {
		if now, ok := versionOf(f.path); ok && w.done[f.path] != now {
			w.seen[f.path] = now
		}
	}
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
