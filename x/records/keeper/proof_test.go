package keeper_test

import (
	"testing"

	"github.com/cometbft/cometbft/crypto/merkle"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/records"
)

func TestRawKeysAreTheKeysThatAreWritten(t *testing.T) {
	f := newFixture(t)
	for _, number := range []uint64{1, 1<<63 + 257} {
		f.anchor(t, f.listed(number, leaf(7)))
		id := records.BatchId{Institution: 1, Number: number}
		var got records.Batch
		require.NoError(t, got.Unmarshal(f.ctx.KVStore(f.key).Get(records.BatchKey(id))))
		require.Equal(t, id, got.Id)
	}
}

func TestTheProvenStoreHoldsNoEmptyValue(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.listed(1, leaves(1, 2, 3)...), f.batchOf(2, 1))

	it := f.ctx.KVStore(f.key).Iterator(nil, nil)
	defer it.Close()
	var entries int
	for ; it.Valid(); it.Next() {
		entries++
		require.NotEmpty(t, it.Value(), "%x", it.Key())
	}
	require.Equal(t, 3, entries, "two batches and the layout; all else lives elsewhere")
}

// prove asks the store for the value of a key with its proof, and returns the
// path under which the proof is verified.
func (f *fixture) prove(t *testing.T, version int64, key []byte) (*storetypes.ResponseQuery, string) {
	t.Helper()
	res, err := f.stores.(storetypes.Queryable).Query(&storetypes.RequestQuery{
		Path: "/" + records.StoreKey + "/key", Data: key, Height: version, Prove: true,
	})
	require.NoError(t, err)
	require.Zero(t, res.Code, res.Log)
	path := merkle.KeyPath{}.AppendKey([]byte(records.StoreKey), merkle.KeyEncodingURL).AppendKey(key, merkle.KeyEncodingHex)
	return res, path.String()
}

func TestAbsenceIsProvenBeforeAnythingIsAnchored(t *testing.T) {
	f := newFixture(t)
	commit := f.stores.Commit()
	for _, key := range [][]byte{
		records.BatchKey(records.BatchId{Institution: 1, Number: 1}), records.StandingKey(recordID(1, 0)),
	} {
		res, path := f.prove(t, commit.Version, key)
		require.NoError(t, rootmulti.DefaultProofRuntime().VerifyAbsence(res.ProofOps, commit.Hash, path))
	}
}

func TestPresenceAndAbsenceAreProven(t *testing.T) {
	f := newFixture(t)
	for _, number := range []uint64{1, 2, 4, 300} {
		f.anchor(t, f.listed(number, leaf(7)))
	}
	commit := f.stores.Commit()
	runtime := rootmulti.DefaultProofRuntime()

	for _, key := range [][]byte{
		records.BatchKey(records.BatchId{Institution: 1, Number: 2}),
		records.BatchKey(records.BatchId{Institution: 1, Number: 300}),
	} {
		res, path := f.prove(t, commit.Version, key)
		require.NotEmpty(t, res.Value)
		require.NoError(t, runtime.VerifyValue(res.ProofOps, commit.Hash, path, res.Value))
		require.Error(t, runtime.VerifyValue(res.ProofOps, commit.Hash, path, append(res.Value, 0)), "another value")
		require.Error(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, path), "it is there")
	}

	for _, key := range [][]byte{
		records.BatchKey(records.BatchId{Institution: 0, Number: 1}), // before all others
		records.BatchKey(records.BatchId{Institution: 1, Number: 3}), // between two
		records.BatchKey(records.BatchId{Institution: 9, Number: 1}), // after all others
	} {
		res, path := f.prove(t, commit.Version, key)
		require.Empty(t, res.Value)
		require.NoError(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, path))
	}

	res, _ := f.prove(t, commit.Version, records.BatchKey(records.BatchId{Institution: 1, Number: 3}))
	_, other := f.prove(t, commit.Version, records.BatchKey(records.BatchId{Institution: 1, Number: 4}))
	require.Error(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, other), "a batch that is there cannot be hidden")
}
