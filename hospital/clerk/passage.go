package clerk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"filippo.io/age"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// entry reads an entry of a subject's account.
func (r *Releases) entry(ctx context.Context, subject records.SubjectId, index uint64) (*access.Disclosure, error) {
	return readNewest(ctx, r.Clerk, func(s ledger.State) (*access.Disclosure, error) { return s.Disclosure(ctx, subject, index) })
}

// Passage is a release on its way: what was released to whom, and whether it still
// may be.
type Passage struct {
	// Entry is the release as the ledger proves it.
	Entry access.Disclosure

	releases *Releases
}

// Passage reads a release of this vault to a requester with proof, or fails with
// gate.ErrClosed.
func (r *Releases) Passage(ctx context.Context, requester string, subject records.SubjectId, index uint64) (*Passage, error) {
	d, err := r.entry(ctx, subject, index)
	if err != nil {
		return nil, err
	}
	if d == nil || d.Kind != access.DISCLOSURE_KIND_RELEASE || d.Custodian != r.vault.Settings().Institution || d.Requester != requester || d.Ticket == nil {
		return nil, gate.ErrClosed
	}
	return &Passage{Entry: *d, releases: r}, nil
}

// Check fails with gate.ErrClosed unless the record of the release may leave now,
// and returns it.
func (p *Passage) Check(ctx context.Context, id records.RecordId) (Offered, error) {
	r := p.releases
	if !slices.ContainsFunc(p.Entry.Records, func(released access.ReleasedRecord) bool { return released.Record == id }) {
		return Offered{}, gate.ErrClosed
	}
	c, err := r.gate.Open(ctx, *p.Entry.Ticket)
	if err != nil {
		return Offered{}, err
	}
	return r.named(ctx, c, id)
}

// ErrNoReceipt says that the ledger holds no receipt for a release.
var ErrNoReceipt = errors.New("the ledger holds no receipt for this release: sign for it first")

// Keys returns an envelope for each record of a release, sealed to the requester's
// recipient, in the order of the entry. It fails with ErrNoReceipt unless the entry
// that is named is the requester's receipt.
func (p *Passage) Keys(ctx context.Context, receipt uint64, recipient string) ([][]byte, error) {
	r := p.releases
	signed, err := r.entry(ctx, p.Entry.Subject, receipt)
	if err != nil {
		return nil, err
	}
	if signed == nil || signed.Kind != access.DISCLOSURE_KIND_RECEIPT || signed.Of != p.Entry.Index || signed.Requester != p.Entry.Requester {
		return nil, ErrNoReceipt
	}
	c, err := r.gate.Open(ctx, *p.Entry.Ticket)
	if err != nil {
		return nil, err
	}
	if digest := sha256.Sum256([]byte(recipient)); string(digest[:]) != string(c.Ticket.Recipient) {
		return nil, fmt.Errorf("%w: the recipient is not the ticket's", gate.ErrClosed)
	}
	key, err := age.ParseHybridRecipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("%w: the recipient is no age recipient: %w", gate.ErrClosed, err)
	}
	envelopes := make([][]byte, len(p.Entry.Records))
	for i, released := range p.Entry.Records {
		o, err := r.named(ctx, c, released.Record)
		if err != nil {
			return nil, err
		}
		if envelopes[i], err = r.vault.EnvelopeFor(ctx, o.number, vault.Requester{Address: p.Entry.Requester, Recipient: key, Openings: true}); err != nil {
			return nil, err
		}
	}
	return envelopes, nil
}
