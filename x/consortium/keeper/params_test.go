package keeper_test

import (
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/mldsa65"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// limits is a valid message that changes nothing but bounds the gas.
func (f *fixture) limits() *consortium.MsgUpdateConsensusParams {
	f.t.Helper()
	params, err := f.neighbours.Get(f.ctx)
	require.NoError(f.t, err)
	return &consortium.MsgUpdateConsensusParams{
		Authority: authority, BlockMaxBytes: 4 << 20, BlockMaxGas: 100_000_000,
		EvidenceMaxAgeBlocks: params.Evidence.MaxAgeNumBlocks, EvidenceMaxAgeDuration: params.Evidence.MaxAgeDuration,
		EvidenceMaxBytes: 1 << 20, PubKeyTypes: params.Validator.PubKeyTypes,
	}
}

func TestUpdateParams(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	params := consortium.Params{VotingPeriod: time.Hour, IdleAfterBlocks: 77}
	require.Equal(t, []proto.Message{&consortium.EventParamsUpdated{}}, f.events(&consortium.MsgUpdateParams{Authority: authority, Params: params}))
	res, err := f.queries.Params(f.ctx, &consortium.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, &consortium.QueryParamsResponse{Params: params, Authority: authority}, res)

	params.IdleAfterBlocks = 9
	f.refuses(&consortium.MsgUpdateParams{Authority: authority, Params: params}, consortium.ErrInvalid)
	f.end()
}

func TestConsensusParamsChangeAndWhatTheMessageDoesNotNameStays(t *testing.T) {
	f := newFixture(t, 4)
	before, err := f.neighbours.Get(f.ctx)
	require.NoError(t, err)
	before.Version = &cmtproto.VersionParams{App: 3}
	require.NoError(t, f.neighbours.Set(f.ctx, before))
	f.begin(nil)
	msg := f.limits()
	msg.EvidenceMaxAgeBlocks++
	msg.PubKeyTypes = []string{cmttypes.ABCIPubKeyTypeMlDsa65, cmttypes.ABCIPubKeyTypeEd25519}
	require.Equal(t, []proto.Message{&consortium.EventConsensusParamsUpdated{}}, f.events(msg))

	want := before
	want.Block = &cmtproto.BlockParams{MaxBytes: msg.BlockMaxBytes, MaxGas: msg.BlockMaxGas}
	want.Evidence = &cmtproto.EvidenceParams{MaxAgeNumBlocks: evidenceBlocks + 1, MaxAgeDuration: evidenceAge, MaxBytes: msg.EvidenceMaxBytes}
	want.Validator = &cmtproto.ValidatorParams{PubKeyTypes: msg.PubKeyTypes}
	after, err := f.neighbours.Get(f.ctx)
	require.NoError(t, err)
	require.Equal(t, want, after)
	f.end()
}

func TestUpdateConsensusParamsRefuses(t *testing.T) {
	f := newCourt(t)
	for name, tc := range map[string]struct {
		edit func(*consortium.MsgUpdateConsensusParams)
		err  error
	}{
		"a small block":          {func(m *consortium.MsgUpdateConsensusParams) { m.BlockMaxBytes = consortium.MinBlockBytes - 1 }, consortium.ErrConsensusParams},
		"earlier expiry":         {func(m *consortium.MsgUpdateConsensusParams) { m.EvidenceMaxAgeBlocks-- }, consortium.ErrConsensusParams},
		"dropping a type in use": {func(m *consortium.MsgUpdateConsensusParams) { m.PubKeyTypes = []string{mldsa65.KeyType} }, consortium.ErrKeyType},
	} {
		msg := f.limits()
		tc.edit(msg)
		t.Run(name, func(*testing.T) { f.refuses(msg, tc.err) })
	}
}

// TestAKeyWhoseTypeTheSameBlockAllowedJoinsInTheNext is about a way to stop the
// chain: CometBFT checks updates against the parameters of the block itself.
func TestAKeyWhoseTypeTheSameBlockAllowedJoinsInTheNext(t *testing.T) {
	f := newFixture(t, 4)
	key := postQuantumKey(t)
	admit := f.admit(5)
	admit.ConsensusKey, admit.Proof = publicKey(key), prove(t, member(5), key)

	f.begin(nil)
	f.refuses(admit, consortium.ErrKeyType)
	msg := f.limits()
	msg.PubKeyTypes = append(msg.PubKeyTypes, mldsa65.KeyType)
	f.must(msg, admit)
	require.Empty(t, f.endUnchecked())
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(key), Power: 1}}, f.block())

	f.begin(nil)
	msg.PubKeyTypes = msg.PubKeyTypes[:1]
	f.refuses(msg, consortium.ErrKeyType)
	f.end()
}
