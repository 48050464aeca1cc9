package vault

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"filippo.io/age"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	// ChunkSize is the size in bytes of the chunks of an encrypted body that its
	// chunk root is built over.
	ChunkSize = 64 << 10

	secretSize = 32
	// workFactor is the lowest there is: the secret has 256 bits already.
	workFactor = 1
	// maxWorkFactor bounds what a body made elsewhere may cost to open.
	maxWorkFactor = 18

	copySize = 256 << 10

	// smallBody is the size in bytes up to which an original's body stands in the
	// index: that of the lowest size class, so that where it stands tells no more
	// than the ledger shows.
	smallBody = 16 << 10
)

var (
	copyBuffers = sync.Pool{New: func() any { b := make([]byte, copySize); return &b }}
	outBuffers  = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, copySize) }}
)

// newSecret returns a fresh secret as text, 43 characters of base64url.
func newSecret(random io.Reader) (string, error) {
	var b [secretSize]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// OpenBody decrypts a body by the secret from its envelope, as a stream.
func OpenBody(encrypted io.Reader, secret string) (io.Reader, error) {
	identity, err := age.NewScryptIdentity(secret)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	return age.Decrypt(encrypted, identity)
}

// sealedBody is what is known of a body once it is encrypted.
type sealedBody struct {
	digest    [commitment.Size]byte // of the encrypted bytes
	chunkRoot [commitment.Size]byte
	size      int64 // encrypted
	original  int64
	raw       [commitment.Size]byte // of the original bytes
}

// sealBody encrypts an original to w, reading it once and holding a constant
// amount of it in memory.
func sealBody(ctx context.Context, w io.Writer, original io.Reader, secret string) (sealedBody, error) {
	recipient, err := age.NewScryptRecipient(secret)
	if err != nil {
		return sealedBody{}, err
	}
	recipient.SetWorkFactor(workFactor)

	tally := newTally()
	stored, tallied := &aside{to: w}, &aside{to: tally}
	wait := func() error { return errors.Join(stored.wait(), tallied.wait()) }
	defer func() { _ = wait() }() // the error that ended it came first
	out := outBuffers.Get().(*bufio.Writer)
	out.Reset(io.MultiWriter(stored, tallied))
	defer func() { out.Reset(nil); outBuffers.Put(out) }()
	encrypted, err := age.Encrypt(out, recipient)
	if err != nil {
		return sealedBody{}, err
	}
	size, raw, err := copyDigest(ctx, encrypted, original)
	if err != nil {
		return sealedBody{}, err
	}
	for _, end := range []func() error{encrypted.Close, out.Flush, wait} {
		if err := end(); err != nil {
			return sealedBody{}, err
		}
	}
	body, err := tally.sum()
	body.original, body.raw = size, raw
	return body, err
}

// cancellable is a reader that ends with its context.
type cancellable struct {
	ctx  context.Context
	from io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.from.Read(p)
}

// copyDigest copies an original to w and returns its size and SHA-256 digest.
func copyDigest(ctx context.Context, w io.Writer, r io.Reader) (int64, [commitment.Size]byte, error) {
	var digest [commitment.Size]byte
	h := sha256.New()
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	size, err := io.CopyBuffer(struct{ io.Writer }{w}, io.TeeReader(cancellable{ctx, r}, h), *buffer)
	if err != nil {
		return 0, digest, withoutPath(err)
	}
	return size, [commitment.Size]byte(h.Sum(nil)), nil
}

// storedBody is a body and where it is: under a name in the blob store, or small
// and about to enter the index.
type storedBody struct {
	sealedBody
	secret string
	name   string
	small  []byte
}

// storeBody encrypts a source under a fresh secret. A small one is returned; a
// large one goes into the blob store under a random name, whole or not at all.
func (v *Vault) storeBody(ctx context.Context, src format.Source, raw [commitment.Size]byte) (b storedBody, err error) {
	if b.secret, err = newSecret(v.random); err != nil {
		return b, err
	}
	r, err := src.Open()
	if err != nil {
		return b, withoutPath(err)
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, v.small+1))
	if err != nil {
		return b, withoutPath(err)
	}
	seal := func(w io.Writer) (err error) {
		if b.sealedBody, err = sealBody(ctx, w, io.MultiReader(bytes.NewReader(head), r), b.secret); err != nil {
			return err
		}
		return sameDigest(b.raw, raw)
	}
	if int64(len(head)) <= v.small {
		var out bytes.Buffer
		err = seal(&out)
		b.small = out.Bytes()
		return b, err
	}
	if b.name, err = newBlobName(v.random); err != nil {
		return b, err
	}
	if err = v.blobs.put(ctx, b.name, seal); err != nil {
		b.name = "" // nothing was stored
	}
	return b, err
}

// openBody opens the encrypted body of a record that is not under reference
// custody: length bytes from offset on, or all of the rest if length is -1.
func (v *Vault) openBody(ctx context.Context, r Record, offset, length int64) (io.ReadCloser, error) {
	if r.blob != "" {
		return v.blobs.open(ctx, r.blob, offset, length)
	}
	var body []byte
	err := v.db.QueryRowContext(ctx, `SELECT age FROM bodies WHERE record = ?`, int64(r.ID)).Scan(&body)
	if isNoRows(err) {
		if _, err := v.kept(ctx, r.ID); err != nil { // erased a moment ago
			return nil, err
		}
	}
	if err != nil && !isNoRows(err) {
		return nil, err
	}
	if int64(len(body)) != r.BodySize || offset > r.BodySize {
		return nil, fmt.Errorf("%w: its body in the index has %d bytes instead of %d: restore the index from a backup", ErrCorrupt, len(body), r.BodySize)
	}
	body = body[offset:]
	if length >= 0 && length < int64(len(body)) {
		body = body[:length]
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

func sameDigest(got, want [commitment.Size]byte) error {
	if got != want {
		return fmt.Errorf("%w since its digest was taken: ingest it again", ErrChanged)
	}
	return nil
}

func newBlobName(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	text := hex.EncodeToString(b[:])
	return text[:shardSize] + "/" + text[shardSize:], nil
}
