package app_test

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/config"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// instance is a way to run a node.
type instance struct {
	name string
	// db is a kind of database, or empty for one in memory.
	db dbm.BackendType
	// options choose the executor.
	options options
	// processors is GOMAXPROCS while the instance runs, or 0 to leave it.
	processors int
	// checks says that all transactions arrive before their blocks do.
	checks bool
}

var parallel = options{server.FlagBlockExecutor: config.BlockExecutorBlockSTM, server.FlagBlockSTMWorkers: 4}

var instances = []instance{
	{name: "one after the other on one processor", processors: 1},
	{name: "one after the other on two processors", processors: 2, checks: true},
	{name: "in parallel on one processor", options: parallel, processors: 1},
	{name: "in parallel on two processors", options: parallel, processors: 2, checks: true},
	{name: "goleveldb", db: dbm.GoLevelDBBackend},
	{name: "pebbledb", db: dbm.PebbleDBBackend, options: parallel},
}

// replay runs the blocks on a fresh instance and compares what came of them.
func (i instance) replay(t *testing.T, blocks []ran, hospitals int) *network {
	t.Helper()
	if i.processors > 0 {
		before := runtime.GOMAXPROCS(i.processors)
		defer runtime.GOMAXPROCS(before)
	}
	var db dbm.DB = dbm.NewMemDB()
	if i.db != "" {
		var err error
		db, err = dbm.NewDB("application", i.db, t.TempDir())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
	}
	n := newGenesis(t, db, i.options, hospitals)
	for _, block := range blocks {
		for _, raw := range block.req.Txs {
			if i.checks {
				n.check(raw)
			}
		}
		requireSame(t, block.res, n.run(block.req))
	}
	return n
}

// requireSame compares what a block leads to and what CometBFT agrees on.
func requireSame(t require.TestingT, want, got *abci.ResponseFinalizeBlock) {
	require.Equal(t, want.AppHash, got.AppHash)
	require.Equal(t, cmttypes.NewResults(want.TxResults).Hash(), cmttypes.NewResults(got.TxResults).Hash())
	require.Equal(t, want.ValidatorUpdates, got.ValidatorUpdates)
	require.Equal(t, want.ConsensusParamUpdates, got.ConsensusParamUpdates)
	for at, result := range want.TxResults {
		require.Equal(t, result.Code, got.TxResults[at].Code)
		require.Equal(t, result.Codespace, got.TxResults[at].Codespace)
		require.Equal(t, result.Data, got.TxResults[at].Data)
		require.Equal(t, result.GasWanted, got.TxResults[at].GasWanted)
		require.Equal(t, result.GasUsed, got.TxResults[at].GasUsed)
	}
}

func TestEqualBlocksGiveEqualResultsHoweverTheyAreRun(t *testing.T) {
	const hospitals = 8
	h := write(t, newNetworkOver(t, dbm.NewMemDB(), options{}, hospitals), 5, 120, 60)
	for _, event := range []string{
		"anchor", "anchor refused", "batch", "batch refused", "enrol", "enrol refused", "withdraw", "by a person", "by a person refused",
		"ordered", "ordered refused", "rotate", "return", "proposal", "vote", "repeated refused", "noise refused", "strange refused",
		"validator update", "dmdl.consortium.v1.EventDoubleSigned", "dmdl.consortium.v1.EventValidatorIdled",
		"dmdl.consortium.v1.EventInstitutionStatusChanged", "PROPOSAL_STATUS_EXECUTED", "PROPOSAL_STATUS_FAILED",
		"enrol patients", "enrol patients refused", "controller", "controller refused", "delegate", "delegate refused", "grant", "grant refused",
		"withdraw consents", "withdraw consents refused", "publish", "publish refused", "request", "request refused", "break glass",
		"review", "review refused", "release", "release refused", "receive", "receive refused", "refuse", "refuse refused",
		"dispute", "dispute refused", "late", "late refused", `"DISCLOSURE_KIND_RELEASE"`, `"DISCLOSURE_KIND_RECEIPT"`,
		`"DISCLOSURE_KIND_REFUSAL"`, `"DISCLOSURE_KIND_REVIEW"`,
		"claim", "claim refused", "derive", "derive refused", "attest", "attest refused", "contest", "contest refused", "give way",
		"give way refused", "notify", "notify refused", "offer", "offer refused", "ask", "ask refused", "answer", "answer refused", "licence",
		"licence refused", `"WORK_STATUS_CONTESTED"`, `"WORK_STATUS_WITHDRAWN"`, `"WORK_STATUS_REJECTED"`, `"CONTEST_STATUS_WITHDRAWN"`,
		`"CONTEST_STATUS_SUSTAINED"`, `"LICENCE_STATUS_GRANTED"`, `"LICENCE_STATUS_REFUSED"`, `"LICENCE_STATUS_TERMINATED"`,
		`"CAUSE_WITHDRAWN"`, `"CAUSE_ERASED"`, `"CAUSE_REJECTED"`, "dmdl.copyright.v1.EventNoticed",
	} {
		require.NotZero(t, h.happened[event], "%s: the history lacks it: %v", event, h.happened)
	}
	require.NotZero(t, h.forgotten(), "no entry of an account has left the state")
	state := exported(t, h.network)
	for _, i := range instances {
		t.Run(i.name, func(t *testing.T) {
			require.JSONEq(t, state, exported(t, i.replay(t, h.blocks, hospitals)))
		})
	}
	t.Run("from an export", func(t *testing.T) { goesOn(t, h.network) })
}

// goesOn restarts a chain from its export and compares what one block makes of both:
// what was waiting goes on, and nothing else has changed. Membership is not compared,
// for a restart forgets who was absent.
func goesOn(t *testing.T, old *network) {
	t.Helper()
	doc, err := genesis.Restart(codec(old.App), old.exportDocument(), "dmdl-test-2", old.now.Add(time.Second), nil)
	require.NoError(t, err)
	old.t = t
	next := *old
	next.App, next.chain = newApp(t, dbm.NewMemDB(), options{}, "dmdl-test-2"), "dmdl-test-2"
	next.begin(doc)
	old.block()
	next.run(&abci.RequestFinalizeBlock{Height: old.LastBlockHeight(), Time: old.now})
	require.NoError(t, next.Copyright.CheckInvariants(next.NewContext(true)))
	var was, is map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(exported(t, old)), &was))
	require.NoError(t, json.Unmarshal([]byte(exported(t, &next)), &is))
	for _, module := range []string{records.ModuleName, access.ModuleName, copyright.ModuleName} {
		require.JSONEq(t, string(was[module]), string(is[module]), module)
	}
}

func exported(t *testing.T, n *network) string {
	t.Helper()
	export, err := n.Export()
	require.NoError(t, err)
	return string(export.AppState)
}

// Before the first block the framework takes signatures over account number 0
// for anybody's, and a node remembers what it verified. Nobody is a member as
// yet, so there is nothing to remember.
func TestNothingIsTakenBeforeTheFirstBlock(t *testing.T) {
	n := newGenesis(t, dbm.NewMemDB(), options{}, 4)
	d := n.draft(n.members[2].operator, declareNodes(n.members[2].operator))
	d.number = 0
	raw := d.sign(t)
	require.Equal(t, consortium.ErrStranger.ABCICode(), n.check(raw).Code)
	result := n.block(raw).TxResults[0]
	require.Equal(t, sdkerrors.ErrUnauthorized.ABCICode(), result.Code, result.Log)
}

// A block whose gas is used up to the last unit is full for no executor: what
// comes behind is refused for its own reason.
func TestAFullBlockIsTheSameForEveryExecutor(t *testing.T) {
	n := newNetwork(t)
	var txs [][]byte
	operator := n.members[0].operator
	for used := 0; used <= 30_000_000; used += 50_000 {
		txs = append(txs, n.sign(operator, declareNodes(operator)))
	}
	poor := n.draft(operator, declareNodes(operator))
	poor.auth.Fee.GasLimit = 0
	txs = append(txs, poor.sign(t))
	n.now = n.now.Add(time.Second)
	last := n.block(txs...).TxResults[len(txs)-1]
	require.Equal(t, ante.Codespace, last.Codespace, last.Log)
	require.Equal(t, ante.ErrGasTooLow.ABCICode(), last.Code, last.Log)
	instance{options: parallel}.replay(t, n.blocks, 4)
}
