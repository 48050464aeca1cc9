package keeper

import (
	"context"
	"errors"
	"slices"
	"time"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Kinds of what leaves the state.
const (
	oldTicket = iota + 1
	oldConsent
	oldDisclosure
)

// ticketRest is how long a ticket stays after it has expired, for whoever has to
// look up what a late receipt or dispute was about.
const ticketRest = 30 * 24 * time.Hour

// oldTicketKey is the place of a ticket among what leaves the state.
func oldTicketKey(t access.Ticket) []byte {
	return join(oldTicket, seconds(t.ExpiresAt), t.Id.Institution, t.Id.Number)
}

// oldConsentKey is the place of a consent that has ended.
func oldConsentKey(c access.Consent) []byte {
	return join(oldConsent, seconds(*c.EndedAt), c.Subject.Institution, c.Subject.Number, c.Index)
}

// oldEntryKey is the place of an entry of an account.
func oldEntryKey(d access.Disclosure) []byte {
	return join(oldDisclosure, seconds(d.At), d.Subject.Institution, d.Subject.Number, d.Index)
}

// EndBlock lets at most MaxPerBlock things leave the state whose time is over.
// Heads and counts in the subject's entry stay, so that what was there can still
// be proven by whoever kept it. A broken glass stays until it is reviewed.
func (k Keeper) EndBlock(ctx context.Context) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	room := access.MaxPerBlock
	for _, queue := range []struct {
		kind  uint64
		stays time.Duration
	}{{oldTicket, ticketRest}, {oldConsent, p.Retention}, {oldDisclosure, p.Retention}} {
		dropped, err := k.dropOld(ctx, queue.kind, now(ctx).Add(-queue.stays), room)
		if err != nil {
			return err
		}
		room -= dropped
	}
	return nil
}

// dropOld takes out of the state at most so many things of a kind whose time to
// stay began before a moment, the oldest first. It returns how many.
func (k Keeper) dropOld(ctx context.Context, kind uint64, before time.Time, room int) (int, error) {
	if room == 0 || before.Unix() < 0 {
		return 0, nil
	}
	var due [][]byte
	began := new(collections.Range[[]byte]).StartInclusive(join(kind)).EndExclusive(join(kind, seconds(before)))
	err := k.old.Walk(ctx, began, func(key []byte) (bool, error) {
		due = append(due, slices.Clone(key))
		return len(due) == room, nil
	})
	if err != nil {
		return 0, err
	}
	for _, key := range due {
		if err := k.drop(ctx, split(key)); err != nil {
			return 0, err
		}
		if err := k.old.Remove(ctx, key); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// drop takes one thing out of the state.
func (k Keeper) drop(ctx context.Context, n []uint64) error {
	switch n[0] {
	case oldTicket:
		return k.tickets.Remove(ctx, collections.Join(n[2], n[3]))
	case oldConsent:
		return k.consents.Remove(ctx, collections.Join3(n[2], n[3], n[4]))
	}
	return k.dropEntry(ctx, records.SubjectId{Institution: n[2], Number: n[3]}, n[4])
}

// dropEntry takes an entry of an account out of the state, with the receipt that is
// still due, and with its place among the disputes if it is one.
func (k Keeper) dropEntry(ctx context.Context, subject records.SubjectId, index uint64) error {
	d, err := k.disclosure(ctx, subject, index)
	if err != nil {
		return err
	}
	due, err := k.receipts.Get(ctx, entryKey(subject, index))
	if err == nil {
		err = k.dropDueReceipt(ctx, d, due)
	}
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if d.Kind == access.DISCLOSURE_KIND_DISPUTE {
		if err := k.disputes.Remove(ctx, disputeKey(subject, d.Of, d.Dispute)); err != nil {
			return err
		}
	}
	return k.disclosures.Remove(ctx, entryKey(subject, index))
}
