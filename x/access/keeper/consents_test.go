package keeper_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

func superseding(indexes ...uint64) *access.MsgGrantConsent {
	msg := consent(treatment())
	msg.Supersedes = indexes
	return msg
}

// consents returns what is stored of anna's, by index.
func (f *fixture) consents(t testing.TB) map[uint64]access.Consent {
	t.Helper()
	byIndex := map[uint64]access.Consent{}
	for _, c := range f.export(t).Consents {
		byIndex[c.Index] = c
	}
	return byIndex
}

func TestAConsentIsStoredAsItWasGranted(t *testing.T) {
	f := controlled(t)
	f.says(t, consent(treatment(), research()), &access.EventSubjectChanged{Subject: anna})
	require.Equal(t, access.Consent{
		Subject: anna, Index: 1, Permits: []access.Permit{treatment(), research()}, Sealed: commitment(9),
		GrantedBy: of("patient1"), GrantedHeight: uint64(f.ctx.BlockHeight()), GrantedAt: f.now(),
	}, f.consents(t)[1])
	f.grant(t)
	s := f.subject(t, anna)
	require.Equal(t, []uint64{1, 2}, s.Consents)
	require.EqualValues(t, 2, s.ConsentsEver)
}

func TestAConsentEndsThoseItSupersedes(t *testing.T) {
	f := controlled(t)
	for range 4 {
		f.grant(t, treatment())
	}
	before := f.consents(t)
	f.after(1)
	f.do(t, superseding(1, 3))
	require.Equal(t, []uint64{2, 4, 5}, f.subject(t, anna).Consents)
	at := f.now()
	for index, want := range before {
		if index == 1 || index == 3 {
			want.EndedHeight, want.EndedAt, want.SupersededBy = uint64(f.ctx.BlockHeight()), &at, 5
		}
		require.Equal(t, want, f.consents(t)[index])
	}
}

func TestGrantConsentRefuses(t *testing.T) {
	f := controlled(t)
	f.do(t, template(1, treatment()))
	with := func(change func(*access.MsgGrantConsent)) *access.MsgGrantConsent {
		msg := consent(treatment())
		change(msg)
		return msg
	}
	permit := func(change func(*access.Permit)) *access.MsgGrantConsent {
		return with(func(m *access.MsgGrantConsent) { change(&m.Permits[0]) })
	}
	f.refuses(t, map[string]refusal{
		"another's":             {with(func(m *access.MsgGrantConsent) { m.Actor = of("friend") }), access.ErrNotForSubject, of("friend")},
		"a registrar's":         {with(func(m *access.MsgGrantConsent) { m.Actor, m.Evidence = of("registrar1"), commitment(1) }), access.ErrNotForSubject, "registrar"},
		"a stranger's":          {with(func(m *access.MsgGrantConsent) { m.Subject = subjectOf(9) }), access.ErrSubjectNotFound, "(1, 9)"},
		"with evidence":         {with(func(m *access.MsgGrantConsent) { m.Evidence = commitment(1) }), access.ErrEvidence, "leave the evidence out"},
		"sealed cut off":        {with(func(m *access.MsgGrantConsent) { m.Sealed = nil }), access.ErrInvalidCommitment, "sealed has 0 bytes, want 32"},
		"nine permits":          {consent(slices.Repeat([]access.Permit{treatment()}, 9)...), access.ErrTooMany, "9 permits, want 0 to 8"},
		"for broken glass":      {permit(func(p *access.Permit) { p.Purposes = []access.Purpose{access.PURPOSE_BTG} }), access.ErrInvalid, "no permit is for PURPOSE_BTG"},
		"in no listed role":     {permit(func(p *access.Permit) { p.Grantee.Role = 99 }), access.ErrUnknownCode, "role 99"},
		"for a name":            {permit(func(p *access.Permit) { p.Grantee.Participant = "Dr. Who" }), access.ErrInvalid, `grantee 0: participant "Dr. Who" is not an account address`},
		"for upper case":        {permit(func(p *access.Permit) { p.Grantee.Participant = strings.ToUpper(of("clinician2")) }), access.ErrInvalid, "in lower case"},
		"in a channel":          {permit(func(p *access.Permit) { p.Channel = 5 }), access.ErrUnknownChannel, "5"},
		"of an unknown version": {with(func(m *access.MsgGrantConsent) { m.Permits, m.Template = nil, &version2 }), access.ErrTemplateNotFound, "(1, 1) version 2"},
		"narrowing no template": {with(func(m *access.MsgGrantConsent) { m.Grantee = &access.Grantee{Institution: 2} }), access.ErrInvalid, "a grantee without a template"},
		"template and permits":  {with(func(m *access.MsgGrantConsent) { m.Template = &version1 }), access.ErrInvalid, "permits beside a template"},
		"narrowed to a name": {with(func(m *access.MsgGrantConsent) {
			m.Permits, m.Template, m.Grantee = nil, &version1, &access.Grantee{Participant: "Dr. Who"}
		}), access.ErrInvalid, `participant "Dr. Who"`},
	})
	f.do(t, &access.MsgRetireTemplate{Officer: of("officer1"), Number: 1, Version: 1})
	f.refuses(t, map[string]refusal{"a retired version": {
		with(func(m *access.MsgGrantConsent) { m.Permits, m.Template = nil, &version1 }), access.ErrTemplateRetired, "(1, 1) version 1",
	}})
}

func TestAConsentSupersedesWhatIsInForceAlone(t *testing.T) {
	f := controlled(t)
	for range 18 {
		f.grant(t, treatment())
	}
	f.do(t, withdraw(2))
	f.refuses(t, map[string]refusal{
		"supersedes an ended":  {superseding(2), access.ErrConsentEnded, "2: leave it out"},
		"supersedes one twice": {superseding(1, 1), access.ErrConsentEnded, "1: leave it out"},
		"supersedes a coming":  {superseding(19), access.ErrConsentNotFound, "count from 1 to 18"},
		"supersedes zero":      {superseding(0), access.ErrConsentNotFound, "0: the subject's consents count from 1 to 18"},
		"supersedes unordered": {superseding(3, 1), access.ErrInvalid, "it supersedes [3 1], want at most 16, ascending"},
		"supersedes seventeen": {superseding(1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18), access.ErrInvalid, "want at most 16"},
	})
}

func TestThereAreAtMost256ConsentsAndAllCanBeWithdrawn(t *testing.T) {
	f := controlled(t)
	for range access.MaxConsents {
		_, err := f.deliver(consent(treatment()))
		require.NoError(t, err)
	}
	f.refuses(t, map[string]refusal{"one more": {consent(treatment()), access.ErrTooMany, "257 consents that have not ended, want at most 256: withdraw some"}})
	f.do(t, superseding(7))
	require.Equal(t, &access.MsgWithdrawConsentsResponse{Ended: 256}, f.do(t, withdraw()))
	require.Empty(t, f.subject(t, anna).Consents)
	require.EqualValues(t, 258, f.grant(t, treatment()))
}

func TestWithdrawalsEndWhatIsNamed(t *testing.T) {
	f := controlled(t)
	for range 4 {
		f.grant(t, treatment())
	}
	require.Equal(t, &access.MsgWithdrawConsentsResponse{Ended: 2}, f.do(t, withdraw(3, 1, 3)))
	require.Equal(t, []uint64{2, 4}, f.subject(t, anna).Consents)
	require.Equal(t, &access.MsgWithdrawConsentsResponse{}, f.do(t, withdraw(1)), "once is enough")
	f.says(t, withdraw(), &access.EventSubjectChanged{Subject: anna})
	ended := f.consents(t)[4]
	require.EqualValues(t, f.ctx.BlockHeight(), ended.EndedHeight)
	require.Zero(t, ended.SupersededBy)
	f.do(t, withdraw())
}

func TestWithdrawConsentsRefuses(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	foreign := withdraw()
	foreign.Actor = of("friend")
	f.refuses(t, map[string]refusal{
		"another's":   {foreign, access.ErrNotForSubject, of("friend")},
		"never was":   {withdraw(1, 2), access.ErrConsentNotFound, "2: the subject's consents count from 1 to 1"},
		"zero":        {withdraw(0), access.ErrConsentNotFound, "0:"},
		"too many":    {withdraw(slices.Repeat([]uint64{1}, 257)...), access.ErrTooMany, "257 consents, want at most 256, or none for all"},
		"of a nobody": {&access.MsgWithdrawConsents{Actor: of("patient1"), Subject: subjectOf(9)}, access.ErrSubjectNotFound, "(1, 9)"},
	})
}

func TestWithdrawingWorksWhenTheRoleIsGone(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	f.members.withdraw("patient1")
	f.refuses(t, map[string]refusal{
		"consents":  {consent(treatment()), errNoRole, "ROLE_PATIENT"},
		"delegates": {delegate("patient1", "friend", proxy, nil), errNoRole, "ROLE_PATIENT"},
		"asks":      {askForOneself(), errNoRole, "ROLE_PATIENT"},
	})
	f.do(t, withdraw())
	require.Empty(t, f.subject(t, anna).Consents)
}

func TestARegistrarConsentsOnPaperWhileThereIsNoController(t *testing.T) {
	f := enrolled(t)
	paper := consent(treatment())
	paper.Actor = of("registrar1")
	f.refuses(t, map[string]refusal{"without": {paper, access.ErrEvidence, "give the commitment to the paper"}})
	paper.Evidence = commitment(1)
	stranger := *paper
	stranger.Subject = subjectOf(9)
	emergency := glass()
	emergency.Subject = stranger.Subject
	f.do(t, emergency)
	f.refuses(t, map[string]refusal{"before enrolment": {&stranger, access.ErrNotForSubject, "of subject (1, 9)"}})
	f.do(t, paper)
	require.Equal(t, commitment(1), f.consents(t)[1].Evidence)
	byRegistrar := withdraw()
	byRegistrar.Actor = of("second registrar")
	f.do(t, byRegistrar)
	require.Empty(t, f.subject(t, anna).Consents)
}
