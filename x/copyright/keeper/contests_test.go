package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// rivals is a fixture with institution 1's attested claim on records, and institution
// 3's later claim on a part of them.
func rivals(t testing.TB) (f *fixture, first, second copyright.Work) {
	t.Helper()
	f = newFixture(t)
	first = f.attested(t, joint())
	f.after(time.Hour)
	part := dataset(held[2:4]...)
	part.Officer, part.Custodians = officer(3), []uint64{3}
	return f, first, f.attested(t, part)
}

// overlap is institution 1's contest of 3's claim, with the proof that a record is in
// both.
func overlap(first, second copyright.Work) *copyright.MsgContestWork {
	msg := about(second, 1, copyright.GROUND_OVERLAP, first)
	msg.Overlap = &copyright.Overlap{Record: held[2], Place: 0, Path: path(held[2:4], 0), OtherPlace: 2, OtherPath: path(held, 2)}
	return msg
}

func TestASubsetIsContestedWithOneRecordAndRejectedByVote(t *testing.T) {
	f, first, second := rivals(t)
	f.says(t, overlap(first, second),
		&copyright.EventWorkChanged{Work: second.Id, Status: copyright.WORK_STATUS_CONTESTED},
		&copyright.EventContestChanged{Work: second.Id, Index: 1, Status: copyright.CONTEST_STATUS_OPEN})
	f.after(60 * day)
	require.Equal(t, copyright.WORK_STATUS_CONTESTED, f.work(t, second.Id).Status, "no window passes over a contest")
	f.says(t, decide(second, false),
		&copyright.EventContestChanged{Work: second.Id, Index: 1, Status: copyright.CONTEST_STATUS_SUSTAINED},
		&copyright.EventWorkChanged{Work: second.Id, Status: copyright.WORK_STATUS_REJECTED},
		&copyright.EventNoticed{Work: second.Id, Index: 1, Cause: copyright.CAUSE_REJECTED})
	require.Equal(t, copyright.Contest{
		Work: second.Id, Index: 1, Ground: copyright.GROUND_OVERLAP, Other: &first.Id, Evidence: digest(4), RaisedBy: officer(1), Institution: 1,
		Height: 8, Status: copyright.CONTEST_STATUS_SUSTAINED, DecidedHeight: 9,
	}, f.contest(t, second.Id, 1))
	require.Equal(t, copyright.Strikes{Institution: 3, Works: 1, Rejected: 1}, f.strikes(t, 3))
	require.Equal(t, copyright.Strikes{Institution: 1, Works: 1, Raised: 1}, f.strikes(t, 1))
}

func TestContestWorkRefuses(t *testing.T) {
	f, first, second := rivals(t)
	same := f.register(t, model(2)) // of the second's block
	f.after(time.Hour)
	later, gone := f.register(t, model(2)), f.register(t, model(2))
	upheld := f.work(t, first.Id)
	f.do(t, withdrawWork(gone))
	child := f.register(t, model(3, trained(second.Id, 0)))
	proof := func(change func(*copyright.Overlap)) *copyright.MsgContestWork {
		msg := overlap(first, second)
		change(msg.Overlap)
		return msg
	}
	both := about(second, 1, copyright.GROUND_COPY, first)
	both.Overlap = overlap(first, second).Overlap
	vaults, blind, twice := contest(second, 1), contest(second, 1), overlap(first, second)
	vaults.Officer, blind.Evidence, twice.Overlap = vault(1), nil, nil
	f.refuses(t, map[string]refusal{
		"a vault":              {vaults, errNoRole, "ROLE_RIGHTS_OFFICER"},
		"the claimant":         {contest(second, 3), copyright.ErrNotParty, "institution 3 does not contest its own work"},
		"no evidence":          {blind, copyright.ErrInvalidDigest, "evidence"},
		"no ground":            {about(second, 1, 0, first), copyright.ErrUnknownCode, "ground 0"},
		"no proof":             {twice, copyright.ErrContest, "overlap is proven for GROUND_OVERLAP"},
		"a needless proof":     {both, copyright.ErrContest, "and for nothing else"},
		"no other":             {func() sdk.Msg { m := contest(second, 1); m.Ground = copyright.GROUND_COPY; return m }(), copyright.ErrContest, "name the earlier work"},
		"another without need": {about(second, 1, copyright.GROUND_NO_RIGHT, first), copyright.ErrContest, "but for GROUND_NO_RIGHT"},
		"itself":               {about(second, 1, copyright.GROUND_COPY, second), copyright.ErrContest, "does not contest itself"},
		"no work":              {contest(copyright.Work{Id: copyright.WorkId{Institution: 3, Number: 9}}, 1), copyright.ErrWorkNotFound, "(3, 9)"},
		"no other work":        {about(second, 1, copyright.GROUND_COPY, copyright.Work{Id: copyright.WorkId{Institution: 3, Number: 9}}), copyright.ErrWorkNotFound, "(3, 9)"},
		"a later work":         {about(second, 1, copyright.GROUND_COPY, later), copyright.ErrContest, "work (2, 2) of block 9 is not older than that of block 8"},
		"one of its block":     {about(second, 1, copyright.GROUND_COPY, same), copyright.ErrContest, "is not older"},
		"one given up":         {about(second, 1, copyright.GROUND_COPY, gone), copyright.ErrContest, "work (2, 3) is WORK_STATUS_WITHDRAWN"},
		"a named parent":       {about(child, 1, copyright.GROUND_HIDDEN_PARENT, second), copyright.ErrContest, "is named among the parents"},
		"given up":             {contest(gone, 1), copyright.ErrWrongStatus, "nobody claims it any more"},
		"another record":       {proof(func(o *copyright.Overlap) { o.Record.Leaf++ }), copyright.ErrNotMember, "place 0 of work (3, 1)"},
		"another place":        {proof(func(o *copyright.Overlap) { o.OtherPlace++ }), copyright.ErrNotMember, "place 3 of work (1, 1)"},
		"a long path":          {proof(func(o *copyright.Overlap) { o.Path = make([][]byte, 25) }), copyright.ErrTooMany, "25 hashes"},
	})
	f.after(31 * day)
	f.refuses(t, map[string]refusal{"upheld": {contest(upheld, 3), copyright.ErrWrongStatus, "its window has passed"}})
}

func TestAHiddenParentIsContested(t *testing.T) {
	f, first, _ := rivals(t)
	w := f.register(t, model(3))
	f.do(t, about(w, 1, copyright.GROUND_HIDDEN_PARENT, first))
	require.Equal(t, copyright.WORK_STATUS_CONTESTED, f.work(t, w.Id).Status)
}

func TestSixteenContestsMayBeOpen(t *testing.T) {
	f, _, second := rivals(t)
	for range copyright.MaxOpenContests {
		f.do(t, contest(second, 1))
	}
	f.refuses(t, map[string]refusal{"one more": {contest(second, 2), copyright.ErrTooMany, "16 contests are open"}})
	f.do(t, &copyright.MsgWithdrawContest{Officer: officer(1), Work: second.Id, Index: 5}, contest(second, 2), decide(second, true))
	require.Equal(t, copyright.Strikes{Institution: 1, Works: 1, Raised: 16, Dismissed: 15}, f.strikes(t, 1))
	require.Equal(t, copyright.Strikes{Institution: 2, Raised: 1, Dismissed: 1}, f.strikes(t, 2))
	require.Equal(t, copyright.WORK_STATUS_UPHELD, f.work(t, second.Id).Status)
}

func TestWithdrawContestRefuses(t *testing.T) {
	f, _, second := rivals(t)
	f.do(t, contest(second, 1), contest(second, 1), &copyright.MsgWithdrawContest{Officer: officer(1), Work: second.Id, Index: 2})
	f.refuses(t, map[string]refusal{
		"another":     {&copyright.MsgWithdrawContest{Officer: officer(2), Work: second.Id, Index: 1}, copyright.ErrNotParty, "institution 1 raised contest 1, not 2"},
		"a vault":     {&copyright.MsgWithdrawContest{Officer: vault(1), Work: second.Id, Index: 1}, errNoRole, "ROLE_RIGHTS_OFFICER"},
		"taken back":  {&copyright.MsgWithdrawContest{Officer: officer(1), Work: second.Id, Index: 2}, copyright.ErrWrongStatus, "contest 2 is CONTEST_STATUS_WITHDRAWN"},
		"no contest":  {&copyright.MsgWithdrawContest{Officer: officer(1), Work: second.Id, Index: 3}, copyright.ErrContestNotFound, "3 of work (3, 1)"},
		"index of no": {&copyright.MsgWithdrawContest{Officer: officer(1), Work: second.Id}, copyright.ErrContestNotFound, "0 of work (3, 1)"},
	})
}

func TestTheLastContestTakenBackLetsTheWindowGoOn(t *testing.T) {
	f, _, second := rivals(t)
	f.do(t, contest(second, 1), contest(second, 2))
	f.after(day)
	back := func(institution uint64, index uint32) *copyright.MsgWithdrawContest {
		return &copyright.MsgWithdrawContest{Officer: officer(institution), Work: second.Id, Index: index}
	}
	f.says(t, back(1, 1), &copyright.EventContestChanged{Work: second.Id, Index: 1, Status: copyright.CONTEST_STATUS_WITHDRAWN})
	f.says(t, back(2, 2), &copyright.EventContestChanged{Work: second.Id, Index: 2, Status: copyright.CONTEST_STATUS_WITHDRAWN},
		&copyright.EventWorkChanged{Work: second.Id, Status: copyright.WORK_STATUS_ATTESTED})
	f.do(t, contest(second, 1))
	f.after(30 * day)
	f.says(t, back(1, 3), &copyright.EventContestChanged{Work: second.Id, Index: 3, Status: copyright.CONTEST_STATUS_WITHDRAWN},
		&copyright.EventWorkChanged{Work: second.Id, Status: copyright.WORK_STATUS_ATTESTED})
	f.after(30*day - 1)
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, f.work(t, second.Id).Status)
	f.after(1)
	require.Equal(t, copyright.WORK_STATUS_UPHELD, f.work(t, second.Id).Status)
}

func TestAContestMovesTheWindowByItsOwnTimeAlone(t *testing.T) {
	f, _, second := rivals(t)
	f.after(29 * day)
	f.do(t, contest(second, 1))
	f.after(time.Hour)
	f.do(t, contest(second, 2), &copyright.MsgWithdrawContest{Officer: officer(1), Work: second.Id, Index: 1})
	f.after(time.Hour)
	f.do(t, &copyright.MsgWithdrawContest{Officer: officer(2), Work: second.Id, Index: 2})
	f.after(day - 1)
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, f.work(t, second.Id).Status)
	f.after(1)
	require.Equal(t, copyright.WORK_STATUS_UPHELD, f.work(t, second.Id).Status)
}

func TestAContestBeforeTheLastAttestationStopsTheWindowThatItOpens(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, joint())
	f.do(t, contest(w, 3), attestation(w, 1), attestation(w, 2))
	f.after(40 * day)
	f.do(t, &copyright.MsgWithdrawContest{Officer: officer(3), Work: w.Id, Index: 1})
	f.after(30*day - 1)
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, f.work(t, w.Id).Status)
	f.after(1)
	require.Equal(t, copyright.WORK_STATUS_UPHELD, f.work(t, w.Id).Status)
}

func TestNobodyShieldsAClaimByContestingIt(t *testing.T) {
	f, first, second := rivals(t)
	for range copyright.MaxOpenContests {
		f.do(t, contest(second, 4))
	}
	f.refuses(t, map[string]refusal{"the older claim": {overlap(first, second), copyright.ErrTooMany, "16 contests are open"}})
	f.after(31 * day)
	for index := range uint32(copyright.MaxOpenContests) {
		f.do(t, &copyright.MsgWithdrawContest{Officer: officer(4), Work: second.Id, Index: index + 1})
	}
	f.do(t, overlap(first, second))
	require.Equal(t, copyright.WORK_STATUS_CONTESTED, f.work(t, second.Id).Status)
}

func TestAContestTakenBackOpensNoWindowForWantOfAttestations(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, joint())
	f.do(t, contest(w, 3), &copyright.MsgWithdrawContest{Officer: officer(3), Work: w.Id, Index: 1})
	f.after(31 * day)
	require.Equal(t, copyright.WORK_STATUS_CLAIMED, f.work(t, w.Id).Status)
}

func TestAContestedClaimIsAttestedAndStaysContested(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, dataset(held[:2]...))
	f.do(t, contest(w, 2), attestation(w, 1))
	w = f.work(t, w.Id)
	require.Equal(t, copyright.WORK_STATUS_CONTESTED, w.Status)
	require.True(t, w.Reserves())
	f.says(t, decide(w, true), &copyright.EventContestChanged{Work: w.Id, Index: 1, Status: copyright.CONTEST_STATUS_DISMISSED},
		&copyright.EventWorkChanged{Work: w.Id, Status: copyright.WORK_STATUS_UPHELD})
}

func TestAVoteDoesNotSpeakForCustodians(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, joint())
	f.do(t, attestation(w, 1), contest(w, 3))
	f.says(t, decide(w, true), &copyright.EventContestChanged{Work: w.Id, Index: 1, Status: copyright.CONTEST_STATUS_DISMISSED},
		&copyright.EventWorkChanged{Work: w.Id, Status: copyright.WORK_STATUS_CLAIMED})
	f.says(t, decide(w, true))
	require.Equal(t, uint64(1), f.strikes(t, 3).Dismissed)
}

func TestWhoYieldsToAContestGetsAStrike(t *testing.T) {
	f, first, second := rivals(t)
	f.do(t, overlap(first, second), contest(second, 2))
	f.says(t, withdrawWork(second), &copyright.EventContestChanged{Work: second.Id, Index: 1, Status: copyright.CONTEST_STATUS_SUSTAINED},
		&copyright.EventContestChanged{Work: second.Id, Index: 2, Status: copyright.CONTEST_STATUS_SUSTAINED},
		&copyright.EventWorkChanged{Work: second.Id, Status: copyright.WORK_STATUS_WITHDRAWN})
	require.Equal(t, copyright.Strikes{Institution: 3, Works: 1, Yielded: 1}, f.strikes(t, 3))
}

func TestDecideWorkRefuses(t *testing.T) {
	f, first, second := rivals(t)
	f.do(t, withdrawWork(second))
	byOfficer := decide(first, false)
	byOfficer.Authority = officer(2)
	f.refuses(t, map[string]refusal{
		"an officer": {byOfficer, copyright.ErrNotAuthority, "want " + authority},
		"no work":    {decide(copyright.Work{Id: copyright.WorkId{Institution: 9, Number: 9}}, true), copyright.ErrWorkNotFound, "(9, 9)"},
		"given up":   {decide(second, true), copyright.ErrWrongStatus, "there is nothing to decide"},
	})
	f.after(300 * day)
	f.do(t, decide(first, false))
	f.refuses(t, map[string]refusal{"rejected": {decide(first, true), copyright.ErrWrongStatus, "work (1, 1) is WORK_STATUS_REJECTED"}})
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, f.attested(t, joint()).Status, "rejected, the records are free")
}
