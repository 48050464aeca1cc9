package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

func TestApproveControllerRefuses(t *testing.T) {
	f := enrolled(t)
	approve := func(approver, controller string) *access.MsgApproveController {
		return &access.MsgApproveController{Approver: of(approver), Subject: anna, Controller: of(controller)}
	}
	f.refuses(t, map[string]refusal{"nothing proposed": {approve("officer1", "patient1"), access.ErrControllerChange, "no change"}})
	f.do(t, propose("patient1"))
	unknown := approve("officer1", "patient1")
	unknown.Subject = subjectOf(9)
	f.refuses(t, map[string]refusal{
		"the proposer":             {approve("registrar1", "patient1"), access.ErrControllerChange, "a second person must approve"},
		"the proposer, disguised":  {approve("registrar's other account", "patient1"), access.ErrControllerChange, "a second person must approve"},
		"another controller":       {approve("officer1", "friend"), access.ErrControllerChange, "no change to \"" + of("friend")},
		"a foreign officer":        {approve("officer2", "patient1"), access.ErrControllerChange, "neither registrar nor privacy officer of institution 1"},
		"a foreign registrar":      {approve("registrar2", "patient1"), access.ErrControllerChange, "neither registrar nor privacy officer of institution 1"},
		"the new controller":       {approve("patient1", "patient1"), access.ErrControllerChange, "neither registrar nor privacy officer"},
		"a clinician":              {approve("clinician1", "patient1"), access.ErrControllerChange, "neither registrar nor privacy officer"},
		"a subject that is no one": {unknown, access.ErrSubjectNotFound, "(1, 9)"},
	})
	f.do(t, approve("officer1", "patient1"))
	f.refuses(t, map[string]refusal{"approved already": {approve("second registrar", "patient1"), access.ErrControllerChange, "waits for approval"}})
}

func TestWhomAChangeConcernsCanStopIt(t *testing.T) {
	for _, who := range []string{"registrar1", "friend", "patient1", "proxy"} {
		t.Run(who, func(t *testing.T) {
			f := controlled(t)
			f.do(t, &access.MsgSetDelegate{
				Actor: of("patient1"), Subject: anna, Delegate: access.Delegate{Account: of("proxy"), Capacity: access.DELEGATE_CAPACITY_PROXY},
			}, propose("friend"), &access.MsgApproveController{Approver: of("officer1"), Subject: anna, Controller: of("friend")})
			f.after(7*day - 1)
			f.says(t, &access.MsgStopController{Actor: of(who), Subject: anna}, &access.EventSubjectChanged{Subject: anna})
			f.after(1)
			require.Equal(t, of("patient1"), f.subject(t, anna).Controller)
			f.do(t, propose("friend"))
		})
	}
}

func TestAnotherRegistrarStopsAChangeWhileThereIsNoController(t *testing.T) {
	f := enrolled(t)
	f.do(t, propose("friend"), &access.MsgStopController{Actor: of("second registrar"), Subject: anna})
	require.Nil(t, f.subject(t, anna).Pending)
}

func TestStopControllerRefuses(t *testing.T) {
	f := controlled(t)
	stop := func(who string) *access.MsgStopController {
		return &access.MsgStopController{Actor: of(who), Subject: anna}
	}
	f.refuses(t, map[string]refusal{"none under way": {stop("patient1"), access.ErrControllerChange, "none is under way"}})
	f.do(t, propose("friend"), &access.MsgApproveController{Approver: of("officer1"), Subject: anna, Controller: of("friend")})
	f.refuses(t, map[string]refusal{
		"a bystander":       {stop("guardian"), access.ErrNotForSubject, of("guardian") + " neither proposed"},
		"the approver":      {stop("officer1"), access.ErrNotForSubject, "neither proposed"},
		"another registrar": {stop("second registrar"), access.ErrNotForSubject, "nor acts for the subject"},
		"an unknown":        {&access.MsgStopController{Actor: of("patient1"), Subject: subjectOf(9)}, access.ErrSubjectNotFound, "(1, 9)"},
	})
	f.after(7 * day)
	f.refuses(t, map[string]refusal{"too late": {stop("patient1"), access.ErrControllerChange, "none is under way"}})
}

func TestAFormerControllerHasNoSayAnyMore(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	f.handOver(t, "friend")
	f.refuses(t, map[string]refusal{
		"consents":  {consent(treatment()), access.ErrNotForSubject, "neither controller nor delegate of subject (1, 7)"},
		"withdraws": {withdraw(), access.ErrNotForSubject, of("patient1")},
		"delegates": {&access.MsgSetDelegate{Actor: of("patient1"), Subject: anna}, access.ErrNotForSubject, of("patient1")},
		"asks":      {askForOneself(), access.ErrNoApplicablePermit, ""},
	})
}

func TestATicketOfAFormerControllerIsWorthNothing(t *testing.T) {
	f := controlled(t)
	f.do(t, propose("friend"), &access.MsgApproveController{Approver: of("officer1"), Subject: anna, Controller: of("friend")})
	f.after(7*day - 1)
	own := f.ticket(t, askForOneself())
	f.after(1)
	f.refuses(t, map[string]refusal{"gets": {release(own, f.result()), access.ErrNoApplicablePermit, "NO_APPLICABLE_PERMIT"}})
}
