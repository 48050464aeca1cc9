package keeper_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
)

const (
	guardian = access.DELEGATE_CAPACITY_GUARDIAN
	proxy    = access.DELEGATE_CAPACITY_PROXY
)

// autumn begins a quarter.
var autumn = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

func delegate(actor, name string, capacity access.DelegateCapacity, ends *time.Time) *access.MsgSetDelegate {
	return &access.MsgSetDelegate{Actor: of(actor), Subject: anna, Delegate: access.Delegate{Account: of(name), Capacity: capacity, EndsAt: ends}}
}

// onPaper is a registrar's message, with evidence.
func onPaper(msg *access.MsgSetDelegate) *access.MsgSetDelegate {
	msg.Evidence = commitment(1)
	return msg
}

func TestAGuardianActsUntilMajority(t *testing.T) {
	f := enrolled(t)
	f.says(t, onPaper(delegate("registrar1", "guardian", guardian, &autumn)), &access.EventSubjectChanged{Subject: anna})
	byGuardian := consent(treatment())
	byGuardian.Actor = of("guardian")
	f.do(t, byGuardian)
	own := askForOneself()
	own.Requester = of("guardian")
	f.do(t, own)

	f.after(autumn.Sub(f.now()))
	require.Empty(t, f.subject(t, anna).Delegates)
	f.refuses(t, map[string]refusal{
		"consents": {byGuardian, access.ErrNotForSubject, of("guardian")},
		"asks":     {own, access.ErrNoApplicablePermit, ""},
	})
	require.Len(t, f.export(t).Subjects[0].Delegates, 1, "the stored entry is settled when it is next written")
}

func TestAControllerNamesAndRemovesProxies(t *testing.T) {
	f := controlled(t)
	f.do(t, delegate("patient1", "proxy", proxy, nil))
	f.do(t, delegate("patient1", "proxy", proxy, &autumn))
	require.Equal(t, []access.Delegate{{Account: of("proxy"), Capacity: proxy, EndsAt: &autumn}}, f.subject(t, anna).Delegates)
	f.do(t, delegate("patient1", "friend", proxy, nil), delegate("patient1", "proxy", 0, nil))
	require.Equal(t, []access.Delegate{{Account: of("friend"), Capacity: proxy}}, f.subject(t, anna).Delegates)
	f.do(t, delegate("friend", "friend", 0, nil))
	require.Empty(t, f.subject(t, anna).Delegates)
}

func TestSetDelegateRefuses(t *testing.T) {
	f := controlled(t)
	f.do(t, delegate("patient1", "proxy", proxy, nil))
	passed, middle, evening := autumn.AddDate(-1, 0, 0), autumn.AddDate(0, 1, 0), autumn.Add(time.Hour)
	unlisted, unknown := delegate("patient1", "friend", 3, nil), delegate("patient1", "friend", proxy, nil)
	unknown.Subject = subjectOf(9)
	f.refuses(t, map[string]refusal{
		"a guardian by the controller": {delegate("patient1", "guardian", guardian, &autumn), access.ErrDelegate, "named by a registrar"},
		"by a registrar any more":      {onPaper(delegate("registrar1", "guardian", guardian, &autumn)), access.ErrNotForSubject, "nor a registrar who may act"},
		"by a delegate":                {delegate("proxy", "friend", proxy, nil), access.ErrDelegate, "cannot name delegates"},
		"for longer by oneself":        {delegate("proxy", "proxy", proxy, nil), access.ErrDelegate, "cannot name delegates"},
		"another's by a delegate":      {delegate("proxy", "friend", 0, nil), access.ErrDelegate, of("friend") + " is none"},
		"with papers":                  {onPaper(delegate("patient1", "friend", proxy, nil)), access.ErrEvidence, "leave the evidence out"},
		"the controller":               {delegate("patient1", "patient1", proxy, nil), access.ErrDelegate, "is the controller"},
		"no patient":                   {delegate("patient1", "clinician1", proxy, nil), access.ErrNotPatient, of("clinician1")},
		"whom there is not":            {delegate("patient1", "friend", 0, nil), access.ErrDelegate, "is none"},
		"in no listed capacity":        {unlisted, access.ErrUnknownCode, "capacity 3, want 1 to 2"},
		"until a past":                 {delegate("patient1", "friend", proxy, &passed), access.ErrDelegate, "has passed"},
		"until a month":                {delegate("patient1", "friend", proxy, &middle), access.ErrDelegate, "want the beginning of a quarter"},
		"until an hour":                {delegate("patient1", "friend", proxy, &evening), access.ErrDelegate, "want the beginning of a quarter"},
		"of nobody":                    {unknown, access.ErrSubjectNotFound, "(1, 9)"},
		"no address":                   {&access.MsgSetDelegate{Actor: of("patient1"), Subject: anna}, access.ErrInvalid, `delegate "" is not an account address`},
	})
	f.do(t, delegate("patient1", "friend", proxy, nil))
	f.refuses(t, map[string]refusal{"another by a delegate": {delegate("proxy", "friend", 0, nil), access.ErrDelegate, "only themselves"}})
}

func TestARegistrarNamesDelegatesOnPaperOnly(t *testing.T) {
	f := enrolled(t)
	short := delegate("registrar1", "guardian", guardian, &autumn)
	short.Evidence = commitment(1)[1:]
	f.refuses(t, map[string]refusal{
		"no paper":            {delegate("registrar1", "guardian", guardian, &autumn), access.ErrEvidence, "give the commitment to the paper"},
		"a cut paper":         {short, access.ErrInvalidCommitment, "evidence has 31 bytes"},
		"no end":              {onPaper(delegate("registrar1", "guardian", guardian, nil)), access.ErrDelegate, "a guardian has an end"},
		"a foreign registrar": {onPaper(delegate("registrar2", "guardian", guardian, &autumn)), access.ErrNotForSubject, of("registrar2")},
	})
}

func TestThereAreAtMostEightDelegates(t *testing.T) {
	f := controlled(t)
	for i := range access.MaxDelegates + 1 {
		f.members.enrol(fmt.Sprint("kin", i), 1, consortium.ROLE_PATIENT)
	}
	for i := range access.MaxDelegates {
		f.do(t, delegate("patient1", fmt.Sprint("kin", i), proxy, &autumn))
	}
	f.refuses(t, map[string]refusal{"a ninth": {delegate("patient1", "kin8", proxy, nil), access.ErrTooMany, "9 delegates, want at most 8"}})
	f.do(t, delegate("patient1", "kin0", proxy, nil))
	f.after(autumn.Sub(f.now()))
	f.refuses(t, map[string]refusal{"until now": {delegate("patient1", "kin8", proxy, &autumn), access.ErrDelegate, "has passed"}})
	f.do(t, delegate("patient1", "kin8", proxy, nil))
	require.Len(t, f.export(t).Subjects[0].Delegates, 2, "those that have ended do not count and go")
}
