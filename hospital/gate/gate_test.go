package gate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

const requester = "dmdl1requester"

// parts are sealed parts by the commitments to them.
type parts map[string]string

func (p parts) OpenConsent(_ context.Context, subject uint64, shown []byte) ([]byte, error) {
	part, found := p[string(shown)]
	if !found || subject != gatetest.Patient.Number {
		return nil, errors.New("not here")
	}
	return []byte(part), nil
}

// PlaceInWork finds a record whose id is a key, after the root.
func (p parts) PlaceInWork(_ context.Context, root []byte, id records.RecordId) (uint64, error) {
	if _, found := p[fmt.Sprintf("%s %v", root, id)]; !found {
		return 0, vault.ErrNotFound
	}
	return 0, nil
}

// open has the part that restricts nothing.
var openPart = parts{"open": `{"version":1}`}

func document() access.Object {
	return access.Object{Class: records.RECORD_CLASS_DOCUMENT, Record: records.RecordId{Institution: 1, Batch: 1}, Kind: "note"}
}

func consented(s *gatetest.State, sealed string) uint64 {
	return s.Consent(access.Consent{Permits: []access.Permit{gatetest.Permit(gatetest.Classes...)}, Sealed: []byte(sealed)})
}

func TestAConsentOpensTheGate(t *testing.T) {
	l := gatetest.New(requester, "")
	l.Change(func(s *gatetest.State) { consented(s, "open") })
	c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.NoError(t, err)
	d := c.Decide(document())
	require.True(t, d.Permitted, d.Reason)
	require.Equal(t, access.BASIS_CONSENT, d.Basis)
	require.Equal(t, []uint64{1}, d.Consents)
	require.False(t, c.Decide(access.Object{Class: records.RECORD_CLASS_IMAGING}).Permitted, "the ticket is not for it")
}

// TestTheGateStaysClosed lists what releases nothing at all.
func TestTheGateStaysClosed(t *testing.T) {
	unreachable := errors.New("the node is down")
	study := access.StudyId{Institution: 3, Number: 1}
	research := func(s *gatetest.State) *access.Request {
		r := &s.Tickets[gatetest.Ticket].Request
		r.Purpose, r.Role = access.PURPOSE_HRESCH, consortium.ROLE_RESEARCHER
		s.Participants[requester].Roles[0].Role = r.Role
		r.Study = &study
		return r
	}
	for name, tc := range map[string]struct {
		change func(*gatetest.State)
		want   error
	}{
		"no ticket":             {func(s *gatetest.State) { clear(s.Tickets) }, gate.ErrNoTicket},
		"another custodian":     {func(s *gatetest.State) { s.Tickets[gatetest.Ticket].Request.Custodian = 3 }, gate.ErrNoTicket},
		"expired by the header": {func(s *gatetest.State) { s.At = s.Tickets[gatetest.Ticket].ExpiresAt }, gate.ErrExpired},
		"expired by the own time": {func(s *gatetest.State) {
			s.At, s.Tickets[gatetest.Ticket].ExpiresAt = s.At.Add(-9*time.Second), s.At.Add(-time.Second)
		}, gate.ErrExpired},
		"a stranger":              {func(s *gatetest.State) { clear(s.Participants) }, gate.ErrRequester},
		"of another institution":  {func(s *gatetest.State) { s.Participants[requester].Institution = 3 }, gate.ErrRequester},
		"without the role":        {func(s *gatetest.State) { s.Participants[requester].Roles[0].Role = consortium.ROLE_AUDITOR }, gate.ErrRequester},
		"the role has expired":    {func(s *gatetest.State) { s.Participants[requester].Roles[0].ExpiresAt = s.At }, gate.ErrRequester},
		"suspended":               {func(s *gatetest.State) { s.Institutions[2].Status = consortium.INSTITUTION_STATUS_SUSPENDED }, gate.ErrRequester},
		"no institution":          {func(s *gatetest.State) { delete(s.Institutions, 2) }, gate.ErrRequester},
		"the purpose has no rule": {func(s *gatetest.State) { s.Params.Purposes = nil }, gate.ErrRequester},
		"not for this role":       {func(s *gatetest.State) { s.Params.Purposes[0].Roles = nil }, gate.ErrRequester},
		"no study":                {func(s *gatetest.State) { research(s).Study = nil }, gate.ErrRequester},
		"an unknown study":        {func(s *gatetest.State) { research(s) }, gate.ErrRequester},
		"a study that ended": {func(s *gatetest.State) {
			research(s)
			s.Studies[study] = &access.Study{Institutions: []uint64{2}, ExpiresAt: s.At}
		}, gate.ErrRequester},
		"a study of others": {func(s *gatetest.State) {
			research(s)
			s.Studies[study] = &access.Study{Institutions: []uint64{1}, ExpiresAt: s.At.Add(time.Hour)}
		}, gate.ErrRequester},
		"no parameters":     {func(s *gatetest.State) { s.Params = nil }, gate.ErrClosed},
		"a consent is gone": {func(s *gatetest.State) { clear(s.Consents) }, gate.ErrClosed},
		"no template": {func(s *gatetest.State) {
			s.Consent(access.Consent{Template: &access.TemplateVersion{Institution: 1, Number: 1, Version: 1}})
		}, gate.ErrClosed},
		"consents end all the time": {func(s *gatetest.State) {
			s.Consents[gatetest.Entry{Subject: gatetest.Patient, Index: 1}].EndedHeight = 8
		}, gate.ErrClosed},
		"out of reach": {func(s *gatetest.State) { s.Fail = unreachable }, unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			l := gatetest.New(requester, "")
			l.Change(func(s *gatetest.State) { consented(s, "open"); tc.change(s) })
			c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
			require.ErrorIs(t, err, tc.want)
			require.Nil(t, c)
			require.Equal(t, errors.Is(tc.want, gate.ErrClosed), errors.Is(err, gate.ErrClosed), "out of reach may pass")
		})
	}
}

func TestAStudyThatIsApprovedOpensTheGate(t *testing.T) {
	l := gatetest.New(requester, "")
	study := access.StudyId{Institution: 3, Number: 1}
	l.Change(func(s *gatetest.State) {
		r := &s.Tickets[gatetest.Ticket].Request
		r.Purpose, r.Role, r.Study = access.PURPOSE_HRESCH, consortium.ROLE_RESEARCHER, &study
		s.Participants[requester].Roles[0].Role = r.Role
		s.Studies[study] = &access.Study{Institutions: []uint64{2}, ExpiresAt: s.At.Add(time.Hour)}
		p := gatetest.Permit(gatetest.Classes...)
		p.Purposes = []access.Purpose{access.PURPOSE_HRESCH}
		s.Consent(access.Consent{Permits: []access.Permit{p}, Sealed: []byte("open")})
	})
	c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.NoError(t, err)
	require.True(t, c.Decide(document()).Permitted)
}

// TestASealedPartThatDoesNotReadDenies lists parts; each denies what its consent
// reaches, whatever other consents permit, and nothing else.
func TestASealedPartThatDoesNotReadDenies(t *testing.T) {
	for name, part := range map[string]string{
		"missing":               "",
		"not JSON":              "nonsense",
		"nothing":               " ",
		"half of it":            `{"version":1`,
		"an unknown field":      `{"version":1,"unless":[{}]}`,
		"an unknown field deep": `{"version":1,"denials":[{"kinds":["x"],"unless":true}]}`,
		"another version":       `{"version":2}`,
		"no version":            `{}`,
		"something after it":    `{"version":1} {"denials":[{}]}`,
		"rubbish after it":      `{"version":1}x`,
		"a field twice":         `{"version":1,"denials":[{"kinds":["note"]}],"denials":[]}`,
		"a field twice, folded": `{"version":1,"denials":[{"kinds":["note"]}],"Denials":[]}`,
		"a field twice, deep":   `{"version":1,"denials":[{"kinds":["note"],"kinds":["x"]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			here := parts{"open": `{"version":1}`}
			if part != "" {
				here["broken"] = part
				_, err := gate.ParseSealed([]byte(part))
				require.ErrorIs(t, err, gate.ErrSealed)
			}
			l := gatetest.New(requester, "")
			l.Change(func(s *gatetest.State) {
				consented(s, "open")
				s.Consent(access.Consent{Permits: []access.Permit{gatetest.Permit(records.RECORD_CLASS_DOCUMENT)}, Sealed: []byte("broken")})
			})
			c, err := gate.New(l.Newest, here, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
			require.NoError(t, err)
			require.Equal(t, access.Decision{Reason: access.REASON_SEALED_UNOPENED}, c.Decide(document()))
			result := document()
			result.Class = records.RECORD_CLASS_RESULT
			require.True(t, c.Decide(result).Permitted, "the broken part does not reach it")
		})
	}
}

func TestASealedPartOfAnotherInstitutionsSubjectIsNotOpened(t *testing.T) {
	l := gatetest.New(requester, "")
	foreign := records.SubjectId{Institution: 3, Number: 1}
	l.Change(func(s *gatetest.State) {
		consented(s, "open")
		s.Tickets[gatetest.Ticket].Request.Subject = foreign
		s.Subjects[foreign] = &access.Subject{Id: foreign, Consents: []uint64{1}}
		s.Consents[gatetest.Entry{Subject: foreign, Index: 1}] = s.Consents[gatetest.Entry{Subject: gatetest.Patient, Index: 1}]
	})
	c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.NoError(t, err)
	require.Equal(t, access.REASON_SEALED_UNOPENED, c.Decide(document()).Reason)
}

func TestANodeThatShowsNoNewBlockIsNotBelievedForLong(t *testing.T) {
	l := gatetest.New(requester, "")
	l.Change(func(s *gatetest.State) {
		consented(s, "open")
		s.At = s.At.Add(-gate.MaxAge - time.Second)
	})
	_, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.ErrorIs(t, err, gate.ErrStale)
	require.NotErrorIs(t, err, gate.ErrClosed, "it may pass")
}

func TestADutyThatWasNotAcceptedDenies(t *testing.T) {
	l := gatetest.New(requester, "")
	l.Change(func(s *gatetest.State) {
		consented(s, "open")
		p := gatetest.Permit(records.RECORD_CLASS_RESULT)
		p.Obligations = []access.Obligation{access.OBLIGATION_DELAU}
		s.Consent(access.Consent{Permits: []access.Permit{p}, Sealed: []byte("open")})
	})
	c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.NoError(t, err)
	require.True(t, c.Decide(document()).Permitted)
	require.Equal(t, access.Decision{Reason: access.REASON_NO_APPLICABLE_PERMIT}, c.Decide(access.Object{Class: records.RECORD_CLASS_RESULT}))
}

// TestADutyThatTheLedgerDemandsDenies has the duty come with a consent that a sealed
// exception takes out: the ledger, which cannot know, demands it all the same.
func TestADutyThatTheLedgerDemandsDenies(t *testing.T) {
	l := gatetest.New(requester, "")
	here := parts{"open": `{"version":1}`, "excepted": `{"version":1,"exceptions":[{"kinds":["note"]}]}`}
	l.Change(func(s *gatetest.State) {
		consented(s, "open")
		p := gatetest.Permit(records.RECORD_CLASS_DOCUMENT)
		p.Obligations = []access.Obligation{access.OBLIGATION_DELAU}
		s.Consent(access.Consent{Permits: []access.Permit{p}, Sealed: []byte("excepted")})
	})
	open := func() *gate.Case {
		c, err := gate.New(l.Newest, here, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
		require.NoError(t, err)
		return c
	}
	require.Equal(t, access.Decision{Reason: access.REASON_NO_APPLICABLE_PERMIT}, open().Decide(document()))
	l.Change(func(s *gatetest.State) {
		s.Tickets[gatetest.Ticket].Obligations = []access.Obligation{access.OBLIGATION_NOREDISCLOSE, access.OBLIGATION_DELAU}
	})
	require.Equal(t, []uint64{1}, open().Decide(document()).Consents)
	require.Equal(t, []uint64{1, 2}, open().Ledger(document()).Consents)
}

func TestATemplateStandsForItsPermits(t *testing.T) {
	l := gatetest.New(requester, "")
	id := access.TemplateVersion{Institution: 1, Number: 4, Version: 2}
	l.Change(func(s *gatetest.State) {
		s.Templates[id] = &access.Template{Id: id, Permits: []access.Permit{gatetest.Permit(records.RECORD_CLASS_DOCUMENT)}}
		s.Consent(access.Consent{Template: &id, Grantee: &access.Grantee{Institution: gatetest.Asking}, Sealed: []byte("open")})
	})
	c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.NoError(t, err)
	require.True(t, c.Decide(document()).Permitted)
}

func TestOnlyWhatIsInForceLeaves(t *testing.T) {
	here, there := records.RecordId{Institution: 1, Batch: 1}, records.RecordId{Institution: 3, Batch: 1}
	for name, tc := range map[string]struct {
		id       records.RecordId
		standing *records.Standing
		want     bool
	}{
		"as it was anchored":    {here, nil, true},
		"of another":            {there, nil, false},
		"given to us":           {there, &records.Standing{Custodian: 1, Status: records.RECORD_STATUS_IN_FORCE}, true},
		"given away":            {here, &records.Standing{Custodian: 3, Status: records.RECORD_STATUS_IN_FORCE}, false},
		"superseded":            {here, &records.Standing{Custodian: 1, Status: records.RECORD_STATUS_SUPERSEDED}, true},
		"retracted":             {here, &records.Standing{Custodian: 1, Status: records.RECORD_STATUS_RETRACTED}, false},
		"erased":                {here, &records.Standing{Custodian: 1, Status: records.RECORD_STATUS_ERASED}, false},
		"erased after all that": {there, &records.Standing{Custodian: 1, Status: records.RECORD_STATUS_ERASED}, false},
	} {
		l := gatetest.New(requester, "")
		l.Change(func(s *gatetest.State) {
			if tc.standing != nil {
				s.Standings[tc.id] = tc.standing
			}
		})
		c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
		require.NoError(t, err)
		got, err := c.InForce(t.Context(), tc.id)
		require.NoError(t, err)
		require.Equal(t, tc.want, got, name)
	}
}
