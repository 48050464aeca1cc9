package ledger

import (
	"bytes"
	"testing"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestProofsAndBlocksForBundlesMayBeOld(t *testing.T) {
	w := newWorld(t, 1)
	key := records.BatchKey(firstBatch)
	for height, leaves := range map[int64]uint64{3: 1, 5: 1, 6: 10, 9: 10} {
		value, proof, err := w.verifier.Prove(t.Context(), records.StoreKey, key, height)
		require.NoError(t, err)
		require.Equal(t, anchored(t, firstBatch, leaves).Value, value)
		block, err := w.verifier.LightBlock(t.Context(), height+1)
		require.NoError(t, err)
		require.NoError(t, verify(proof, block.AppHash, records.StoreKey, key, value))
	}
	value, proof, err := w.verifier.Prove(t.Context(), records.StoreKey, key, 2)
	require.NoError(t, err)
	require.Nil(t, value, "nothing is in the store yet")
	require.NotNil(t, proof)
	newest, err := w.verifier.LightBlock(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, w.chain.Block(10).Hash(), newest.Hash())

	_, _, err = w.verifier.Prove(t.Context(), records.StoreKey, key, 10)
	require.ErrorIs(t, err, ErrTooYoung)
	require.True(t, Retryable(err))
	_, _, err = w.verifier.Prove(t.Context(), records.StoreKey, key, 1)
	require.ErrorContains(t, err, "from height 2 on")
	_, _, err = w.verifier.Prove(t.Context(), records.StoreKey, nil, 5)
	require.ErrorContains(t, err, "neither may be empty")
	_, err = w.verifier.LightBlock(t.Context(), -1)
	require.ErrorContains(t, err, "height -1")
}

func TestStatesAndBlocksThatANodeDoesNotKeepAreRefusedByName(t *testing.T) {
	w := newWorld(t, 1)
	w.chain.Grow(t, 20)
	key := records.BatchKey(firstBatch)
	_, _, err := w.verifier.Prove(t.Context(), records.StoreKey, key, 7)
	require.NoError(t, err)
	w.primary.Lie(ledgertest.Lies{Oldest: 20})
	_, _, err = w.verifier.Prove(t.Context(), records.StoreKey, key, 7)
	requireFault(t, err, ErrPruned, w.primary)
	require.ErrorContains(t, err, "no archive")
	require.False(t, Retryable(err))
	_, err = w.verifier.LightBlock(t.Context(), 12)
	requireFault(t, err, ErrPruned, w.primary)
	_, err = w.verifier.LightBlock(t.Context(), 8)
	require.NoError(t, err, "it was verified before")
}

func TestTheRootIsRecognisedAfterItLeftTheFolder(t *testing.T) {
	w := newWorld(t, 1)
	require.Equal(t, uint64(10), w.leaves(t))
	require.NoError(t, w.verifier.trusted.Prune(1))
	block, err := w.verifier.LightBlock(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, w.chain.Block(1).Hash(), block.Hash())
	w.primary.Lie(above(0, func(b *cmttypes.LightBlock) { b.Time = b.Time.Add(1); resign(b, 1, 2, 3, 4) }))
	_, err = w.verifier.LightBlock(t.Context(), 1)
	requireFault(t, err, ErrFalseHeader, w.primary)
}

func TestABlockBeforeTheRootIsTheSameAtPrimaryAndWitness(t *testing.T) {
	w := newWorld(t, 2)
	var err error
	w.root, err = HeaderRoot(signedChain, 8, w.chain.Block(8).Hash())
	require.NoError(t, err)
	w.open(t)
	block, err := w.verifier.LightBlock(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, w.chain.Block(4).Hash(), block.Hash())

	forged := ledgertest.Lies{Block: func(b *cmttypes.LightBlock) {
		if b.Height == 4 {
			b.AppHash = make([]byte, 32)
			resign(b, 1, 2, 3, 4)
		}
	}}
	w.witnesses[1].Lie(forged)
	_, err = w.verifier.LightBlock(t.Context(), 4)
	requireFault(t, err, ErrDiverging, w.primary, w.witnesses[1])
	w.witnesses[1].Lie(ledgertest.Lies{Oldest: 5})
	_, err = w.verifier.LightBlock(t.Context(), 4)
	require.NoError(t, err)
	w.witnesses[0].Lie(ledgertest.Lies{Oldest: 5})
	_, err = w.verifier.LightBlock(t.Context(), 4)
	requireFault(t, err, ErrUnconfirmed, w.primary, w.witnesses[0], w.witnesses[1])
}

func TestEverySignatureOfABlockForABundleIsGood(t *testing.T) {
	w := newWorld(t, 1)
	w.primary.Lie(ledgertest.Lies{Block: func(b *cmttypes.LightBlock) { b.Commit.Signatures[3].Signature = make([]byte, 64) }})
	require.Equal(t, uint64(10), w.leaves(t), "three of four are enough to read")
	_, err := w.verifier.LightBlock(t.Context(), 0)
	requireFault(t, err, ErrFalseHeader, w.primary)
}

// TestNoChangeOfAProofProvesAnythingElse changes bytes of proofs at random:
// what still verifies says the same.
func TestNoChangeOfAProofProvesAnythingElse(t *testing.T) {
	w := newWorld(t, 1)
	header := w.chain.Block(10)
	rapid.Check(t, func(r *rapid.T) {
		id := rapid.SampledFrom([]records.BatchId{firstBatch, secondBatch, noBatch, {}}).Draw(r, "id")
		from := rapid.SampledFrom([]records.BatchId{firstBatch, secondBatch, noBatch, {}}).Draw(r, "from")
		truth, answer := w.primary.Query(records.StoreKey, records.BatchKey(id), 9), w.primary.Query(records.StoreKey, records.BatchKey(from), 9)
		for range rapid.IntRange(0, 3).Draw(r, "changes") {
			op := &answer.ProofOps.Ops[rapid.IntRange(0, 1).Draw(r, "op")]
			for _, data := range []*[]byte{&op.Data, &op.Key, &answer.Value} {
				if len(*data) > 0 && rapid.Bool().Draw(r, "here") {
					*data = bytes.Clone(*data)
					(*data)[rapid.IntRange(0, len(*data)-1).Draw(r, "at")] = rapid.Byte().Draw(r, "byte")
				}
			}
		}
		if verify(answer.ProofOps, header.AppHash, records.StoreKey, records.BatchKey(id), answer.Value) == nil {
			require.Equal(r, truth.Value, answer.Value)
		}
	})
}

func TestABundleIsMadeFromProvenReads(t *testing.T) {
	w := newWorld(t, 1)
	batch, page, err := records.ListedBatch(records.BatchId{Institution: 1, Number: 7}, oneRecord(keyOf(t, 1)).Records)
	require.NoError(t, err)
	batch.AnchoredHeight, batch.AnchoredAt = 11, noon
	encoded, err := batch.Marshal()
	require.NoError(t, err)
	height := w.chain.Grow(t, 1, ledgertest.Write{Store: records.StoreKey, Key: records.BatchKey(batch.Id), Value: encoded})
	w.chain.Appoint(5, 6, 7, 8)
	w.chain.Grow(t, 20)

	root, err := proof.GenesisRoot(genesisOf(t, 1, 2, 3, 4))
	require.NoError(t, err)
	for _, at := range []int64{height, 30} { // before and after all validators changed
		request := proof.Request{Record: records.RecordId{Institution: 1, Batch: 7}, Leaf: page, Height: at, Standing: true}
		bundle, _, err := proof.Make(t.Context(), w.verifier, root, request)
		require.NoError(t, err)
		_, err = proof.Verify(bundle, root, proof.Options{})
		require.NoError(t, err)
	}
}
