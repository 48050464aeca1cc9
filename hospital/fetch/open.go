package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// ErrForged says that what came is not what the ledger holds a commitment to.
var ErrForged = errors.New("what came is not what was anchored: dispute the release")

// open decrypts the records of a release and verifies each.
func (f *Fetch) open(ctx context.Context, r released) ([]Record, error) {
	all := make([]Record, len(r.Records))
	for i, record := range r.Records {
		var err error
		if all[i], err = f.openOne(ctx, record, r.Envelopes[i]); err != nil {
			return nil, fmt.Errorf("record %s: %w", record.Record, err)
		}
	}
	return all, nil
}

func (f *Fetch) openOne(ctx context.Context, record server.OfferedRecord, sealed []byte) (Record, error) {
	id, err := server.ParseRecord(record.Record)
	if err != nil {
		return Record{}, err
	}
	if err := f.isAnchored(ctx, id, record); err != nil {
		return Record{}, err
	}
	e, err := vault.OpenEnvelope(sealed, f.Identity.Age)
	if err != nil {
		return Record{}, fmt.Errorf("%w: its key does not open: %w", ErrForged, err)
	}
	if e.Openings == nil {
		return Record{}, fmt.Errorf("%w: it came without its openings", ErrForged)
	}
	scope := commitment.Scope{ChainID: f.ChainID, Institution: id.Institution}
	content := e.Openings.Content.Commit(scope, e.Openings.ContentOpening)
	descriptor := commitment.Sealed(scope, commitment.Digest(e.Openings.Descriptor), e.Openings.SealedOpening)
	if string(content[:]) != string(record.Leaf.Content) || string(descriptor[:]) != string(record.Leaf.Sealed) {
		return Record{}, fmt.Errorf("%w: its openings open other commitments", ErrForged)
	}
	path := filepath.Join(f.Dir, record.Record)
	size, err := decryptTo(path, path+bodySuffix, e)
	return Record{Record: id, Kind: e.Openings.Content.Kind, Profile: e.Openings.Content.Profile, Path: path, Bytes: size}, err
}

// isAnchored verifies that the record's leaf is in the batch that the own node
// holds.
func (f *Fetch) isAnchored(ctx context.Context, id records.RecordId, record server.OfferedRecord) error {
	if record.Leaf == nil {
		return fmt.Errorf("%w: it came without its leaf", ErrForged)
	}
	answer, err := records.NewQueryClient(f.Ledger).Batch(ctx, &records.QueryBatchRequest{Institution: id.Institution, Number: id.Batch})
	if err != nil {
		return err
	}
	hash := rfc6962.DefaultHasher.HashLeaf(records.LeafBytes(*record.Leaf))
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, id.Leaf, answer.Batch.Leaves, hash, record.Path, answer.Batch.Root); err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	return nil
}

// decryptTo writes the original, or nothing if it is not what was committed to.
func decryptTo(path, body string, e vault.Envelope) (size int64, err error) {
	in, err := os.Open(body)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	plain, err := vault.OpenBody(in, e.Secret)
	if err != nil {
		return 0, fmt.Errorf("%w: its body does not open: %w", ErrForged, err)
	}
	out, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(out, h), plain)
	if err == nil && string(h.Sum(nil)) != string(e.Openings.Content.Raw[:]) {
		err = fmt.Errorf("%w: its bytes have another digest", ErrForged)
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(path+".new"))
	}
	return size, os.Rename(path+".new", path)
}
