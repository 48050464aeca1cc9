package keeper_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func pack(t rapid.TB, msgs ...sdk.Msg) []*codectypes.Any {
	t.Helper()
	var packed []*codectypes.Any
	for _, msg := range msgs {
		value, err := codectypes.NewAnyWithValue(msg)
		require.NoError(t, err)
		packed = append(packed, value)
	}
	return packed
}

// submit puts messages to the vote by the given account.
func (f *fixture) submit(operator string, msgs ...sdk.Msg) *consortium.MsgSubmitProposal {
	f.t.Helper()
	return &consortium.MsgSubmitProposal{Operator: operator, Messages: pack(f.t, msgs...)}
}

// propose has institution 1 put messages to the vote and returns the id.
func (f *fixture) propose(msgs ...sdk.Msg) uint64 {
	f.t.Helper()
	res, err := f.deliver(f.submit(f.institution(1).Operator, msgs...))
	require.NoError(f.t, err)
	return res.MsgResponses[0].GetCachedValue().(*consortium.MsgSubmitProposalResponse).Id
}

func yes(number, proposal uint64) *consortium.MsgCastVote {
	return &consortium.MsgCastVote{Operator: operator(number), Proposal: proposal, Option: consortium.VOTE_OPTION_YES}
}

func no(number, proposal uint64) *consortium.MsgCastVote {
	return &consortium.MsgCastVote{Operator: operator(number), Proposal: proposal, Option: consortium.VOTE_OPTION_NO}
}

// vote casts a vote that succeeds and returns what became of the proposal.
func (f *fixture) vote(msg *consortium.MsgCastVote) consortium.ProposalStatus {
	f.t.Helper()
	res, err := f.deliver(msg)
	require.NoError(f.t, err)
	return res.MsgResponses[0].GetCachedValue().(*consortium.MsgCastVoteResponse).Status
}

func (f *fixture) proposal(id uint64) consortium.Proposal {
	f.t.Helper()
	res, err := f.queries.Proposal(f.ctx, &consortium.QueryProposalRequest{Id: id})
	require.NoError(f.t, err)
	return res.Proposal
}

func TestAProposalIsStoredAsSubmitted(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	msg := f.submit(operator(3), suspend(4))
	msg.Document = bytes.Repeat([]byte{1}, 32)
	require.Equal(t, []proto.Message{&consortium.EventProposalSubmitted{Id: 1, Proposer: 3}}, f.events(msg))
	got := f.proposal(1)
	require.Equal(t, suspend(4), got.Messages[0].GetCachedValue())
	got.Messages = nil
	require.Equal(t, consortium.Proposal{
		Id: 1, Proposer: 3, Document: msg.Document, Status: consortium.PROPOSAL_STATUS_OPEN,
		SubmittedAt: f.ctx.BlockTime(), Deadline: f.ctx.BlockTime().Add(votingPeriod),
	}, got)
	require.Equal(t, uint64(2), f.propose(suspend(4)))
	f.end()
}

func TestEveryAllowedMessageMayBeProposed(t *testing.T) {
	f := newFixture(t, 5)
	f.begin(nil)
	proposable := []sdk.Msg{
		f.admit(6), suspend(5), reinstate(5), remove(5), f.appoint(5, "new"),
		&consortium.MsgReplaceOperator{Authority: authority, Institution: 5, NewOperator: of("heir")},
		&consortium.MsgUpdateParams{Authority: authority, Params: consortium.DefaultParams()}, f.limits(),
		&upgradetypes.MsgSoftwareUpgrade{Authority: authority}, &upgradetypes.MsgCancelUpgrade{Authority: authority},
		&access.MsgUpdateParams{Authority: authority, Params: access.DefaultParams()},
		&copyright.MsgDecideWork{Authority: authority, Work: copyright.WorkId{Institution: 5, Number: 1}},
		&copyright.MsgUpdateParams{Authority: authority, Params: copyright.DefaultParams()},
	}
	require.Len(t, proposable, len(consortium.ProposalMessages))
	for at, msg := range proposable {
		require.Equal(t, consortium.ProposalMessages[at], sdk.MsgTypeURL(msg))
		f.propose(msg)
	}
	f.end()
}

func TestSubmitProposalRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fixture, *consortium.MsgSubmitProposal)
		err  error
	}{
		"a stranger":              {func(_ *fixture, m *consortium.MsgSubmitProposal) { m.Operator = of("eve") }, consortium.ErrStranger},
		"a participant":           {func(_ *fixture, m *consortium.MsgSubmitProposal) { m.Operator = of("own") }, consortium.ErrNotOperator},
		"a suspended institution": {func(_ *fixture, m *consortium.MsgSubmitProposal) { m.Operator = operator(5) }, consortium.ErrSuspended},
		"an institution that does not validate": {func(f *fixture, m *consortium.MsgSubmitProposal) {
			admit := f.admit(7)
			admit.ConsensusKey = nil
			f.must(admit)
			m.Operator = operator(7)
		}, consortium.ErrNotValidator},
		"no message":        {func(_ *fixture, m *consortium.MsgSubmitProposal) { m.Messages = nil }, consortium.ErrInvalid},
		"nine messages":     {func(f *fixture, m *consortium.MsgSubmitProposal) { m.Messages = pack(f.t, many(9)...) }, consortium.ErrInvalid},
		"a short document":  {func(_ *fixture, m *consortium.MsgSubmitProposal) { m.Document = []byte{1} }, consortium.ErrInvalid},
		"an absent message": {func(_ *fixture, m *consortium.MsgSubmitProposal) { m.Messages = append(m.Messages, nil) }, consortium.ErrMessageNotAllowed},
		"a nested proposal": {func(f *fixture, m *consortium.MsgSubmitProposal) {
			m.Messages = append(m.Messages, pack(f.t, f.submit(authority, suspend(4)))...)
		}, consortium.ErrMessageNotAllowed},
		"a vote": {func(f *fixture, m *consortium.MsgSubmitProposal) {
			m.Messages = pack(f.t, &consortium.MsgCastVote{Operator: authority, Proposal: 1})
		}, consortium.ErrMessageNotAllowed},
		"a message of another module": {func(_ *fixture, m *consortium.MsgSubmitProposal) {
			m.Messages = []*codectypes.Any{{TypeUrl: "/cosmos.bank.v1beta1.MsgSend"}}
		}, consortium.ErrMessageNotAllowed},
		"another signer": {func(f *fixture, m *consortium.MsgSubmitProposal) {
			m.Messages = pack(f.t, &consortium.MsgSuspendInstitution{Authority: operator(1), Institution: 2})
		}, consortium.ErrAuthority},
		"no signer": {func(f *fixture, m *consortium.MsgSubmitProposal) {
			m.Messages = pack(f.t, &consortium.MsgSuspendInstitution{Institution: 2})
		}, consortium.ErrInvalid},
		"another signer in second place": {func(f *fixture, m *consortium.MsgSubmitProposal) {
			m.Messages = append(m.Messages, pack(f.t, &upgradetypes.MsgCancelUpgrade{Authority: operator(1)})...)
		}, consortium.ErrAuthority},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			msg := f.submit(operator(1), suspend(4))
			tc.edit(f, msg)
			f.refuses(msg, tc.err)
		})
	}
}

func many(n int) []sdk.Msg {
	var msgs []sdk.Msg
	for range n {
		msgs = append(msgs, suspend(4))
	}
	return msgs
}

func TestAtMost100ProposalsAreOpen(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	const share = consortium.MaxOpenProposals / 4
	for number := range uint64(4) {
		for range share {
			f.must(f.submit(operator(number+1), suspend(9)))
		}
		f.refuses(f.submit(operator(number+1), suspend(4)), consortium.ErrTooManyProposals)
	}
	for number := uint64(1); number < 4; number++ {
		f.must(yes(number, 7))
	}
	require.Equal(t, uint64(consortium.MaxOpenProposals+1), f.propose(suspend(4)), "a closed one makes room")
	f.end()
}

func TestOneMemberCannotKeepTheOthersFromProposingItsSuspension(t *testing.T) {
	f := newFixture(t, 5)
	f.begin(nil)
	for range consortium.MaxOpenProposals {
		_, _ = f.deliver(f.submit(operator(5), suspend(1)))
	}
	id := f.propose(suspend(5))
	for number := uint64(1); number < 5; number++ {
		f.must(yes(number, id))
	}
	f.requireStatus(5, consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_VOTE)
	f.end()
	f.requireRoundTrip()
}

func TestCastVoteRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fixture, *consortium.MsgCastVote)
		err  error
	}{
		"a stranger":              {func(_ *fixture, m *consortium.MsgCastVote) { m.Operator = of("eve") }, consortium.ErrStranger},
		"a participant":           {func(_ *fixture, m *consortium.MsgCastVote) { m.Operator = of("own") }, consortium.ErrNotOperator},
		"a suspended institution": {func(_ *fixture, m *consortium.MsgCastVote) { m.Operator = operator(5) }, consortium.ErrSuspended},
		"a removed institution":   {func(_ *fixture, m *consortium.MsgCastVote) { m.Operator = operator(6) }, consortium.ErrRemoved},
		"an unknown proposal":     {func(_ *fixture, m *consortium.MsgCastVote) { m.Proposal = 9 }, consortium.ErrProposalNotFound},
		"no option":               {func(_ *fixture, m *consortium.MsgCastVote) { m.Option = 0 }, consortium.ErrInvalid},
		"an unknown option":       {func(_ *fixture, m *consortium.MsgCastVote) { m.Option = 3 }, consortium.ErrInvalid},
		"an executed proposal": {func(f *fixture, _ *consortium.MsgCastVote) {
			f.must(yes(1, 1), yes(2, 1), yes(3, 1))
		}, consortium.ErrProposalClosed},
		"a failed proposal": {func(f *fixture, m *consortium.MsgCastVote) {
			m.Proposal = f.propose(suspend(9))
			f.must(yes(1, m.Proposal), yes(2, m.Proposal), yes(3, m.Proposal))
		}, consortium.ErrProposalClosed},
		"the deadline": {func(f *fixture, _ *consortium.MsgCastVote) {
			f.ctx = f.ctx.WithBlockTime(f.ctx.BlockTime().Add(votingPeriod))
		}, consortium.ErrProposalClosed},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			f.propose(&consortium.MsgUpdateParams{Authority: authority, Params: consortium.DefaultParams()})
			msg := yes(4, 1)
			tc.edit(f, msg)
			f.refuses(msg, tc.err)
		})
	}
}

func TestProposalsExpireAtTheirDeadline(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	id := f.propose(suspend(9))
	f.must(yes(1, id), yes(2, id))
	f.end()
	deadline := f.proposal(id).Deadline

	f.ctx = f.ctx.WithBlockTime(deadline.Add(-time.Second - time.Nanosecond))
	f.block()
	require.Equal(t, consortium.PROPOSAL_STATUS_OPEN, f.proposal(id).Status, "a nanosecond is left")
	f.begin(nil)
	require.False(t, f.ctx.BlockTime().Before(deadline))
	f.end()
	require.Equal(t, []proto.Message{&consortium.EventProposalClosed{Id: id, Status: consortium.PROPOSAL_STATUS_EXPIRED}},
		typed(t, f.ctx.EventManager().ABCIEvents()))
	require.Equal(t, consortium.PROPOSAL_STATUS_EXPIRED, f.proposal(id).Status)
	f.begin(nil)
	f.refuses(yes(3, id), consortium.ErrProposalClosed)
	f.end()
}

func TestAtMost200ProposalsExpireInABlock(t *testing.T) {
	gs := genesis(t, member(1))
	for id := range uint64(consortium.MaxPerBlock + 1) {
		gs.Proposals = append(gs.Proposals, consortium.Proposal{
			Id: id + 1, Proposer: 1, Messages: pack(t, suspend(9)), Status: consortium.PROPOSAL_STATUS_OPEN,
			SubmittedAt: start.Add(-time.Hour), Deadline: start.Add(-time.Minute),
		})
	}
	f := newChain(t, gs)
	f.block()
	require.Equal(t, consortium.PROPOSAL_STATUS_EXPIRED, f.proposal(consortium.MaxPerBlock).Status)
	require.Equal(t, consortium.PROPOSAL_STATUS_OPEN, f.proposal(consortium.MaxPerBlock+1).Status)
	f.block()
	require.Equal(t, consortium.PROPOSAL_STATUS_EXPIRED, f.proposal(consortium.MaxPerBlock+1).Status)
}

func TestAClosedProposalNeverChanges(t *testing.T) {
	f := newFixture(t, 5)
	f.begin(nil)
	f.must(f.submit(operator(1), suspend(9)))
	f.must(yes(1, 1), yes(2, 1), yes(3, 1), yes(4, 1))
	f.end()
	closed := f.proposal(1)
	f.ctx = f.ctx.WithBlockTime(closed.Deadline.Add(time.Hour))
	f.block()
	require.Equal(t, closed, f.proposal(1))
	list, err := f.queries.Proposals(f.ctx, &consortium.QueryProposalsRequest{Pagination: &query.PageRequest{Limit: 1}})
	require.NoError(t, err)
	require.Equal(t, []consortium.Proposal{closed}, list.Proposals)
}
