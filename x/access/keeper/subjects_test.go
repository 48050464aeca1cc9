package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

func enrolment(numbers ...uint64) *access.MsgEnrolSubjects {
	msg := &access.MsgEnrolSubjects{Registrar: of("registrar1")}
	for _, n := range numbers {
		msg.Enrolments = append(msg.Enrolments, access.SubjectEnrolment{Number: n, Identity: commitment(byte(n))})
	}
	return msg
}

func TestARegistrarEnrolsPatientsOfTheOwnInstitution(t *testing.T) {
	f := newFixture(t)
	f.says(t, enrolment(8, 7), &access.EventSubjectChanged{Subject: subjectOf(8)}, &access.EventSubjectChanged{Subject: subjectOf(7)})
	require.Equal(t, access.Subject{Id: anna, Identity: commitment(7)}, f.subject(t, anna))
	f.do(t, &access.MsgEnrolSubjects{Registrar: of("registrar2"), Enrolments: enrolment(7).Enrolments})
	require.Len(t, f.export(t).Subjects, 3, "numbers are an institution's own")
}

func TestAnEmergencyBeforeEnrolmentIsKept(t *testing.T) {
	f := newFixture(t)
	f.do(t, glass())
	before := f.subject(t, anna)
	require.False(t, before.Enrolled())
	f.do(t, enrolment(7))
	before.Identity = commitment(7)
	require.Equal(t, before, f.subject(t, anna))
}

func TestEnrolSubjectsRefuses(t *testing.T) {
	f := enrolled(t)
	short := enrolment(8)
	short.Enrolments[0].Identity = commitment(8)[:31]
	stranger := enrolment(8)
	stranger.Registrar = of("officer1")
	garbled := enrolment(8)
	garbled.Registrar = "registrar"
	many := make([]uint64, 101)
	for i := range many {
		many[i] = uint64(100 + i)
	}
	f.refuses(t, map[string]refusal{
		"another role":        {stranger, errNoRole, "ROLE_REGISTRAR"},
		"no address":          {garbled, access.ErrInvalid, `registrar "registrar" is not an account address`},
		"nobody":              {enrolment(), access.ErrTooMany, "0 patients, want 1 to 100"},
		"too many":            {enrolment(many...), access.ErrTooMany, "101 patients, want 1 to 100"},
		"number zero":         {enrolment(8, 0), access.ErrInvalid, "subject (1, 0): both numbers count from 1"},
		"enrolled already":    {enrolment(8, 7), access.ErrEnrolled, "enrolments[1]: (1, 7)"},
		"twice in one":        {enrolment(8, 8), access.ErrEnrolled, "enrolments[1]: (1, 8)"},
		"an identity cut off": {short, access.ErrInvalidCommitment, "identity has 31 bytes, want 32"},
	})
}

func TestAChangeOfControllerNeedsTwoPersonsAndTime(t *testing.T) {
	f := enrolled(t)
	changed := &access.EventSubjectChanged{Subject: anna}
	f.says(t, propose("patient1"), changed)
	f.after(365 * day)
	require.Empty(t, f.subject(t, anna).Controller, "one person is not enough, however long it takes")

	approve := &access.MsgApproveController{Approver: of("second registrar"), Subject: anna, Controller: of("patient1")}
	require.Equal(t, f.now().Add(7*day), f.do(t, approve).(*access.MsgApproveControllerResponse).TakesEffectAt)
	f.after(7*day - 1)
	require.Empty(t, f.subject(t, anna).Controller)
	f.after(1)
	s := f.subject(t, anna)
	require.Equal(t, of("patient1"), s.Controller)
	require.Nil(t, s.Pending)
	require.NotNil(t, f.export(t).Subjects[0].Pending, "the stored entry is settled when it is next written")
	f.do(t, consent(treatment()))
	require.Equal(t, of("patient1"), f.export(t).Subjects[0].Controller)
}

func TestAControllerCanGiveTheSubjectBack(t *testing.T) {
	f := controlled(t)
	f.do(t, &access.MsgProposeController{Registrar: of("registrar1"), Subject: anna, Evidence: commitment(1)},
		&access.MsgApproveController{Approver: of("officer1"), Subject: anna})
	f.after(7 * day)
	require.Empty(t, f.subject(t, anna).Controller)
	paper := consent(treatment())
	paper.Actor, paper.Evidence = of("second registrar"), commitment(2)
	f.do(t, paper)
}

func TestProposeControllerRefuses(t *testing.T) {
	f := controlled(t)
	f.do(t, enrolment(8))
	with := func(change func(*access.MsgProposeController)) *access.MsgProposeController {
		msg := propose("friend")
		change(msg)
		return msg
	}
	f.refuses(t, map[string]refusal{
		"no registrar":      {with(func(m *access.MsgProposeController) { m.Registrar = of("officer1") }), errNoRole, "ROLE_REGISTRAR"},
		"a foreign one":     {with(func(m *access.MsgProposeController) { m.Registrar = of("registrar2") }), access.ErrControllerChange, "is a registrar of institution 2, not 1"},
		"unknown":           {with(func(m *access.MsgProposeController) { m.Subject = subjectOf(9) }), access.ErrSubjectNotFound, "(1, 9)"},
		"no patient":        {propose("clinician1"), access.ErrNotPatient, of("clinician1")},
		"no address":        {with(func(m *access.MsgProposeController) { m.Controller = "anna" }), access.ErrInvalid, `"anna" is not an account address`},
		"no evidence":       {with(func(m *access.MsgProposeController) { m.Evidence = nil }), access.ErrInvalidCommitment, "evidence has 0 bytes, want 32"},
		"the same":          {propose("patient1"), access.ErrControllerChange, "is the controller already"},
		"nobody for nobody": {with(func(m *access.MsgProposeController) { m.Subject, m.Controller = subjectOf(8), "" }), access.ErrControllerChange, "is the controller already"},
	})
	f.do(t, propose("friend"))
	f.refuses(t, map[string]refusal{"one under way": {propose("proxy"), access.ErrControllerChange, "stop it first"}})

	g := newFixture(t)
	g.do(t, glass())
	g.refuses(t, map[string]refusal{"not enrolled": {propose("friend"), access.ErrControllerChange, "enrol the subject first"}})
}
