package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// revision is institution 1's work that was made from its own.
func revision(of ...copyright.Work) *copyright.MsgRegisterWork {
	msg := model(1)
	for _, w := range of {
		msg.Parents = append(msg.Parents, copyright.Parent{Work: w.Id, Relation: copyright.RELATION_DERIVED})
	}
	return msg
}

func TestNotifyWorkRefuses(t *testing.T) {
	f := newFixture(t)
	w, bare := f.register(t, joint()), f.register(t, model(1))
	f.records.becomes(held[0], records.RECORD_STATUS_RETRACTED, 1)
	f.records.becomes(held[1], records.RECORD_STATUS_ERASED, 2)
	byOfficer, wrong := notify(1, w, copyright.CAUSE_WITHDRAWN, proven(held, 2)...), notify(1, w, copyright.CAUSE_WITHDRAWN, proven(held, 2)...)
	byOfficer.Vault, wrong.Records[0].Place = officer(1), 1
	f.refuses(t, map[string]refusal{
		"an officer":      {byOfficer, errNoRole, "ROLE_VAULT"},
		"rejection":       {notify(1, w, copyright.CAUSE_REJECTED, proven(held, 0)...), copyright.ErrUnknownCode, "want withdrawn, erased or retracted"},
		"no cause":        {notify(1, w, 0, proven(held, 0)...), copyright.ErrUnknownCode, "CAUSE_UNSPECIFIED"},
		"no records":      {notify(1, w, copyright.CAUSE_WITHDRAWN), copyright.ErrInvalid, "0 records"},
		"a record twice":  {notify(1, w, copyright.CAUSE_WITHDRAWN, proven(held, 1, 1)...), copyright.ErrInvalid, "record (1, 1, 2) is repeated"},
		"another's":       {notify(1, w, copyright.CAUSE_WITHDRAWN, proven(held, 2, 3)...), copyright.ErrNotParty, "records[1]: institution 2 keeps the record, not 1"},
		"given away":      {notify(1, w, copyright.CAUSE_ERASED, proven(held, 1)...), copyright.ErrNotParty, "institution 2 keeps the record, not 1"},
		"not erased":      {notify(1, w, copyright.CAUSE_ERASED, proven(held, 0)...), copyright.ErrNotice, "the record is RECORD_STATUS_RETRACTED"},
		"not retracted":   {notify(2, w, copyright.CAUSE_RETRACTED, proven(held, 1)...), copyright.ErrNotice, "the record is RECORD_STATUS_ERASED"},
		"nothing said":    {notify(1, w, copyright.CAUSE_ERASED, proven(held, 2)...), copyright.ErrNotice, "the record is RECORD_STATUS_IN_FORCE"},
		"another place":   {wrong, copyright.ErrNotMember, "record (1, 1, 3) at place 1"},
		"of another work": {notify(1, bare, copyright.CAUSE_WITHDRAWN, proven(held, 2)...), copyright.ErrNotMember, "work (1, 2) has no records"},
		"no work":         {notify(1, copyright.Work{Id: copyright.WorkId{Institution: 1, Number: 9}}, copyright.CAUSE_WITHDRAWN, proven(held, 2)...), copyright.ErrWorkNotFound, "(1, 9)"},
	})
}

func TestAWithdrawalReachesWhatWasMadeFromItWithItsDuty(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, joint())
	id := f.licensed(t, w, with(func(t *copyright.Terms) { t.Withdrawal = copyright.WITHDRAWAL_REPLACE }), 2)
	child, own := f.register(t, model(2, trained(w.Id, id.Number))), f.register(t, revision(w))
	grandchild := f.register(t, model(2, trained(child.Id, 0)))
	f.after(time.Hour)
	f.says(t, notify(1, w, copyright.CAUSE_WITHDRAWN, proven(held, 0, 2)...), &copyright.EventNoticed{Work: w.Id, Index: 1, Cause: copyright.CAUSE_WITHDRAWN})
	origin := copyright.Notice{
		Work: w.Id, Index: 1, Origin: w.Id, OriginIndex: 1, Cause: copyright.CAUSE_WITHDRAWN, Records: 2, Height: uint64(f.ctx.BlockHeight()), At: f.now(), Notifier: 1,
	}
	require.Equal(t, []copyright.Notice{origin}, f.notices(t, w.Id))
	require.Equal(t, 3, f.endBlock(t))
	for work, duty := range map[copyright.WorkId]copyright.Withdrawal{child.Id: copyright.WITHDRAWAL_REPLACE, grandchild.Id: copyright.WITHDRAWAL_REPLACE, own.Id: 0} {
		want := origin
		want.Work, want.Duty = work, duty
		require.Equal(t, []copyright.Notice{want}, f.notices(t, work))
	}
	require.Empty(t, f.export(t).Pending)
	late := f.register(t, revision(w))
	require.Zero(t, f.endBlock(t))
	require.Empty(t, f.notices(t, late.Id), "who registers later sees it at the parent")
}

func TestWhoeverKeepsARecordNowNotifiesOfIt(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, joint())
	f.records.becomes(held[0], records.RECORD_STATUS_ERASED, 4) // given to 4, who is no custodian of the work
	f.do(t, notify(4, w, copyright.CAUSE_ERASED, proven(held, 0)...))
	f.records.becomes(held[1], records.RECORD_STATUS_RETRACTED, 1)
	f.do(t, notify(1, w, copyright.CAUSE_RETRACTED, proven(held, 1)...))
	require.Len(t, f.notices(t, w.Id), 2)
}

func TestANoticeReachesAWorkOnceByTwoWays(t *testing.T) {
	f := newFixture(t)
	top := f.register(t, joint())
	left, right := f.register(t, revision(top)), f.register(t, revision(top))
	bottom := f.register(t, revision(top, left, right))
	f.after(time.Hour)
	f.do(t, notify(1, top, copyright.CAUSE_WITHDRAWN, proven(held, 0)...), notify(2, top, copyright.CAUSE_WITHDRAWN, proven(held, 3)...))
	require.Equal(t, 6, f.endBlock(t))
	require.Len(t, f.notices(t, bottom.Id), 2, "one of each")
}

func TestARejectionIsToldDownstream(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, joint())
	child := f.register(t, model(2, trained(w.Id, f.licensed(t, w, liberal(), 2).Number)))
	f.after(time.Hour)
	f.do(t, decide(w, false))
	require.Equal(t, 1, f.endBlock(t))
	n := f.notices(t, child.Id)[0]
	require.Equal(t, copyright.CAUSE_REJECTED, n.Cause)
	require.Equal(t, copyright.WITHDRAWAL_STOP, n.Duty)
	require.Zero(t, n.Records)
	require.EqualValues(t, 1, n.Notifier)
}

func TestAFloodOfNoticesDelaysNobodyElses(t *testing.T) {
	f := newFixture(t)
	smaller := dataset(held[:4]...)
	smaller.Custodians = []uint64{1, 2}
	flooded, other := f.register(t, joint()), f.register(t, smaller)
	for range 120 {
		_, err := f.deliver(revision(flooded))
		require.NoError(t, err)
	}
	for range 30 {
		_, err := f.deliver(revision(other))
		require.NoError(t, err)
	}
	f.after(time.Hour)
	for range 20 {
		f.do(t, notify(1, flooded, copyright.CAUSE_WITHDRAWN, proven(held, 0)...))
	}
	f.do(t, notify(2, other, copyright.CAUSE_WITHDRAWN, proven(held[:4], 3)...))
	f.endBlock(t)
	for _, n := range f.export(t).Pending {
		require.EqualValues(t, 1, n.Notice.Notifier, "the other's notice has reached everybody")
	}
	blocks := 1
	for ; len(f.export(t).Pending) > 0; blocks++ {
		f.endBlock(t)
		f.after(time.Second)
	}
	require.Equal(t, (20*(2*120+1)+2*30+1)/copyright.MaxPerBlock+1, blocks, "what the other leaves is used")
}

func TestNoticesReachSoManyWorksABlock(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, joint())
	const children = 450
	for range children {
		_, err := f.deliver(revision(w))
		require.NoError(t, err)
	}
	f.after(time.Hour)
	f.do(t, notify(1, w, copyright.CAUSE_WITHDRAWN, proven(held, 0)...))
	blocks, reached := 0, 0
	for ; len(f.export(t).Pending) > 0; blocks++ {
		told := f.endBlock(t)
		require.LessOrEqual(t, told, copyright.MaxPerBlock)
		reached += told
		f.after(time.Second)
	}
	require.Equal(t, children, reached)
	require.Equal(t, (2*children+1)/copyright.MaxPerBlock+1, blocks, "each work is told and passes it on")
	for _, child := range f.export(t).Works[1:] {
		require.EqualValues(t, 1, child.Notices)
	}
}
