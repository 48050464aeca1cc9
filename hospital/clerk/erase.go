package clerk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// ErrNotAnchored says that a record is in no batch that the ledger holds.
var ErrNotAnchored = errors.New("the ledger does not hold the record yet")

// Erase destroys a record in the vault and then records its tombstone on the
// ledger. It returns whom the record was disclosed to: they are to be told, by
// the law and by this. Repeating it after an interruption ends what was begun;
// the legal ground of the first time stays. A record that the ledger does not
// hold is destroyed all the same, and ErrNotAnchored returned: its tombstone
// follows when Erase is repeated after its batch was anchored.
func (c *Clerk) Erase(ctx context.Context, id uint64, basis records.ErasureBasis) ([]vault.Recipient, error) {
	if err := basis.Validate(); err != nil {
		return nil, err
	}
	if err := c.vault.Erase(ctx, id, code(basis)); err != nil {
		return nil, err
	}
	recipients, err := c.vault.Recipients(ctx, id)
	if err != nil {
		return nil, err
	}
	return recipients, c.tombstone(ctx, id)
}

// code is an erasure basis as the vault keeps it: "consent-withdrawn".
func code(basis records.ErasureBasis) string {
	name := strings.TrimPrefix(basis.String(), "ERASURE_BASIS_")
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

// ParseBasis is the inverse of how a basis is written for people.
func ParseBasis(text string) (records.ErasureBasis, error) {
	var known []string
	for number := records.ERASURE_BASIS_UNSPECIFIED + 1; number.Validate() == nil; number++ {
		if code(number) == text {
			return number, nil
		}
		known = append(known, code(number))
	}
	return 0, fmt.Errorf("legal ground %q is not listed: give one of %s", text, strings.Join(known, ", "))
}

// tombstone records an erasure on the ledger, once.
func (c *Clerk) tombstone(ctx context.Context, id uint64) error {
	r, err := c.vault.Get(ctx, id)
	if err != nil {
		return err
	}
	if r.Height == 0 {
		return fmt.Errorf("record %d: %w: it is destroyed; anchor its batch and erase it again, so that the ledger says so", id, ErrNotAnchored)
	}
	basis, err := ParseBasis(r.Basis)
	if err != nil {
		return err
	}
	ref, err := c.ref(ctx, id)
	if err != nil {
		return err
	}
	standing, err := readNewest(ctx, c, func(s ledger.State) (*records.Standing, error) { return s.Standing(ctx, ref.Id) })
	if err != nil {
		return err
	}
	if standing != nil && standing.Status == records.RECORD_STATUS_ERASED {
		return nil
	}
	err = c.submit(ctx, &records.MsgEraseRecord{Vault: c.key.Address(), Record: ref, Basis: basis})
	if errors.Is(err, records.ErrWrongStatus) { // somebody was faster
		return nil
	}
	return err
}

// ref refers to a record with its leaf and path, which the ledger may not know.
func (c *Clerk) ref(ctx context.Context, id uint64) (records.RecordRef, error) {
	p, err := c.vault.Proof(ctx, id)
	if err != nil {
		return records.RecordRef{}, err
	}
	return records.RecordRef{
		Id:   records.RecordId{Institution: c.vault.Settings().Institution, Batch: p.Batch, Leaf: p.Index},
		Leaf: &p.Leaf,
		Path: p.Path,
	}, nil
}
