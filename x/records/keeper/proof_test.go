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
	const large = 1<<63 + 257
	f.anchor(t, 1, large)
	_, err := f.deliver(f.batchOf(large, 1))
	require.NoError(t, err)

	store := f.ctx.KVStore(f.key)
	for _, sequence := range []uint64{1, large} {
		id := records.RecordId{Institution: 1, Sequence: sequence}
		var got records.Record
		require.NoError(t, got.Unmarshal(store.Get(records.RecordKey(id))))
		require.Equal(t, id, got.Id)
	}
	id := records.BatchId{Institution: 1, Number: large}
	var got records.Batch
	require.NoError(t, got.Unmarshal(store.Get(records.BatchKey(id))))
	require.Equal(t, id, got.Id)
}

func TestTheProvenStoreHoldsNoEmptyValue(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, 1, 2, 3)
	_, err := f.deliver(f.batchOf(1, 1))
	require.NoError(t, err)

	it := f.ctx.KVStore(f.key).Iterator(nil, nil)
	defer it.Close()
	var entries int
	for ; it.Valid(); it.Next() {
		entries++
		require.NotEmpty(t, it.Value(), "%x", it.Key())
	}
	require.Equal(t, 4, entries, "three records and a batch; indexes live elsewhere")
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

func TestPresenceAndAbsenceAreProven(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, 1, 2, 4, 300)
	_, err := f.deliver(f.batchOf(1, 1))
	require.NoError(t, err)
	commit := f.stores.Commit()
	runtime := rootmulti.DefaultProofRuntime()

	for _, key := range [][]byte{
		records.RecordKey(records.RecordId{Institution: 1, Sequence: 2}),
		records.RecordKey(records.RecordId{Institution: 1, Sequence: 300}),
		records.BatchKey(records.BatchId{Institution: 1, Number: 1}),
	} {
		res, path := f.prove(t, commit.Version, key)
		require.NotEmpty(t, res.Value)
		require.NoError(t, runtime.VerifyValue(res.ProofOps, commit.Hash, path, res.Value))
		require.Error(t, runtime.VerifyValue(res.ProofOps, commit.Hash, path, append(res.Value, 0)), "another value")
		require.Error(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, path), "it is there")
	}

	for _, key := range [][]byte{
		records.RecordKey(records.RecordId{Institution: 0, Sequence: 1}), // before all others
		records.RecordKey(records.RecordId{Institution: 1, Sequence: 3}), // between two
		records.RecordKey(records.RecordId{Institution: 9, Sequence: 1}), // between records and batches
		records.BatchKey(records.BatchId{Institution: 9, Number: 1}),     // after all others
	} {
		res, path := f.prove(t, commit.Version, key)
		require.Empty(t, res.Value)
		require.NoError(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, path))
	}

	res, _ := f.prove(t, commit.Version, records.RecordKey(records.RecordId{Institution: 1, Sequence: 3}))
	_, other := f.prove(t, commit.Version, records.RecordKey(records.RecordId{Institution: 1, Sequence: 4}))
	require.Error(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, other), "a record that is there cannot be hidden")
}
