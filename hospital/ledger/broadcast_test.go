package ledger

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/mempool"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
)

func TestEveryTransactionOfABatchHasItsOwnAnswer(t *testing.T) {
	chain := &ledgertest.Chain{Start: noon}
	chain.Check = func(tx []byte) (*abci.ResponseCheckTx, error) {
		switch tx[0] {
		case 1:
			return &abci.ResponseCheckTx{Codespace: "lanes", Code: 2, Log: "full"}, nil
		case 2:
			return nil, mempool.ErrMempoolIsFull{}
		case 3:
			return nil, mempool.ErrTxInCache
		}
		return &abci.ResponseCheckTx{}, nil
	}
	node, err := NewNode(chain.Serve(t))
	require.NoError(t, err)
	defer node.Close()

	refusals := node.BroadcastAll(t.Context(), [][]byte{{0}, {1}, {2}, {3}})
	require.NoError(t, refusals[0])
	for at, codespace := range map[int]string{1: "lanes", 2: CodespaceMempool} {
		var refusal *Refusal
		require.ErrorAs(t, refusals[at], &refusal)
		require.Equal(t, codespace, refusal.Codespace)
		require.True(t, refusal.Retryable)
	}
	require.NoError(t, refusals[3], "the node holds it already")
}

func TestABatchToANodeThatIsNotThereIsRefusedAsAWhole(t *testing.T) {
	node, err := NewNode("http://127.0.0.1:1")
	require.NoError(t, err)
	for _, err := range node.BroadcastAll(t.Context(), [][]byte{{0}, {1}}) {
		require.True(t, Retryable(err))
	}
}
