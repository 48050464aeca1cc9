package keeper

import (
	"context"
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// GrantConsent implements access.MsgServer.
func (m msgServer) GrantConsent(ctx context.Context, msg *access.MsgGrantConsent) (*access.MsgGrantConsentResponse, error) {
	s, who, err := m.k.decidingFor(ctx, msg.Actor, msg.Subject)
	if err != nil {
		return nil, err
	}
	if err := who.checkEvidence(msg.Evidence); err != nil {
		return nil, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	c := access.Consent{
		Subject: s.Id, Index: s.ConsentsEver + 1, Permits: msg.Permits, Template: msg.Template, Grantee: msg.Grantee, Sealed: msg.Sealed,
		Supersedes: msg.Supersedes, Evidence: msg.Evidence, GrantedBy: who.account,
		GrantedHeight: uint64(sdkCtx.BlockHeight()), GrantedAt: sdkCtx.BlockTime(),
	}
	if err := m.k.checkGrantees(c.Permits, c.Grantee); err != nil {
		return nil, err
	}
	if err := m.k.checkTemplate(ctx, c); err != nil {
		return nil, err
	}
	for _, index := range c.Supersedes {
		if err := m.k.supersede(ctx, &s, index, c.Index); err != nil {
			return nil, err
		}
	}
	s.ConsentsEver = c.Index
	s.Consents = append(slices.Clone(s.Consents), c.Index)
	if err := m.k.putConsent(ctx, c); err != nil {
		return nil, err
	}
	return &access.MsgGrantConsentResponse{Index: c.Index}, m.k.changeSubject(ctx, s)
}

// putConsent writes a consent. It is the one way a consent enters the state.
func (k Keeper) putConsent(ctx context.Context, c access.Consent) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return k.consents.Set(ctx, entryKey(c.Subject, c.Index), c)
}

// checkTemplate fails unless the version, if there is one, can be adopted so.
func (k Keeper) checkTemplate(ctx context.Context, c access.Consent) error {
	if c.Template == nil {
		return nil
	}
	t, err := k.template(ctx, *c.Template)
	if err != nil {
		return err
	}
	if t.Retired {
		return errorsmod.Wrapf(access.ErrTemplateRetired, "(%d, %d) version %d", t.Id.Institution, t.Id.Number, t.Id.Version)
	}
	return t.CheckNarrowing(c.Grantee)
}

// supersede ends a consent of a subject in favour of another.
func (k Keeper) supersede(ctx context.Context, s *access.Subject, index, by uint64) error {
	if index == 0 || index > s.ConsentsEver {
		return errorsmod.Wrapf(access.ErrConsentNotFound, "%d: the subject's consents count from 1 to %d", index, s.ConsentsEver)
	}
	if !slices.Contains(s.Consents, index) {
		return errorsmod.Wrapf(access.ErrConsentEnded, "%d: leave it out", index)
	}
	return k.endConsent(ctx, s, index, by)
}

// endConsent ends a consent that has not ended: superseded by another, or
// withdrawn if by is 0. It leaves the state after the retention.
func (k Keeper) endConsent(ctx context.Context, s *access.Subject, index, by uint64) error {
	c, err := k.consent(ctx, s.Id, index)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	at := sdkCtx.BlockTime()
	c.EndedHeight, c.EndedAt, c.SupersededBy = uint64(sdkCtx.BlockHeight()), &at, by
	s.Consents = slices.DeleteFunc(slices.Clone(s.Consents), func(i uint64) bool { return i == index })
	if err := k.putConsent(ctx, c); err != nil {
		return err
	}
	return k.old.Set(ctx, oldConsentKey(c))
}

// consent returns a consent, or ErrConsentNotFound.
func (k Keeper) consent(ctx context.Context, subject records.SubjectId, index uint64) (access.Consent, error) {
	c, err := get(ctx, k.consents, entryKey(subject, index), access.ErrConsentNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "%d of subject (%d, %d)", index, subject.Institution, subject.Number)
	}
	return c, err
}

// WithdrawConsents implements access.MsgServer. It asks for no role, so that who
// acts for the subject can always withdraw.
func (m msgServer) WithdrawConsents(ctx context.Context, msg *access.MsgWithdrawConsents) (*access.MsgWithdrawConsentsResponse, error) {
	s, _, err := m.k.actingFor(ctx, msg.Actor, msg.Subject)
	if err != nil {
		return nil, err
	}
	if len(msg.Consents) > access.MaxConsents {
		return nil, errorsmod.Wrapf(access.ErrTooMany, "%d consents, want at most %d, or none for all", len(msg.Consents), access.MaxConsents)
	}
	named := msg.Consents
	if len(named) == 0 {
		named = slices.Clone(s.Consents)
	}
	ended := uint64(0)
	for _, index := range named {
		if index == 0 || index > s.ConsentsEver {
			return nil, errorsmod.Wrapf(access.ErrConsentNotFound, "%d: the subject's consents count from 1 to %d", index, s.ConsentsEver)
		}
		if !slices.Contains(s.Consents, index) {
			continue
		}
		if err := m.k.endConsent(ctx, &s, index, 0); err != nil {
			return nil, err
		}
		ended++
	}
	return &access.MsgWithdrawConsentsResponse{Ended: ended}, m.k.changeSubject(ctx, s)
}
