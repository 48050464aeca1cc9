package app_test

import (
	"encoding/json"
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
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/consortium"
)

const chainID = "dmdl-test-1"

// begin is the time of genesis of every test chain.
var begin = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)

// member is an institution of a test chain, with its keys.
type member struct {
	number    uint64
	operator  ledger.Key
	vault     ledger.Key
	consensus crypto.PrivKey
}

// network is a running application with four hospitals, each with a vault, and
// a block clock.
type network struct {
	*app.App
	t       testing.TB
	members []member
	now     time.Time
	// nonce makes the timeouts of unordered transactions differ.
	nonce time.Duration
}

// options are application options by name.
type options map[string]any

// Get implements servertypes.AppOptions.
func (o options) Get(key string) any { return o[key] }

// seeded returns a key that is the same in every run.
func seeded(t testing.TB, parts ...byte) ledger.Key {
	t.Helper()
	key, err := ledger.KeyFromSeed(append(make([]byte, 32-len(parts)), parts...))
	require.NoError(t, err)
	return key
}

// newNetwork starts a chain of four hospitals over a memory database.
func newNetwork(t testing.TB) *network {
	return newNetworkOver(t, dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
}

func newNetworkOver(t testing.TB, db dbm.DB, o servertypes.AppOptions) *network {
	t.Helper()
	a, err := app.New(log.NewNopLogger(), db, o, baseapp.SetChainID(chainID))
	require.NoError(t, err)
	n := &network{App: a, t: t, now: begin}
	for at, name := range []string{"Alder", "Birch", "Cedar", "Douglas"} {
		n.members = append(n.members, member{
			number: uint64(at) + 1, operator: seeded(t, 1, byte(at)), vault: seeded(t, 2, byte(at)),
			consensus: ed25519.GenPrivKeyFromSecret([]byte(name)),
		})
	}
	doc := n.document()
	params := doc.Consensus.Params.ToProto()
	res, err := n.InitChain(&abci.RequestInitChain{
		ChainId: chainID, InitialHeight: 1, Time: begin, ConsensusParams: &params, AppStateBytes: doc.AppState,
	})
	require.NoError(t, err)
	require.Len(t, res.Validators, len(n.members))
	n.mustBlock()
	for _, m := range n.members {
		n.mustBlock(n.sign(m.operator, n.enrolVault(m)))
	}
	return n
}

// document is the genesis document of the test chain.
func (n *network) document() *genutiltypes.AppGenesis {
	n.t.Helper()
	var entries []genesis.Entry
	for _, m := range n.members {
		name := "Hospital " + string(rune('A'+m.number-1))
		entry := genesis.Entry{
			ChainID: chainID, Name: name, Kind: "INSTITUTION_KIND_HOSPITAL", LegalGroup: name,
			Operator: m.operator.Address(), Node: "0123456789012345678901234567890123456789@localhost:26656",
		}
		require.NoError(n.t, entry.Sign(m.consensus))
		entries = append(entries, entry)
	}
	doc, err := genesis.Gather(genesis.Codec{Codec: n.Codec, Basics: n.Basics}, chainID, begin, entries)
	require.NoError(n.t, err)
	return doc
}

// enrolVault is the message that makes a member's vault account a vault.
func (n *network) enrolVault(m member) *consortium.MsgEnrolParticipants {
	return &consortium.MsgEnrolParticipants{Operator: m.operator.Address(), Enrolments: []consortium.Enrolment{{
		Address: m.vault.Address(), Person: make([]byte, consortium.PersonSize),
		Roles: []consortium.RoleGrant{{Role: consortium.ROLE_VAULT, ExpiresAt: begin.AddDate(1, 0, 0)}},
	}}}
}

// sign returns an unordered transaction that declares what the schedule asks.
func (n *network) sign(key ledger.Key, msgs ...sdk.Msg) []byte {
	n.t.Helper()
	n.nonce++
	timeout := n.now.Add(time.Minute + n.nonce)
	raw, err := ledger.SignUnordered(chainID, n.accountNumber(key), key, 0, timeout, msgs...)
	require.NoError(n.t, err)
	gas, _, err := n.Simulate(raw)
	require.NoError(n.t, err)
	raw, err = ledger.SignUnordered(chainID, n.accountNumber(key), key, gas.GasUsed+100, timeout, msgs...)
	require.NoError(n.t, err)
	return raw
}

// block runs one block holding the transactions.
func (n *network) block(txs ...[]byte) *abci.ResponseFinalizeBlock {
	n.t.Helper()
	n.now = n.now.Add(time.Second)
	res, err := n.FinalizeBlock(&abci.RequestFinalizeBlock{Height: n.LastBlockHeight() + 1, Time: n.now, Txs: txs})
	require.NoError(n.t, err)
	_, err = n.Commit()
	require.NoError(n.t, err)
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

// accountNumber is what signatures of an account name, or 0 if there is none.
func (n *network) accountNumber(key ledger.Key) uint64 {
	account := n.Account(n.NewContext(true), sdk.AccAddress(key.PubKey().Address()))
	if account == nil {
		return 0
	}
	return account.GetAccountNumber()
}

// consensusAddress is the address that votes and evidence name.
func (m member) consensusAddress() []byte {
	return m.consensus.PubKey().Address()
}

func TestTheStateOfTheLastBlockIsServed(t *testing.T) {
	n := newNetwork(t)
	request, err := (&consortium.QueryInstitutionRequest{Number: 2}).Marshal()
	require.NoError(t, err)
	res, err := n.Query(t.Context(), &abci.RequestQuery{Path: "/dmdl.consortium.v1.Query/Institution", Data: request})
	require.NoError(t, err)
	require.Zero(t, res.Code, res.Log)
	var answer consortium.QueryInstitutionResponse
	require.NoError(t, answer.Unmarshal(res.Value))
	require.Equal(t, n.members[1].operator.Address(), answer.Institution.Operator)
	require.True(t, answer.Validating)
	require.True(t, json.Valid(app.OpenAPI))
}
