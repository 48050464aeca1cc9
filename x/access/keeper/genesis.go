package keeper

import (
	"bytes"
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
)

// InitGenesis writes a state into empty stores, or fails if it is not valid.
// Indexes and queues are rebuilt on the way.
func (k Keeper) InitGenesis(ctx context.Context, gs *access.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	for _, load := range []func(context.Context, *access.GenesisState) error{
		k.initSubjects, k.initAccounts, k.initReleases, k.initPublished, k.initJournals,
	} {
		if err := load(ctx, gs); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initSubjects(ctx context.Context, gs *access.GenesisState) error {
	for _, s := range gs.Subjects {
		named := []string{s.Controller}
		if s.Pending != nil {
			named = append(named, s.Pending.Controller, s.Pending.ProposedBy)
		}
		for _, d := range s.Delegates {
			named = append(named, d.Account)
		}
		if err := k.checkAccounts(named...); err != nil {
			return errorsmod.Wrapf(err, "subject (%d, %d)", s.Id.Institution, s.Id.Number)
		}
		if err := k.putSubject(ctx, s); err != nil {
			return err
		}
	}
	for _, c := range gs.Consents {
		if err := firstError(k.checkAccounts(c.GrantedBy), k.checkGrantees(c.Permits, c.Grantee), k.putConsent(ctx, c)); err != nil {
			return err
		}
		if c.EndedHeight == 0 {
			continue
		}
		if err := k.old.Set(ctx, oldConsentKey(c)); err != nil {
			return err
		}
	}
	return nil
}

// checkAccounts fails unless each text that is not empty is an account's, as
// decisions compare it.
func (k Keeper) checkAccounts(texts ...string) error {
	for _, text := range texts {
		if text == "" {
			continue
		}
		if _, canonical, err := k.decode("account", text); err != nil || canonical != text {
			return errorsmod.Wrapf(access.ErrGenesis, "%q is not an account address in lower case", text)
		}
	}
	return nil
}

func (k Keeper) initAccounts(ctx context.Context, gs *access.GenesisState) error {
	for _, d := range gs.Disclosures {
		if err := firstError(k.checkAccounts(d.Requester), k.disclosures.Set(ctx, entryKey(d.Subject, d.Index), d)); err != nil {
			return err
		}
		if err := k.old.Set(ctx, oldEntryKey(d)); err != nil {
			return err
		}
		if d.Kind != access.DISCLOSURE_KIND_DISPUTE {
			continue
		}
		if err := k.disputes.Set(ctx, disputeKey(d.Subject, d.Of, d.Dispute)); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initReleases(ctx context.Context, gs *access.GenesisState) error {
	for _, t := range gs.Tickets {
		if err := firstError(k.checkAccounts(t.Requester), k.tickets.Set(ctx, ticketKey(t.Id), t), k.old.Set(ctx, oldTicketKey(t))); err != nil {
			return err
		}
	}
	for _, t := range gs.LastTickets {
		if err := k.lastTickets.Set(ctx, t.Institution, t.Number); err != nil {
			return err
		}
	}
	for _, r := range gs.Reviews {
		d, err := k.disclosure(ctx, r.Subject, r.Disclosure)
		if err != nil {
			return err
		}
		if err := k.putReview(ctx, d, r); err != nil {
			return err
		}
	}
	for _, r := range gs.Receipts {
		d, err := k.disclosure(ctx, r.Subject, r.Disclosure)
		if err != nil {
			return err
		}
		if err := k.putDueReceipt(ctx, d.Institution, r); err != nil {
			return err
		}
	}
	for _, c := range gs.Conducts {
		if err := k.conducts.Set(ctx, c.Institution, c); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initPublished(ctx context.Context, gs *access.GenesisState) error {
	for _, t := range gs.Templates {
		if err := k.checkGrantees(t.Permits, nil); err != nil {
			return err
		}
		if err := k.templates.Set(ctx, templateKey(t.Id), t); err != nil {
			return err
		}
	}
	for _, p := range gs.Policies {
		if err := k.checkPolicyGrantees(p); err != nil {
			return err
		}
		if err := k.policies.Set(ctx, p.Institution, p); err != nil {
			return err
		}
	}
	for _, s := range gs.Studies {
		if err := k.studies.Set(ctx, studyKey(s.Id), s); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initJournals(ctx context.Context, gs *access.GenesisState) error {
	var last []byte
	for i, j := range gs.Journals {
		if err := k.checkAccounts(j.Vault); err != nil {
			return errorsmod.Wrapf(err, "journals[%d]", i)
		}
		account, _, err := k.decode("vault", j.Vault)
		if err != nil {
			return err
		}
		if bytes.Compare(last, account) >= 0 {
			return errorsmod.Wrapf(access.ErrGenesis, "journals[%d]: vault %s is repeated or out of order", i, j.Vault)
		}
		last = account
		if err := k.journals.Set(ctx, account, j); err != nil {
			return err
		}
	}
	return nil
}
