package vault

import (
	"bufio"
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

// sealBody encrypts a source to w, reading it once and holding a constant
// amount of it in memory.
func sealBody(ctx context.Context, w io.Writer, src format.Source, secret string) (sealedBody, error) {
	recipient, err := age.NewScryptRecipient(secret)
	if err != nil {
		return sealedBody{}, err
	}
	recipient.SetWorkFactor(workFactor)

	sums := &aside{tally: newTally()}
	defer sums.wait()
	out := outBuffers.Get().(*bufio.Writer)
	out.Reset(io.MultiWriter(w, sums))
	defer func() { out.Reset(nil); outBuffers.Put(out) }()
	encrypted, err := age.Encrypt(out, recipient)
	if err != nil {
		return sealedBody{}, err
	}
	size, raw, err := copyDigest(ctx, encrypted, src)
	if err != nil {
		return sealedBody{}, err
	}
	if err := errors.Join(encrypted.Close(), out.Flush()); err != nil {
		return sealedBody{}, err
	}
	sums.wait()
	body, err := sums.tally.sum()
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

// copyDigest copies a source to w and returns its size and SHA-256 digest.
func copyDigest(ctx context.Context, w io.Writer, src format.Source) (int64, [commitment.Size]byte, error) {
	var digest [commitment.Size]byte
	r, err := src.Open()
	if err != nil {
		return 0, digest, withoutPath(err)
	}
	defer r.Close()
	h := sha256.New()
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	size, err := io.CopyBuffer(struct{ io.Writer }{w}, io.TeeReader(cancellable{ctx, r}, h), *buffer)
	if err != nil {
		return 0, digest, withoutPath(err)
	}
	return size, [commitment.Size]byte(h.Sum(nil)), nil
}

// storeBody encrypts a source into the blob store under a random name. A body
// that cannot be stored whole is not stored.
func (v *Vault) storeBody(ctx context.Context, src format.Source, raw [commitment.Size]byte) (name, secret string, body sealedBody, err error) {
	if secret, err = newSecret(v.random); err != nil {
		return "", "", body, err
	}
	if name, err = newBlobName(v.random); err != nil {
		return "", "", body, err
	}
	err = v.blobs.put(ctx, name, func(w io.Writer) error {
		if body, err = sealBody(ctx, w, src, secret); err != nil {
			return err
		}
		return sameDigest(body.raw, raw)
	})
	return name, secret, body, err
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
