package ledger

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/mempool"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
)

type check = func([]byte) (*abci.ResponseCheckTx, error)

// answers is an application that refuses.
func answers(codespace string, code uint32) check {
	return func([]byte) (*abci.ResponseCheckTx, error) {
		return &abci.ResponseCheckTx{Codespace: codespace, Code: code, Log: "why"}, nil
	}
}

// fails is a node that refuses before it asks its application.
func fails(err error) check {
	return func([]byte) (*abci.ResponseCheckTx, error) { return nil, err }
}

func TestRefusalsSayWhoRefusedAndWhetherToTryAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		check     check
		codespace string
		retryable bool
		sent      bool
	}{
		"unauthorised":  {answers("sdk", 4), "sdk", false, false},
		"full lane":     {answers("lanes", 2), "lanes", true, false},
		"full mempool":  {fails(mempool.ErrMempoolIsFull{NumTxs: 5, MaxTxs: 5}), CodespaceMempool, true, false},
		"rechecking":    {fails(mempool.ErrRecheckFull), CodespaceMempool, true, false},
		"too large":     {fails(mempool.ErrTxTooLarge{Max: 1, Actual: 2}), CodespaceMempool, false, false},
		"catching up":   {fails(errors.New("endpoint is closed while node is catching up")), CodespaceRPC, true, false},
		"silent app":    {fails(errors.New("broadcast confirmation not received")), CodespaceRPC, true, true},
		"held already":  {fails(mempool.ErrTxInCache), "", false, false},
		"newly taken":   {answers("", 0), "", false, false},
		"module's code": {answers("records", 9), "records", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			chain := &ledgertest.Chain{Check: tc.check}
			node, err := NewNode(chain.Serve(t))
			require.NoError(t, err)
			err = node.Broadcast(t.Context(), []byte("tx"))
			if tc.codespace == "" {
				require.NoError(t, err)
				return
			}
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, tc.codespace, refusal.Codespace)
			require.Equal(t, tc.retryable, Retryable(err))
			require.Equal(t, tc.sent, refusal.sent)
		})
	}
}

func TestAFullLaneIsTriedAgainWithAFreshNonce(t *testing.T) {
	var seen []string
	chain := &ledgertest.Chain{Start: noon, Check: func(tx []byte) (*abci.ResponseCheckTx, error) {
		if seen = append(seen, string(tx)); len(seen) < 3 {
			return &abci.ResponseCheckTx{Codespace: "lanes", Code: 2, Log: "lane is full"}, nil
		}
		return &abci.ResponseCheckTx{}, nil
	}}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.NoError(t, err)
	require.Len(t, seen, 3)
	require.NotEqual(t, seen[0], seen[1])
	require.NotEqual(t, seen[1], seen[2])
}

func TestALaneThatStaysFullIsReportedInTheEnd(t *testing.T) {
	tries := 0
	chain := &ledgertest.Chain{Start: noon, Check: func([]byte) (*abci.ResponseCheckTx, error) {
		tries++
		return &abci.ResponseCheckTx{Codespace: "lanes", Code: 2, Log: "lane is full"}, nil
	}}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.True(t, Retryable(err), "%v", err)
	require.Equal(t, attempts, tries)
}

func TestWithoutAnAnswerTheSameBytesAreSentAgain(t *testing.T) {
	var seen []string
	chain := &ledgertest.Chain{Start: noon, Check: func(tx []byte) (*abci.ResponseCheckTx, error) {
		if seen = append(seen, string(tx)); len(seen) == 1 {
			return nil, errors.New("broadcast confirmation not received")
		}
		return &abci.ResponseCheckTx{}, nil
	}}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.NoError(t, err)
	require.Len(t, seen, 2)
	require.Equal(t, seen[0], seen[1])
}

func TestARefusalAfterAMissingAnswerDecidesNothing(t *testing.T) {
	tries := 0
	chain := &ledgertest.Chain{Start: time.Now(), Interval: 10 * time.Second, Check: func([]byte) (*abci.ResponseCheckTx, error) {
		if tries++; tries == 1 {
			return nil, errors.New("broadcast confirmation not received")
		}
		return &abci.ResponseCheckTx{Codespace: "sdk", Code: 18, Log: "already used timeout"}, nil
	}}
	c := open(t, schedule, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.ErrorIs(t, err, ErrExpired)
	require.Equal(t, 2, tries)
}

func TestAnotherNodeServesWhenTheFirstIsDown(t *testing.T) {
	const down = "http://127.0.0.1:1" // no server of a test can get this port
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "bad gateway", http.StatusBadGateway)
	}))
	t.Cleanup(broken.Close)

	chain := &ledgertest.Chain{Start: noon}
	c := open(t, schedule, Endpoint{RPC: down}, Endpoint{RPC: broken.URL}, Endpoint{RPC: chain.Serve(t)})
	_, err := c.Submit(t.Context(), keyOf(t, 1), oneRecord(keyOf(t, 1)))
	require.NoError(t, err)
	require.Len(t, chain.Txs(), 1)

	alone := open(t, schedule, Endpoint{RPC: down})
	var refusal *Refusal
	require.ErrorAs(t, alone.Broadcast(t.Context(), []byte("tx")), &refusal)
	require.Equal(t, CodespaceRPC, refusal.Codespace)
	require.False(t, refusal.sent)
}
