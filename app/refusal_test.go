package app_test

import (
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// refusal is a transaction that no node takes and no block executes.
type refusal struct {
	name string
	make func(*scene) []byte
	want *errorsmod.Error
	// log is what the error must name.
	log string
	// undecodable says that the decoder refuses it. Blocks that hold such a
	// transaction are rejected; one that is executed all the same says no more
	// than that.
	undecodable bool
}

// scene is a network with whatever a refusal needs.
type scene struct {
	*network
	// active, suspended and removed are institutions of that status.
	active, suspended, removed member
	// retired is a participant whose roles have expired, former one who was
	// the operator of the active institution.
	retired, former account
	// used is a transaction that a block held.
	used []byte
}

// newScene prepares a chain of six hospitals. Two scenes are equal.
func newScene(t testing.TB) *scene {
	t.Helper()
	n := newNetworkOver(t, dbm.NewMemDB(), options{}, 6)
	s := &scene{
		network: n, active: n.members[0], suspended: n.members[4], removed: n.members[5],
		retired: newAccount(t, 3, 1), former: n.members[1].operator,
	}
	heir := newAccount(t, 3, 2)
	n.care(careBatch)
	n.mustBlock(n.sign(s.active.operator, enrolUntil(n.now.Add(2e9), s.active.operator, s.retired, consortium.ROLE_AUDITOR)))
	n.decide(&consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: s.suspended.number})
	n.decide(&consortium.MsgRemoveInstitution{Authority: app.Authority(), Institution: s.removed.number})
	n.mustBlock(n.sign(s.former, &consortium.MsgChangeOperator{Operator: s.former.Address(), NewOperator: heir.Address()}))
	n.members[1].operator = heir
	used := n.draft(s.active.operator, s.declare())
	used.body.TimeoutTimestamp = at(n.now.Add(ante.MaxUnorderedTimeout)) // the table takes a minute
	s.used = used.sign(t)
	n.mustBlock(s.used)
	return s
}

// declare is a message that always succeeds and that every schedule knows.
func (s *scene) declare() sdk.Msg { return declareNodes(s.active.operator) }

func declareNodes(operator account) sdk.Msg {
	return &consortium.MsgDeclareNodes{Operator: operator.Address()}
}

// changed returns an acceptable transaction after a change.
func changed(change func(*scene, *draft)) func(*scene) []byte {
	return func(s *scene) []byte {
		d := s.draft(s.active.operator, s.declare())
		change(s, d)
		return d.sign(s.t)
	}
}

// carrying returns a transaction that the active operator signs.
func carrying(msgs ...sdk.Msg) func(*scene) []byte {
	return func(s *scene) []byte { return s.sign(s.active.operator, msgs...) }
}

// expect checks codespace, code and what the log names.
func (r refusal) expect(t *testing.T, codespace string, code uint32, log string) {
	t.Helper()
	require.Equal(t, r.want.Codespace(), codespace, log)
	require.Equal(t, r.want.ABCICode(), code, log)
	require.Contains(t, log, r.log)
}

// try offers the refused transaction to the pool, to a validator and to a
// block. shadow is an equal chain that never sees it.
func (r refusal) try(t *testing.T, s, shadow *scene) {
	t.Helper()
	raw := r.make(s)
	checked := s.check(raw)
	r.expect(t, checked.Codespace, checked.Code, checked.Log)
	require.Zero(t, s.pooled())

	status := abci.ResponseProcessProposal_ACCEPT
	if r.undecodable {
		status = abci.ResponseProcessProposal_REJECT
	}
	processed, err := s.ProcessProposal(&abci.RequestProcessProposal{Height: s.LastBlockHeight() + 1, Time: s.now, Txs: [][]byte{raw}})
	require.NoError(t, err)
	require.Equal(t, status, processed.Status)

	res, without := s.block(raw), shadow.block()
	result := res.TxResults[0]
	if r.undecodable {
		r.want, r.log = sdkerrors.ErrTxDecode, ""
	}
	r.expect(t, result.Codespace, result.Code, result.Log)
	require.Equal(t, without.AppHash, res.AppHash, "the refused transaction changed the state")
}

// pooled is how many transactions the node would propose.
func (n *network) pooled() int {
	n.t.Helper()
	res, err := n.PrepareProposal(&abci.RequestPrepareProposal{Height: n.LastBlockHeight() + 1, Time: n.now, MaxTxBytes: 4 << 20})
	require.NoError(n.t, err)
	return len(res.Txs)
}

func TestARefusedTransactionSaysWhyAndChangesNothing(t *testing.T) {
	s, shadow := newScene(t), newScene(t)
	require.Equal(t, s.LastCommitID(), shadow.LastCommitID())
	seen := make(map[string]bool)
	for _, table := range [][]refusal{envelopeRefusals, bodyRefusals, wideRefusals, releaseRefusals, signerRefusals, timeRefusals} {
		for _, r := range table {
			require.False(t, seen[r.name], r.name)
			seen[r.name] = true
			t.Run(r.name, func(t *testing.T) { r.try(t, s, shadow) })
		}
	}
	accepted := s.sign(s.active.operator, s.declare())
	require.Zero(t, s.check(accepted).Code)
	s.mustBlock(accepted)
}

// facts is the state of the chain's own modules.
func (s *scene) facts() string {
	s.t.Helper()
	ctx := s.NewContext(true)
	members, err := s.Consortium.ExportGenesis(ctx)
	require.NoError(s.t, err)
	anchored, err := s.Records.ExportGenesis(ctx)
	require.NoError(s.t, err)
	used, err := s.Access.ExportGenesis(ctx)
	require.NoError(s.t, err)
	claimed, err := s.Copyright.ExportGenesis(ctx)
	require.NoError(s.t, err)
	var facts []byte
	for _, state := range []proto.Message{members, anchored, used, claimed} {
		facts = append(facts, s.Codec.MustMarshalJSON(state)...)
	}
	return string(facts)
}

// A message is executed only in a block, so its refusal costs the nonce.
func TestARefusedMessageSaysWhyAndChangesNoFact(t *testing.T) {
	s := newScene(t)
	vault := s.active.vault
	s.mustBlock(s.sign(vault, listed(vault, 1, leaf(1, 1)), batch(vault, 2)))
	s.refuses(t, recordRefusals, memberRefusals, accessRefusals)
}

// refuses tries refusals of messages: the pool takes each, a block refuses it, and
// nothing changes.
func (s *scene) refuses(t *testing.T, tables ...[]refusal) {
	t.Helper()
	before := s.facts()
	for _, r := range slices.Concat(tables...) {
		t.Run(r.name, func(t *testing.T) {
			raw := r.make(s)
			require.Zero(t, s.check(raw).Code)
			result := s.block(raw).TxResults[0]
			r.expect(t, result.Codespace, result.Code, result.Log)
			require.Equal(t, before, s.facts())
		})
	}
}
