// Package gate answers one question: may this record leave the vault on this
// ticket, now? It reads what the ledger holds with proof, opens the sealed parts
// of the subject's consents, and decides with access.Decide, the very function that
// the ledger decides with. It fails closed: what it cannot read, open or understand
// denies.
package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Ledger is what the gate reads. Every value is proven; nil is proven to be absent.
type Ledger interface {
	Ticket(ctx context.Context, id access.TicketId) (*access.Ticket, int64, time.Time, error)
	Subject(ctx context.Context, id records.SubjectId) (*access.Subject, int64, time.Time, error)
	Consent(ctx context.Context, subject records.SubjectId, index uint64) (*access.Consent, int64, time.Time, error)
	Template(ctx context.Context, id access.TemplateVersion) (*access.Template, int64, time.Time, error)
	Policy(ctx context.Context, institution uint64) (*access.Policy, int64, time.Time, error)
	Study(ctx context.Context, id access.StudyId) (*access.Study, int64, time.Time, error)
	AccessParams(ctx context.Context) (*access.Params, int64, time.Time, error)
	Institution(ctx context.Context, number uint64) (*consortium.Institution, int64, time.Time, error)
	Participant(ctx context.Context, institution uint64, address string) (*consortium.Participant, int64, time.Time, error)
	Standing(ctx context.Context, id records.RecordId) (*records.Standing, int64, time.Time, error)
}

// Vault is where sealed parts of consents are.
type Vault interface {
	// OpenConsent returns the sealed part behind a commitment.
	OpenConsent(ctx context.Context, subject uint64, shown []byte) ([]byte, error)
}

// Errors that say why nothing at all is released on a ticket. A requester is told
// ErrClosed alone.
var (
	// ErrClosed says that nothing is released.
	ErrClosed = errors.New("the gate is closed")
	// ErrNoTicket says that the ledger holds no such ticket for this institution.
	ErrNoTicket = fmt.Errorf("%w: no such ticket for this institution", ErrClosed)
	// ErrExpired says that the ticket has expired.
	ErrExpired = fmt.Errorf("%w: the ticket has expired", ErrClosed)
	// ErrRequester says that the requester may not act in the ticket's role now.
	ErrRequester = fmt.Errorf("%w: the requester does not hold a role that may ask for this", ErrClosed)
	// ErrStudy says that the study which the ticket is for is not approved now.
	ErrStudy = fmt.Errorf("%w: the study is not approved for the requester's institution", ErrClosed)
)

// Gate guards one vault. Its methods may be called by many goroutines.
type Gate struct {
	ledger      Ledger
	vault       Vault
	institution uint64
	now         func() time.Time
}

// New returns the gate of an institution's vault.
func New(l Ledger, v Vault, institution uint64) *Gate {
	return &Gate{ledger: l, vault: v, institution: institution, now: time.Now}
}

// Case is a ticket with all that is decided on, as the ledger stood when it was
// read. It grows old: read it anew before the first byte and every two blocks.
type Case struct {
	Ticket access.Ticket
	// Height is the height of the newest header that something was proven by.
	Height int64

	question access.Question
	facts    access.Facts
}

// Open reads a ticket and everything that decisions on it rest on.
func (g *Gate) Open(ctx context.Context, id access.TicketId) (*Case, error) {
	t, height, at, err := g.ledger.Ticket(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case t == nil || t.Request.Custodian != g.institution:
		return nil, ErrNoTicket
	}
	c := &Case{Ticket: *t, Height: height}
	// The vault's own clock counts for the end of the ticket, so that a node which shows
	// no new blocks does not stretch its life. All else is decided at block time, as on
	// the ledger: a fast clock must not let a denial lapse.
	if now := g.now(); !at.Before(t.ExpiresAt) || !now.Before(t.ExpiresAt) {
		return nil, ErrExpired
	}
	params, _, _, err := g.ledger.AccessParams(ctx)
	if err != nil {
		return nil, err
	}
	if params == nil {
		return nil, fmt.Errorf("%w: the ledger has no parameters of access", ErrClosed)
	}
	if err := g.checkRequester(ctx, t, at); err != nil {
		return nil, err
	}
	if err := g.checkPurpose(ctx, t, *params, at); err != nil {
		return nil, err
	}
	c.facts = access.Facts{Params: *params, Sealed: true}
	if c.facts.Policy, _, _, err = g.ledger.Policy(ctx, g.institution); err != nil {
		return nil, err
	}
	acts, err := g.consents(ctx, c, at)
	if err != nil {
		return nil, err
	}
	c.question = access.Question{
		Request: t.Request, Requester: t.Requester, Institution: t.Id.Institution, ActsForSubject: acts, At: at,
	}
	return c, nil
}

// checkRequester fails unless the requester holds the ticket's role at present.
func (g *Gate) checkRequester(ctx context.Context, t *access.Ticket, at time.Time) error {
	i, _, _, err := g.ledger.Institution(ctx, t.Id.Institution)
	if err != nil {
		return err
	}
	p, _, _, err := g.ledger.Participant(ctx, t.Id.Institution, t.Requester)
	if err != nil {
		return err
	}
	if i == nil || i.Status != consortium.INSTITUTION_STATUS_ACTIVE || p == nil || !p.Holds(t.Request.Role, at) {
		return ErrRequester
	}
	return nil
}

// checkPurpose fails unless the ticket's role may still ask for its purpose, and the
// study that it is for, if any, is still approved. A broken glass has no rule.
func (g *Gate) checkPurpose(ctx context.Context, t *access.Ticket, p access.Params, at time.Time) error {
	r := &t.Request
	if r.Purpose == access.PURPOSE_BTG {
		return nil
	}
	rule, found := p.Rule(r.Purpose)
	if !found || !slices.Contains(rule.Roles, r.Role) {
		return ErrRequester
	}
	if r.Study == nil {
		if rule.Study {
			return ErrStudy
		}
		return nil
	}
	s, _, _, err := g.ledger.Study(ctx, *r.Study)
	if err != nil {
		return err
	}
	if s == nil || !at.Before(s.ExpiresAt) || !slices.Contains(s.Institutions, t.Id.Institution) {
		return ErrStudy
	}
	return nil
}

// readings is how often the consents of a subject are read anew because one of them
// ended meanwhile.
const readings = 3

// consents reads the consents of the ticket's subject that have not ended, with
// their sealed parts, and says whether the requester acts for the subject. A consent
// that ends between the two readings may have a successor that the first does not
// list and that forbids what it forbade, so everything is read again.
func (g *Gate) consents(ctx context.Context, c *Case, at time.Time) (acts bool, err error) {
	for range readings {
		s, height, _, err := g.ledger.Subject(ctx, c.Ticket.Request.Subject)
		if err != nil || s == nil {
			return false, err
		}
		facts, whole, err := g.listed(ctx, s)
		if err != nil {
			return false, err
		}
		if whole {
			c.Height, c.facts.Consents = max(c.Height, height), facts
			return s.ActsFor(c.Ticket.Requester, at), nil
		}
	}
	return false, fmt.Errorf("%w: the subject's consents changed with every reading", ErrClosed)
}

// listed reads the consents that a subject's entry lists. They are whole unless one
// of them has ended since.
func (g *Gate) listed(ctx context.Context, s *access.Subject) (facts []access.ConsentFact, whole bool, err error) {
	for _, index := range s.Consents {
		consent, _, _, err := g.ledger.Consent(ctx, s.Id, index)
		switch {
		case err != nil:
			return nil, false, err
		case consent == nil:
			return nil, false, fmt.Errorf("%w: consent %d of subject (%d, %d) is listed and not there", ErrClosed, index, s.Id.Institution, s.Id.Number)
		case consent.EndedHeight != 0:
			return nil, false, nil
		}
		fact := access.ConsentFact{Index: index, Permits: consent.Permits}
		if consent.Template != nil {
			template, _, _, err := g.ledger.Template(ctx, *consent.Template)
			if err != nil {
				return nil, false, err
			}
			if template == nil {
				return nil, false, fmt.Errorf("%w: consent %d adopts a template that is not there", ErrClosed, index)
			}
			fact.Permits = consent.EffectivePermits(template)
		}
		fact.Sealed = g.open(ctx, s.Id, consent.Sealed)
		facts = append(facts, fact)
	}
	return facts, true, nil
}

// open returns the sealed part of a consent, or nil if it is not here or does not
// read, which denies what the consent reaches.
func (g *Gate) open(ctx context.Context, subject records.SubjectId, shown []byte) *access.Sealed {
	if subject.Institution != g.institution {
		return nil
	}
	part, err := g.vault.OpenConsent(ctx, subject.Number, shown)
	if err != nil {
		return nil
	}
	sealed, err := ParseSealed(part)
	if err != nil {
		return nil
	}
	return sealed
}

// Decide decides on one record of the ticket's subject and classes.
func (c *Case) Decide(o access.Object) access.Decision {
	if !slices.Contains(c.Ticket.Request.Classes, o.Class) {
		return access.Decision{Reason: access.REASON_NO_APPLICABLE_PERMIT}
	}
	q := c.question
	q.Object = o
	d := access.Decide(q, c.facts)
	for _, duty := range d.Obligations {
		if !slices.Contains(c.Ticket.Obligations, duty) {
			return access.Decision{Reason: access.REASON_NO_APPLICABLE_PERMIT} // the requester never accepted it
		}
	}
	return d
}

// InForce says whether a record may leave at all: that its custodian neither erased
// nor retracted it, nor gave it away.
func (g *Gate) InForce(ctx context.Context, id records.RecordId) (bool, error) {
	s, _, _, err := g.ledger.Standing(ctx, id)
	if err != nil {
		return false, err
	}
	if s == nil {
		return id.Institution == g.institution, nil
	}
	return s.Custodian == g.institution && s.Status != records.RECORD_STATUS_ERASED && s.Status != records.RECORD_STATUS_RETRACTED, nil
}
