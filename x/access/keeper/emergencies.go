package keeper

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// BreakGlass implements access.MsgServer.
func (m msgServer) BreakGlass(ctx context.Context, msg *access.MsgBreakGlass) (*access.MsgBreakGlassResponse, error) {
	institution, clinician, err := m.k.holds(ctx, "clinician", msg.Clinician, consortium.ROLE_EMERGENCY_CLINICIAN)
	if err != nil {
		return nil, err
	}
	r := access.Request{
		Subject: msg.Subject, Custodian: msg.Custodian, Purpose: access.PURPOSE_BTG, Action: access.ACTION_ACCESS,
		Role: consortium.ROLE_EMERGENCY_CLINICIAN, Classes: msg.Classes,
	}
	if err := firstError(r.Validate(), access.CheckCommitment("reason", msg.Reason), access.CheckCommitment("recipient", msg.Recipient)); err != nil {
		return nil, err
	}
	p, err := m.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	decisions, err := m.k.decideClasses(ctx, asked{Request: r, requester: clinician, institution: institution}, p)
	if err != nil {
		return nil, err
	}
	t := access.Ticket{
		Requester: clinician, Request: r, Recipient: msg.Recipient, Reason: msg.Reason,
		Obligations: []access.Obligation{access.OBLIGATION_NOREDISCLOSE}, // to break the glass accepts it
		ExpiresAt:   now(ctx).Add(p.EmergencyPeriod),
	}
	if err := narrow(&t, decisions); err != nil {
		return nil, errorsmod.Wrapf(err, "a broken glass opens %v", p.EmergencyClasses)
	}
	if t, err = m.k.issue(ctx, institution, t); err != nil {
		return nil, err
	}
	return &access.MsgBreakGlassResponse{Ticket: t.Id}, m.k.openReview(ctx, msg.Subject, access.Disclosure{
		Kind: access.DISCLOSURE_KIND_BREAK_GLASS, Ticket: &t.Id, Requester: clinician, Institution: institution,
		Custodian: msg.Custodian, Purpose: access.PURPOSE_BTG, Basis: access.BASIS_EMERGENCY,
	}, p)
}

// openReview enters a broken glass into the subject's account and has its
// custodian review it.
func (k Keeper) openReview(ctx context.Context, subject records.SubjectId, d access.Disclosure, p access.Params) error {
	s, err := k.subjectOrNew(ctx, subject)
	if err != nil {
		return err
	}
	if d, err = k.account(ctx, &s, d); err != nil {
		return err
	}
	if err := k.putSubject(ctx, s); err != nil {
		return err
	}
	if d.Kind == access.DISCLOSURE_KIND_LATE {
		if err := k.expectReceipt(ctx, d); err != nil {
			return err
		}
	}
	return k.putReview(ctx, d, access.Review{Subject: subject, Disclosure: d.Index, Reviewer: d.Custodian, DueAt: dueAfter(ctx, p.ReviewPeriod)})
}

// putReview writes a review with its place in the queue. The entry that it is about
// does not leave the state before it.
func (k Keeper) putReview(ctx context.Context, of access.Disclosure, r access.Review) error {
	if err := k.old.Remove(ctx, oldEntryKey(of)); err != nil {
		return err
	}
	if err := k.dueReviews.Set(ctx, dueReviewKey(r)); err != nil {
		return err
	}
	return k.reviews.Set(ctx, entryKey(r.Subject, r.Disclosure), r)
}

func dueReviewKey(r access.Review) []byte {
	return join(r.Reviewer, seconds(r.DueAt), r.Subject.Institution, r.Subject.Number, r.Disclosure)
}

// checkReviews refuses research to an institution that has overdue reviews.
func (k Keeper) checkReviews(ctx context.Context, institution uint64) error {
	overdue := new(collections.Range[[]byte]).StartInclusive(join(institution)).EndExclusive(join(institution, seconds(now(ctx))+1))
	it, err := k.dueReviews.Iterate(ctx, overdue)
	if err != nil {
		return err
	}
	defer it.Close()
	if it.Valid() {
		return errorsmod.Wrapf(access.ErrReviewsOverdue, "institution %d has broken glasses to review", institution)
	}
	return nil
}

// ReviewEmergency implements access.MsgServer.
func (m msgServer) ReviewEmergency(ctx context.Context, msg *access.MsgReviewEmergency) (*access.MsgReviewEmergencyResponse, error) {
	institution, officer, err := m.k.holds(ctx, "officer", msg.Officer, consortium.ROLE_PRIVACY_OFFICER)
	if err != nil {
		return nil, err
	}
	if err := access.CheckOutcome(msg.Outcome); err != nil {
		return nil, err
	}
	d, err := m.k.disclosure(ctx, msg.Subject, msg.Disclosure)
	if err != nil {
		return nil, err
	}
	r, err := m.k.reviews.Get(ctx, entryKey(msg.Subject, msg.Disclosure))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, errorsmod.Wrapf(access.ErrAlreadyDone, "entry %d waits for no review", d.Index)
	}
	if err != nil {
		return nil, err
	}
	if r.Reviewer != institution {
		return nil, errorsmod.Wrapf(access.ErrNotCustodian, "institution %d is to review it, not %d", r.Reviewer, institution)
	}
	if err := m.k.checkOwnReview(ctx, officer, d.Requester); err != nil {
		return nil, err
	}
	if err := m.k.dueReviews.Remove(ctx, dueReviewKey(r)); err != nil {
		return nil, err
	}
	if err := m.k.reviews.Remove(ctx, entryKey(r.Subject, r.Disclosure)); err != nil {
		return nil, err
	}
	if err := m.k.old.Set(ctx, oldEntryKey(d)); err != nil {
		return nil, err
	}
	_, err = m.k.follow(ctx, d, access.Disclosure{Kind: access.DISCLOSURE_KIND_REVIEW, Outcome: msg.Outcome})
	return &access.MsgReviewEmergencyResponse{}, err
}

// checkOwnReview refuses the person who broke the glass.
func (k Keeper) checkOwnReview(ctx context.Context, officer, requester string) error {
	a, _, err := k.decode("officer", officer)
	if err != nil {
		return err
	}
	b, _, err := k.decode("requester", requester)
	if err != nil {
		return err
	}
	same, err := k.consortium.SamePerson(ctx, a, b)
	if errors.Is(err, consortium.ErrParticipantNotFound) {
		return nil // an operator, who can only be told of late, stands for no person
	}
	if err == nil && same {
		err = errorsmod.Wrapf(access.ErrOwnReview, "%s and %s are one person", officer, requester)
	}
	return err
}

// ReportEmergencies implements access.MsgServer.
func (m msgServer) ReportEmergencies(ctx context.Context, msg *access.MsgReportEmergencies) (*access.MsgReportEmergenciesResponse, error) {
	institution, vault, err := m.k.holds(ctx, "vault", msg.Vault, consortium.ROLE_VAULT)
	if err != nil {
		return nil, err
	}
	if n := len(msg.Entries); n == 0 || n > access.MaxJournalEntries {
		return nil, errorsmod.Wrapf(access.ErrTooMany, "%d entries, want 1 to %d", n, access.MaxJournalEntries)
	}
	account, _, err := m.k.decode("vault", vault)
	if err != nil {
		return nil, err
	}
	journal, err := m.k.journals.Get(ctx, account)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	if !bytes.Equal(journal.Head, msg.Previous) {
		return nil, errorsmod.Wrapf(access.ErrJournal, "the entries follow %X, the ledger holds %X after %d entries", msg.Previous, journal.Head, journal.Entries)
	}
	p, err := m.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	for i, e := range msg.Entries {
		if err := m.k.late(ctx, institution, e, p); err != nil {
			return nil, errorsmod.Wrapf(err, "entries[%d]", i)
		}
		if journal.Head, err = access.NextJournalHead(journal.Head, e); err != nil {
			return nil, err
		}
	}
	journal.Vault, journal.Height = vault, height(ctx)
	journal.Entries += uint64(len(msg.Entries))
	return &access.MsgReportEmergenciesResponse{}, m.k.journals.Set(ctx, account, journal)
}

// late enters what happened while the ledger was out of reach. It is told, not
// decided: whether the clinician was entitled is for the review.
func (k Keeper) late(ctx context.Context, custodian uint64, e access.JournalEntry, p access.Params) error {
	if err := e.Validate(); err != nil {
		return err
	}
	switch {
	case e.HappenedAt.After(now(ctx).Add(time.Hour)):
		return errorsmod.Wrapf(access.ErrJournal, "it happened at %s, which is to come", e.HappenedAt)
	case e.RoleHeight > height(ctx):
		return errorsmod.Wrapf(access.ErrJournal, "the header of height %d, which is to come, proved the role", e.RoleHeight)
	}
	account, requester, err := k.decode("requester", e.Requester)
	if err != nil {
		return err
	}
	institution, err := k.consortium.Affiliation(ctx, account)
	if err != nil {
		return err
	}
	at := e.HappenedAt
	return k.openReview(ctx, e.Subject, access.Disclosure{
		Kind: access.DISCLOSURE_KIND_LATE, Requester: requester, Institution: institution, Custodian: custodian,
		Purpose: access.PURPOSE_BTG, Basis: access.BASIS_EMERGENCY, Records: slices.Clone(e.Records), HappenedAt: &at,
	}, p)
}
