package keeper_test

import (
	"errors"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

const (
	open     = consortium.PROPOSAL_STATUS_OPEN
	executed = consortium.PROPOSAL_STATUS_EXECUTED
	failed   = consortium.PROPOSAL_STATUS_FAILED
)

func TestAProposalPassesAboveTwoThirds(t *testing.T) {
	for members, needed := range map[int]uint64{1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5} {
		f := newFixture(t, members)
		f.begin(nil)
		id := f.propose(&consortium.MsgUpdateParams{Authority: authority, Params: consortium.DefaultParams()})
		for number := uint64(1); number < needed; number++ {
			require.Equal(t, open, f.vote(yes(number, id)), "%d of %d", number, members)
		}
		require.Equal(t, executed, f.vote(yes(needed, id)), "%d of %d", needed, members)
		f.end()
	}
}

func TestAPassedProposalTakesEffectAtOnce(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	id := f.propose(f.admit(5))
	f.must(yes(1, id), yes(2, id))
	require.Equal(t, []proto.Message{
		&consortium.EventVoteCast{Proposal: id, Institution: 3, Option: consortium.VOTE_OPTION_YES},
		&consortium.EventInstitutionAdmitted{Institution: 5},
		&consortium.EventProposalClosed{Id: id, Status: executed},
	}, f.events(yes(3, id)))
	second := f.propose(suspend(1))
	require.Equal(t, open, f.vote(yes(5, second)), "the new member votes in the same block")
	require.Len(t, f.end(), 1)
}

func TestAVoteMayBeChangedAndANoCountsAsNone(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	id := f.propose(suspend(9))
	f.must(yes(1, id), yes(2, id), no(1, id))
	require.Equal(t, open, f.vote(yes(3, id)))
	res, err := f.queries.Proposal(f.ctx, &consortium.QueryProposalRequest{Id: id})
	require.NoError(t, err)
	require.Equal(t, []consortium.Vote{
		{Proposal: id, Institution: 1, Option: consortium.VOTE_OPTION_NO},
		{Proposal: id, Institution: 2, Option: consortium.VOTE_OPTION_YES},
		{Proposal: id, Institution: 3, Option: consortium.VOTE_OPTION_YES},
	}, res.Votes)
	require.Equal(t, uint64(4), res.Electorate)
	require.Equal(t, failed, f.vote(yes(1, id)))
	f.end()
}

func TestVotesOfThoseWhoLeftDoNotCount(t *testing.T) {
	f := newFixture(t, 7)
	f.begin(nil)
	id := f.propose(suspend(7))
	f.must(yes(4, id), yes(5, id), yes(6, id))
	f.must(remove(5), remove(6)) // five remain, one of them voted
	f.must(yes(1, id))
	require.Equal(t, open, f.vote(yes(2, id)), "three of five")
	f.end()
	f.begin(nil)
	f.refuses(yes(5, id), consortium.ErrRemoved)
	require.Equal(t, executed, f.vote(yes(3, id)), "four of five")
	f.end()
}

func TestAShrunkenElectorateNeedsFewerVotes(t *testing.T) {
	f := newFixture(t, 5)
	f.begin(nil)
	id := f.propose(&consortium.MsgUpdateParams{Authority: authority, Params: consortium.DefaultParams()})
	f.must(yes(1, id), yes(2, id))
	require.Equal(t, open, f.vote(yes(3, id)), "three of five")
	f.must(suspend(5))
	require.Equal(t, executed, f.vote(no(4, id)), "three of four, found by the next vote")
	f.end()
}

func TestAGrownElectorateNeedsMoreVotes(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	id := f.propose(&consortium.MsgUpdateParams{Authority: authority, Params: consortium.DefaultParams()})
	f.must(yes(1, id), yes(2, id), f.admit(5))
	require.Equal(t, open, f.vote(yes(3, id)), "three of five")
	require.Equal(t, executed, f.vote(yes(5, id)), "four of five")
	f.end()
}

func TestTheIdleAndTheWaitingDoNotVote(t *testing.T) {
	members := []consortium.Institution{member(1), member(2), member(3), member(4), member(5)}
	members[4].LegalGroup = members[0].LegalGroup
	f := newChain(t, genesis(t, members...))
	f.begin(nil)
	id := f.propose(suspend(9))
	f.refuses(yes(5, id), consortium.ErrNotValidator)
	f.end()

	f = newFixture(t, 5)
	f.block()
	f.without(idleAfter, 5)
	f.begin(nil)
	id = f.propose(suspend(9))
	f.refuses(yes(5, id), consortium.ErrNotValidator)
	f.must(&consortium.MsgReturnToDuty{Operator: operator(5)}, yes(5, id))
	f.end()
}

// requireFailure passes a proposal whose execution fails and checks that the
// votes succeed and that nothing but the outcome remains.
func (f *fixture) requireFailure(failure string, msgs ...sdk.Msg) {
	f.t.Helper()
	f.begin(nil)
	id := f.propose(msgs...)
	f.must(yes(1, id), yes(2, id))
	before, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	require.Equal(f.t, []proto.Message{
		&consortium.EventVoteCast{Proposal: id, Institution: 3, Option: consortium.VOTE_OPTION_YES},
		&consortium.EventProposalClosed{Id: id, Status: failed, Failure: failure},
	}, f.events(yes(3, id)))
	require.Equal(f.t, failure, f.proposal(id).Failure)

	before.Proposals[id-1].Status, before.Proposals[id-1].Failure = failed, failure
	before.Votes = append(before.Votes, consortium.Vote{Proposal: id, Institution: 3, Option: consortium.VOTE_OPTION_YES})
	want, err := before.Marshal()
	require.NoError(f.t, err)
	require.Equal(f.t, want, f.export())
	require.Empty(f.t, f.end())
}

func TestAMessageThatFailsFailsTheProposalAndNotTheVote(t *testing.T) {
	newFixture(t, 4).requireFailure("consortium/3", suspend(9))
}

func TestOfSeveralMessagesAllTakeEffectOrNone(t *testing.T) {
	f := newFixture(t, 4)
	f.requireFailure("consortium/20", f.admit(5), f.limits(), remove(5), suspend(4))
	require.False(t, f.hasAccount("operator 5"))
	params, err := f.neighbours.Get(f.ctx)
	require.NoError(t, err)
	require.NotEqual(t, f.limits().BlockMaxGas, params.Block.MaxGas)

	f.begin(nil)
	id := f.propose(f.admit(5), suspend(4))
	f.must(yes(1, id), yes(2, id))
	require.Equal(t, executed, f.vote(yes(3, id)), "the first message makes room for the second")
	require.Len(t, f.end(), 2)
}

func TestRunningOutOfGasFailsTheProposalAndNotTheVote(t *testing.T) {
	f := newFixture(t, 4)
	f.ctx = f.ctx.WithKVGasConfig(storetypes.GasConfig{}) // a transaction pays by its messages, a proposal by its work
	f.neighbours.upgrade = func(ctx sdk.Context) error {
		for range 100_000 {
			ctx.KVStore(f.neighbours.key).Set([]byte("work"), []byte{1})
		}
		return nil
	}
	f.requireFailure("sdk/11", f.admit(5), &upgradetypes.MsgSoftwareUpgrade{Authority: authority})
}

func TestTheGasOfTheLastVoteDoesNotDecide(t *testing.T) {
	f := newFixture(t, 4)
	var spent uint64
	f.neighbours.upgrade = func(ctx sdk.Context) error {
		ctx.GasMeter().ConsumeGas(10_000_000, "upgrade")
		spent = ctx.GasMeter().GasConsumed()
		return nil
	}
	f.begin(nil)
	id := f.propose(&upgradetypes.MsgSoftwareUpgrade{Authority: authority})
	f.must(yes(1, id), yes(2, id))
	f.ctx = f.ctx.WithGasMeter(storetypes.NewGasMeter(1_000_000))
	require.Equal(t, executed, f.vote(yes(3, id)))
	require.GreaterOrEqual(t, spent, uint64(10_000_000))
	f.end()
}

func TestAnErrorWithoutACodeFailsTheProposalAlike(t *testing.T) {
	f := newFixture(t, 4)
	f.neighbours.upgrade = func(sdk.Context) error { return errors.New("text that nodes might not agree on") }
	f.requireFailure("undefined/1", &upgradetypes.MsgSoftwareUpgrade{Authority: authority})
}

func TestAPanicThatIsABugIsNotHidden(t *testing.T) {
	f := newFixture(t, 4)
	f.neighbours.upgrade = func(sdk.Context) error { panic("bug") }
	f.begin(nil)
	id := f.propose(&upgradetypes.MsgSoftwareUpgrade{Authority: authority})
	f.must(yes(1, id), yes(2, id))
	require.PanicsWithValue(t, "bug", func() { _, _ = f.deliver(yes(3, id)) })
}
