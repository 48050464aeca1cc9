package e2e_test

import (
	"context"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/merkle"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/records"
)

// prove reads a key of the records' store from a node with proof, and returns
// it with the app hash that the proof is held against: the one in the header of
// the next height.
func prove(ctx context.Context, t *testing.T, node *rpchttp.HTTP, height int64, key []byte) (abci.ResponseQuery, []byte) {
	t.Helper()
	answer, err := node.ABCIQueryWithOptions(ctx, "/store/"+records.StoreKey+"/key", key, rpcclient.ABCIQueryOptions{Height: height, Prove: true})
	require.NoError(t, err)
	require.Zero(t, answer.Response.Code, answer.Response.Log)
	require.Equal(t, height, answer.Response.Height)
	next := height + 1
	header, err := node.Header(ctx, &next)
	require.NoError(t, err)
	return answer.Response, header.Header.AppHash
}

// pathOf names a key of the records' store for verification.
func pathOf(key []byte) string {
	return merkle.KeyPath{}.AppendKey([]byte(records.StoreKey), merkle.KeyEncodingURL).AppendKey(key, merkle.KeyEncodingHex).String()
}

func TestARecordIsProvenAgainstTheHeader(t *testing.T) {
	ctx, net, client := startNetwork(t, 1)
	vault := net.Nodes[0].Vault
	anchor := func(sequences ...uint64) ledger.Result {
		msg := &records.MsgAnchorRecords{Vault: vault.Address()}
		for _, sequence := range sequences {
			msg.Records = append(msg.Records, leaf(sequence))
		}
		result, err := client.Submit(ctx, vault, msg)
		require.NoError(t, err)
		return result
	}
	anchor(1) // absence cannot be proven of a store that is empty
	result := anchor(2, 4)
	require.NoError(t, net.WaitHeight(ctx, result.Height+1))
	node, err := rpchttp.New(net.Nodes[0].RPC(), "/websocket")
	require.NoError(t, err)
	runtime := rootmulti.DefaultProofRuntime()

	// The record is there from the height of its block on.
	key := records.RecordKey(records.RecordId{Institution: 1, Sequence: 2})
	found, appHash := prove(ctx, t, node, result.Height, key)
	require.NoError(t, runtime.VerifyValue(found.ProofOps, appHash, pathOf(key), found.Value))
	var record records.Record
	require.NoError(t, record.Unmarshal(found.Value))
	require.Equal(t, leaf(2).Leaf, record.Leaf)
	require.Equal(t, uint64(result.Height), record.AnchoredHeight)

	// Neither another value nor another header nor absence is proven by it.
	require.Error(t, runtime.VerifyValue(found.ProofOps, appHash, pathOf(key), append([]byte{0}, found.Value...)))
	require.Error(t, runtime.VerifyAbsence(found.ProofOps, appHash, pathOf(key)))
	earlier, header := prove(ctx, t, node, result.Height-1, key)
	require.Error(t, runtime.VerifyValue(found.ProofOps, header, pathOf(key), found.Value))
	require.Empty(t, earlier.Value)
	require.NoError(t, runtime.VerifyAbsence(earlier.ProofOps, header, pathOf(key)), "one block before it was not there")

	// An unused id is absent: between two records, and behind all.
	for _, unused := range []records.RecordId{{Institution: 1, Sequence: 3}, {Institution: 1, Sequence: 5}, {Institution: 9, Sequence: 1}} {
		key := records.RecordKey(unused)
		absent, appHash := prove(ctx, t, node, result.Height, key)
		require.Empty(t, absent.Value)
		require.NoError(t, runtime.VerifyAbsence(absent.ProofOps, appHash, pathOf(key)), "%v", unused)
		require.Error(t, runtime.VerifyAbsence(absent.ProofOps, appHash, pathOf(records.RecordKey(records.RecordId{Institution: 1, Sequence: 4}))))
	}
}
