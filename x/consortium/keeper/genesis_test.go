package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// requireRoundTrip restarts the chain from its export and checks that nothing
// of it is lost, the validator set included.
func (f *fixture) requireRoundTrip() *fixture {
	f.t.Helper()
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	gs.Predecessor = &consortium.Predecessor{ChainId: "dmdl-earlier-1", Height: uint64(f.ctx.BlockHeight())}
	want, err := gs.Marshal()
	require.NoError(f.t, err)

	g := newChain(f.t, gs)
	require.Equal(f.t, want, g.export())
	require.Equal(f.t, f.sets[f.ctx.BlockHeight()+2].Hash(), g.sets[firstHeight].Hash())
	return g
}

// newPast is a chain on which everything that the state can hold has happened.
func newPast(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t, 8)
	other := enrol("other", consortium.ROLE_VAULT)
	other.Operator = operator(2)
	admit := f.admit(9)
	admit.ConsensusKey, admit.Proof = nil, nil
	f.block(
		enrol("ada", consortium.ROLE_CLINICIAN, consortium.ROLE_AUDITOR), enrol("ben", consortium.ROLE_VAULT), other, admit,
		&consortium.MsgWithdrawRoles{Operator: operator(1), Participant: of("ben")},
		&consortium.MsgChangeOperator{Operator: operator(3), NewOperator: of("heir")},
		&consortium.MsgDeclareNodes{Operator: operator(4), Nodes: []string{nodeID(1)}},
		f.rotate(4, "new"), remove(8), suspend(7),
	)
	f.witness(keyAddress(4), keyAddress(8))
	f.block(reinstate(4))
	f.without(idleAfter, 6)
	f.begin(nil)
	f.propose(suspend(9), f.limits())
	f.propose(suspend(99))
	f.must(yes(1, 1), no(2, 1), yes(1, 2), yes(2, 2), yes(4, 2), yes(5, 2))
	f.end()
	f.without(3, 5)
	return f
}

func TestGenesisRoundTrip(t *testing.T) {
	f := newPast(t)
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, gs.Institutions, 9)
	require.Len(t, gs.Participants, 3)
	require.Equal(t, []consortium.FormerOperator{{Address: operator(3), Institution: 3}}, gs.FormerOperators)
	require.Len(t, gs.KeyOwners, 9, "eight first keys and one that replaced another")
	require.Len(t, gs.Proposals, 2)
	require.Len(t, gs.Votes, 6)
	require.Equal(t, []consortium.Absence{{Institution: 5, Blocks: 3}}, gs.Absences)
	require.Equal(t, []uint64{6}, f.idle())
	f.requireRoundTrip()
}

// TestARestartedChainGoesOn checks what a restart rebuilds: names, accounts,
// queues and counts.
func TestARestartedChainGoesOn(t *testing.T) {
	f := newPast(t).requireRoundTrip()
	f.begin(nil)
	f.refuses(f.admit(10, named("Hospital 1")), consortium.ErrNameTaken)
	f.refuses(f.admit(10, operatedBy(operator(3))), consortium.ErrAccountTaken)
	f.refuses(f.rotate(1, "key 8"), consortium.ErrKeyUsed)
	f.requireStanding("ada", consortium.Standing{Institution: 1, Members: 7}, nil, consortium.ErrNoRole)
	f.requireStanding("operator 3", consortium.Standing{}, consortium.ErrNoRole, consortium.ErrNoRole)
	for _, name := range []string{"ada", "operator 1", "operator 3", "heir"} {
		require.True(t, f.hasAccount(name), name)
	}
	require.Equal(t, open, f.vote(yes(4, 1)))
	f.must(&consortium.MsgReturnToDuty{Operator: operator(6)}, f.admit(10, named("Hospital 8")))
	require.Len(t, f.end(), 2)

	f.ctx = f.ctx.WithBlockTime(f.proposal(1).Deadline)
	f.block()
	require.Equal(t, consortium.PROPOSAL_STATUS_EXPIRED, f.proposal(1).Status)
	require.Equal(t, failed, f.proposal(2).Status)
}

func TestKeysOfTheEarlierChainAreForgottenInTime(t *testing.T) {
	f := newFixture(t, 5)
	f.block(f.rotate(1, "new"), f.rotate(2, "newer"))
	f.witness(keyAddress(2))
	f = f.requireRoundTrip()
	f.blocks(evidenceBlocks + 5)
	require.NotNil(t, f.owner(keyAddress(1)))
	f.blocks(10)
	require.Nil(t, f.owner(keyAddress(1)))
	require.True(t, f.owner(keyAddress(2)).DoubleSigned, "never")
}

func TestAChainDoesNotBeginWithAKeyTypeThatItsParametersLack(t *testing.T) {
	gs := genesis(t, member(1))
	key := postQuantumKey(t)
	gs.Institutions[0].ConsensusKey = publicKey(key)
	gs.KeyOwners[0].ConsensusKey = *publicKey(key)
	gs.KeyProofs[0].Signature = prove(t, gs.Institutions[0], key)
	require.NoError(t, gs.Validate(chainID, addresses))

	f := emptyChain(t)
	_, err := f.keeper.InitGenesis(f.ctx, gs)
	require.ErrorIs(t, err, consortium.ErrKeyType)
}

func TestTheFirstSetObeysTheRuleOfGroups(t *testing.T) {
	members := []consortium.Institution{member(1), member(2), member(3), member(4), member(5)}
	members[1].LegalGroup = members[0].LegalGroup
	f := newChain(t, genesis(t, members...))
	require.Len(t, f.sets[firstHeight].Validators, 4)
}

// TestNoStoredValueIsEmpty holds because ICS-23 refuses to prove empty values,
// also in the neighbour of an absent key.
func TestNoStoredValueIsEmpty(t *testing.T) {
	f := newPast(t)
	iterator := f.ctx.KVStore(f.key).Iterator(nil, nil)
	defer func() { require.NoError(t, iterator.Close()) }()
	kinds := make(map[byte]bool)
	for ; iterator.Valid(); iterator.Next() {
		require.NotEmpty(t, iterator.Value(), "%x", iterator.Key())
		kinds[iterator.Key()[0]] = true
	}
	require.Len(t, kinds, 13, "every prefix but that of the predecessor is in use")
}
