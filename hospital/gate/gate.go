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

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// Vault is where sealed parts of consents are.
type Vault interface {
	// OpenConsent returns the sealed part behind a commitment.
	OpenConsent(ctx context.Context, subject uint64, shown []byte) ([]byte, error)
	// PlaceInWork returns the place of a record in the work with a root, or fails
	// with vault.ErrNotFound if it is not in it, or the work is not here.
	PlaceInWork(ctx context.Context, root []byte, id records.RecordId) (uint64, error)
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
	// ErrRequester says that the requester may not ask for this now: for want of a role,
	// of a purpose of the role, or of an approved study.
	ErrRequester = fmt.Errorf("%w: the requester may not ask for this", ErrClosed)
)

// ErrStale says that the newest state is too old to decide on. It passes.
var ErrStale = errors.New("the own node shows no new block")

// MaxAge is how old the header of a state may be that is decided on. Blocks come
// every second, so a withdrawal that a node keeps from its vault is heeded within
// this time.
const MaxAge = 20 * time.Second

// Gate guards one vault. Its methods may be called by many goroutines.
type Gate struct {
	newest      func(context.Context) (ledger.State, error)
	vault       Vault
	institution uint64
	now         func() time.Time
}

// New returns the gate of an institution's vault. Newest reads the newest state of
// the ledger.
func New(newest func(context.Context) (ledger.State, error), v Vault, institution uint64) *Gate {
	return &Gate{newest: newest, vault: v, institution: institution, now: time.Now}
}

// Case is a ticket with all that is decided on, as the ledger stood after one block.
// It grows old: open it anew before the first byte and with every block.
type Case struct {
	Ticket access.Ticket

	gate     *Gate
	state    ledger.State
	question access.Question
	facts    access.Facts
	// work is the one whose licence the ticket is under, or nil.
	work *copyright.Work
}

// Open reads a ticket and everything that decisions on it rest on.
func (g *Gate) Open(ctx context.Context, id access.TicketId) (*Case, error) {
	state, err := g.look(ctx)
	if err != nil {
		return nil, err
	}
	now, at := g.now(), state.Time()
	t, err := state.Ticket(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case t == nil || t.Request.Custodian != g.institution:
		return nil, ErrNoTicket
	// The vault's own clock counts for the end of the ticket, so that a node which shows
	// no new blocks does not stretch its life. All else is decided at block time, as on
	// the ledger: a fast clock must not let a denial lapse.
	case !at.Before(t.ExpiresAt) || !now.Before(t.ExpiresAt):
		return nil, ErrExpired
	}
	c := &Case{Ticket: *t, gate: g, state: state}
	if err := g.gather(ctx, c); err != nil {
		return nil, err
	}
	if err := c.checkRequester(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// gather reads what a ticket is decided on.
func (g *Gate) gather(ctx context.Context, c *Case) error {
	params, err := c.state.AccessParams(ctx)
	if err != nil {
		return err
	}
	if params == nil {
		return fmt.Errorf("%w: the ledger has no parameters of access", ErrClosed)
	}
	c.facts = access.Facts{Params: *params, Sealed: true}
	if c.facts.Policy, err = c.state.Policy(ctx, g.institution); err != nil {
		return err
	}
	c.question = access.Question{Request: c.Ticket.Request, Requester: c.Ticket.Requester, Institution: c.Ticket.Id.Institution, At: c.state.Time()}
	s, err := c.state.Subject(ctx, c.Ticket.Request.Subject)
	if err != nil || s == nil {
		return err
	}
	c.question.ActsForSubject = s.ActsFor(c.Ticket.Requester, c.state.Time())
	for _, index := range s.Consents {
		fact, err := g.fact(ctx, c.state, s.Id, index)
		if err != nil {
			return err
		}
		c.facts.Consents = append(c.facts.Consents, fact)
	}
	return nil
}

// checkRequester fails unless the requester holds the ticket's role at present, may
// ask for its purpose in it, and the study that it is for, if any, is approved. A
// broken glass has no rule.
func (c *Case) checkRequester(ctx context.Context) error {
	t, at := &c.Ticket, c.state.Time()
	p, err := participant(ctx, c.state, t.Id.Institution, t.Requester)
	if err != nil {
		return err
	}
	if p == nil || !p.Holds(t.Request.Role, at) {
		return ErrRequester
	}
	if t.Request.Purpose == access.PURPOSE_BTG {
		return nil
	}
	var study *access.Study
	if id := t.Request.Study; id != nil {
		if study, err = c.state.Study(ctx, *id); err != nil {
			return err
		}
	}
	if _, err := c.facts.Params.CheckPurpose(t.Request, study, t.Id.Institution, at); err != nil {
		return fmt.Errorf("%w: %w", ErrRequester, err)
	}
	return c.checkLicence(ctx)
}

// checkLicence fails unless the licence that the ticket is under, if any, allows its
// request at present.
func (c *Case) checkLicence(ctx context.Context) error {
	t := &c.Ticket
	if t.Request.Licence == nil {
		return nil
	}
	licence, err := c.state.Licence(ctx, *t.Request.Licence)
	if err != nil {
		return err
	}
	if licence == nil {
		return fmt.Errorf("%w: no such licence", ErrRequester)
	}
	if c.work, err = c.state.Work(ctx, licence.Work); err != nil {
		return err
	}
	if c.work == nil {
		return fmt.Errorf("%w: the licence is of no work", ErrRequester)
	}
	if err := licence.CheckUse(*c.work, t.Id.Institution, t.Request, c.facts.Params, c.state.Time()); err != nil {
		return fmt.Errorf("%w: %w", ErrRequester, err)
	}
	return nil
}

// fact reads a consent of a subject with its sealed part.
func (g *Gate) fact(ctx context.Context, state ledger.State, subject records.SubjectId, index uint64) (access.ConsentFact, error) {
	consent, err := state.Consent(ctx, subject, index)
	if err != nil {
		return access.ConsentFact{}, err
	}
	if consent == nil || consent.EndedHeight != 0 {
		return access.ConsentFact{}, fmt.Errorf("%w: consent %d of subject (%d, %d) is listed and not in force", ErrClosed, index, subject.Institution, subject.Number)
	}
	var template *access.Template
	if consent.Template != nil {
		if template, err = state.Template(ctx, *consent.Template); err != nil {
			return access.ConsentFact{}, err
		}
		if template == nil {
			return access.ConsentFact{}, fmt.Errorf("%w: consent %d adopts a template that is not there", ErrClosed, index)
		}
	}
	fact := consent.Fact(template)
	fact.Sealed = g.open(ctx, subject, consent.Sealed)
	return fact, nil
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

// Decide decides on one record of the ticket's subject and classes. What the ledger would
// demand for it must have been accepted, though the vault itself demands less: the ledger
// refuses the release otherwise.
func (c *Case) Decide(o access.Object) access.Decision {
	if !slices.Contains(c.Ticket.Request.Classes, o.Class) {
		return access.Decision{Reason: access.REASON_NO_APPLICABLE_PERMIT}
	}
	for _, duty := range c.Ledger(o).Obligations {
		if !slices.Contains(c.Ticket.Obligations, duty) {
			return access.Decision{Reason: access.REASON_NO_APPLICABLE_PERMIT} // the requester never accepted it
		}
	}
	q := c.question
	q.Object = o
	return access.Decide(q, c.facts)
}

// Ledger decides on one record as the ledger does, which knows of nothing sealed: a release
// is entered with the basis and the consents of this decision.
func (c *Case) Ledger(o access.Object) access.Decision {
	q, f := c.question, c.facts
	q.Object, f.Sealed = o, false
	return access.Decide(q, f)
}

// InForce says whether a record may leave at all: that its custodian neither erased
// nor retracted it, nor gave it away, and that it is of the work, if the ticket is
// under the licence for one.
func (c *Case) InForce(ctx context.Context, id records.RecordId) (bool, error) {
	if c.work != nil {
		_, err := c.gate.vault.PlaceInWork(ctx, c.work.Root, id)
		if errors.Is(err, vault.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	custodian := c.Ticket.Request.Custodian
	s, err := c.state.Standing(ctx, id)
	if err != nil {
		return false, err
	}
	if s == nil {
		return id.Institution == custodian, nil
	}
	return s.Custodian == custodian && s.Status != records.RECORD_STATUS_ERASED && s.Status != records.RECORD_STATUS_RETRACTED, nil
}
