package keeper_test

import (
	"fmt"
	"strings"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/secp256k1"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// rotate is a valid message that gives an institution of the fixture another
// key.
func (f *fixture) rotate(number uint64, key string) *consortium.MsgRotateConsensusKey {
	i := f.institution(number)
	return &consortium.MsgRotateConsensusKey{
		Operator: i.Operator, ConsensusKey: *publicKey(privateKey(key)), Proof: prove(f.t, i, privateKey(key)),
	}
}

func TestARotatedKeyReplacesTheOldOneInOneStep(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	require.Equal(t, []proto.Message{&consortium.EventConsensusKeyChanged{
		Institution: 2, ConsensusAddress: privateKey("new").PubKey().Address().String(),
	}}, f.events(f.rotate(2, "new")))
	require.Equal(t, []abci.ValidatorUpdate{
		{PubKey: cometKey(privateKey("new")), Power: 1}, {PubKey: cometKey(firstKey(2)), Power: 0},
	}, f.end())
}

func TestOnlyTheLastOfTwoRotationsInABlockReachesCometBFT(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	f.must(f.rotate(2, "new"))
	f.must(f.rotate(2, "newer"))
	require.Equal(t, []abci.ValidatorUpdate{
		{PubKey: cometKey(privateKey("newer")), Power: 1}, {PubKey: cometKey(firstKey(2)), Power: 0},
	}, f.end())
}

func TestRotateConsensusKeyRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fixture, *consortium.MsgRotateConsensusKey)
		err  error
	}{
		"a stranger":            {func(_ *fixture, m *consortium.MsgRotateConsensusKey) { m.Operator = of("eve") }, consortium.ErrStranger},
		"a participant":         {func(_ *fixture, m *consortium.MsgRotateConsensusKey) { m.Operator = of("own") }, consortium.ErrNotOperator},
		"a suspended validator": {func(_ *fixture, m *consortium.MsgRotateConsensusKey) { m.Operator = operator(5) }, consortium.ErrSuspended},
		"no key":                {func(_ *fixture, m *consortium.MsgRotateConsensusKey) { m.ConsensusKey = consortium.ConsensusKey{} }, consortium.ErrInvalid},
		"a key of the wrong size": {func(_ *fixture, m *consortium.MsgRotateConsensusKey) {
			m.ConsensusKey = consortium.ConsensusKey{Type: "ed25519", Value: []byte{1}}
		}, consortium.ErrInvalid},
		"a key type that the chain lacks": {func(f *fixture, m *consortium.MsgRotateConsensusKey) {
			m.ConsensusKey = *publicKey(postQuantumKey(f.t))
			m.Proof = prove(f.t, f.institution(1), postQuantumKey(f.t))
		}, consortium.ErrKeyType},
		"a key type that validators never have": {func(_ *fixture, m *consortium.MsgRotateConsensusKey) {
			m.ConsensusKey = *publicKey(secp256k1.GenPrivKey())
		}, consortium.ErrInvalid},
		"no proof": {func(_ *fixture, m *consortium.MsgRotateConsensusKey) { m.Proof = nil }, consortium.ErrKeyProof},
		"a proof for another institution": {func(f *fixture, m *consortium.MsgRotateConsensusKey) {
			m.Proof = prove(f.t, f.institution(2), privateKey("new"))
		}, consortium.ErrKeyProof},
		"the present key": {func(f *fixture, m *consortium.MsgRotateConsensusKey) {
			m.ConsensusKey, m.Proof = *publicKey(firstKey(1)), prove(f.t, f.institution(1), firstKey(1))
		}, consortium.ErrKeyUsed},
		"another's key": {func(f *fixture, m *consortium.MsgRotateConsensusKey) {
			m.ConsensusKey, m.Proof = *publicKey(firstKey(2)), prove(f.t, f.institution(1), firstKey(2))
		}, consortium.ErrKeyUsed},
		"the key of a removed institution": {func(f *fixture, m *consortium.MsgRotateConsensusKey) {
			m.ConsensusKey, m.Proof = *publicKey(firstKey(6)), prove(f.t, f.institution(1), firstKey(6))
		}, consortium.ErrKeyUsed},
		"a key that it gave up": {func(f *fixture, m *consortium.MsgRotateConsensusKey) {
			f.must(f.rotate(1, "between"))
			f.end()
			f.begin(nil)
			m.ConsensusKey, m.Proof = *publicKey(firstKey(1)), prove(f.t, f.institution(1), firstKey(1))
		}, consortium.ErrKeyUsed},
		"an institution without a key": {func(f *fixture, m *consortium.MsgRotateConsensusKey) {
			msg := f.admit(7)
			msg.ConsensusKey, msg.Proof = nil, nil
			f.must(msg)
			m.Operator = operator(7)
		}, consortium.ErrNotValidator},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			msg := f.rotate(1, "new")
			tc.edit(f, msg)
			f.refuses(msg, tc.err)
		})
	}
}

func TestOnlyTheIdleReturnToDuty(t *testing.T) {
	f := newCourt(t)
	f.refuses(&consortium.MsgReturnToDuty{Operator: operator(1)}, consortium.ErrNotIdle)
	f.refuses(&consortium.MsgReturnToDuty{Operator: of("own")}, consortium.ErrNotOperator)
	f.refuses(&consortium.MsgReturnToDuty{Operator: operator(5)}, consortium.ErrSuspended)
}

func TestANewOperatorTakesOverAndTheOldOneNeverActsAgain(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	require.Equal(t, []proto.Message{&consortium.EventOperatorChanged{Institution: 1, Operator: of("heir")}},
		f.events(&consortium.MsgChangeOperator{Operator: operator(1), NewOperator: strings.ToUpper(of("heir"))}))
	require.True(t, f.hasAccount("heir"))
	require.Equal(t, of("heir"), f.institution(1).Operator)

	f.refuses(&consortium.MsgDeclareNodes{Operator: operator(1)}, consortium.ErrNotOperator)
	f.must(&consortium.MsgDeclareNodes{Operator: of("heir")})
	for _, msg := range []*consortium.MsgChangeOperator{
		{Operator: of("heir"), NewOperator: operator(1)},
		{Operator: operator(2), NewOperator: operator(1)},
	} {
		f.refuses(msg, consortium.ErrAccountTaken)
	}
	f.end()
}

func TestChangeOperatorRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*consortium.MsgChangeOperator)
		err  error
	}{
		"a stranger as signer":      {func(m *consortium.MsgChangeOperator) { m.Operator = of("eve") }, consortium.ErrStranger},
		"a participant as signer":   {func(m *consortium.MsgChangeOperator) { m.Operator = of("own") }, consortium.ErrNotOperator},
		"a text that is no address": {func(m *consortium.MsgChangeOperator) { m.NewOperator = "heir" }, consortium.ErrInvalid},
		"an account of 32 bytes":    {func(m *consortium.MsgChangeOperator) { m.NewOperator = text(make([]byte, 32)) }, consortium.ErrInvalid},
		"the same operator":         {func(m *consortium.MsgChangeOperator) { m.NewOperator = operator(1) }, consortium.ErrAccountTaken},
		"another's operator":        {func(m *consortium.MsgChangeOperator) { m.NewOperator = operator(2) }, consortium.ErrAccountTaken},
		"a removed operator":        {func(m *consortium.MsgChangeOperator) { m.NewOperator = operator(6) }, consortium.ErrAccountTaken},
		"a participant":             {func(m *consortium.MsgChangeOperator) { m.NewOperator = of("own") }, consortium.ErrAccountTaken},
		"the module's own account":  {func(m *consortium.MsgChangeOperator) { m.NewOperator = authority }, consortium.ErrAccountTaken},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			msg := &consortium.MsgChangeOperator{Operator: operator(1), NewOperator: of("heir")}
			tc.edit(msg)
			f.refuses(msg, tc.err)
		})
	}
}

func nodeID(n int) string { return fmt.Sprintf("%040x", n) }

func TestPeersAcceptTheNodesThatActiveMembersDeclared(t *testing.T) {
	f := newFixture(t, 5)
	f.begin(nil)
	msg := &consortium.MsgDeclareNodes{Operator: operator(5), Nodes: []string{nodeID(1), nodeID(2) + "@node2.example.org:26656"}}
	require.Equal(t, []proto.Message{&consortium.EventNodesDeclared{Institution: 5, Count: 2}}, f.events(msg))
	f.end()
	accepts := func(id string) bool {
		member, err := f.keeper.IsMemberNode(f.ctx, id)
		require.NoError(t, err)
		return member
	}
	require.True(t, accepts(nodeID(1)))
	require.True(t, accepts(nodeID(2)))
	require.False(t, accepts(nodeID(3)))
	require.False(t, accepts(""))

	f.block(&consortium.MsgDeclareNodes{Operator: operator(5), Nodes: []string{nodeID(3)}})
	require.False(t, accepts(nodeID(1)))
	require.True(t, accepts(nodeID(3)))
	f.block(&consortium.MsgSuspendInstitution{Authority: authority, Institution: 5})
	require.False(t, accepts(nodeID(3)))
}

func TestDeclareNodesRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		operator string
		nodes    []string
		err      error
	}{
		"a stranger":              {of("eve"), nil, consortium.ErrStranger},
		"a participant":           {of("own"), nil, consortium.ErrNotOperator},
		"a removed institution":   {operator(6), nil, consortium.ErrRemoved},
		"a short id":              {operator(1), []string{nodeID(1)[1:]}, consortium.ErrInvalid},
		"an id in capitals":       {operator(1), []string{strings.Repeat("A", 40)}, consortium.ErrInvalid},
		"an id twice":             {operator(1), []string{nodeID(1), nodeID(1) + "@h:1"}, consortium.ErrInvalid},
		"an address without port": {operator(1), []string{nodeID(1) + "@node.example.org"}, consortium.ErrInvalid},
		"more than 16":            {operator(1), make([]string, consortium.MaxNodes+1), consortium.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			f.refuses(&consortium.MsgDeclareNodes{Operator: tc.operator, Nodes: tc.nodes}, tc.err)
		})
	}
}
