package clerk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Releases hands records to whoever holds a ticket, in four steps: it has the ledger
// record the release, sends the bodies, waits for the receipt, sends the keys. Each
// step asks the gate anew. Its methods may be called by many goroutines.
type Releases struct {
	*Clerk
	gate *gate.Gate
	// asked holds the releases that are being recorded.
	asked singleflight.Group
}

// Releases prepares releases by a clerk, as far as the ledger permits them.
func (c *Clerk) Releases() *Releases {
	return &Releases{Clerk: c, gate: gate.New(c.newest, c.vault, c.vault.Settings().Institution)}
}

// Known says whether an account belongs to an institution of the network, or that the
// ledger does not tell now.
func (r *Releases) Known(ctx context.Context, account string) bool {
	ctx, stop := context.WithTimeout(ctx, again)
	defer stop()
	state, err := r.newest(ctx)
	if err != nil {
		return true
	}
	institution, err := state.Affiliation(ctx, account)
	return institution != 0 || err != nil
}

// Holding is a ticket in the hands of its holder.
type Holding struct {
	releases *Releases
	now      *gate.Case
}

// fresh is how long a ticket may take from its block to the next, which proves it.
const fresh = 5 * time.Second

// Holding opens a ticket, or fails with gate.ErrClosed unless it is the requester's.
// It waits a moment for one that no block has proven yet.
func (r *Releases) Holding(ctx context.Context, ticket access.TicketId, requester string) (*Holding, error) {
	c, err := r.gate.Open(ctx, ticket)
	for begun := time.Now(); errors.Is(err, gate.ErrNoTicket) && time.Since(begun) < fresh; {
		if err := wait(ctx, again); err != nil {
			return nil, err
		}
		c, err = r.gate.Open(ctx, ticket)
	}
	if err != nil {
		return nil, err
	}
	if c.Ticket.Requester != requester {
		return nil, fmt.Errorf("%w: %s holds the ticket", gate.ErrClosed, c.Ticket.Requester)
	}
	return &Holding{releases: r, now: c}, nil
}

// Offered is a record that a ticket opens.
type Offered struct {
	// Record is its id on the ledger.
	Record records.RecordId
	// Class is its class.
	Class records.RecordClass
	// Size is that of the encrypted body in bytes, and Body its SHA-256 digest.
	Size int64
	Body [sha256.Size]byte

	number uint64
	// basis and consents are those that the ledger enters its release with.
	basis    access.Basis
	consents []uint64
}

// Offer lists the records that a ticket opens. What is withheld, erased or unknown
// is not in it, and nothing tells which of these it is.
func (h *Holding) Offer(ctx context.Context) ([]Offered, error) {
	r, c := h.releases, h.now
	var all []Offered
	for after := uint64(0); ; {
		page, err := r.vault.List(ctx, vault.Filter{Subject: c.Ticket.Request.Subject.Number}, after, vault.MaxList)
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, record := range page {
			after = record.ID
			offered, some, err := r.offer(ctx, c, record)
			if err != nil {
				return nil, err
			}
			if some {
				all = append(all, offered)
			}
		}
	}
}

// offer decides on one record. The vault numbers its own institution's patients
// alone, so it has records of no other subject.
func (r *Releases) offer(ctx context.Context, c *gate.Case, record vault.Record) (Offered, bool, error) {
	subject := records.SubjectId{Institution: r.vault.Settings().Institution, Number: record.Subject}
	if subject != c.Ticket.Request.Subject || record.State != vault.Anchored || record.Reference || !slices.Contains(c.Ticket.Request.Classes, record.Class) {
		return Offered{}, false, nil
	}
	o := Offered{
		Record: records.RecordId{Institution: r.vault.Settings().Institution, Batch: record.Batch, Leaf: record.Leaf},
		Class:  record.Class, Size: record.BodySize, Body: record.BodyDigest, number: record.ID,
	}
	e, err := r.vault.Envelope(ctx, record.ID)
	if errors.Is(err, vault.ErrErased) {
		return o, false, nil
	}
	if err != nil {
		return o, false, err
	}
	object, err := gate.ObjectOf(o.Record, record, e)
	if err != nil {
		return o, false, err
	}
	if !c.Decide(object).Permitted {
		return o, false, nil
	}
	entered := c.Ledger(object)
	o.basis, o.consents = entered.Basis, entered.Consents
	inForce, err := c.InForce(ctx, o.Record)
	return o, inForce, err
}

// Released is one release that the ledger holds.
type Released struct {
	// Disclosure is the index of its entry in the subject's account.
	Disclosure uint64
	// Records are what it releases.
	Records []Offered
}

// Release has the ledger record the release of records, before anything of them
// leaves, and returns once a block has proven it. What is not offered is refused
// with gate.ErrClosed, all together. There is one release for each basis that the
// records rest on and for every 32 of them. Asked again before the receipt, it returns
// the releases that were made.
func (h *Holding) Release(ctx context.Context, ids []records.RecordId) ([]Released, error) {
	r, c := h.releases, h.now
	byBasis := make(map[access.Basis][]Offered)
	var bases []access.Basis
	for i, id := range ids {
		o, err := r.named(ctx, c, id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids[:i], id) {
			continue
		}
		if byBasis[o.basis] == nil {
			bases = append(bases, o.basis)
		}
		byBasis[o.basis] = append(byBasis[o.basis], o)
	}
	var all []Released
	for _, basis := range bases {
		for some := range slices.Chunk(byBasis[basis], access.MaxReleased) {
			released, err := r.release(ctx, c, some)
			if err != nil {
				return all, err
			}
			all = append(all, released)
		}
	}
	return all, nil
}

// named returns a record that a ticket opens, or gate.ErrClosed.
func (r *Releases) named(ctx context.Context, c *gate.Case, id records.RecordId) (Offered, error) {
	if id.Institution != r.vault.Settings().Institution {
		return Offered{}, gate.ErrClosed
	}
	record, err := r.vault.ByLeaf(ctx, id.Batch, id.Leaf)
	if errors.Is(err, vault.ErrNotFound) {
		return Offered{}, gate.ErrClosed
	}
	if err != nil {
		return Offered{}, err
	}
	o, some, err := r.offer(ctx, c, record)
	if err == nil && !some {
		err = gate.ErrClosed
	}
	return o, err
}

func (r *Releases) release(ctx context.Context, c *gate.Case, some []Offered) (Released, error) {
	msg := &access.MsgRelease{Vault: r.key.Address(), Ticket: c.Ticket.Id}
	var consents []uint64
	for _, o := range some {
		ref, err := r.ref(ctx, o.number)
		if err != nil {
			return Released{}, err
		}
		msg.Items = append(msg.Items, access.ReleaseItem{Record: ref, Body: o.Body[:]})
		consents = append(consents, o.consents...)
	}
	slices.Sort(consents)
	consents = slices.Compact(consents)
	index, err := r.once(ctx, c, msg, some[0].basis, consents)
	return Released{Disclosure: index, Records: some}, err
}

// Body opens the encrypted body of an offered record from an offset on, for length
// bytes or, if that is -1, to its end.
func (r *Releases) Body(ctx context.Context, o Offered, offset, length int64) (io.ReadCloser, error) {
	return r.vault.Body(ctx, o.number, offset, length)
}

// Shown returns the record's leaf and path, by which whoever asks any node for the
// batch's root verifies that the ledger holds it.
func (r *Releases) Shown(ctx context.Context, o Offered) (records.RecordRef, error) {
	return r.ref(ctx, o.number)
}
