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

// asked is a request with who asks, checked as far as it lies with the requester.
type asked struct {
	access.Request
	requester   string
	institution uint64
}

// ask checks what lies with the requester: role, purpose, study, overdue reviews.
// Its errors tell nothing of any subject.
func (k Keeper) ask(ctx context.Context, requester string, r access.Request, p access.Params) (asked, error) {
	if err := r.Validate(); err != nil {
		return asked{}, err
	}
	institution, canonical, err := k.holds(ctx, "requester", requester, r.Role)
	if err != nil {
		return asked{}, err
	}
	study, err := k.namedStudy(ctx, r.Study)
	if err != nil {
		return asked{}, err
	}
	rule, err := p.CheckPurpose(r, study, institution, now(ctx))
	if err != nil {
		return asked{}, err
	}
	if r.Licence != nil {
		if err := k.licences.CheckLicence(ctx, institution, r, p); err != nil {
			return asked{}, err
		}
	}
	if rule.Research {
		if err := k.checkReviews(ctx, institution); err != nil {
			return asked{}, err
		}
	}
	return asked{Request: r, requester: canonical, institution: institution}, nil
}

// namedStudy returns the study that a request names, or nil if there is none.
func (k Keeper) namedStudy(ctx context.Context, id *access.StudyId) (*access.Study, error) {
	if id == nil {
		return nil, nil
	}
	s, err := k.study(ctx, *id)
	if errors.Is(err, access.ErrStudyNotFound) {
		return nil, nil
	}
	return &s, err
}

// decide decides on one class.
func (k Keeper) decide(ctx context.Context, a asked, s access.Subject, f access.Facts, object access.Object) access.Decision {
	return access.Decide(access.Question{
		Request: a.Request, Requester: a.requester, Institution: a.institution,
		ActsForSubject: s.ActsFor(a.requester, now(ctx)), Object: object, At: now(ctx),
	}, f)
}

// facts gathers what a request about a subject is decided on.
func (k Keeper) facts(ctx context.Context, s access.Subject, r access.Request, p access.Params) (access.Facts, error) {
	f := access.Facts{Params: p}
	if r.Purpose == access.PURPOSE_BTG || r.Purpose == access.PURPOSE_PATRQT {
		return f, nil // the ledger decides on neither by consents or policy
	}
	for _, index := range s.Consents {
		c, err := k.consent(ctx, s.Id, index)
		if err != nil {
			return f, err
		}
		var template *access.Template
		if c.Template != nil {
			t, err := k.template(ctx, *c.Template)
			if err != nil {
				return f, err
			}
			template = &t
		}
		f.Consents = append(f.Consents, c.Fact(template))
	}
	policy, err := k.policy(ctx, r.Custodian)
	if err == nil {
		f.Policy = &policy
	} else if !errors.Is(err, access.ErrPolicyNotFound) {
		return f, err
	}
	return f, nil
}

// decideClasses decides on each class of a request.
func (k Keeper) decideClasses(ctx context.Context, a asked, p access.Params) ([]access.Decision, error) {
	s, err := k.subjectOrNew(ctx, a.Subject)
	if err != nil {
		return nil, err
	}
	f, err := k.facts(ctx, s, a.Request, p)
	if err != nil {
		return nil, err
	}
	decisions := make([]access.Decision, len(a.Classes))
	for i, class := range a.Classes {
		decisions[i] = k.decide(ctx, a, s, f, access.Object{Class: class})
	}
	return decisions, nil
}

// RequestAccess implements access.MsgServer.
func (m msgServer) RequestAccess(ctx context.Context, msg *access.MsgRequestAccess) (*access.MsgRequestAccessResponse, error) {
	p, err := m.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	a, err := m.k.ask(ctx, msg.Requester, msg.Request, p)
	if err != nil {
		return nil, err
	}
	if err := access.CheckObligations(msg.Accepts); err != nil {
		return nil, err
	}
	if err := access.CheckCommitment("recipient", msg.Recipient); err != nil {
		return nil, err
	}
	decisions, err := m.k.decideClasses(ctx, a, p)
	if err != nil {
		return nil, err
	}
	t := access.Ticket{
		Requester: a.requester, Request: a.Request, Recipient: msg.Recipient, Obligations: msg.Accepts,
		ExpiresAt: now(ctx).Add(p.TicketPeriod),
	}
	if err := narrow(&t, decisions); err != nil {
		return nil, err
	}
	t, err = m.k.issue(ctx, a.institution, t)
	return &access.MsgRequestAccessResponse{Ticket: t.Id}, err
}

// narrow leaves of a ticket's classes those that are permitted. It fails with
// ErrNoApplicablePermit, without a word why, if none is, and with ErrObligations if
// the requester did not accept what comes with them.
func narrow(t *access.Ticket, decisions []access.Decision) error {
	var classes []records.RecordClass
	var duties []access.Obligation
	for i, d := range decisions {
		if !d.Permitted {
			continue
		}
		if len(classes) == 0 {
			t.Basis = d.Basis
		}
		classes = append(classes, t.Request.Classes[i])
		t.Consents = append(t.Consents, d.Consents...)
		duties = append(duties, d.Obligations...)
	}
	if len(classes) == 0 {
		return access.ErrNoApplicablePermit
	}
	slices.Sort(t.Consents)
	t.Request.Classes, t.Consents = classes, slices.Compact(t.Consents)
	return checkDuties(duties, t.Obligations)
}

// checkDuties fails unless all duties were accepted.
func checkDuties(duties, accepted []access.Obligation) error {
	slices.Sort(duties)
	duties = slices.Compact(duties)
	for _, duty := range duties {
		if !slices.Contains(accepted, duty) {
			return errorsmod.Wrapf(access.ErrObligations, "%v accepted, accept %v", accepted, duties)
		}
	}
	return nil
}

// issue numbers and writes a ticket. It is the one way a ticket enters the state.
func (k Keeper) issue(ctx context.Context, institution uint64, t access.Ticket) (access.Ticket, error) {
	last, err := k.lastTicket(ctx, institution)
	if err != nil {
		return t, err
	}
	t.Id = access.TicketId{Institution: institution, Number: last + 1}
	t.IssuedHeight, t.IssuedAt = height(ctx), now(ctx)
	if err := k.lastTickets.Set(ctx, institution, t.Id.Number); err != nil {
		return t, err
	}
	if err := k.tickets.Set(ctx, ticketKey(t.Id), t); err != nil {
		return t, err
	}
	if err := k.old.Set(ctx, oldTicketKey(t)); err != nil {
		return t, err
	}
	return t, emit(ctx, &access.EventTicketIssued{Ticket: t.Id, Custodian: t.Request.Custodian})
}

// lastTicket returns the newest number of an institution's tickets, or 0.
func (k Keeper) lastTicket(ctx context.Context, institution uint64) (uint64, error) {
	last, err := k.lastTickets.Get(ctx, institution)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return last, err
}

// ticket returns a ticket, or ErrTicketNotFound.
func (k Keeper) ticket(ctx context.Context, id access.TicketId) (access.Ticket, error) {
	t, err := get(ctx, k.tickets, ticketKey(id), access.ErrTicketNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "(%d, %d)", id.Institution, id.Number)
	}
	return t, err
}

// askedOf is the request of a ticket, checked anew as far as it lies with the
// requester, who may have lost a role or an approval since.
func (k Keeper) askedOf(ctx context.Context, t access.Ticket, p access.Params) (asked, error) {
	if t.Request.Purpose != access.PURPOSE_BTG {
		return k.ask(ctx, t.Requester, t.Request, p)
	}
	institution, canonical, err := k.holds(ctx, "requester", t.Requester, consortium.ROLE_EMERGENCY_CLINICIAN)
	return asked{Request: t.Request, requester: canonical, institution: institution}, err
}
