package keeper_test

import (
	"math"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// witness runs a block with evidence against a key and returns the events of
// its beginning.
func (f *fixture) witness(keys ...crypto.Address) []proto.Message {
	f.t.Helper()
	var evidence []abci.Misbehavior
	for _, key := range keys {
		evidence = append(evidence, double(key, f.ctx.BlockHeight()))
	}
	f.begin(nil, evidence...)
	events := typed(f.t, f.ctx.EventManager().ABCIEvents())
	f.end()
	return events
}

// owner is what the chain remembers of a key, or nil.
func (f *fixture) owner(key crypto.Address) *consortium.KeyOwner {
	f.t.Helper()
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	for _, owner := range gs.KeyOwners {
		decoded, err := consortium.DecodeKey(&owner.ConsensusKey)
		require.NoError(f.t, err)
		if decoded.Address().String() == key.String() {
			return &owner
		}
	}
	return nil
}

func (f *fixture) requireStatus(number uint64, status consortium.InstitutionStatus, cause consortium.SuspensionCause) {
	f.t.Helper()
	i := f.institution(number)
	require.Equal(f.t, status, i.Status)
	require.Equal(f.t, cause, i.Suspension)
}

func TestADoubleSignerIsSuspendedAtOnce(t *testing.T) {
	f := newFixture(t, 4)
	f.block()
	height := f.ctx.BlockHeight()
	require.Equal(t, []proto.Message{
		&consortium.EventDoubleSigned{Institution: 2, ConsensusAddress: keyAddress(2).String(), Height: height},
		&consortium.EventInstitutionStatusChanged{
			Institution: 2, Status: consortium.INSTITUTION_STATUS_SUSPENDED, Cause: consortium.SUSPENSION_CAUSE_DOUBLE_SIGN,
		},
	}, f.witness(keyAddress(2)))
	f.requireStatus(2, consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN)
	require.Len(t, f.sets[f.ctx.BlockHeight()+2].Validators, 3)
	require.Empty(t, f.witness(keyAddress(2)), "the second report of one deed changes nothing")
}

func TestEvidenceAgainstAStrangerIsIgnored(t *testing.T) {
	f := newFixture(t, 4)
	f.block()
	require.Empty(t, f.witness(privateKey("nobody's").PubKey().Address()))
}

func TestAReinstatedDoubleSignerNeedsAnotherKey(t *testing.T) {
	f := newFixture(t, 4)
	f.block()
	f.witness(keyAddress(2))
	f.block(reinstate(2))
	require.Nil(t, f.institution(2).ConsensusKey)
	require.Empty(t, f.witness(keyAddress(2)), "it was punished already")
	f.requireStatus(2, consortium.INSTITUTION_STATUS_ACTIVE, consortium.SUSPENSION_CAUSE_UNSPECIFIED)

	f.begin(nil)
	f.refuses(f.rotate(2, "new"), consortium.ErrNotValidator)
	f.refuses(f.appoint(2, "key 2"), consortium.ErrKeyUsed)
	f.must(f.appoint(2, "new"))
	require.Len(t, f.end(), 1)
}

func TestAKeyThatWasRotatedAwayIsPunishedWithinTheEvidenceAge(t *testing.T) {
	f := newFixture(t, 4)
	f.block(f.rotate(2, "new"))
	f.blocks(evidenceBlocks)
	f.witness(keyAddress(2))
	f.requireStatus(2, consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN)

	f.block(reinstate(2))
	require.True(t, f.institution(2).HasKey(publicKey(privateKey("new"))), "the new key did nothing wrong")
}

func TestAKeyOfARemovedInstitutionIsMarkedWithinTheEvidenceAge(t *testing.T) {
	f := newFixture(t, 5)
	f.block(remove(5))
	f.blocks(evidenceBlocks)
	require.Equal(t, []proto.Message{&consortium.EventDoubleSigned{
		Institution: 5, ConsensusAddress: keyAddress(5).String(), Height: f.ctx.BlockHeight(),
	}}, f.witness(keyAddress(5)))
	f.requireStatus(5, consortium.INSTITUTION_STATUS_REMOVED, consortium.SUSPENSION_CAUSE_UNSPECIFIED)
	require.True(t, f.owner(keyAddress(5)).DoubleSigned)
}

func TestAKeyIsForgottenAfterTheEvidenceAge(t *testing.T) {
	f := newFixture(t, 5)
	f.block(f.rotate(1, "new"), remove(5))
	f.blocks(evidenceBlocks + 10)
	for _, key := range []crypto.Address{keyAddress(1), keyAddress(5)} {
		require.NotNil(t, f.owner(key))
	}
	f.block()
	for _, key := range []crypto.Address{keyAddress(1), keyAddress(5)} {
		require.Nil(t, f.owner(key))
		require.Empty(t, f.witness(key))
	}
	f.requireStatus(1, consortium.INSTITUTION_STATUS_ACTIVE, consortium.SUSPENSION_CAUSE_UNSPECIFIED)

	f.begin(nil)
	msg := f.rotate(2, "key 5")
	f.must(msg)
	f.end()
	f.requireRoundTrip()
}

func TestAKeyIsNotForgottenWhileTimeRemains(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	msg := f.limits()
	msg.EvidenceMaxAgeDuration = time.Minute
	f.must(msg, f.rotate(1, "new"))
	f.end()
	f.blocks(60)
	require.NotNil(t, f.owner(keyAddress(1)))
	f.block()
	require.Nil(t, f.owner(keyAddress(1)))
}

func TestAKeyIsNotForgottenWhileEvidenceNeverExpires(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	msg := f.limits()
	msg.EvidenceMaxAgeBlocks = math.MaxInt64
	f.must(msg, f.rotate(1, "new"))
	f.end()
	f.blocks(2 * evidenceBlocks)
	require.NotNil(t, f.owner(keyAddress(1)))
}

func TestAKeyThatSignedTwiceIsNeverForgotten(t *testing.T) {
	f := newFixture(t, 5)
	f.block(f.rotate(1, "new"), remove(5))
	f.witness(keyAddress(1), keyAddress(5))
	f.blocks(2 * evidenceBlocks)
	require.True(t, f.owner(keyAddress(1)).DoubleSigned)
	require.True(t, f.owner(keyAddress(5)).DoubleSigned)
	f.begin(nil)
	f.refuses(f.rotate(2, "key 5"), consortium.ErrKeyUsed)
	f.end()
}

func TestTheLastValidatorIsSparedUntilOthersValidate(t *testing.T) {
	f := newFixture(t, 4)
	f.block()
	f.witness(keyAddress(1), keyAddress(2), keyAddress(3), keyAddress(4))
	for number := uint64(1); number < 4; number++ {
		f.requireStatus(number, consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN)
	}
	f.requireStatus(4, consortium.INSTITUTION_STATUS_ACTIVE, consortium.SUSPENSION_CAUSE_UNSPECIFIED)
	require.True(t, f.owner(keyAddress(4)).DoubleSigned)

	f.block(reinstate(1))
	f.block(f.appoint(1, "new"))
	f.witness(keyAddress(4))
	f.requireStatus(4, consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN)
	require.Len(t, f.sets[f.ctx.BlockHeight()+2].Validators, 1)
}

func TestEvidenceAgainstASuspendedInstitutionTakesItsKeyOnReturn(t *testing.T) {
	f := newFixture(t, 5)
	f.block(suspend(5))
	f.witness(keyAddress(5))
	f.requireStatus(5, consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_VOTE)
	f.block(reinstate(5))
	require.Nil(t, f.institution(5).ConsensusKey)
}

func TestAtMost200KeysAreForgottenInABlock(t *testing.T) {
	f := newFixture(t, 1)
	f.begin(nil)
	for n := range consortium.MaxPerBlock + 1 {
		f.must(f.rotate(1, nodeID(n)))
	}
	f.end()
	f.blocks(evidenceBlocks + 10)
	known := func() int {
		gs, err := f.keeper.ExportGenesis(f.ctx)
		require.NoError(t, err)
		return len(gs.KeyOwners)
	}
	require.Equal(t, consortium.MaxPerBlock+2, known())
	f.block()
	require.Equal(t, 2, known())
	f.block()
	require.Equal(t, 1, known())
}
