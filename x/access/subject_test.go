package access_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/lp"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

func quarter(n int) *time.Time {
	at := time.Date(2027, time.Month(1+3*n), 1, 0, 0, 0, 0, time.UTC)
	return &at
}

func subject() access.Subject {
	return access.Subject{
		Id: patient, Identity: commitment, Controller: accounts[0],
		Delegates: []access.Delegate{
			{Account: accounts[1], Capacity: access.DELEGATE_CAPACITY_GUARDIAN, EndsAt: quarter(2)},
			{Account: accounts[2], Capacity: access.DELEGATE_CAPACITY_PROXY},
		},
		Consents: []uint64{2, 5}, ConsentsEver: 5, DisclosuresEver: 1, Disclosures: commitment,
	}
}

func TestAnInvalidSubjectIsRefused(t *testing.T) {
	refused(t, subject, map[string]refusal[access.Subject]{
		"of nobody":              {func(s *access.Subject) { s.Id.Institution = 0 }, access.ErrInvalid, "subject (0, 7): both numbers count from 1"},
		"a short identity":       {func(s *access.Subject) { s.Identity = commitment[1:] }, access.ErrInvalidCommitment, "identity has 31 bytes, want 32"},
		"many delegates":         {func(s *access.Subject) { s.Delegates = make([]access.Delegate, 9) }, access.ErrTooMany, "9 delegates, want at most 8"},
		"a delegate twice":       {func(s *access.Subject) { s.Delegates[1].Account = accounts[1] }, access.ErrDelegate, accounts[1] + " is one twice"},
		"a delegate of no kind":  {func(s *access.Subject) { s.Delegates[0].Capacity = 0 }, access.ErrUnknownCode, "capacity 0, want 1 to 2"},
		"nobody as delegate":     {func(s *access.Subject) { s.Delegates[0].Account = "" }, access.ErrDelegate, "no account"},
		"a guardian for ever":    {func(s *access.Subject) { s.Delegates[0].EndsAt = nil }, access.ErrDelegate, "a guardian has an end"},
		"a birthday as end":      {func(s *access.Subject) { *s.Delegates[0].EndsAt = day(7) }, access.ErrDelegate, "it ends at 2027-03-08 00:00:00 +0000 UTC, want the beginning of a quarter"},
		"a proxy's end":          {func(s *access.Subject) { at := day(1); s.Delegates[1].EndsAt = &at }, access.ErrDelegate, "want the beginning of a quarter"},
		"consents out of order":  {func(s *access.Subject) { s.Consents = []uint64{5, 2} }, access.ErrInvalid, "consents [5 2] of 5 ever"},
		"a consent twice":        {func(s *access.Subject) { s.Consents = []uint64{2, 2} }, access.ErrInvalid, "consents [2 2]"},
		"consent zero":           {func(s *access.Subject) { s.Consents = []uint64{0, 2} }, access.ErrInvalid, "consents [0 2]"},
		"a consent to come":      {func(s *access.Subject) { s.Consents = []uint64{6} }, access.ErrInvalid, "consents [6] of 5 ever"},
		"a head of nothing":      {func(s *access.Subject) { s.DisclosuresEver = 0 }, access.ErrInvalid, "a head of 32 bytes of an account of 0 entries"},
		"an account without one": {func(s *access.Subject) { s.Disclosures = nil }, access.ErrInvalid, "a head of 0 bytes of an account of 1 entries"},
		"a short head":           {func(s *access.Subject) { s.Disclosures = commitment[1:] }, access.ErrInvalidCommitment, "disclosures has 31 bytes, want 32"},
		"many consents": {func(s *access.Subject) {
			s.Consents, s.ConsentsEver = nil, 257
			for i := range uint64(257) {
				s.Consents = append(s.Consents, i+1)
			}
		}, access.ErrTooMany, "257 consents that have not ended, want at most 256: withdraw some"},
	})
	require.NoError(t, access.Subject{Id: patient}.Validate(), "nobody has to be enrolled")
}

func TestWhoActsForASubjectDoesSoFromOneInstantToAnother(t *testing.T) {
	s := subject()
	change := day(40)
	s.Pending = &access.ControllerChange{Controller: account("Paula"), TakesEffectAt: &change}
	before, end := func(at time.Time) time.Time { return at.Add(-time.Nanosecond) }, *quarter(2)
	for _, row := range []struct {
		who  string
		at   time.Time
		acts bool
	}{
		{accounts[0], before(change), true},
		{accounts[0], change, false},
		{account("Paula"), before(change), false},
		{account("Paula"), change, true},
		{accounts[1], before(end), true},
		{accounts[1], end, false},
		{accounts[2], end.AddDate(50, 0, 0), true},
		{account("Stone"), change, false},
		{"", change, false},
	} {
		require.Equal(t, row.acts, s.ActsFor(row.who, row.at), "%s at %s", row.who, row.at)
	}
	s.Pending.Controller = ""
	require.False(t, s.ActsFor("", change), "the registrars' accounts are not the subject's")
	s.Pending.TakesEffectAt = nil
	require.True(t, s.ActsFor(accounts[0], end.AddDate(50, 0, 0)), "a change that nobody approved has no effect")
}

func TestToSettleChangesNothingThatIsStored(t *testing.T) {
	s, at := subject(), quarter(3)
	s.Pending = &access.ControllerChange{Controller: accounts[2], TakesEffectAt: quarter(1)}
	settled := s.Settled(*at)
	require.Equal(t, accounts[2], settled.Controller)
	require.Nil(t, settled.Pending)
	require.Equal(t, []access.Delegate{{Account: accounts[2], Capacity: access.DELEGATE_CAPACITY_PROXY}}, settled.Delegates)
	require.Equal(t, settled, settled.Settled(*at), "again changes nothing")
	require.NotNil(t, s.Pending)
	require.Equal(t, subject().Delegates, s.Delegates)
	require.Equal(t, accounts[0], s.Controller)
}

func TestADatasetIsAboutNobody(t *testing.T) {
	leaf := records.Leaf{Descriptor_: records.Descriptor{Subject: &records.SubjectId{Institution: 1, Number: 7}}}
	require.True(t, access.IsAbout(leaf, patient))
	require.False(t, access.IsAbout(leaf, records.SubjectId{Institution: 1, Number: 8}))
	require.False(t, access.IsAbout(leaf, records.SubjectId{Institution: 2, Number: 7}))
	require.False(t, access.IsAbout(records.Leaf{}, patient))
	require.False(t, access.IsAbout(records.Leaf{}, records.SubjectId{}))
}

var disclosures = rapid.Custom(func(t *rapid.T) access.Disclosure {
	return access.Disclosure{
		Subject: patient, Index: uint64(rapid.IntRange(1, 3).Draw(t, "index")), Kind: access.DisclosureKind(rapid.IntRange(1, 2).Draw(t, "kind")),
		Requester: pick(t, "requester", accounts...), Institution: 2, Custodian: 1, Height: 5, At: day(rapid.IntRange(0, 1).Draw(t, "at")),
	}
})

func heads(t require.TestingT, entries []access.Disclosure) []byte {
	var head []byte
	for _, d := range entries {
		next, err := access.NextHead(head, d)
		require.NoError(t, err)
		head = next
	}
	return head
}

func TestTheHeadOfAnAccountTellsItsEntriesAndTheirOrder(t *testing.T) {
	entries := rapid.SliceOfN(disclosures, 0, 4)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := entries.Draw(rt, "a"), entries.Draw(rt, "b")
		same := slices.EqualFunc(a, b, func(x, y access.Disclosure) bool { return x.String() == y.String() })
		require.Equal(rt, same, slices.Equal(heads(rt, a), heads(rt, b)))
	})
}

func TestHeadsAreWhatThePageSays(t *testing.T) {
	d := access.Disclosure{Subject: patient, Index: 1, Kind: access.DISCLOSURE_KIND_RELEASE}
	encoded, err := d.Marshal()
	require.NoError(t, err)
	want := sha256.Sum256(lp.Concat([]byte("dmdl/disclosure/1"), nil, encoded))
	head, err := access.NextHead(nil, d)
	require.NoError(t, err)
	require.Equal(t, want[:], head)
	want = sha256.Sum256(lp.Concat([]byte("dmdl/disclosure/1"), head, encoded))
	next, err := access.NextHead(head, d)
	require.NoError(t, err)
	require.Equal(t, want[:], next)

	e := access.JournalEntry{Subject: patient, Requester: accounts[0], Reason: commitment}
	encoded, err = e.Marshal()
	require.NoError(t, err)
	want = sha256.Sum256(lp.Concat([]byte("dmdl/journal/1"), commitment, encoded))
	head, err = access.NextJournalHead(commitment, e)
	require.NoError(t, err)
	require.Equal(t, want[:], head)
}

func TestASignatureOverAQuestionIsForThatQuestionAlone(t *testing.T) {
	r := access.Request{Subject: patient, Custodian: 1, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS, Role: consortium.ROLE_CLINICIAN, Classes: classes}
	encoded, err := r.Marshal()
	require.NoError(t, err)
	signed, err := access.CheckBytes("dmdl-1", accounts[0], r, day(1))
	require.NoError(t, err)
	seconds := binary.BigEndian.AppendUint64(nil, uint64(day(1).Unix()))
	require.Equal(t, lp.Concat([]byte("dmdl/check/1"), []byte("dmdl-1"), []byte(accounts[0]), encoded, seconds), signed)

	other := r
	other.Commercial = true
	seen := map[string]bool{string(signed): true}
	for _, again := range []func() ([]byte, error){
		func() ([]byte, error) { return access.CheckBytes("dmdl-2", accounts[0], r, day(1)) },
		func() ([]byte, error) { return access.CheckBytes("dmdl-1", accounts[1], r, day(1)) },
		func() ([]byte, error) { return access.CheckBytes("dmdl-1", accounts[0], other, day(1)) },
		func() ([]byte, error) { return access.CheckBytes("dmdl-1", accounts[0], r, day(1).Add(time.Second)) },
	} {
		text, err := again()
		require.NoError(t, err)
		require.False(t, seen[string(text)])
		seen[string(text)] = true
	}
}
