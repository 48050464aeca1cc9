package proof_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/tmhash"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

var genesisTime = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// chain is a chain without nodes: real stores, whose app hashes stand in real
// headers that real keys have signed. It is a proof.Source.
type chain struct {
	id string
	// sets says which institutions validate from which height on.
	sets   map[int64][]int
	stores storetypes.CommitMultiStore
	keys   map[string]*storetypes.KVStoreKey
	// states holds the app hash of each height, from 0.
	states [][]byte
	last   types.BlockID
	blocks map[int64]*types.LightBlock
	// asked counts the light blocks that were asked for.
	asked int
}

// newChain returns a chain before its first block.
func newChain(t testing.TB, id string, sets map[int64][]int) *chain {
	t.Helper()
	c := &chain{
		id: id, sets: sets, stores: store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger()),
		keys: map[string]*storetypes.KVStoreKey{}, states: [][]byte{tmhash.Sum(nil)}, blocks: map[int64]*types.LightBlock{},
	}
	for _, name := range []string{"acc", consortium.StoreKey, records.StoreKey, records.IndexStoreKey, "upgrade"} {
		c.keys[name] = storetypes.NewKVStoreKey(name)
		c.stores.MountStoreWithDB(c.keys[name], storetypes.StoreTypeIAVL, nil)
	}
	require.NoError(t, c.stores.LoadLatestVersion())
	return c
}

// set writes an entry in the block under way.
func (c *chain) set(name string, key, value []byte) {
	c.stores.GetKVStore(c.keys[name]).Set(key, value)
}

// seal ends the block under way, and those after it up to a height.
func (c *chain) seal(t testing.TB, upTo int64) {
	t.Helper()
	for h := int64(len(c.states)); h <= upTo; h++ {
		lb := sign(t, c.header(h), validators(c.setAt(h)), everyone)
		c.last = lb.Commit.BlockID
		c.blocks[h] = lb
		c.states = append(c.states, c.stores.Commit().Hash)
	}
}

func (c *chain) setAt(height int64) []int {
	var since int64
	for from := range c.sets {
		if from <= height && from > since {
			since = from
		}
	}
	return c.sets[since]
}

func (c *chain) header(h int64) *types.Header {
	return &types.Header{
		Version: cmtversion.Consensus{Block: version.BlockProtocol}, ChainID: c.id, Height: h,
		Time: genesisTime.Add(time.Duration(h-1) * time.Second), LastBlockID: c.last,
		LastCommitHash: tmhash.Sum([]byte("commit")), DataHash: tmhash.Sum([]byte("data")), EvidenceHash: tmhash.Sum(nil),
		ConsensusHash: tmhash.Sum([]byte("parameters")), LastResultsHash: tmhash.Sum(nil), AppHash: c.states[h-1],
		ProposerAddress: key(c.setAt(h)[0]).PubKey().Address(), NextValidatorsHash: validatorSet(validators(c.setAt(h + 1))).Hash(),
	}
}

func key(institution int) ed25519.PrivKey {
	return ed25519.GenPrivKeyFromSecret(fmt.Appendf(nil, "institution %d", institution))
}

// validators returns the keys of institutions in the order of their set.
func validators(institutions []int) []ed25519.PrivKey {
	keys := make([]ed25519.PrivKey, len(institutions))
	for i, n := range institutions {
		keys[i] = key(n)
	}
	set := validatorSet(keys)
	slices.SortFunc(keys, func(a, b ed25519.PrivKey) int {
		at, _ := set.GetByAddress(a.PubKey().Address())
		bt, _ := set.GetByAddress(b.PubKey().Address())
		return int(at - bt)
	})
	return keys
}

func validatorSet(keys []ed25519.PrivKey) *types.ValidatorSet {
	list := make([]*types.Validator, len(keys))
	for i, k := range keys {
		list[i] = types.NewValidator(k.PubKey(), consortium.Power)
	}
	return types.NewValidatorSet(list)
}

// everyone signs for the block.
func everyone(int) types.BlockIDFlag { return types.BlockIDFlagCommit }

// sign completes a header with the hash of its validators and lets them vote.
func sign(t testing.TB, h *types.Header, keys []ed25519.PrivKey, vote func(i int) types.BlockIDFlag) *types.LightBlock {
	t.Helper()
	set := validatorSet(keys)
	h.ValidatorsHash = set.Hash()
	c := &types.Commit{
		Height: h.Height, BlockID: types.BlockID{Hash: h.Hash(), PartSetHeader: types.PartSetHeader{Total: 1, Hash: tmhash.Sum(h.Hash())}},
		Signatures: make([]types.CommitSig, len(keys)),
	}
	for i, k := range keys {
		if vote(i) == types.BlockIDFlagAbsent {
			c.Signatures[i] = types.NewCommitSigAbsent()
			continue
		}
		c.Signatures[i] = types.CommitSig{
			BlockIDFlag: vote(i), ValidatorAddress: k.PubKey().Address(), Timestamp: h.Time.Add(time.Duration(i+1) * time.Millisecond),
		}
		signature, err := k.Sign(c.VoteSignBytes(h.ChainID, int32(i)))
		require.NoError(t, err)
		c.Signatures[i].Signature = signature
	}
	return &types.LightBlock{SignedHeader: &types.SignedHeader{Header: h, Commit: c}, ValidatorSet: set}
}

// LightBlock implements proof.Source.
func (c *chain) LightBlock(_ context.Context, height int64) (*types.LightBlock, error) {
	c.asked++
	if lb, ok := c.blocks[height]; ok {
		return lb, nil
	}
	return nil, fmt.Errorf("there is no block %d", height)
}

// Prove implements proof.Source.
func (c *chain) Prove(_ context.Context, name string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error) {
	res, err := c.stores.(storetypes.Queryable).Query(&storetypes.RequestQuery{
		Path: "/" + name + "/key", Data: key, Height: height, Prove: true,
	})
	if err != nil {
		return nil, nil, err
	}
	return res.Value, res.ProofOps, nil
}

// genesis returns the chain's genesis document.
func (c *chain) genesis(t testing.TB) []byte {
	t.Helper()
	state := consortium.DefaultGenesis()
	for n := 1; n <= 8; n++ {
		public := consortium.NewKey(key(n).PubKey())
		i := consortium.Institution{
			Number: uint64(n), Name: fmt.Sprint("Hospital ", n), LegalGroup: fmt.Sprint("Group ", n),
			Kind: consortium.INSTITUTION_KIND_HOSPITAL, Status: consortium.INSTITUTION_STATUS_ACTIVE, ConsensusKey: &public,
			Idle: !slices.Contains(c.setAt(1), n),
		}
		state.Institutions = append(state.Institutions, i)
	}
	members, err := codec.NewProtoCodec(codectypes.NewInterfaceRegistry()).MarshalJSON(state)
	require.NoError(t, err)
	document, err := json.Marshal(&genutiltypes.AppGenesis{
		AppName: "dmdld", ChainID: c.id, GenesisTime: genesisTime, InitialHeight: 1,
		Consensus: &genutiltypes.ConsensusGenesis{Params: types.DefaultConsensusParams()},
		AppState:  fmt.Appendf(nil, `{"auth": {}, %q: %s}`, consortium.ModuleName, members),
	})
	require.NoError(t, err)
	return document
}
