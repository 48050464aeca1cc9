package app_test

import (
	"math"
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app/lanes"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// propose lets a node propose a block.
func (n *network) propose(at time.Time, maxBytes int64) [][]byte {
	n.t.Helper()
	res, err := n.PrepareProposal(&abci.RequestPrepareProposal{Height: n.LastBlockHeight() + 1, Time: at, MaxTxBytes: maxBytes})
	require.NoError(n.t, err)
	return res.Txs
}

// accepts says whether a validator would vote for a block.
func (n *network) accepts(txs ...[]byte) bool {
	n.t.Helper()
	res, err := n.ProcessProposal(&abci.RequestProcessProposal{Height: n.LastBlockHeight() + 1, Time: n.now, Txs: txs})
	require.NoError(n.t, err)
	return res.Status == abci.ResponseProcessProposal_ACCEPT
}

// drawn returns a random signed transaction. Some expire soon, some become
// invalid by others, and some are refused at once.
func drawn(rt *rapid.T, n *network, sequences map[string]uint64) []byte {
	m := n.members[rapid.IntRange(0, len(n.members)-1).Draw(rt, "member")]
	var d *draft
	switch rapid.IntRange(0, 8).Draw(rt, "kind") {
	case 0:
		n.sequence++
		leaves := make([]records.Leaf, rapid.IntRange(1, records.MaxListedLeaves).Draw(rt, "records"))
		for i := range leaves {
			leaves[i] = leaf(uint64(i), 1)
		}
		d = n.draft(m.vault, listed(m.vault, n.sequence, leaves...))
	case 1:
		d = n.draft(m.vault, batch(m.vault, rapid.Uint64Range(1, 5).Draw(rt, "batch")))
	case 2: // whatever the vault has in the pool fails from then on
		d = n.draft(m.operator, &consortium.MsgWithdrawRoles{Operator: m.operator.Address(), Participant: m.vault.Address()})
	case 3:
		d = n.draft(m.operator, enrol(m.operator, newAccount(n.t, 8, byte(m.number)), consortium.ROLE_AUDITOR))
	case 4:
		d = n.draft(m.operator, vote(m.operator, 1))
	case 5:
		d = n.draft(m.vault, release(m.vault, access.TicketId{Institution: 1, Number: rapid.Uint64Range(1, 3).Draw(rt, "ticket")}, record(1, 1, 0)))
	case 6:
		clinician := n.ward(m.number).staff
		d = n.draft(clinician, breakGlass(clinician, subject(1), 1))
	case 7:
		claimant := n.ward(m.number).rights
		d = n.draft(claimant, program(claimant, copyright.Parent{
			Work: copyright.WorkId{Institution: m.number, Number: rapid.Uint64Range(1, 20).Draw(rt, "parent")}, Relation: copyright.RELATION_REVISION,
		}), program(claimant))
	default:
		d = n.ordered(m.operator, sequences[m.operator.Address()], declareNodes(m.operator))
		sequences[m.operator.Address()] += rapid.Uint64Range(0, 1).Draw(rt, "step")
	}
	if d.body.Unordered {
		life := time.Duration(rapid.IntRange(1, 120).Draw(rt, "seconds")) * time.Second
		d.body.TimeoutTimestamp = at(n.now.Add(life - n.nonce))
	}
	d.auth.Fee.GasLimit += uint64(rapid.IntRange(0, 15_000).Draw(rt, "gas"))
	return d.sign(n.t)
}

// afresh lets what is pooled expire and makes every vault a vault again.
func afresh(rt *rapid.T, proposer, validator *network) {
	at := proposer.now.Add(3 * time.Minute)
	oneBlock(rt, proposer, validator, at, 0)
	for _, m := range proposer.members {
		res := proposer.check(proposer.sign(m.operator, enrol(m.operator, m.vault, consortium.ROLE_VAULT)))
		require.Zero(rt, res.Code, res.Log)
	}
	oneBlock(rt, proposer, validator, at.Add(time.Second), 4<<20)
}

// sequenceOf is the next sequence of an account.
func (n *network) sequenceOf(who account) uint64 {
	return n.Account(n.NewContext(true), sdk.AccAddress(who.PubKey().Address())).GetSequence()
}

func TestWhatOneProposesTheOthersAccept(t *testing.T) {
	proposer, validator := newNetwork(t), newNetwork(t)
	for _, n := range []*network{proposer, validator} {
		for _, m := range n.members {
			n.mustBlock(n.hire(m))
		}
	}
	proposed := 0
	rapid.Check(t, func(rt *rapid.T) {
		afresh(rt, proposer, validator)
		for range 3 {
			sequences := make(map[string]uint64)
			for _, m := range proposer.members {
				sequences[m.operator.Address()] = proposer.sequenceOf(m.operator)
			}
			for range rapid.IntRange(0, 15).Draw(rt, "txs") {
				proposer.check(drawn(rt, proposer, sequences))
			}
			at := proposer.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(rt, "pause")) * time.Second)
			most := rapid.SampledFrom([]int64{-1, 0, 500, 20_000, 4 << 20}).Draw(rt, "bytes")
			proposed += oneBlock(rt, proposer, validator, at, most)
		}
	})
	require.NotZero(t, proposed, "every proposal was empty")
}

// oneBlock lets one node propose, both execute and the proposer clean up. It
// returns how many transactions the block held.
func oneBlock(t require.TestingT, proposer, validator *network, at time.Time, most int64) int {
	txs := proposer.propose(at, most)
	require.LessOrEqual(t, cmttypes.ComputeProtoSizeForTxs(cmttypes.ToTxs(txs)), max(most, 0))
	validator.now = at
	require.True(t, validator.accepts(txs...))
	require.True(t, proposer.accepts(txs...))
	requireReleasesLast(t, proposer, txs)
	made, followed := proposer.blockAt(at, txs...), validator.blockAt(at, txs...)
	requireSame(t, made, followed)
	for _, result := range made.TxResults {
		require.NotEqual(t, errorsmod.UndefinedCodespace, result.Codespace, result.Log)
	}
	for _, raw := range txs {
		res, err := proposer.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_Recheck})
		require.NoError(t, err)
		require.Equal(t, lanes.ErrNotPooled.ABCICode(), res.Code, res.Log)
	}
	for _, raw := range proposer.propose(at.Add(time.Second), 4<<20) {
		require.False(t, slices.ContainsFunc(txs, func(ran []byte) bool { return string(ran) == string(raw) }), "proposed again")
	}
	return len(txs)
}

// requireReleasesLast says whether releases stand behind all else of a block.
func requireReleasesLast(t require.TestingT, n *network, txs [][]byte) {
	released := false
	for _, raw := range txs {
		tx, err := n.TxConfig.TxDecoder()(raw)
		require.NoError(t, err)
		_, releases := tx.GetMsgs()[0].(*access.MsgRelease)
		require.True(t, releases || !released, "something stands behind a release")
		released = released || releases
	}
}

func TestAMaliciousProposersBlockIsRejected(t *testing.T) {
	n := newNetwork(t)
	operator := n.members[0].operator
	good := n.sign(operator, declareNodes(operator))
	require.True(t, n.accepts())
	require.True(t, n.accepts(good))
	withGas := func(gas uint64) []byte {
		d := n.draft(operator, declareNodes(operator))
		d.auth.Fee.GasLimit = gas
		return d.sign(t)
	}
	sized := func(bytes int) []byte {
		d := n.draft(operator, declareNodes(operator))
		d.body.Memo = string(make([]byte, bytes)) // what executes it is not asked
		return d.sign(t)
	}
	large := func(count, bytes int) (txs [][]byte) {
		for range count {
			txs = append(txs, sized(bytes))
		}
		return txs
	}
	vault := n.members[0].vault
	released := n.sign(vault, release(vault, access.TicketId{Institution: 2, Number: 1}, record(1, 1, 0)))
	require.True(t, n.accepts(good, released))
	blockGas := uint64(genesis.ConsensusParams().Block.MaxGas)
	require.True(t, n.accepts(withGas(blockGas-1), withGas(1)))
	require.True(t, n.accepts(large(16, 250_000)...))
	for name, txs := range map[string][][]byte{
		"empty transaction":   {good, nil},
		"noise":               {good, []byte("noise")},
		"truncated":           {good[:len(good)-1]},
		"something behind":    {append(slices.Clone(good), 0)},
		"twice the same":      {good, withGas(60_000), good},
		"behind a release":    {released, good},
		"too much gas":        {withGas(blockGas - 1), withGas(2)},
		"gas that overflows":  {withGas(math.MaxUint64), withGas(2)},
		"too many bytes":      large(17, 250_000),
		"one too large":       {sized(256 << 10)},
		"too many of them":    large(lanes.MaxTxs+1, 0),
		"hidden in the total": append(large(16, 250_000), sized(200_000)),
	} {
		require.False(t, n.accepts(txs...), name)
	}
}
