package e2e_test

import (
	"context"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/merkle"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/stretchr/testify/require"
	merkleproof "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

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

func leafHash(l records.Leaf) []byte { return rfc6962.DefaultHasher.HashLeaf(records.LeafBytes(l)) }

func TestARecordIsProvenAgainstTheHeader(t *testing.T) {
	ctx, net, client := startNetwork(t, 1)
	vault := net.Nodes[0].Vault
	leaves := []records.Leaf{leaf(1), leaf(2), leaf(3)}
	anchor := func(number uint64) ledger.Result {
		result, err := client.Submit(ctx, vault, &records.MsgAnchorRecords{Vault: vault.Address(), Number: number, Records: leaves})
		require.NoError(t, err)
		return result
	}
	anchor(4)
	result := anchor(2)
	require.NoError(t, net.WaitHeight(ctx, result.Height+1))
	node, err := rpchttp.New(net.Nodes[0].RPC(), "/websocket")
	require.NoError(t, err)
	runtime := rootmulti.DefaultProofRuntime()

	// The batch is there from the height of its block on.
	key := records.BatchKey(records.BatchId{Institution: 1, Number: 2})
	found, appHash := prove(ctx, t, node, result.Height, key)
	require.NoError(t, runtime.VerifyValue(found.ProofOps, appHash, pathOf(key), found.Value))
	var batch records.Batch
	require.NoError(t, batch.Unmarshal(found.Value))
	require.Equal(t, uint64(result.Height), batch.AnchoredHeight)

	// The record is in the batch, by a path over the leaves that the node lists.
	listed, err := records.NewQueryClient(client).Leaves(ctx, &records.QueryLeavesRequest{Institution: 1, Number: 2})
	require.NoError(t, err)
	require.Equal(t, leaves, listed.Leaves)
	first, second, third := leafHash(leaves[0]), leafHash(leaves[1]), leafHash(leaves[2])
	require.NoError(t, merkleproof.VerifyInclusion(rfc6962.DefaultHasher, 1, batch.Leaves, second, [][]byte{first, third}, batch.Root))
	require.Error(t, merkleproof.VerifyInclusion(rfc6962.DefaultHasher, 1, batch.Leaves, third, [][]byte{first, third}, batch.Root))

	// Neither another value nor another header nor absence is proven by it.
	require.Error(t, runtime.VerifyValue(found.ProofOps, appHash, pathOf(key), append([]byte{0}, found.Value...)))
	require.Error(t, runtime.VerifyAbsence(found.ProofOps, appHash, pathOf(key)))
	earlier, header := prove(ctx, t, node, result.Height-1, key)
	require.Error(t, runtime.VerifyValue(found.ProofOps, header, pathOf(key), found.Value))
	require.Empty(t, earlier.Value)
	require.NoError(t, runtime.VerifyAbsence(earlier.ProofOps, header, pathOf(key)), "one block before it was not there")

	// An unused id is absent: between two batches, and behind all.
	for _, unused := range []records.BatchId{{Institution: 1, Number: 3}, {Institution: 1, Number: 5}, {Institution: 9, Number: 1}} {
		key := records.BatchKey(unused)
		absent, appHash := prove(ctx, t, node, result.Height, key)
		require.Empty(t, absent.Value)
		require.NoError(t, runtime.VerifyAbsence(absent.ProofOps, appHash, pathOf(key)), "%v", unused)
		require.Error(t, runtime.VerifyAbsence(absent.ProofOps, appHash, pathOf(records.BatchKey(records.BatchId{Institution: 1, Number: 4}))))
	}
}
