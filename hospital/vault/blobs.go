package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"
)

const (
	// shardSize is how many hex digits of a blob's name are its folder: 256
	// folders keep a million blobs quick to list.
	shardSize = 2
	// listPage is how many names of one folder are asked for at once. A local
	// folder is walked anew for each page.
	listPage = 20_000
)

// store is where the bodies are.
type store struct {
	bucket *blob.Bucket
	// dir is the folder of a local store, which the vault must make durable by
	// itself; "" elsewhere.
	dir string
}

// openStore opens the blob store of a URL, or of the folder if it is "".
func openStore(ctx context.Context, address, folder string) (*store, error) {
	dir, err := localDir(address, folder)
	if err != nil {
		return nil, err
	}
	if dir == "" {
		bucket, err := blob.OpenBucket(ctx, address)
		if err != nil {
			return nil, fmt.Errorf("%w: blobs: %w", ErrSettings, err)
		}
		return &store{bucket: bucket}, nil
	}
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o700,
		Metadata:    fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: blobs: %w", ErrSettings, err)
	}
	return &store{bucket: bucket, dir: dir}, nil
}

func localDir(address, folder string) (string, error) {
	if address == "" {
		return folder, nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme == "":
		return "", fmt.Errorf("%w: blobs is not a URL: write s3://bucket, gs://bucket, azblob://container or file:///folder", ErrSettings)
	case u.Scheme != fileblob.Scheme:
		return "", nil
	case u.Host != "" || !filepath.IsAbs(filepath.FromSlash(u.Path)) || u.RawQuery != "":
		return "", fmt.Errorf("%w: blobs %q: write file:/// and an absolute path, without parameters", ErrSettings, address)
	}
	return filepath.FromSlash(u.Path), nil
}

func (s *store) close() error { return s.bucket.Close() }

// put stores what write writes, or nothing if it fails.
func (s *store) put(ctx context.Context, name string, write func(io.Writer) error) error {
	if s.dir != "" {
		return s.putFile(name, write)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.bucket.NewWriter(ctx, name, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		cancel() // makes Close give up what was written
		if closing := w.Close(); closing != nil && !errors.Is(closing, context.Canceled) && gcerrors.Code(closing) != gcerrors.Canceled {
			return errors.Join(err, closing)
		}
		return err
	}
	return w.Close()
}

// putFile writes a local body straight to its name. Nobody knows the name before
// the index has it, so that a file which a crash cut short is an orphan, and a
// temporary file and its renaming, a quarter of the cost, can be spared.
func (s *store) putFile(name string, write func(io.Writer) error) error {
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	f, err := createFile(path)
	if errors.Is(err, fs.ErrNotExist) { // the first of its shard
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		f, err = createFile(path)
	}
	if err != nil {
		return err
	}
	if err := write(&eager{file: f}); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	return f.Close()
}

// eager has the disk begin with every few megabytes as they are written, or it
// would stand idle until the file is made durable.
type eager struct {
	file      *os.File
	at, since int64
}

// Write implements io.Writer.
func (e *eager) Write(p []byte) (int, error) {
	n, err := e.file.Write(p)
	if e.since += int64(n); e.since >= 8<<20 {
		beginWriting(e.file, e.at, e.since)
		e.at, e.since = e.at+e.since, 0
	}
	return n, err
}

func createFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
}

// open reads length bytes from offset on, or all of the rest if length is -1.
func (s *store) open(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r, err := s.bucket.NewRangeReader(ctx, name, offset, length, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%w: the blob store has no body %s: bring it back from a backup", ErrCorrupt, name)
	}
	return r, err
}

// remove deletes blobs and makes that durable. One that is gone is no error.
func (s *store) remove(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := s.bucket.Delete(ctx, name); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return err
		}
	}
	return s.sync(names)
}

// sync makes what was stored or removed durable.
func (s *store) sync(names []string) error {
	if s.dir == "" || len(names) == 0 {
		return nil // the others are durable when they say so
	}
	return syncFiles(s.dir, names)
}

// object is one stored blob.
type object struct {
	name    string
	size    int64
	written time.Time
}

// shards is how many folders the names of blobs are spread over.
const shards = 1 << (4 * shardSize)

// shardPrefix begins the names of a shard, and shardEnd is after the last.
func shardPrefix(shard int) string { return fmt.Sprintf("%0*x/", shardSize, shard) }
func shardEnd(shard int) string    { return fmt.Sprintf("%0*x0", shardSize, shard) }

// each calls visit for every stored blob of a shard in the order of names.
func (s *store) each(ctx context.Context, shard int, visit func(object) error) error {
	for token := blob.FirstPageToken; token != nil; {
		page, next, err := s.bucket.ListPage(ctx, token, listPage, &blob.ListOptions{Prefix: shardPrefix(shard)})
		if err != nil {
			return err
		}
		for _, o := range page {
			if err := visit(object{name: o.Key, size: o.Size, written: o.ModTime}); err != nil {
				return err
			}
		}
		token = next
	}
	return nil
}

// withoutPath takes the path out of an error of the file system: names of files
// name patients.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}
