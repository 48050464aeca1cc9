package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"syscall"

	"filippo.io/age"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// ErrForged says that what came is not what the ledger holds a commitment to.
var ErrForged = errors.New("what came is not what was anchored: dispute it")

// Record is one record that came, decrypted and verified.
type Record struct {
	// Record is its id.
	Record records.RecordId
	// Kind and Profile are its type and canonical form.
	Kind, Profile string
	// Path is the file, and Bytes its size.
	Path  string
	Bytes int64
}

// openEnvelope opens the key of a record and verifies that its openings open the
// commitments of the leaf that came with it, and that this is about the subject.
func openEnvelope(chainID string, identity age.Identity, subject records.SubjectId, record server.OfferedRecord, sealed []byte) (vault.Envelope, error) {
	e, err := vault.OpenEnvelope(sealed, identity)
	if err != nil {
		return e, fmt.Errorf("%w: its key does not open: %w", ErrForged, err)
	}
	if e.Openings == nil || record.Leaf == nil {
		return e, fmt.Errorf("%w: it came without its openings or its leaf", ErrForged)
	}
	id, err := server.ParseRecord(record.Record)
	if err != nil {
		return e, err
	}
	scope := commitment.Scope{ChainID: chainID, Institution: id.Institution}
	content := e.Openings.Content.Commit(scope, e.Openings.ContentOpening)
	descriptor := commitment.Sealed(scope, commitment.Digest(e.Openings.Descriptor), e.Openings.SealedOpening)
	if string(content[:]) != string(record.Leaf.Content) || string(descriptor[:]) != string(record.Leaf.Sealed) {
		return e, fmt.Errorf("%w: its openings open other commitments", ErrForged)
	}
	if !access.IsAbout(*record.Leaf, subject) {
		return e, fmt.Errorf("%w: it is about another subject", ErrForged)
	}
	return e, nil
}

// decrypt writes the original of a body that is here, or nothing if it is not what was
// committed to.
func (d folder) decrypt(ctx context.Context, record server.OfferedRecord, e vault.Envelope) (Record, error) {
	id, err := server.ParseRecord(record.Record)
	if err != nil {
		return Record{}, err
	}
	content := e.Openings.Content
	r := Record{Record: id, Kind: content.Kind, Profile: content.Profile, Path: d.path(record.Record)}
	err = d.original(ctx, record, e, func(plain io.Reader) error {
		return d.replace(record.Record, func(out io.Writer) (err error) {
			h := sha256.New()
			r.Bytes, err = io.Copy(io.MultiWriter(out, h), plain)
			if err == nil && string(h.Sum(nil)) != string(content.Raw[:]) {
				err = fmt.Errorf("%w: its bytes have another digest", ErrForged)
			}
			return err
		})
	})
	return r, err
}

// original opens a body that is here, and fails before reading on if the secret is
// another body's.
func (d folder) original(ctx context.Context, record server.OfferedRecord, e vault.Envelope, read func(io.Reader) error) error {
	in, err := d.Open(record.Record + bodySuffix)
	if err != nil {
		return err
	}
	defer in.Close()
	plain, err := vault.OpenBody(cancellable{ctx, in}, e.Secret)
	if err == nil {
		err = read(plain)
	}
	var local syscall.Errno // such as of a full disk
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrForged) || errors.As(err, &local) {
		return err
	}
	return fmt.Errorf("%w: its body does not open: %w", ErrForged, err)
}

// isAnchored verifies that a record's leaf is in the batch that the own node holds.
func isAnchored(ctx context.Context, l Ledger, record server.OfferedRecord) error {
	id, err := server.ParseRecord(record.Record)
	if err != nil {
		return err
	}
	if record.Leaf == nil {
		return fmt.Errorf("%w: it came without its leaf", ErrForged)
	}
	answer, err := records.NewQueryClient(l).Batch(ctx, &records.QueryBatchRequest{Institution: id.Institution, Number: id.Batch})
	if err != nil {
		return err
	}
	hash := rfc6962.DefaultHasher.HashLeaf(records.LeafBytes(*record.Leaf))
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, id.Leaf, answer.Batch.Leaves, hash, record.Path, answer.Batch.Root); err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	return nil
}
