package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Refuse implements access.MsgServer.
func (m msgServer) Refuse(ctx context.Context, msg *access.MsgRefuse) (*access.MsgRefuseResponse, error) {
	institution, _, err := m.k.holds(ctx, "officer", msg.Officer, consortium.ROLE_PRIVACY_OFFICER)
	if err != nil {
		return nil, err
	}
	t, err := m.k.ticket(ctx, msg.Ticket)
	if err != nil {
		return nil, err
	}
	if err := access.CheckGround(msg.Ground); err != nil {
		return nil, err
	}
	switch {
	case t.Request.Custodian != institution:
		return nil, errorsmod.Wrapf(access.ErrNotCustodian, "the ticket is for institution %d, not %d", t.Request.Custodian, institution)
	case t.Basis != access.BASIS_PATIENT:
		return nil, errorsmod.Wrapf(access.ErrInvalid, "the ticket rests on %s: what a patient asks for is refused on a ground, all else without", t.Basis)
	case !now(ctx).Before(t.ExpiresAt):
		return nil, errorsmod.Wrapf(access.ErrTicketExpired, "at %s", t.ExpiresAt)
	}
	if err := m.k.void(ctx, t); err != nil {
		return nil, err
	}
	s, err := m.k.subject(ctx, t.Request.Subject)
	if err != nil {
		return nil, err
	}
	_, err = m.k.account(ctx, &s, access.Disclosure{
		Kind: access.DISCLOSURE_KIND_REFUSAL, Ticket: &t.Id, Requester: t.Requester, Institution: t.Id.Institution, Custodian: institution,
		Purpose: t.Request.Purpose, Basis: t.Basis, Ground: msg.Ground,
	})
	if err != nil {
		return nil, err
	}
	return &access.MsgRefuseResponse{}, m.k.putSubject(ctx, s)
}

// void ends a ticket now.
func (k Keeper) void(ctx context.Context, t access.Ticket) error {
	if err := k.old.Remove(ctx, oldTicketKey(t)); err != nil {
		return err
	}
	t.ExpiresAt = now(ctx)
	if err := k.old.Set(ctx, oldTicketKey(t)); err != nil {
		return err
	}
	return k.tickets.Set(ctx, ticketKey(t.Id), t)
}

// Dispute implements access.MsgServer.
func (m msgServer) Dispute(ctx context.Context, msg *access.MsgDispute) (*access.MsgDisputeResponse, error) {
	account, signer, err := m.k.decode("actor", msg.Actor)
	if err != nil {
		return nil, err
	}
	d, err := m.k.released(ctx, msg.Subject, msg.Disclosure)
	if err != nil {
		return nil, err
	}
	against := d.Institution
	if msg.Reason.ByRequester() {
		against = d.Custodian
		if signer != d.Requester {
			return nil, errorsmod.Wrapf(access.ErrNotRequester, "%s is, who alone says %s", d.Requester, msg.Reason)
		}
	} else if err := m.k.isOfCustodian(ctx, account, d.Custodian); err != nil {
		return nil, err
	}
	key := disputeKey(d.Subject, d.Index, msg.Reason)
	known, err := m.k.disputes.Has(ctx, key)
	if err != nil {
		return nil, err
	}
	if known {
		return nil, errorsmod.Wrapf(access.ErrAlreadyDone, "%s is said of entry %d", msg.Reason, d.Index)
	}
	if err := m.k.disputes.Set(ctx, key); err != nil {
		return nil, err
	}
	if err := m.k.count(ctx, against, func(c *access.Conduct) { c.Disputes++ }); err != nil {
		return nil, err
	}
	_, err = m.k.follow(ctx, d, access.Disclosure{Kind: access.DISCLOSURE_KIND_DISPUTE, Dispute: msg.Reason})
	return &access.MsgDisputeResponse{}, err
}

func disputeKey(subject records.SubjectId, of uint64, reason access.DisputeReason) []byte {
	return join(subject.Institution, subject.Number, of, uint64(reason))
}

// isOfCustodian fails unless an account is vault or privacy officer of an
// institution.
func (k Keeper) isOfCustodian(ctx context.Context, account []byte, custodian uint64) error {
	for _, role := range []consortium.Role{consortium.ROLE_VAULT, consortium.ROLE_PRIVACY_OFFICER} {
		if of, err := k.consortium.InstitutionByRole(ctx, account, role); err == nil && of == custodian {
			return nil
		}
	}
	return errorsmod.Wrapf(access.ErrNotCustodian, "want vault or privacy officer of institution %d", custodian)
}
