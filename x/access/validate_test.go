package access_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

var (
	patient    = records.SubjectId{Institution: 1, Number: 7}
	commitment = bytes.Repeat([]byte{7}, access.CommitmentSize)
)

func permit() access.Permit {
	from, until := day(0), day(9)
	return access.Permit{
		Grantee:  access.Grantee{Institution: 2, Participant: accounts[0], Role: consortium.ROLE_CLINICIAN},
		Purposes: []access.Purpose{access.PURPOSE_TREAT, access.PURPOSE_HRESCH}, Classes: classes, Actions: actions,
		Study: &access.StudyId{Institution: 1, Number: 1}, ValidFrom: &from, ValidUntil: &until,
		Obligations: []access.Obligation{access.OBLIGATION_NORELINK, access.OBLIGATION_DELAU},
	}
}

func consent() access.Consent {
	return access.Consent{Subject: patient, Index: 3, Permits: []access.Permit{permit()}, Sealed: commitment, Supersedes: []uint64{1, 2}, Evidence: commitment}
}

// refusal is an edit that makes a value invalid, and what must be said of it: its
// kind, the value, and what would mend it.
type refusal[T any] struct {
	edit func(*T)
	err  error
	says string
}

// refused holds each refusal against a value that is valid.
func refused[T interface{ Validate() error }](t *testing.T, valid func() T, table map[string]refusal[T]) {
	t.Helper()
	require.NoError(t, valid().Validate())
	for name, r := range table {
		v := valid()
		r.edit(&v)
		err := v.Validate()
		require.ErrorIs(t, err, r.err, name)
		require.ErrorContains(t, err, r.says, name)
	}
}

func TestAnInvalidPermitIsRefused(t *testing.T) {
	many := make([]access.Purpose, access.MaxPurposes+1)
	for i := range many {
		many[i] = access.PURPOSE_CAREMGT + access.Purpose(i)
	}
	refused(t, permit, map[string]refusal[access.Permit]{
		"an unlisted role":       {func(p *access.Permit) { p.Grantee.Role = 99 }, access.ErrUnknownCode, "role 99"},
		"half a licence":         {func(p *access.Permit) { p.Grantee.Licence = &access.LicenceId{Institution: 1} }, access.ErrInvalid, "licence (1, 0)"},
		"a negative role":        {func(p *access.Permit) { p.Grantee.Role = -1 }, access.ErrUnknownCode, "role -1"},
		"no purpose":             {func(p *access.Permit) { p.Purposes = nil }, access.ErrInvalid, "0 purposes, want 1 to 16"},
		"many purposes":          {func(p *access.Permit) { p.Purposes = many }, access.ErrInvalid, "17 purposes, want 1 to 16"},
		"an unlisted purpose":    {func(p *access.Permit) { p.Purposes[1] = 27 }, access.ErrUnknownCode, "purposes 27, want 1 to 26"},
		"an unspecified purpose": {func(p *access.Permit) { p.Purposes[0] = 0 }, access.ErrUnknownCode, "purposes 0"},
		"a purpose twice":        {func(p *access.Permit) { p.Purposes[1] = p.Purposes[0] }, access.ErrInvalid, "purposes: PURPOSE_TREAT is repeated or out of order"},
		"purposes out of order":  {func(p *access.Permit) { p.Purposes[0] = access.PURPOSE_HTEST }, access.ErrInvalid, "PURPOSE_HRESCH is repeated or out of order"},
		"a broken glass":         {func(p *access.Permit) { p.Purposes[0] = access.PURPOSE_BTG }, access.ErrInvalid, "no permit is for PURPOSE_BTG"},
		"a patient's request":    {func(p *access.Permit) { p.Purposes[0] = access.PURPOSE_PATRQT }, access.ErrInvalid, "no permit is for PURPOSE_PATRQT"},
		"no class":               {func(p *access.Permit) { p.Classes = nil }, access.ErrInvalid, "0 classes, want 1 to 7"},
		"an unlisted class":      {func(p *access.Permit) { p.Classes = []records.RecordClass{8} }, access.ErrUnknownCode, "classes 8, want 1 to 7"},
		"a class twice":          {func(p *access.Permit) { p.Classes = []records.RecordClass{2, 2} }, access.ErrInvalid, "RECORD_CLASS_RESULT is repeated"},
		"no action":              {func(p *access.Permit) { p.Actions = nil }, access.ErrInvalid, "0 actions, want 1 to 2"},
		"an unlisted action":     {func(p *access.Permit) { p.Actions = []access.Action{3} }, access.ErrUnknownCode, "actions 3, want 1 to 2"},
		"an unlisted obligation": {func(p *access.Permit) { p.Obligations = []access.Obligation{4} }, access.ErrUnknownCode, "obligations 4, want 1 to 3"},
		"many obligations":       {func(p *access.Permit) { p.Obligations = make([]access.Obligation, 4) }, access.ErrInvalid, "4 obligations, want 0 to 3"},
		"a study of nobody":      {func(p *access.Permit) { p.Study.Institution = 0 }, access.ErrInvalid, "study (0, 1): both numbers count from 1"},
		"study zero":             {func(p *access.Permit) { p.Study.Number = 0 }, access.ErrInvalid, "study (1, 0): both numbers count from 1"},
		"an end at its start":    {func(p *access.Permit) { p.ValidUntil = p.ValidFrom }, access.ErrInvalid, "valid from 2027-03-01 00:00:00 +0000 UTC until 2027-03-01"},
		"an end before it":       {func(p *access.Permit) { *p.ValidUntil = day(-1) }, access.ErrInvalid, "until 2027-02-28"},
		"a channel":              {func(p *access.Permit) { p.Channel = 1 }, access.ErrUnknownChannel, "1: only channel 0, which is public, exists"},
	})
}

func TestAnInvalidConsentIsRefused(t *testing.T) {
	adopted := func(c *access.Consent) {
		c.Permits, c.Template = nil, &access.TemplateVersion{Institution: 1, Number: 1, Version: 1}
	}
	refused(t, consent, map[string]refusal[access.Consent]{
		"a subject of nobody":          {func(c *access.Consent) { c.Subject.Institution = 0 }, access.ErrInvalid, "subject (0, 7): both numbers count from 1"},
		"subject zero":                 {func(c *access.Consent) { c.Subject.Number = 0 }, access.ErrInvalid, "subject (1, 0)"},
		"permits beside a template":    {func(c *access.Consent) { p := c.Permits; adopted(c); c.Permits = p }, access.ErrInvalid, "give one of the two"},
		"a grantee without a template": {func(c *access.Consent) { c.Grantee = &access.Grantee{} }, access.ErrInvalid, "permits name their own"},
		"many permits":                 {func(c *access.Consent) { c.Permits = make([]access.Permit, 9) }, access.ErrTooMany, "9 permits, want 0 to 8"},
		"an invalid permit":            {func(c *access.Consent) { c.Permits[0].Channel = 2 }, access.ErrUnknownChannel, "permits[0]"},
		"it supersedes one twice":      {func(c *access.Consent) { c.Supersedes = []uint64{2, 2} }, access.ErrInvalid, "it supersedes [2 2], want at most 16, ascending"},
		"it supersedes many":           {func(c *access.Consent) { c.Supersedes = make([]uint64, 17) }, access.ErrInvalid, "want at most 16"},
		"short evidence":               {func(c *access.Consent) { c.Evidence = commitment[1:] }, access.ErrInvalidCommitment, "evidence has 31 bytes, want 32"},
		"nothing sealed":               {func(c *access.Consent) { c.Sealed = nil }, access.ErrInvalidCommitment, "sealed has 0 bytes, want 32"},
	})
	template := consent()
	adopted(&template)
	template.Grantee, template.Evidence = &access.Grantee{Institution: 2}, nil
	require.NoError(t, template.Validate())
	restricting := access.Consent{Subject: patient, Index: 1, Sealed: commitment}
	require.NoError(t, restricting.Validate(), "a consent may only restrict")
}

func TestAnInvalidPolicyIsRefused(t *testing.T) {
	refused(t, func() access.Policy {
		return access.Policy{Institution: 1, Document: commitment, Permits: []access.PolicyPermit{{Permit: permit(), Basis: access.BASIS_POLICY}, {Permit: permit(), Basis: access.BASIS_LEGAL_DUTY}}}
	}, map[string]refusal[access.Policy]{
		"many permits":      {func(p *access.Policy) { p.Permits = make([]access.PolicyPermit, 33) }, access.ErrTooMany, "33 permits, want at most 32"},
		"no basis":          {func(p *access.Policy) { p.Permits[0].Basis = 0 }, access.ErrInvalid, "permits[0]: basis BASIS_UNSPECIFIED, want BASIS_POLICY or BASIS_LEGAL_DUTY"},
		"consent as basis":  {func(p *access.Policy) { p.Permits[1].Basis = access.BASIS_CONSENT }, access.ErrInvalid, "permits[1]: basis BASIS_CONSENT, want"},
		"an emergency":      {func(p *access.Policy) { p.Permits[1].Basis = access.BASIS_EMERGENCY }, access.ErrInvalid, "BASIS_EMERGENCY, want"},
		"an invalid permit": {func(p *access.Policy) { p.Permits[1].Permit.Classes = nil }, access.ErrInvalid, "permits[1]: 0 classes"},
		"no document":       {func(p *access.Policy) { p.Document = nil }, access.ErrInvalidCommitment, "document has 0 bytes, want 32"},
		"a broken glass":    {func(p *access.Policy) { p.Permits[0].Permit.Purposes = []access.Purpose{5} }, access.ErrInvalid, "no permit is for PURPOSE_BTG"},
	})
}

func TestAnInvalidTemplateIsRefused(t *testing.T) {
	refused(t, func() access.Template {
		return access.Template{Id: access.TemplateVersion{Institution: 1, Number: 1, Version: access.MaxVersions}, Permits: []access.Permit{permit()}, Text: commitment}
	}, map[string]refusal[access.Template]{
		"of nobody":          {func(v *access.Template) { v.Id.Institution = 0 }, access.ErrInvalid, "template (0, 1) version 1000: all count from 1"},
		"number zero":        {func(v *access.Template) { v.Id.Number = 0 }, access.ErrInvalid, "template (1, 0)"},
		"version zero":       {func(v *access.Template) { v.Id.Version = 0 }, access.ErrInvalid, "version 0: all count from 1"},
		"a version too many": {func(v *access.Template) { v.Id.Version++ }, access.ErrTooMany, "version 1001, want at most 1000: begin another template"},
		"no permits":         {func(v *access.Template) { v.Permits = nil }, access.ErrTooMany, "0 permits, want 1 to 8"},
		"no text":            {func(v *access.Template) { v.Text = nil }, access.ErrInvalidCommitment, "text has 0 bytes, want 32"},
	})
}

func TestAnInvalidStudyIsRefused(t *testing.T) {
	refused(t, func() access.Study {
		return access.Study{Id: access.StudyId{Institution: 1, Number: 1}, Protocol: commitment, Institutions: []uint64{1, 2}, ExpiresAt: day(1)}
	}, map[string]refusal[access.Study]{
		"of nobody":            {func(s *access.Study) { s.Id.Institution = 0 }, access.ErrInvalid, "study (0, 1): both numbers count from 1"},
		"number zero":          {func(s *access.Study) { s.Id.Number = 0 }, access.ErrInvalid, "study (1, 0)"},
		"nobody takes part":    {func(s *access.Study) { s.Institutions = nil }, access.ErrTooMany, "0 institutions, want 1 to 64"},
		"many take part":       {func(s *access.Study) { s.Institutions = make([]uint64, 65) }, access.ErrTooMany, "65 institutions, want 1 to 64"},
		"institution zero":     {func(s *access.Study) { s.Institutions[0] = 0 }, access.ErrInvalid, "count from 1 and ascend"},
		"an institution again": {func(s *access.Study) { s.Institutions[1] = 1 }, access.ErrInvalid, "count from 1 and ascend"},
		"no protocol":          {func(s *access.Study) { s.Protocol = nil }, access.ErrInvalidCommitment, "protocol has 0 bytes, want 32"},
	})
}

func TestAnInvalidRequestIsRefused(t *testing.T) {
	refused(t, func() access.Request {
		return access.Request{
			Subject: patient, Custodian: 1, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS,
			Role: consortium.ROLE_CLINICIAN, Classes: classes,
		}
	}, map[string]refusal[access.Request]{
		"subject zero":        {func(r *access.Request) { r.Subject.Number = 0 }, access.ErrInvalid, "subject (1, 0): both numbers count from 1"},
		"no custodian":        {func(r *access.Request) { r.Custodian = 0 }, access.ErrInvalid, "custodian: institutions count from 1"},
		"no purpose":          {func(r *access.Request) { r.Purpose = 0 }, access.ErrUnknownCode, "purpose 0, want 1 to 26"},
		"an unlisted purpose": {func(r *access.Request) { r.Purpose = 27 }, access.ErrUnknownCode, "purpose 27, want 1 to 26"},
		"no action":           {func(r *access.Request) { r.Action = 0 }, access.ErrUnknownCode, "action 0, want 1 to 2"},
		"no role":             {func(r *access.Request) { r.Role = 0 }, access.ErrUnknownCode, "role 0, want 1 to 10"},
		"an unlisted role":    {func(r *access.Request) { r.Role = 99 }, access.ErrUnknownCode, "role 99, want 1 to 10"},
		"no class":            {func(r *access.Request) { r.Classes = nil }, access.ErrInvalid, "0 classes, want 1 to 7"},
		"a class twice":       {func(r *access.Request) { r.Classes = []records.RecordClass{3, 3} }, access.ErrInvalid, "classes: RECORD_CLASS_IMAGING is repeated"},
	})
}

func TestCodesOfAnswersAreChecked(t *testing.T) {
	for i := range int32(5) {
		require.Equal(t, i >= 1 && i <= 4, access.CheckGround(access.RefusalGround(i)) == nil, "ground %d", i)
		require.Equal(t, i >= 1 && i <= 3, access.CheckOutcome(access.ReviewOutcome(i)) == nil, "outcome %d", i)
	}
	for i := range int32(8) {
		require.Equal(t, i >= 1 && i <= 4, access.DisputeReason(i).ByRequester(), "dispute %d", i)
	}
	require.NoError(t, access.CheckObligations(nil))
	require.NoError(t, access.CheckObligations([]access.Obligation{1, 2, 3}))
	require.ErrorContains(t, access.CheckObligations([]access.Obligation{2, 1}), "obligations: OBLIGATION_NORELINK is repeated or out of order")
	require.ErrorContains(t, access.CheckGround(5), "ground 5, want 1 to 4")
	require.ErrorContains(t, access.CheckOutcome(0), "outcome 0, want 1 to 3")
}

func TestAQuarterBeginsAtMidnightOfFourDays(t *testing.T) {
	for at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2029; at = at.Add(12 * time.Hour) {
		first := at.Day() == 1 && at.Hour() == 0 && (at.Month() == 1 || at.Month() == 4 || at.Month() == 7 || at.Month() == 10)
		require.Equal(t, first, access.IsQuarter(at), "%s", at)
	}
	quarter := time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)
	require.False(t, access.IsQuarter(quarter.Add(time.Nanosecond)))
	require.False(t, access.IsQuarter(quarter.Add(-time.Nanosecond)))
	require.True(t, access.IsQuarter(quarter.In(time.FixedZone("somewhere", 3600))), "the zone does not matter")
	require.False(t, access.IsQuarter(time.Date(2027, 4, 1, 0, 0, 0, 0, time.FixedZone("somewhere", 3600))))
}

func TestAConsentOnlyNarrowsTheGranteesOfItsTemplate(t *testing.T) {
	researchers := access.Grantee{Role: consortium.ROLE_RESEARCHER}
	template := access.Template{Permits: []access.Permit{{Grantee: researchers, Classes: []records.RecordClass{records.RECORD_CLASS_RESULT}}}}
	for name, c := range map[string]struct {
		grantee access.Grantee
		want    access.Grantee
		common  bool
	}{
		"nothing":          {access.Grantee{}, researchers, true},
		"an institution":   {access.Grantee{Institution: 5}, access.Grantee{Institution: 5, Role: consortium.ROLE_RESEARCHER}, true},
		"the same role":    {researchers, researchers, true},
		"another role":     {access.Grantee{Role: consortium.ROLE_CLINICIAN}, access.Grantee{}, false},
		"a licence":        {access.Grantee{Licence: &access.LicenceId{Institution: 4, Number: 1}}, access.Grantee{Role: consortium.ROLE_RESEARCHER, Licence: &access.LicenceId{Institution: 4, Number: 1}}, true},
		"role and account": {access.Grantee{Participant: "dmdl1x", Role: consortium.ROLE_RESEARCHER}, access.Grantee{Participant: "dmdl1x", Role: consortium.ROLE_RESEARCHER}, true},
	} {
		permits := access.Consent{Template: &access.TemplateVersion{}, Grantee: &c.grantee}.EffectivePermits(&template)
		require.Len(t, permits, 1, name)
		if !c.common {
			require.Empty(t, permits[0].Classes, name)
			require.ErrorContains(t, template.CheckNarrowing(&c.grantee), "is for others", name)
			continue
		}
		require.NoError(t, template.CheckNarrowing(&c.grantee), name)
		require.Equal(t, c.want, permits[0].Grantee, name)
		require.NotEmpty(t, permits[0].Classes, name)
	}
	require.Equal(t, researchers, template.Permits[0].Grantee, "the template stays as it is")
}
