package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

func height(ctx context.Context) uint64 { return uint64(sdk.UnwrapSDKContext(ctx).BlockHeight()) }

// account adds an entry to a subject's account and counts it. It is the one way an
// entry enters the state; the caller writes the subject.
func (k Keeper) account(ctx context.Context, s *access.Subject, d access.Disclosure) (access.Disclosure, error) {
	d.Subject, d.Index, d.Height, d.At = s.Id, s.DisclosuresEver+1, height(ctx), now(ctx)
	if err := d.Validate(); err != nil {
		return d, err
	}
	head, err := access.NextHead(s.Disclosures, d)
	if err != nil {
		return d, err
	}
	s.DisclosuresEver, s.Disclosures = d.Index, head
	if err := k.disclosures.Set(ctx, entryKey(d.Subject, d.Index), d); err != nil {
		return d, err
	}
	if err := k.old.Set(ctx, oldEntryKey(d)); err != nil {
		return d, err
	}
	if err := k.countEntry(ctx, d); err != nil {
		return d, err
	}
	return d, emit(ctx, &access.EventDisclosed{
		Subject: d.Subject, Index: d.Index, Kind: d.Kind, Custodian: d.Custodian, Institution: d.Institution,
	})
}

// follow adds an entry about another one and returns its index.
func (k Keeper) follow(ctx context.Context, of, d access.Disclosure) (uint64, error) {
	s, err := k.subject(ctx, of.Subject)
	if err != nil {
		return 0, err
	}
	d.Ticket, d.Requester, d.Institution, d.Custodian = of.Ticket, of.Requester, of.Institution, of.Custodian
	d.Purpose, d.Basis, d.Of = of.Purpose, of.Basis, of.Index
	if d, err = k.account(ctx, &s, d); err != nil {
		return 0, err
	}
	return d.Index, k.putSubject(ctx, s)
}

// disclosure returns an entry, or ErrDisclosureNotFound.
func (k Keeper) disclosure(ctx context.Context, subject records.SubjectId, index uint64) (access.Disclosure, error) {
	d, err := get(ctx, k.disclosures, entryKey(subject, index), access.ErrDisclosureNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "%d of subject (%d, %d)", index, subject.Institution, subject.Number)
	}
	return d, err
}

// released returns an entry that tells of a release.
func (k Keeper) released(ctx context.Context, subject records.SubjectId, index uint64) (access.Disclosure, error) {
	d, err := k.disclosure(ctx, subject, index)
	if err == nil && d.Kind != access.DISCLOSURE_KIND_RELEASE && d.Kind != access.DISCLOSURE_KIND_LATE {
		err = errorsmod.Wrapf(access.ErrDisclosureKind, "entry %d is a %s, not a release", index, d.Kind)
	}
	return d, err
}

// countEntry counts an entry for both institutions.
func (k Keeper) countEntry(ctx context.Context, d access.Disclosure) error {
	var custodian, requester func(*access.Conduct)
	switch d.Kind {
	case access.DISCLOSURE_KIND_RELEASE:
		custodian = func(c *access.Conduct) { c.Releases++ }
		requester = func(c *access.Conduct) { c.Received++ }
	case access.DISCLOSURE_KIND_LATE:
		custodian = func(c *access.Conduct) { c.Releases++ }
		requester = func(c *access.Conduct) { c.Received++; c.Emergencies++ }
	case access.DISCLOSURE_KIND_BREAK_GLASS:
		requester = func(c *access.Conduct) { c.Emergencies++ }
	case access.DISCLOSURE_KIND_RECEIPT:
		requester = func(c *access.Conduct) { c.Receipts++ }
	case access.DISCLOSURE_KIND_REFUSAL:
		custodian = func(c *access.Conduct) { c.Refusals++ }
	case access.DISCLOSURE_KIND_REVIEW:
		requester = func(c *access.Conduct) {
			switch d.Outcome {
			case access.REVIEW_OUTCOME_JUSTIFIED:
				c.Justified++
			case access.REVIEW_OUTCOME_UNJUSTIFIED:
				c.Unjustified++
			default:
				c.Undetermined++
			}
		}
	}
	if err := k.count(ctx, d.Custodian, custodian); err != nil {
		return err
	}
	return k.count(ctx, d.Institution, requester)
}

// count changes an institution's counts, if there is a change.
func (k Keeper) count(ctx context.Context, institution uint64, change func(*access.Conduct)) error {
	if change == nil {
		return nil
	}
	c, err := k.conducts.Get(ctx, institution)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	c.Institution = institution
	change(&c)
	return k.conducts.Set(ctx, institution, c)
}
