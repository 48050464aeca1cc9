package app_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

const chainID = "dmdl-test-1"

// begin is the time of genesis of every test chain.
var begin = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)

// member is an institution of a test chain, with its keys.
type member struct {
	number    uint64
	operator  account
	vault     account
	consensus crypto.PrivKey
}

// network is a running application with hospitals, each with a vault, and a
// block clock. Equal calls on two networks make equal blocks.
type network struct {
	*app.App
	t testing.TB
	// chain is the id that transactions are signed for.
	chain   string
	members []member
	now     time.Time
	// nonce makes the timeouts of unordered transactions differ.
	nonce time.Duration
	// sequence counts the records that benchmarks anchor.
	sequence uint64
	// blocks are all blocks so far.
	blocks []ran
}

// ran is a block and what came of it.
type ran struct {
	req *abci.RequestFinalizeBlock
	res *abci.ResponseFinalizeBlock
}

// options are application options by name.
type options map[string]any

// Get implements servertypes.AppOptions.
func (o options) Get(key string) any { return o[key] }

// newNetwork starts a chain of four hospitals over a memory database.
func newNetwork(t testing.TB) *network {
	t.Helper()
	return newNetworkOver(t, dbm.NewMemDB(), options{}, 4)
}

// newNetworkOver starts a chain of so many hospitals and enrols their vaults.
func newNetworkOver(t testing.TB, db dbm.DB, o servertypes.AppOptions, hospitals int, base ...func(*baseapp.BaseApp)) *network {
	t.Helper()
	n := newGenesis(t, db, o, hospitals, base...)
	n.mustBlock()
	var enrolments [][]byte
	for _, m := range n.members {
		enrolments = append(enrolments, n.sign(m.operator, enrol(m.operator, m.vault, consortium.ROLE_VAULT)))
	}
	n.mustBlock(enrolments...)
	return n
}

// newGenesis starts a chain without a block.
func newGenesis(t testing.TB, db dbm.DB, o servertypes.AppOptions, hospitals int, base ...func(*baseapp.BaseApp)) *network {
	t.Helper()
	n := &network{App: newApp(t, db, o, chainID, base...), t: t, chain: chainID, now: begin}
	for at := range hospitals {
		n.members = append(n.members, newMember(t, uint64(at)+1))
	}
	res := n.begin(n.document())
	require.Len(t, res.Validators, hospitals)
	return n
}

func newApp(t testing.TB, db dbm.DB, o servertypes.AppOptions, chainID string, base ...func(*baseapp.BaseApp)) *app.App {
	t.Helper()
	a, err := app.New(log.NewNopLogger(), db, o, append(base, baseapp.SetChainID(chainID))...)
	require.NoError(t, err)
	return a
}

// newMember returns the member of a number, with the same keys in every run.
func newMember(t testing.TB, number uint64) member {
	t.Helper()
	return member{
		number: number, operator: newAccount(t, 1, byte(number)), vault: newAccount(t, 2, byte(number)),
		consensus: ed25519.GenPrivKeyFromSecret([]byte{byte(number)}),
	}
}

// entry is what the member brings to the ceremony.
func (m member) entry(t testing.TB) genesis.Entry {
	t.Helper()
	name := fmt.Sprintf("Hospital %02d", m.number)
	entry := genesis.Entry{
		ChainID: chainID, Name: name, Kind: "INSTITUTION_KIND_HOSPITAL", LegalGroup: name,
		Operator: m.operator.Address(), Node: fmt.Sprintf("%040d@localhost:26656", m.number),
	}
	require.NoError(t, entry.Sign(m.consensus))
	return entry
}

// consensusAddress is the address that votes and evidence name.
func (m member) consensusAddress() []byte { return m.consensus.PubKey().Address() }

// codec is what the genesis package works with.
func codec(a *app.App) genesis.Codec { return genesis.Codec{Codec: a.Codec, Basics: a.Basics} }

// document is the genesis document of the test chain.
func (n *network) document() *genutiltypes.AppGenesis {
	n.t.Helper()
	var entries []genesis.Entry
	for _, m := range n.members {
		entries = append(entries, m.entry(n.t))
	}
	doc, err := genesis.Gather(codec(n.App), chainID, begin, entries)
	require.NoError(n.t, err)
	return doc
}

// begin starts the chain of a document.
func (n *network) begin(doc *genutiltypes.AppGenesis) *abci.ResponseInitChain {
	n.t.Helper()
	params := doc.Consensus.Params.ToProto()
	res, err := n.InitChain(&abci.RequestInitChain{
		ChainId: doc.ChainID, InitialHeight: doc.InitialHeight, Time: doc.GenesisTime, ConsensusParams: &params, AppStateBytes: doc.AppState,
	})
	require.NoError(n.t, err)
	return res
}

// block runs one block holding the transactions, a second after the last.
func (n *network) block(txs ...[]byte) *abci.ResponseFinalizeBlock {
	n.t.Helper()
	return n.blockAt(n.now.Add(time.Second), txs...)
}

// blockAt runs one block of a time.
func (n *network) blockAt(at time.Time, txs ...[]byte) *abci.ResponseFinalizeBlock {
	n.t.Helper()
	n.now = at
	return n.run(&abci.RequestFinalizeBlock{Height: n.LastBlockHeight() + 1, Time: n.now, Txs: txs})
}

func (n *network) run(req *abci.RequestFinalizeBlock) *abci.ResponseFinalizeBlock {
	n.t.Helper()
	res, err := n.FinalizeBlock(req)
	require.NoError(n.t, err)
	require.Len(n.t, res.TxResults, len(req.Txs))
	_, err = n.Commit()
	require.NoError(n.t, err)
	n.blocks = append(n.blocks, ran{req, res})
	return res
}

// mustBlock runs a block in which every transaction succeeds.
func (n *network) mustBlock(txs ...[]byte) *abci.ResponseFinalizeBlock {
	n.t.Helper()
	res := n.block(txs...)
	for _, result := range res.TxResults {
		require.Zero(n.t, result.Code, result.Log)
	}
	return res
}

// check hands a transaction to CheckTx.
func (n *network) check(raw []byte) *abci.ResponseCheckTx {
	n.t.Helper()
	res, err := n.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_New})
	require.NoError(n.t, err)
	return res
}

// decide puts messages to the vote and lets every member in turn vote for them
// until they are executed.
func (n *network) decide(msgs ...sdk.Msg) {
	n.t.Helper()
	res := n.mustBlock(n.sign(n.members[0].operator, proposal(n.t, n.members[0].operator, msgs...)))
	var submitted consortium.MsgSubmitProposalResponse
	unpackResponse(n.t, res.TxResults[0], &submitted)
	for _, m := range n.members {
		res := n.mustBlock(n.sign(m.operator, vote(m.operator, submitted.Id)))
		var cast consortium.MsgCastVoteResponse
		unpackResponse(n.t, res.TxResults[0], &cast)
		if cast.Status != consortium.PROPOSAL_STATUS_OPEN {
			require.Equal(n.t, consortium.PROPOSAL_STATUS_EXECUTED, cast.Status)
			return
		}
	}
	require.Fail(n.t, "nobody is left to vote")
}

// institution returns the institution of a number.
func (n *network) institution(number uint64) consortium.Institution {
	n.t.Helper()
	var answer consortium.QueryInstitutionResponse
	n.ask("/dmdl.consortium.v1.Query/Institution", &consortium.QueryInstitutionRequest{Number: number}, &answer)
	return answer.Institution
}

// ask calls a query of the application.
func (n *network) ask(path string, request, answer interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
},
) {
	n.t.Helper()
	data, err := request.Marshal()
	require.NoError(n.t, err)
	res, err := n.Query(n.t.Context(), &abci.RequestQuery{Path: path, Data: data})
	require.NoError(n.t, err)
	require.Zero(n.t, res.Code, res.Log)
	require.NoError(n.t, answer.Unmarshal(res.Value))
}

func TestTheStateOfTheLastBlockIsServed(t *testing.T) {
	n := newNetwork(t)
	var answer consortium.QueryInstitutionResponse
	n.ask("/dmdl.consortium.v1.Query/Institution", &consortium.QueryInstitutionRequest{Number: 2}, &answer)
	require.Equal(t, n.members[1].operator.Address(), answer.Institution.Operator)
	require.True(t, answer.Validating)
	require.True(t, json.Valid(app.OpenAPI))
}

func TestAStoreIsReadByKeyAndNeverListed(t *testing.T) {
	n := newNetwork(t)
	for _, data := range [][]byte{nil, {1}} {
		res, err := n.Query(t.Context(), &abci.RequestQuery{Path: "/store/consortium/subspace", Data: data})
		require.NoError(t, err)
		require.Equal(t, sdkerrors.ErrUnknownRequest.ABCICode(), res.Code, res.Log)
		require.Empty(t, res.Value)
	}
	res, err := n.Query(t.Context(), &abci.RequestQuery{Path: "/store/consortium/key", Data: consortium.ParamsPrefix, Prove: true})
	require.NoError(t, err)
	require.NotEmpty(t, res.Value, res.Log)
	require.NotEmpty(t, res.ProofOps.Ops)
}
