package keeper_test

import (
	"testing"

	"github.com/cometbft/cometbft/crypto/merkle"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func TestWorksAndLicencesAreProvenUnderTheirRawKeys(t *testing.T) {
	f := everything(t)
	gs := f.export(t)
	commit := f.stores.Commit()
	runtime := rootmulti.DefaultProofRuntime()
	ask := func(key []byte) (*storetypes.ResponseQuery, string) {
		res, err := f.stores.(storetypes.Queryable).Query(&storetypes.RequestQuery{
			Path: "/" + copyright.StoreKey + "/key", Data: key, Height: commit.Version, Prove: true,
		})
		require.NoError(t, err)
		require.Zero(t, res.Code, res.Log)
		return res, merkle.KeyPath{}.AppendKey([]byte(copyright.StoreKey), merkle.KeyEncodingURL).AppendKey(key, merkle.KeyEncodingHex).String()
	}
	for _, want := range gs.Works {
		res, path := ask(copyright.WorkKey(want.Id))
		require.NoError(t, runtime.VerifyValue(res.ProofOps, commit.Hash, path, res.Value))
		var w copyright.Work
		require.NoError(t, w.Unmarshal(res.Value))
		require.Equal(t, want, w)
	}
	for _, want := range gs.Licences {
		res, path := ask(copyright.LicenceKey(want.Id))
		require.NoError(t, runtime.VerifyValue(res.ProofOps, commit.Hash, path, res.Value))
		var l copyright.Licence
		require.NoError(t, l.Unmarshal(res.Value))
		require.Equal(t, want, l)
	}
	for _, key := range [][]byte{
		copyright.WorkKey(copyright.WorkId{Institution: 9, Number: 9}), copyright.LicenceKey(access.LicenceId{Institution: 9, Number: 9}),
	} {
		res, path := ask(key)
		require.NoError(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, path))
	}
}

func TestTheProvenStoreHoldsNoEmptyValue(t *testing.T) {
	f := everything(t)
	it := f.ctx.KVStore(f.key).Iterator(nil, nil)
	defer it.Close()
	prefixes := map[byte]bool{}
	for ; it.Valid(); it.Next() {
		prefixes[it.Key()[0]] = true
		require.NotEmpty(t, it.Value(), "%X", it.Key())
	}
	require.Len(t, prefixes, 7, "a value of each kind")
}
