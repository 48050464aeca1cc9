package clerk

import (
	"context"
	"fmt"

	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/records"
)

// Bundle makes an evidence bundle about a record as the ledger stands, which
// verifies from the genesis document. With a holder it opens the commitments:
// whoever has such a bundle knows what the record is, and so the holder's
// account is entered into the account of disclosures first.
func (o *Office) Bundle(ctx context.Context, id uint64, holder string) ([]byte, proof.Report, error) {
	root, err := proof.GenesisRoot(o.Genesis)
	if err != nil {
		return nil, proof.Report{}, err
	}
	newest, err := o.Verifier.LightBlock(ctx, 0)
	if err != nil {
		return nil, proof.Report{}, err
	}
	return bundle(ctx, o.vault, o.Verifier, root, id, newest.Height-1, holder)
}

// bundle makes a bundle about a record as it was at a height.
func bundle(ctx context.Context, v *vault.Vault, source proof.Source, root proof.Root, id uint64, height int64, holder string) ([]byte, proof.Report, error) {
	p, err := v.Proof(ctx, id)
	if err != nil {
		return nil, proof.Report{}, err
	}
	r, err := v.Get(ctx, id)
	if err != nil {
		return nil, proof.Report{}, err
	}
	if r.Height == 0 {
		return nil, proof.Report{}, fmt.Errorf("record %d: %w: anchor its batch first", id, ErrNotAnchored)
	}
	request := proof.Request{
		Record: records.RecordId{Institution: v.Settings().Institution, Batch: p.Batch, Leaf: p.Index},
		Leaf:   records.LeafBytes(p.Leaf), Path: p.Path, Height: height, Standing: true,
	}
	if holder != "" {
		if request.Content, err = content(ctx, v, id, holder); err != nil {
			return nil, proof.Report{}, err
		}
	}
	return proof.Make(ctx, source, root, request)
}

// content opens a record for a holder, on record.
func content(ctx context.Context, v *vault.Vault, id uint64, holder string) (*proof.Content, error) {
	e, err := v.Disclose(ctx, id, holder)
	if err != nil {
		return nil, err
	}
	o := e.Openings
	return &proof.Content{
		Kind: o.Content.Kind, Profile: o.Content.Profile, Canonical: o.Content.Canonical[:], Raw: o.Content.Raw[:],
		Opening: o.ContentOpening[:], Holder: holder,
		Sealed: &proof.Sealed{Opening: o.SealedOpening[:], Descriptor: o.Descriptor},
	}, nil
}
