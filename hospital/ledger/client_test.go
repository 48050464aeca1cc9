package ledger

import (
	"context"
	"net"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
	"github.com/dmdl-network/dmdl/x/records"
)

// accounts is the auth query service of a node with one account.
type accounts struct {
	authtypes.UnimplementedQueryServer
	known string
	asked int
}

func (a *accounts) AccountInfo(_ context.Context, r *authtypes.QueryAccountInfoRequest) (*authtypes.QueryAccountInfoResponse, error) {
	if a.asked++; r.Address != a.known {
		return nil, status.Errorf(codes.NotFound, "account %s not found", r.Address)
	}
	return &authtypes.QueryAccountInfoResponse{Info: &authtypes.BaseAccount{Address: a.known, AccountNumber: 1 << 62}}, nil
}

func serveGRPC(t *testing.T, service *accounts) string {
	t.Helper()
	server := grpc.NewServer(grpc.ForceServerCodec(codec.NewProtoCodec(registry()).GRPCCodec()))
	authtypes.RegisterQueryServer(server, service)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// schedule is what a node asks for, in place of simulation.
func schedule(_ []sdk.Msg, size int) (uint64, error) { return uint64(20_000 + 5*size), nil }

// open returns a client of the nodes that polls without pause, with the account
// number of key 1 known.
func open(t *testing.T, gas func([]sdk.Msg, int) (uint64, error), nodes ...Endpoint) *Client {
	t.Helper()
	c, err := Open(Config{ChainID: "dmdl-test-1", Nodes: nodes, Gas: gas})
	require.NoError(t, err)
	c.follower.every, c.firstPause = time.Millisecond, time.Millisecond
	c.accounts.Store(keyOf(t, 1).Address(), uint64(1))
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestAMessageIsCommittedAndItsShapeSimulatedOnce(t *testing.T) {
	simulated, err := codec.ProtoMarshalJSON(&sdk.SimulationResponse{
		GasInfo: sdk.GasInfo{GasUsed: 4321}, Result: &sdk.Result{},
	}, registry())
	require.NoError(t, err)
	simulations := 0
	chain := &ledgertest.Chain{
		Start: noon, Interval: time.Millisecond,
		Query: func(path string, _ []byte) abci.ResponseQuery {
			require.Equal(t, "/app/simulate", path)
			simulations++
			return abci.ResponseQuery{Value: simulated}
		},
	}
	key := keyOf(t, 2)
	service := &accounts{known: key.Address()}
	c := open(t, nil, Endpoint{RPC: chain.Serve(t), GRPC: serveGRPC(t, service)})
	for range 3 {
		result, err := c.Submit(t.Context(), key, oneRecord(key))
		require.NoError(t, err)
		require.Positive(t, result.Height)
	}
	require.Equal(t, 1, simulations)
	require.Equal(t, 1, service.asked)
	require.Len(t, chain.Txs(), 3)
	for _, raw := range chain.Txs() {
		tx, err := decodeAndVerify(t, raw, key, 1<<62)
		require.NoError(t, err)
		require.EqualValues(t, 4321+216, tx.(sdk.FeeTx).GetGas())
	}
	_, err = c.Submit(t.Context(), keyOf(t, 3), oneRecord(keyOf(t, 3)))
	require.Equal(t, codes.NotFound, status.Code(err), "%v", err)
}

func TestADeclarationCoversTheSizeOfEveryTransactionOfItsShape(t *testing.T) {
	chain := &ledgertest.Chain{Start: noon}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	key := keyOf(t, 1)
	msg := oneRecord(key)
	for _, sequence := range []uint64{1, 1 << 20, 1 << 63} {
		msg.Number = sequence
		_, err := c.Submit(t.Context(), key, msg)
		require.NoError(t, err)
	}
	for _, raw := range chain.Txs() {
		tx, err := decodeAndVerify(t, raw, key, 1)
		require.NoError(t, err)
		want, err := schedule(nil, len(raw))
		require.NoError(t, err)
		require.GreaterOrEqual(t, tx.(sdk.FeeTx).GetGas(), want)
		require.Less(t, tx.(sdk.FeeTx).GetGas(), 2*want)
	}
}

func TestAFailingSimulationIsTheRefusalItself(t *testing.T) {
	chain := &ledgertest.Chain{Query: func(string, []byte) abci.ResponseQuery {
		return abci.ResponseQuery{Codespace: records.ModuleName, Code: records.ErrZeroNumber.ABCICode(), Log: "batch (1, 0)"}
	}}
	c := open(t, nil, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.ErrorIs(t, err, records.ErrZeroNumber)
	require.Empty(t, chain.Txs())
}

func TestAFailureInABlockIsAModuleErrorWithItsHeight(t *testing.T) {
	chain := &ledgertest.Chain{Start: noon, Execute: func([]byte) *abci.ExecTxResult {
		return &abci.ExecTxResult{Codespace: records.ModuleName, Code: records.ErrZeroNumber.ABCICode(), Log: "batch (1, 0)"}
	}}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.ErrorIs(t, err, records.ErrZeroNumber)
	require.NotErrorIs(t, err, records.ErrUnknownClass)
	var refusal *Refusal
	require.ErrorAs(t, err, &refusal)
	require.Positive(t, refusal.Height)
	require.False(t, Retryable(err))
}

func TestATransactionThatNoBlockTakesExpires(t *testing.T) {
	chain := &ledgertest.Chain{Start: time.Now(), Interval: 10 * time.Second, Drop: func([]byte) bool { return true }}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.ErrorIs(t, err, ErrExpired)
}

func TestAWaitEndsWithItsContextAndWithTheClient(t *testing.T) {
	taken := make(chan struct{}, 2)
	chain := &ledgertest.Chain{Start: noon, Drop: func([]byte) bool { taken <- struct{}{}; return true }}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-taken; cancel() }()
	_, err := c.Submit(ctx, keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "may still be committed")

	go func() { <-taken; c.end() }()
	_, err = c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.ErrorIs(t, err, errClosed)
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	node := []Endpoint{{RPC: "http://127.0.0.1:1"}}
	for want, config := range map[string]Config{
		"no chain id":            {Nodes: node},
		"no node":                {ChainID: "dmdl-test-1"},
		"lifetime of 3m0s":       {ChainID: "dmdl-test-1", Nodes: node, Lifetime: 3 * time.Minute},
		`RPC address "http://%"`: {ChainID: "dmdl-test-1", Nodes: []Endpoint{{RPC: "http://%"}}},
	} {
		_, err := Open(config)
		require.ErrorContains(t, err, want)
	}
}
