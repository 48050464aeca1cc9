package app_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// historian makes random blocks out of everything that can happen, good and
// bad, and remembers how often each happened.
type historian struct {
	*network
	random *rand.Rand
	// people are accounts that institutions compete for.
	people []account
	// validating are the addresses of the consensus keys that validate.
	validating map[string]bool
	// sequences are the next sequences of ordered transactions.
	sequences map[string]uint64
	// fresh counts keys, records, batches and members that were made.
	fresh uint64
	// proposals counts what was put to the vote, subject is what it is about.
	proposals, subject uint64
	// voters counts votes, so that all take part.
	voters   uint64
	happened map[string]int
	// claimed is the state of x/copyright at a height.
	claimed struct {
		height int64
		state  *copyright.GenesisState
	}
}

// write lets a chain live through random blocks.
func write(t *testing.T, n *network, seed uint64, blocks, txs int) *historian {
	t.Helper()
	h := &historian{
		network: n, random: rand.New(rand.NewPCG(seed, 1)), validating: make(map[string]bool),
		sequences: make(map[string]uint64), happened: make(map[string]int), fresh: 1000,
	}
	for _, m := range n.members {
		h.validating[string(m.consensusAddress())] = true
	}
	for p := range 12 {
		h.people = append(h.people, newAccount(t, 4, byte(p)))
	}
	h.decide(&consortium.MsgUpdateParams{Authority: app.Authority(), Params: consortium.Params{
		VotingPeriod: time.Minute, IdleAfterBlocks: 10,
	}})
	h.beginCare()
	h.beginClaims()
	h.proposals, h.subject = 3, 3
	for range blocks {
		h.step(1 + h.random.IntN(txs))
	}
	return h
}

// step runs a block of so many random transactions.
func (h *historian) step(txs int) {
	h.t.Helper()
	ops := h.operations()
	names := slices.Sorted(maps.Keys(ops))
	req := &abci.RequestFinalizeBlock{DecidedLastCommit: h.votes(), Misbehavior: h.evidence()}
	var of []string
	for range txs {
		name := names[h.random.IntN(len(names))]
		raw := ops[name]()
		if h.random.IntN(2) == 0 {
			h.check(raw) // what arrived before is verified only once
		}
		req.Txs, of = append(req.Txs, raw), append(of, name)
	}
	h.now = h.now.Add(time.Duration(1+h.random.IntN(4)) * time.Second)
	if h.random.IntN(30) == 0 {
		h.now = h.now.Add(13 * time.Hour) // nobody made blocks, and much has expired
	}
	req.Height, req.Time = h.LastBlockHeight()+1, h.now
	res := h.run(req)
	for at, result := range res.TxResults {
		h.note(of[at], result)
	}
	h.noteAccess(res)
	h.noteClaims(res)
	for _, event := range res.Events {
		h.happened[event.Type]++
	}
	for _, update := range res.ValidatorUpdates {
		h.happened["validator update"]++
		key, err := cryptoenc.PubKeyFromProto(update.PubKey)
		require.NoError(h.t, err)
		if delete(h.validating, string(key.Address())); update.Power > 0 {
			h.validating[string(key.Address())] = true
		}
	}
	require.NoError(h.t, h.Consortium.CheckInvariants(h.NewContext(true)))
	require.NoError(h.t, h.Records.CheckInvariants(h.NewContext(true)))
	require.NoError(h.t, h.Access.CheckInvariants(h.NewContext(true)))
	require.NoError(h.t, h.Copyright.CheckInvariants(h.NewContext(true)))
}

// note counts an outcome and learns from it.
func (h *historian) note(name string, result *abci.ExecTxResult) {
	if result.Code != 0 {
		h.happened[name+" refused"]++
		if result.Codespace == consortium.ModuleName && result.Code == consortium.ErrProposalClosed.ABCICode() {
			h.subject = h.proposals
		}
		return
	}
	h.happened[name]++
	if name == "proposal" {
		h.proposals++
	}
	if strings.HasSuffix(name, "vote") {
		var cast consortium.MsgCastVoteResponse
		unpackResponse(h.t, result, &cast)
		h.happened[cast.Status.String()]++
		if cast.Status != consortium.PROPOSAL_STATUS_OPEN {
			h.subject = h.proposals
		}
	}
}

// votes lets the third member be absent most of the time.
func (h *historian) votes() abci.CommitInfo {
	var info abci.CommitInfo
	absent := string(h.institutionKey(3))
	for _, address := range slices.Sorted(maps.Keys(h.validating)) {
		flag := cmtproto.BlockIDFlagCommit
		if address == absent && h.random.IntN(30) > 0 {
			flag = cmtproto.BlockIDFlagAbsent
		}
		info.Votes = append(info.Votes, abci.VoteInfo{Validator: abci.Validator{Address: []byte(address), Power: 1}, BlockIdFlag: flag})
	}
	return info
}

// institutionKey is the consensus address of an institution, or nil.
func (h *historian) institutionKey(number uint64) []byte {
	address, err := h.institution(number).ConsensusAddress()
	require.NoError(h.t, err)
	return address
}

// evidence accuses somebody now and then.
func (h *historian) evidence() []abci.Misbehavior {
	if h.random.IntN(25) > 0 {
		return nil
	}
	accused := h.institutionKey(h.number())
	if accused == nil {
		accused = []byte("twenty strange bytes")
	}
	return []abci.Misbehavior{{
		Type: abci.MisbehaviorType_DUPLICATE_VOTE, Validator: abci.Validator{Address: accused, Power: 1},
		Height: h.LastBlockHeight() - 1, Time: h.now, TotalVotingPower: 4,
	}}
}

// number is the number of a random institution.
func (h *historian) number() uint64 { return 1 + h.random.Uint64N(uint64(len(h.members))) }

func (h *historian) someone() member { return h.members[h.number()-1] }

// newKey returns a consensus key that nobody had.
func (h *historian) newKey() crypto.PrivKey {
	h.fresh++
	return ed25519.GenPrivKeyFromSecret([]byte{byte(h.fresh >> 8), byte(h.fresh), 1})
}

// proveKey signs a key for an institution.
func (h *historian) proveKey(i consortium.Institution, key crypto.PrivKey) (consortium.ConsensusKey, []byte) {
	public := consortium.NewKey(key.PubKey())
	i.ConsensusKey = &public
	message, err := consortium.KeyProofBytes(chainID, i)
	require.NoError(h.t, err)
	proof, err := key.Sign(message)
	require.NoError(h.t, err)
	return public, proof
}

// submit returns a proposal of a message.
func (h *historian) submit(msg sdk.Msg) []byte {
	proposer := h.someone().operator
	return h.sign(proposer, proposal(h.t, proposer, msg))
}
