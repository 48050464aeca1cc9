package keeper_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// without runs blocks in which the first keys of institutions did not sign.
func (f *fixture) without(blocks int, numbers ...uint64) {
	f.t.Helper()
	var absent []crypto.Address
	for _, number := range numbers {
		absent = append(absent, keyAddress(number))
	}
	for range blocks {
		f.begin(absent)
		f.end()
	}
}

func (f *fixture) idle() []uint64 {
	f.t.Helper()
	var numbers []uint64
	for _, i := range f.institutions() {
		if i.Idle {
			numbers = append(numbers, i.Number)
		}
	}
	return numbers
}

func (f *fixture) absences() []consortium.Absence {
	f.t.Helper()
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	return gs.Absences
}

func TestAnAbsentValidatorIsIdledAndReturnsByItself(t *testing.T) {
	f := newFixture(t, 5)
	f.block()
	f.without(idleAfter-1, 5)
	require.Empty(t, f.idle())
	require.Equal(t, []consortium.Absence{{Institution: 5, Blocks: idleAfter - 1}}, f.absences())

	f.begin([]crypto.Address{keyAddress(5)})
	require.Equal(t, []proto.Message{&consortium.EventValidatorIdled{Institution: 5}}, typed(t, f.ctx.EventManager().ABCIEvents()))
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(firstKey(5)), Power: 0}}, f.end())
	require.Equal(t, []uint64{5}, f.idle())
	f.without(2, 5) // CometBFT reports it for two more heights
	require.Empty(t, f.absences())

	f.begin(nil)
	f.must(&consortium.MsgDeclareNodes{Operator: operator(5)}) // idle members act as before
	require.Equal(t, []proto.Message{&consortium.EventValidatorReturned{Institution: 5}},
		f.events(&consortium.MsgReturnToDuty{Operator: operator(5)}))
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(firstKey(5)), Power: 1}}, f.end())
	f.blocks(3)
	require.Empty(t, f.idle())
}

func TestOneSignatureEndsAnAbsence(t *testing.T) {
	f := newFixture(t, 5)
	f.block()
	f.without(idleAfter-1, 5)
	f.block()
	require.Empty(t, f.absences())
	f.without(idleAfter-1, 5)
	require.Empty(t, f.idle())
}

func TestIdlingStopsAtFour(t *testing.T) {
	f := newFixture(t, 4)
	f.block()
	f.without(2*idleAfter, 1)
	require.Empty(t, f.idle())
	require.Equal(t, []consortium.Absence{{Institution: 1, Blocks: 2 * idleAfter}}, f.absences())

	f.begin([]crypto.Address{keyAddress(1)})
	f.must(f.admit(5))
	f.end()
	f.without(1, 1)
	require.Equal(t, []uint64{1}, f.idle(), "the fifth member makes room")
}

func TestIdlingStopsAtTwoThirdsOfThoseAdmitted(t *testing.T) {
	f := newFixture(t, 7)
	f.block()
	f.without(2*idleAfter, 1, 2, 3, 4)
	require.Len(t, f.idle(), 2)
	require.Len(t, f.absences(), 2)
}

func TestASuspensionEndsAnAbsence(t *testing.T) {
	f := newFixture(t, 5)
	f.block()
	f.without(idleAfter-2, 5)
	f.block(suspend(5))
	f.without(2, 5)
	require.Empty(t, f.absences())
	f.block(reinstate(5))
	f.without(idleAfter-1, 5)
	require.Empty(t, f.idle())
}

func TestADoubleSignerIsSuspendedAndNotIdledByTheSameBlock(t *testing.T) {
	f := newFixture(t, 6)
	f.block()
	f.without(idleAfter-1, 6)
	f.begin([]crypto.Address{keyAddress(6)}, double(keyAddress(6), f.ctx.BlockHeight()))
	f.end()
	f.requireStatus(6, consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN)
	require.Empty(t, f.idle())
	require.Empty(t, f.absences())
}

func TestAnAbsentOldKeyDoesNotCountAfterARotation(t *testing.T) {
	f := newFixture(t, 5)
	f.block()
	f.block(f.rotate(5, "new"))
	f.without(2, 5)
	require.Empty(t, f.absences())
}

func TestTheGroupsOfThoseWhoStayDecideWhoMayIdle(t *testing.T) {
	members := []consortium.Institution{member(1), member(2), member(3), member(4), member(5)}
	members[4].LegalGroup = members[3].LegalGroup // 5 waits behind 4
	f := newChain(t, genesis(t, members...))
	f.block()
	require.Len(t, f.sets[f.ctx.BlockHeight()+2].Validators, 4)
	f.without(idleAfter, 4)
	require.Equal(t, []uint64{4}, f.idle(), "5 takes its place")
	f.without(2*idleAfter, 3)
	require.Equal(t, []uint64{4}, f.idle())
}
