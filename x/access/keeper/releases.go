package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Release implements access.MsgServer.
func (m msgServer) Release(ctx context.Context, msg *access.MsgRelease) (*access.MsgReleaseResponse, error) {
	institution, _, err := m.k.holds(ctx, "vault", msg.Vault, consortium.ROLE_VAULT)
	if err != nil {
		return nil, err
	}
	t, err := m.k.ticket(ctx, msg.Ticket)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Request.Custodian != institution:
		return nil, errorsmod.Wrapf(access.ErrNotCustodian, "the ticket is for institution %d, not %d", t.Request.Custodian, institution)
	case !now(ctx).Before(t.ExpiresAt):
		return nil, errorsmod.Wrapf(access.ErrTicketExpired, "at %s", t.ExpiresAt)
	}
	if n := len(msg.Items); n == 0 || n > access.MaxReleased {
		return nil, errorsmod.Wrapf(access.ErrTooMany, "%d records, want 1 to %d", n, access.MaxReleased)
	}
	d, err := m.k.releasable(ctx, t, msg.Items)
	if err != nil {
		return nil, err
	}
	s, err := m.k.subjectOrNew(ctx, t.Request.Subject)
	if err != nil {
		return nil, err
	}
	if d, err = m.k.account(ctx, &s, d); err != nil {
		return nil, err
	}
	if err := m.k.expectReceipt(ctx, d); err != nil {
		return nil, err
	}
	return &access.MsgReleaseResponse{Disclosure: d.Index}, m.k.putSubject(ctx, s)
}

// releasable decides on every record of a release anew and returns its entry of
// the account. One record that is not permitted refuses them all.
func (k Keeper) releasable(ctx context.Context, t access.Ticket, items []access.ReleaseItem) (access.Disclosure, error) {
	d := access.Disclosure{
		Kind: access.DISCLOSURE_KIND_RELEASE, Ticket: &t.Id, Requester: t.Requester, Institution: t.Id.Institution,
		Custodian: t.Request.Custodian, Purpose: t.Request.Purpose,
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return d, err
	}
	a, err := k.askedOf(ctx, t, p)
	if err != nil {
		return d, err
	}
	s, err := k.subjectOrNew(ctx, t.Request.Subject)
	if err != nil {
		return d, err
	}
	f, err := k.facts(ctx, s, t.Request, p)
	if err != nil {
		return d, err
	}
	for i, item := range items {
		decision, err := k.decideRecord(ctx, t, a, s, f, item)
		if err != nil {
			return d, errorsmod.Wrapf(err, "items[%d]", i)
		}
		if i > 0 && decision.Basis != d.Basis {
			return d, errorsmod.Wrapf(access.ErrInvalid, "items[%d] rests on %s, those before on %s: release them apart", i, decision.Basis, d.Basis)
		}
		released := access.ReleasedRecord{Record: item.Record.Id, Body: item.Body}
		if slices.ContainsFunc(d.Records, func(r access.ReleasedRecord) bool { return r.Record == released.Record }) {
			return d, errorsmod.Wrapf(access.ErrInvalid, "items[%d] is there twice", i)
		}
		d.Basis, d.Records = decision.Basis, append(d.Records, released)
		d.Consents = append(d.Consents, decision.Consents...)
	}
	slices.Sort(d.Consents)
	d.Consents = slices.Compact(d.Consents)
	return d, nil
}

// decideRecord decides on one record of a release. To the custodian it says why.
func (k Keeper) decideRecord(ctx context.Context, t access.Ticket, a asked, s access.Subject, f access.Facts, item access.ReleaseItem) (access.Decision, error) {
	if err := access.CheckCommitment("body", item.Body); err != nil {
		return access.Decision{}, err
	}
	r, err := k.records.Resolve(ctx, item.Record)
	if err != nil {
		return access.Decision{}, err
	}
	descriptor := r.Leaf.Descriptor_
	switch {
	case r.Custodian != t.Request.Custodian:
		return access.Decision{}, errorsmod.Wrapf(access.ErrNotCustodian, "institution %d keeps the record", r.Custodian)
	case r.Status == records.RECORD_STATUS_ERASED || r.Status == records.RECORD_STATUS_RETRACTED:
		return access.Decision{}, errorsmod.Wrapf(access.ErrNoApplicablePermit, "the record is %s", r.Status)
	case !access.IsAbout(r.Leaf, t.Request.Subject):
		return access.Decision{}, errorsmod.Wrap(access.ErrNoApplicablePermit, "the record is not about the ticket's subject")
	case !slices.Contains(t.Request.Classes, descriptor.Class):
		return access.Decision{}, errorsmod.Wrapf(access.ErrNoApplicablePermit, "the ticket is not for %s", descriptor.Class)
	}
	d := k.decide(ctx, a, s, f, access.Object{Class: descriptor.Class, Channel: descriptor.Channel, Record: r.Id})
	if !d.Permitted {
		return d, errorsmod.Wrap(access.ErrNoApplicablePermit, d.Reason.String())
	}
	return d, checkDuties(d.Obligations, t.Obligations)
}

// expectReceipt notes by when the requester is to sign for a release.
func (k Keeper) expectReceipt(ctx context.Context, d access.Disclosure) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	return k.putDueReceipt(ctx, d.Institution, access.DueReceipt{Subject: d.Subject, Disclosure: d.Index, DueAt: dueAfter(ctx, p.ReceiptPeriod)})
}

func (k Keeper) putDueReceipt(ctx context.Context, institution uint64, r access.DueReceipt) error {
	due := seconds(r.DueAt)
	if err := k.receipts.Set(ctx, entryKey(r.Subject, r.Disclosure), due); err != nil {
		return err
	}
	return k.dueReceipts.Set(ctx, join(institution, due, r.Subject.Institution, r.Subject.Number, r.Disclosure))
}

// Receive implements access.MsgServer.
func (m msgServer) Receive(ctx context.Context, msg *access.MsgReceive) (*access.MsgReceiveResponse, error) {
	_, signer, err := m.k.decode("requester", msg.Requester)
	if err != nil {
		return nil, err
	}
	d, err := m.k.released(ctx, msg.Subject, msg.Disclosure)
	if err != nil {
		return nil, err
	}
	if d.Requester != signer {
		return nil, errorsmod.Wrapf(access.ErrNotRequester, "%s is", d.Requester)
	}
	due, err := m.k.receipts.Get(ctx, entryKey(d.Subject, d.Index))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, errorsmod.Wrapf(access.ErrAlreadyDone, "there is a receipt for entry %d", d.Index)
	}
	if err != nil {
		return nil, err
	}
	if err := m.k.dropDueReceipt(ctx, d, due); err != nil {
		return nil, err
	}
	receipt, err := m.k.follow(ctx, d, access.Disclosure{Kind: access.DISCLOSURE_KIND_RECEIPT})
	return &access.MsgReceiveResponse{Receipt: receipt}, err
}

func (k Keeper) dropDueReceipt(ctx context.Context, d access.Disclosure, due uint64) error {
	if err := k.receipts.Remove(ctx, entryKey(d.Subject, d.Index)); err != nil {
		return err
	}
	return k.dueReceipts.Remove(ctx, join(d.Institution, due, d.Subject.Institution, d.Subject.Number, d.Index))
}
