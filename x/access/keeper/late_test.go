package keeper_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// happened is an emergency that vault 1 served on its own, hours before the start.
func happened(hours int) access.JournalEntry {
	return access.JournalEntry{
		Subject: anna, Requester: of("emergency2"), Reason: commitment(6), RoleHeight: 5, HappenedAt: start.Add(-time.Duration(hours) * time.Hour),
		Records: []access.ReleasedRecord{{Record: records.RecordId{Institution: 1, Batch: 1}, Body: commitment(5)}},
	}
}

func report(previous []byte, entries ...access.JournalEntry) *access.MsgReportEmergencies {
	return &access.MsgReportEmergencies{Vault: of("vault1"), Entries: entries, Previous: previous}
}

func headOf(t testing.TB, entries ...access.JournalEntry) []byte {
	t.Helper()
	var head []byte
	for _, e := range entries {
		var err error
		head, err = access.NextJournalHead(head, e)
		require.NoError(t, err)
	}
	return head
}

func TestLateEmergenciesAreEnteredAndReviewed(t *testing.T) {
	f := newFixture(t)
	late := func(index uint64) *access.EventDisclosed {
		return &access.EventDisclosed{Subject: anna, Index: index, Kind: access.DISCLOSURE_KIND_LATE, Custodian: 1, Institution: 2}
	}
	f.says(t, report(nil, happened(3), happened(2)), late(1), late(2))
	at := happened(3).HappenedAt
	require.Equal(t, access.Disclosure{
		Subject: anna, Index: 1, Kind: access.DISCLOSURE_KIND_LATE, Requester: of("emergency2"), Institution: 2, Custodian: 1,
		Purpose: access.PURPOSE_BTG, Basis: access.BASIS_EMERGENCY, Records: happened(3).Records,
		Height: uint64(f.ctx.BlockHeight()), At: f.now(), HappenedAt: &at,
	}, f.entry(t, anna, 1))
	head := headOf(t, happened(3), happened(2))
	require.Equal(t, []access.JournalHead{{Vault: of("vault1"), Entries: 2, Head: head, Height: uint64(f.ctx.BlockHeight())}}, f.export(t).Journals)
	require.Len(t, f.export(t).Reviews, 2)
	require.Len(t, f.export(t).Receipts, 2)
	require.Equal(t, access.Conduct{Institution: 2, Received: 2, Emergencies: 2}, f.conduct(t, 2))

	f.do(t, report(head, happened(1)), review("officer1", 1, access.REVIEW_OUTCOME_JUSTIFIED),
		&access.MsgReceive{Requester: of("emergency2"), Subject: anna, Disclosure: 2}, dispute("emergency2", 1, access.DISPUTE_REASON_NOT_ASKED))
	require.Nil(t, f.entry(t, anna, 5).Ticket)
	require.Len(t, f.export(t).Reviews, 2)
	require.EqualValues(t, 3, f.export(t).Journals[0].Entries)
}

func TestALateEmergencyOfAnOperatorCanBeReviewed(t *testing.T) {
	f := newFixture(t)
	e := happened(1)
	e.Requester = of("operator")
	f.do(t, report(nil, e), review("officer1", 1, access.REVIEW_OUTCOME_UNJUSTIFIED))
	require.Empty(t, f.export(t).Reviews)
}

func TestReportEmergenciesRefuses(t *testing.T) {
	f := newFixture(t)
	f.do(t, report(nil, happened(9)))
	head := headOf(t, happened(9))
	with := func(change func(*access.JournalEntry)) *access.MsgReportEmergencies {
		e := happened(1)
		change(&e)
		return report(head, happened(2), e)
	}
	foreign := report(head, happened(1))
	foreign.Vault = of("officer1")
	f.refuses(t, map[string]refusal{
		"no vault":          {foreign, errNoRole, "ROLE_VAULT"},
		"nothing":           {report(head), access.ErrTooMany, "0 entries, want 1 to 32"},
		"too much":          {report(head, slices.Repeat([]access.JournalEntry{happened(1)}, 33)...), access.ErrTooMany, "33 entries, want 1 to 32"},
		"from the start":    {report(nil, happened(1)), access.ErrJournal, "after 1 entries"},
		"after another":     {report(headOf(t, happened(8)), happened(1)), access.ErrJournal, "the entries follow"},
		"of the future":     {with(func(e *access.JournalEntry) { e.HappenedAt = start.Add(2 * time.Hour) }), access.ErrJournal, "entries[1]: it happened at 2026-08-01 14:00:00 +0000 UTC, which is to come"},
		"to the minute":     {with(func(e *access.JournalEntry) { e.HappenedAt = start.Add(-time.Minute) }), access.ErrJournal, "want that to the hour"},
		"never":             {with(func(e *access.JournalEntry) { e.HappenedAt = time.Time{} }), access.ErrJournal, "want that to the hour"},
		"without records":   {with(func(e *access.JournalEntry) { e.Records = nil }), access.ErrJournal, "no records"},
		"33 records":        {with(func(e *access.JournalEntry) { e.Records = slices.Repeat(e.Records, 33) }), access.ErrTooMany, "33 records"},
		"one twice":         {with(func(e *access.JournalEntry) { e.Records = slices.Repeat(e.Records, 2) }), access.ErrInvalid, "records[1] is there twice"},
		"no body":           {with(func(e *access.JournalEntry) { e.Records[0].Body = nil }), access.ErrInvalidCommitment, "body has 0 bytes"},
		"no record":         {with(func(e *access.JournalEntry) { e.Records[0].Record.Batch = 0 }), records.ErrZeroNumber, "records[0]"},
		"no reason":         {with(func(e *access.JournalEntry) { e.Reason = nil }), access.ErrInvalidCommitment, "reason has 0 bytes"},
		"no role":           {with(func(e *access.JournalEntry) { e.RoleHeight = 0 }), access.ErrJournal, "name the height of the header"},
		"a role to come":    {with(func(e *access.JournalEntry) { e.RoleHeight = 8 }), access.ErrJournal, "height 8, which is to come"},
		"a stranger":        {with(func(e *access.JournalEntry) { e.Requester = of("nobody") }), consortium.ErrStranger, "entries[1]"},
		"no address":        {with(func(e *access.JournalEntry) { e.Requester = "" }), access.ErrInvalid, `requester ""`},
		"about nobody":      {with(func(e *access.JournalEntry) { e.Subject.Number = 0 }), access.ErrInvalid, "subject (1, 0)"},
		"another's journal": {&access.MsgReportEmergencies{Vault: of("vault2"), Entries: foreign.Entries, Previous: head}, access.ErrJournal, "the ledger holds  after 0 entries"},
	})
}
