package lanes

import (
	"context"
	"errors"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectestutil "github.com/cosmos/cosmos-sdk/codec/testutil"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// node is a BaseApp with nothing but the pool and the handlers of this package.
type node struct {
	*baseapp.BaseApp
	pool   *Pool
	config client.TxConfig
}

// consensusParams is a parameter store in memory.
type consensusParams struct{ params cmtproto.ConsensusParams }

func (c *consensusParams) Get(context.Context) (cmtproto.ConsensusParams, error) {
	return c.params, nil
}
func (c *consensusParams) Has(context.Context) (bool, error) { return true, nil }
func (c *consensusParams) Set(_ context.Context, p cmtproto.ConsensusParams) error {
	c.params = p
	return nil
}

// authServer executes MsgUpdateParams as nothing.
type authServer struct {
	authtypes.UnimplementedMsgServer
}

func (authServer) UpdateParams(context.Context, *authtypes.MsgUpdateParams) (*authtypes.MsgUpdateParamsResponse, error) {
	return &authtypes.MsgUpdateParamsResponse{}, nil
}

// admit is an ante chain: the memo is the institution, "0" fails in a block.
func (n *node) admit(ctx sdk.Context, tx sdk.Tx, _ bool) (sdk.Context, error) {
	memo := tx.(sdk.TxWithMemo).GetMemo()
	a, gas := ordinary(uint64(memo[0]-'0')), tx.(sdk.GasTx).GetGas()
	if err := n.pool.Room(ctx, a, len(ctx.TxBytes()), gas); err != nil {
		return ctx, err
	}
	if memo == "0" && !ctx.IsCheckTx() {
		return ctx, errors.New("refused in a block")
	}
	return WithAdmission(ctx, a).WithGasMeter(storetypes.NewInfiniteGasMeter()), nil
}

func newNode(t *testing.T) *node {
	t.Helper()
	registry := codectestutil.CodecOptions{}.NewInterfaceRegistry()
	authtypes.RegisterInterfaces(registry)
	config := authtx.NewTxConfig(codec.NewProtoCodec(registry), authtx.DefaultSignModes)
	n := &node{config: config, pool: New(config.TxEncoder(), config.TxDecoder())}
	n.BaseApp = baseapp.NewBaseApp("lanes", log.NewNopLogger(), dbm.NewMemDB(), config.TxDecoder(), baseapp.SetChainID("lanes-1"))
	n.SetInterfaceRegistry(registry)
	authtypes.RegisterMsgServer(n.MsgServiceRouter(), authServer{})
	n.SetParamStore(&consensusParams{})
	n.SetMempool(n.pool)
	n.SetCheckTxHandler(CheckTx(n.pool))
	n.SetPrepareProposal(PrepareProposal(n.pool))
	n.SetProcessProposal(ProcessProposal(config.TxDecoder()))
	n.SetAnteHandler(n.admit)
	require.NoError(t, n.LoadLatestVersion())
	_, err := n.InitChain(&abci.RequestInitChain{ChainId: "lanes-1", InitialHeight: 1, Time: now, ConsensusParams: &cmtproto.ConsensusParams{Block: params(2<<20, 4000)}})
	require.NoError(t, err)
	n.decide(t, now, nil) // CheckTx sees the parameters after the first block
	return n
}

func (n *node) tx(t *testing.T, memo string, gas uint64, timeout time.Time) []byte {
	t.Helper()
	builder := n.config.NewTxBuilder()
	require.NoError(t, builder.SetMsgs(&authtypes.MsgUpdateParams{Authority: sdk.AccAddress("authority").String()}))
	builder.SetMemo(memo)
	builder.SetGasLimit(gas)
	builder.SetTimeoutTimestamp(timeout)
	builder.SetUnordered(true)
	raw, err := n.config.TxEncoder()(builder.GetTx())
	require.NoError(t, err)
	return raw
}

func (n *node) check(t *testing.T, raw []byte, kind abci.CheckTxType) *abci.ResponseCheckTx {
	t.Helper()
	res, err := n.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: kind})
	require.NoError(t, err)
	return res
}

func (n *node) decide(t *testing.T, at time.Time, txs [][]byte) *abci.ResponseFinalizeBlock {
	t.Helper()
	res, err := n.FinalizeBlock(&abci.RequestFinalizeBlock{Height: n.LastBlockHeight() + 1, Time: at, Txs: txs})
	require.NoError(t, err)
	_, err = n.Commit()
	require.NoError(t, err)
	return res
}

func TestBaseAppDrivesThePoolThroughABlock(t *testing.T) {
	n := newNode(t)
	minute := now.Add(time.Minute)
	good, bad, waiting := n.tx(t, "1", 1000, minute), n.tx(t, "0", 1001, minute), n.tx(t, "1", 2000, minute)
	for _, raw := range [][]byte{good, bad, waiting} {
		res := n.check(t, raw, abci.CheckTxType_New)
		require.Zero(t, res.Code, res.Log)
	}
	full := n.check(t, n.tx(t, "1", 500, minute), abci.CheckTxType_New)
	require.Equal(t, ErrLaneFull.ABCICode(), full.Code, full.Log)
	require.Equal(t, Codespace, full.Codespace)

	prepared, err := n.PrepareProposal(&abci.RequestPrepareProposal{Height: 2, Time: now, MaxTxBytes: 1 << 20})
	require.NoError(t, err)
	require.Equal(t, [][]byte{bad, good}, prepared.Txs, "by declared gas, though the ante chain's meter is infinite")
	processed, err := n.ProcessProposal(&abci.RequestProcessProposal{Height: 2, Time: now, Txs: prepared.Txs})
	require.NoError(t, err)
	require.Equal(t, abci.ResponseProcessProposal_ACCEPT, processed.Status)

	res := n.decide(t, now, prepared.Txs)
	require.NotZero(t, res.TxResults[0].Code)
	require.Zero(t, res.TxResults[1].Code, res.TxResults[1].Log)
	require.NotNil(t, n.pool.find(bad), "BaseApp leaves what its ante chain refuses")
	require.Nil(t, n.pool.find(good))

	n.pool.Committed(now, prepared.Txs)
	require.Nil(t, n.pool.find(bad))
	require.Zero(t, n.check(t, waiting, abci.CheckTxType_Recheck).Code)
	require.Equal(t, ErrNotPooled.ABCICode(), n.check(t, bad, abci.CheckTxType_Recheck).Code)
	require.NoError(t, n.pool.Remove(decoded(t, n, waiting)), "the encoder gives the same bytes")
}

func decoded(t *testing.T, n *node, raw []byte) sdk.Tx {
	t.Helper()
	tx, err := n.config.TxDecoder()(raw)
	require.NoError(t, err)
	return tx
}
