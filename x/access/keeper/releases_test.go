package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestAReleaseIsEnteredIntoTheAccount(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	id := f.ticket(t, ask())
	first, second := f.result(), f.keep(1, anna, records.RECORD_CLASS_RESULT)
	f.after(1)
	f.says(t, release(id, first, second), &access.EventDisclosed{Subject: anna, Index: 1, Kind: access.DISCLOSURE_KIND_RELEASE, Custodian: 1, Institution: 2})
	require.Equal(t, access.Disclosure{
		Subject: anna, Index: 1, Kind: access.DISCLOSURE_KIND_RELEASE, Ticket: &id, Requester: of("clinician2"), Institution: 2, Custodian: 1,
		Purpose: access.PURPOSE_TREAT, Basis: access.BASIS_CONSENT, Consents: []uint64{1},
		Records: []access.ReleasedRecord{{Record: first, Body: commitment(5)}, {Record: second, Body: commitment(5)}},
		Height:  uint64(f.ctx.BlockHeight()), At: f.now(),
	}, f.entry(t, anna, 1))
	require.Equal(t, access.Conduct{Institution: 1, Releases: 1}, f.conduct(t, 1))
	require.Equal(t, access.Conduct{Institution: 2, Received: 1}, f.conduct(t, 2))
	require.Equal(t, []access.DueReceipt{{Subject: anna, Disclosure: 1, DueAt: f.now().Add(day).Truncate(1e9)}}, f.export(t).Receipts)

	require.EqualValues(t, 2, f.do(t, release(id, first)).(*access.MsgReleaseResponse).Disclosure, "retries are free until expiry")
}

func TestReleaseRefuses(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	id := f.ticket(t, ask())
	good := f.result()
	erased := f.keepAs(1, func(s *records.Standing) { s.Status = records.RECORD_STATUS_ERASED })
	retracted := f.keepAs(2, func(s *records.Standing) { s.Status = records.RECORD_STATUS_RETRACTED })
	moved := f.keepAs(3, func(s *records.Standing) { s.Custodian = 2 })
	channel := f.keepAs(4, func(s *records.Standing) { s.Leaf.Descriptor_.Channel = 5 })
	dataset := f.keepAs(5, func(s *records.Standing) { s.Leaf.Descriptor_.Subject = nil })
	other := f.keep(6, subjectOf(8), records.RECORD_CLASS_RESULT)
	document := f.keep(7, anna, records.RECORD_CLASS_DOCUMENT)
	many := make([]records.RecordId, 33)
	for i := range many {
		many[i] = f.keep(uint64(100+i), anna, records.RECORD_CLASS_RESULT)
	}
	foreign, officer, short := release(id, good), release(id, good), release(id, good)
	foreign.Vault, officer.Vault, short.Items[0].Body = of("vault2"), of("officer1"), nil
	f.refuses(t, map[string]refusal{
		"another vault":     {foreign, access.ErrNotCustodian, "the ticket is for institution 1, not 2"},
		"no vault":          {officer, errNoRole, "ROLE_VAULT"},
		"no ticket":         {release(access.TicketId{Institution: 2, Number: 9}, good), access.ErrTicketNotFound, "(2, 9)"},
		"nothing":           {release(id), access.ErrTooMany, "0 records, want 1 to 32"},
		"too much":          {release(id, many...), access.ErrTooMany, "33 records, want 1 to 32"},
		"no body":           {short, access.ErrInvalidCommitment, "body has 0 bytes, want 32"},
		"twice":             {release(id, good, good), access.ErrInvalid, "items[1] is there twice"},
		"unknown":           {release(id, good, records.RecordId{Institution: 1, Batch: 9}), records.ErrRecordNotFound, "items[1]"},
		"erased":            {release(id, good, erased), access.ErrNoApplicablePermit, "items[1]: the record is RECORD_STATUS_ERASED"},
		"retracted":         {release(id, retracted), access.ErrNoApplicablePermit, "the record is RECORD_STATUS_RETRACTED"},
		"given away":        {release(id, moved), access.ErrNotCustodian, "institution 2 keeps the record"},
		"another subject":   {release(id, good, other), access.ErrNoApplicablePermit, "not about the ticket's subject"},
		"about nobody":      {release(id, dataset), access.ErrNoApplicablePermit, "not about the ticket's subject"},
		"another class":     {release(id, document), access.ErrNoApplicablePermit, "the ticket is not for RECORD_CLASS_DOCUMENT"},
		"another channel":   {release(id, channel), access.ErrNoApplicablePermit, "NO_APPLICABLE_PERMIT"},
		"another's address": {&access.MsgRelease{Vault: "vault", Ticket: id}, access.ErrInvalid, `vault "vault"`},
	})
	f.do(t, release(id, many[:32]...))
	f.after(day)
	f.refuses(t, map[string]refusal{"expired": {release(id, good), access.ErrTicketExpired, "at 2026"}})
}

func TestASupersededRecordIsReleased(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	id := f.keepAs(0, func(s *records.Standing) { s.Status = records.RECORD_STATUS_SUPERSEDED })
	f.do(t, release(f.ticket(t, ask()), id))
}

// TestATicketIsWorthWhatIsPermittedNow takes away, one at a time, what a ticket was
// issued for.
func TestATicketIsWorthWhatIsPermittedNow(t *testing.T) {
	for name, row := range map[string]struct {
		take func(*testing.T, *fixture)
		err  error
		says string
	}{
		"the consent": {func(t *testing.T, f *fixture) { f.do(t, withdraw()) }, access.ErrNoApplicablePermit, "REASON_NO_APPLICABLE_PERMIT"},
		"by another consent": {func(t *testing.T, f *fixture) {
			msg := superseding(1)
			msg.Permits = nil
			f.do(t, msg)
		}, access.ErrNoApplicablePermit, "REASON_NO_APPLICABLE_PERMIT"},
		"the role":        {func(_ *testing.T, f *fixture) { f.members.withdraw("researcher3") }, errNoRole, "ROLE_RESEARCHER"},
		"the institution": {func(_ *testing.T, f *fixture) { f.members.suspended[3] = true }, errNoRole, "ROLE_RESEARCHER"},
		"the study": {func(t *testing.T, f *fixture) {
			msg := approval()
			msg.ExpiresAt = f.now()
			f.do(t, msg)
		}, access.ErrStudy, "ended"},
		"the purpose": {func(t *testing.T, f *fixture) {
			f.setParams(t, func(p *access.Params) { p.Purposes = p.Purposes[:5] })
		}, access.ErrPurpose, "PURPOSE_HRESCH"},
		"the duties it was for": {func(t *testing.T, f *fixture) {
			f.do(t, withdraw(), consent(research()))
		}, access.ErrObligations, "accept [OBLIGATION_NORELINK OBLIGATION_NOREDISCLOSE OBLIGATION_DELAU]"},
	} {
		t.Run(name, func(t *testing.T) {
			f := controlled(t)
			light := research()
			light.Obligations = nil
			f.do(t, approval(), consent(light))
			msg := askForResearch()
			msg.Accepts = []access.Obligation{access.OBLIGATION_NOREDISCLOSE}
			id := f.ticket(t, msg)
			f.do(t, release(id, f.result()))
			row.take(t, f)
			f.refuses(t, map[string]refusal{"then": {release(id, f.result()), row.err, row.says}})
		})
	}
}

func TestAPermitHasABeginningAndAnEnd(t *testing.T) {
	f := controlled(t)
	from, until := f.now().Add(2), f.now().Add(3)
	p := treatment()
	p.ValidFrom, p.ValidUntil = &from, &until
	f.grant(t, p)
	f.after(1)
	f.refuses(t, map[string]refusal{"early": {ask(), access.ErrNoApplicablePermit, ""}})
	f.after(1)
	id := f.ticket(t, ask())
	f.do(t, release(id, f.result()))
	f.after(1)
	f.refuses(t, map[string]refusal{
		"late":      {ask(), access.ErrNoApplicablePermit, ""},
		"on ticket": {release(id, f.result()), access.ErrNoApplicablePermit, "NO_APPLICABLE_PERMIT"},
	})
}

func TestOneReleaseRestsOnOneBasis(t *testing.T) {
	f := controlled(t)
	p := treatment()
	p.Classes = []records.RecordClass{records.RECORD_CLASS_DOCUMENT}
	f.grant(t, p)
	duty := treatment()
	duty.Classes = []records.RecordClass{records.RECORD_CLASS_RESULT}
	f.do(t, policy(access.BASIS_LEGAL_DUTY, duty))
	id := f.ticket(t, request(func(m *access.MsgRequestAccess) { m.Request.Classes = treatment().Classes }))
	require.Equal(t, access.BASIS_CONSENT, f.export(t).Tickets[0].Basis)
	document := f.keep(1, anna, records.RECORD_CLASS_DOCUMENT)
	f.refuses(t, map[string]refusal{"both": {
		release(id, document, f.result()), access.ErrInvalid, "items[1] rests on BASIS_LEGAL_DUTY, those before on BASIS_CONSENT: release them apart",
	}})
	f.do(t, release(id, document), release(id, f.result()))
	require.Equal(t, access.BASIS_CONSENT, f.entry(t, anna, 1).Basis)
	require.Equal(t, access.BASIS_LEGAL_DUTY, f.entry(t, anna, 2).Basis)
}

func TestARevocationVoidsEachTicketIssuedBefore(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	first, second := f.ticket(t, ask()), f.ticket(t, ask())
	f.do(t, release(first, f.result()), withdraw())
	f.refuses(t, map[string]refusal{
		"used":   {release(first, f.result()), access.ErrNoApplicablePermit, "NO_APPLICABLE_PERMIT"},
		"unused": {release(second, f.result()), access.ErrNoApplicablePermit, "NO_APPLICABLE_PERMIT"},
		"asked":  {ask(), access.ErrNoApplicablePermit, ""},
	})
}
