package access

import (
	"cmp"
	"slices"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/records"
)

// DefaultGenesis is the state that a new chain begins with: the parameters alone.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks everything that can be checked without other modules: every
// value, the order of keys, and that the parts fit together. That accounts are
// addresses is checked where they are decoded.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	for _, err := range []error{
		each("subjects", gs.Subjects, func(s Subject) []uint64 { return numbers(s.Id) }, Subject.validateWhole),
		each("consents", gs.Consents, func(c Consent) []uint64 { return numbers(c.Subject, c.Index) }, Consent.validateWhole),
		each("disclosures", gs.Disclosures, func(d Disclosure) []uint64 { return numbers(d.Subject, d.Index) }, Disclosure.Validate),
		each("tickets", gs.Tickets, func(t Ticket) []uint64 { return []uint64{t.Id.Institution, t.Id.Number} }, Ticket.Validate),
		each("last_tickets", gs.LastTickets, func(t TicketId) []uint64 { return []uint64{t.Institution} }, TicketId.validate),
		each("reviews", gs.Reviews, func(r Review) []uint64 { return numbers(r.Subject, r.Disclosure) }, Review.validate),
		each("conducts", gs.Conducts, func(c Conduct) []uint64 { return []uint64{c.Institution} }, func(Conduct) error { return nil }),
		each("templates", gs.Templates, func(t Template) []uint64 { return []uint64{t.Id.Institution, t.Id.Number, t.Id.Version} }, Template.Validate),
		each("policies", gs.Policies, func(p Policy) []uint64 { return []uint64{p.Institution} }, Policy.validateWhole),
		each("studies", gs.Studies, func(s Study) []uint64 { return []uint64{s.Id.Institution, s.Id.Number} }, Study.Validate),
		each("receipts", gs.Receipts, func(r DueReceipt) []uint64 { return numbers(r.Subject, r.Disclosure) }, DueReceipt.validate),
		eachJournal(gs.Journals),
		gs.fit(),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func numbers(subject records.SubjectId, more ...uint64) []uint64 {
	return append([]uint64{subject.Institution, subject.Number}, more...)
}

// each checks every value of a list, that the keys hold no zero and that they ascend.
func each[T any](name string, list []T, key func(T) []uint64, check func(T) error) error {
	for i, v := range list {
		if err := check(v); err != nil {
			return errors.Wrapf(err, "%s[%d]", name, i)
		}
		if slices.Contains(key(v), 0) {
			return errors.Wrapf(ErrGenesis, "%s[%d]: key %v, all count from 1", name, i, key(v))
		}
		if i > 0 && slices.CompareFunc(key(list[i-1]), key(v), cmp.Compare[uint64]) >= 0 {
			return errors.Wrapf(ErrGenesis, "%s[%d]: key %v is repeated or out of order", name, i, key(v))
		}
	}
	return nil
}

// eachJournal checks the heads of journals, whose keys are accounts.
func eachJournal(journals []JournalHead) error {
	for i, j := range journals {
		if j.Vault == "" || j.Entries == 0 {
			return errors.Wrapf(ErrGenesis, "journals[%d]: %d entries of vault %q, none may be missing", i, j.Entries, j.Vault)
		}
		if err := CheckCommitment("head", j.Head); err != nil {
			return errors.Wrapf(err, "journals[%d]", i)
		}
	}
	return nil
}

// validateWhole is Validate for an entry that is stored, with its pending change.
func (s Subject) validateWhole() error {
	if err := s.Validate(); err != nil {
		return err
	}
	if s.Pending == nil {
		return nil
	}
	if s.Pending.ProposedBy == "" {
		return errors.Wrap(ErrControllerChange, "nobody proposed it")
	}
	return CheckCommitment("evidence", s.Pending.Evidence)
}

// validateWhole is Validate for a consent that is stored, with its beginning and end.
func (c Consent) validateWhole() error {
	if err := c.Validate(); err != nil {
		return err
	}
	ended := c.EndedHeight != 0
	switch {
	case c.GrantedBy == "" || c.GrantedHeight == 0 || c.GrantedAt.IsZero():
		return errors.Wrapf(ErrInvalid, "granted by %q at height %d at %s: none may be missing", c.GrantedBy, c.GrantedHeight, c.GrantedAt)
	case ended != (c.EndedAt != nil):
		return errors.Wrapf(ErrInvalid, "ended at height %d, at %v: want both or none", c.EndedHeight, c.EndedAt)
	case c.SupersededBy != 0 && (!ended || c.SupersededBy <= c.Index):
		return errors.Wrapf(ErrInvalid, "consent %d is superseded by %d and ended at height %d", c.Index, c.SupersededBy, c.EndedHeight)
	}
	return nil
}

func (p Policy) validateWhole() error {
	if p.Version == 0 {
		return errors.Wrap(ErrInvalid, "version: a policy's versions count from 1")
	}
	return p.Validate()
}

func (t TicketId) validate() error {
	if t.Number == 0 {
		return errors.Wrapf(ErrInvalid, "last ticket 0 of institution %d: leave it out", t.Institution)
	}
	return nil
}

func (r Review) validate() error {
	if r.Reviewer == 0 || r.DueAt.IsZero() || r.DueAt.Nanosecond() != 0 {
		return errors.Wrapf(ErrInvalid, "review by institution %d due at %s, want whole seconds", r.Reviewer, r.DueAt)
	}
	return nil
}

func (r DueReceipt) validate() error {
	if r.DueAt.IsZero() || r.DueAt.Nanosecond() != 0 {
		return errors.Wrapf(ErrInvalid, "receipt due at %s, want whole seconds", r.DueAt)
	}
	return nil
}

// Validate checks what can be checked of a ticket without state.
func (t Ticket) Validate() error {
	if t.Id.Institution == 0 || t.Id.Number == 0 || t.Requester == "" || t.IssuedHeight == 0 || t.IssuedAt.IsZero() {
		return errors.Wrapf(ErrInvalid, "ticket (%d, %d) of %q at height %d: none may be missing", t.Id.Institution, t.Id.Number, t.Requester, t.IssuedHeight)
	}
	if t.ExpiresAt.Before(t.IssuedAt) {
		return errors.Wrapf(ErrInvalid, "issued at %s, expires at %s", t.IssuedAt, t.ExpiresAt)
	}
	if broken := t.Request.Purpose == PURPOSE_BTG; broken != (t.Basis == BASIS_EMERGENCY) || broken != (len(t.Reason) > 0) {
		return errors.Wrapf(ErrInvalid, "%s on %s with a reason of %d bytes: these go together", t.Request.Purpose, t.Basis, len(t.Reason))
	}
	if len(t.Reason) > 0 {
		if err := CheckCommitment("reason", t.Reason); err != nil {
			return err
		}
	}
	for _, err := range []error{
		t.Request.Validate(), checkCode("basis", t.Basis, Basis_name), CheckObligations(t.Obligations), CheckCommitment("recipient", t.Recipient),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
