package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// Summary is what became of a folder.
type Summary struct {
	// Files and Bytes are how many files there were, and their size.
	Files int
	Bytes int64
	// Records went into the vault, Known of them were there already.
	Records, Known int
	// Kinds counts the records by profile and kind.
	Kinds map[[2]string]int
	// Failures are in the order of the files.
	Failures []Failure
}

// Progress is told how many bytes of how many have been taken in.
type Progress func(done, total int64)

// Path takes in a file or, in the order of their names, all files of a folder
// and the folders in it. Files whose names begin with a dot are left out, as are
// links; the folder of the vault itself is too, which is a failure. The error says
// that nothing more could be done at all; what is wrong with single files is in the
// summary.
func Path(ctx context.Context, v Vault, path string, o Options, progress Progress) (Summary, error) {
	files, failures, err := o.list(path)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Kinds: make(map[[2]string]int), Failures: failures}
	tell := o.Found
	o.Found = func(f Found) {
		s.Records++
		if f.Known {
			s.Known++
		}
		s.Kinds[[2]string{f.Profile, f.Kind}]++
		if tell != nil {
			tell(f)
		}
	}
	var total int64
	for _, f := range files {
		total += f.size
	}
	in := New(v, o)
	for _, f := range files {
		if progress != nil {
			progress(s.Bytes, total)
		}
		if err := in.Take(ctx, format.File(f.path, f.path)); err != nil {
			return s, err
		}
		s.Files++
		s.Bytes += f.size
	}
	if progress != nil {
		progress(s.Bytes, total)
	}
	err = in.Flush(ctx)
	s.Failures = append(s.Failures, in.Failures()...)
	return s, err
}

type file struct {
	path string
	size int64
}

// list returns the files under a path, and what it could not look into.
func (o Options) list(path string) (files []file, failures []Failure, err error) {
	if path == "" {
		return nil, nil, errors.New("the name of a file or folder is empty: name one that is there")
	}
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("%w: name a file or folder that is there", err)
	}
	err = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			failures = append(failures, Failure{Path: at, Err: err})
			return nil
		}
		if (entry.IsDir() || at == path) && o.isVault(at) {
			failures = append(failures, Failure{Path: at, Err: ErrVault})
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if hidden := at != path && strings.HasPrefix(entry.Name(), "."); hidden && entry.IsDir() {
			return filepath.SkipDir
		} else if hidden || entry.IsDir() {
			return nil
		}
		info, err := os.Stat(at)
		if entry.Type()&fs.ModeSymlink != 0 && at != path || err == nil && !info.Mode().IsRegular() {
			return nil
		}
		if err != nil {
			failures = append(failures, Failure{Path: at, Err: err})
			return nil
		}
		files = append(files, file{path: at, size: info.Size()})
		return nil
	})
	return files, failures, err
}

// ErrVault says why a file or folder is left out.
var ErrVault = errors.New("it belongs to the vault itself, which keeps its keys there: it is left out")

// isVault says whether a path is the folder of the vault, or in it.
func (o Options) isVault(path string) bool {
	if o.Vault == "" {
		return false
	}
	place, err := filepath.Rel(resolved(o.Vault), resolved(path))
	return err == nil && filepath.IsLocal(place)
}

// resolved is a path without links, if it is there.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
