package ledgertest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// Validator is the consensus key with a number, the same in every test.
func Validator(number byte) crypto.PrivKey {
	return ed25519.GenPrivKeyFromSecret([]byte{'v', number})
}

// Validators are the numbers of validators, each with power 1.
type Validators []byte

func (v Validators) set() *cmttypes.ValidatorSet {
	members := make([]*cmttypes.Validator, len(v))
	for i, number := range v {
		members[i] = cmttypes.NewValidator(Validator(number).PubKey(), 1)
	}
	return cmttypes.NewValidatorSet(members)
}

// Write sets a key of a store.
type Write struct {
	Store      string
	Key, Value []byte
}

// Signed is a chain whose state and signatures are real: its blocks commit IAVL
// stores, each header has the app hash of the block before, and each commit is
// signed by all validators. Nothing in it is random, so that two chains made in
// the same way are one, and part where they are made otherwise.
type Signed struct {
	id       string
	start    time.Time
	interval time.Duration

	mu      sync.Mutex
	stores  *rootmulti.Store
	keys    map[string]*storetypes.KVStoreKey
	current Validators // who sign the next block
	next    Validators // who sign the one after it
	blocks  []*cmttypes.LightBlock
	appHash []byte
}

// NewSigned makes a chain without blocks. The first one will have the time start.
func NewSigned(t testing.TB, id string, start time.Time, interval time.Duration, first Validators, stores ...string) *Signed {
	t.Helper()
	c := &Signed{
		id: id, start: start, interval: interval, current: first, next: first,
		stores: rootmulti.NewStore(dbm.NewMemDB(), log.NewNopLogger()), keys: make(map[string]*storetypes.KVStoreKey),
	}
	for _, name := range stores {
		c.keys[name] = storetypes.NewKVStoreKey(name)
		c.stores.MountStoreWithDB(c.keys[name], storetypes.StoreTypeIAVL, nil)
	}
	require.NoError(t, c.stores.LoadLatestVersion())
	empty := sha256.Sum256(nil)
	c.appHash = empty[:]
	return c
}

// Appoint changes who sign: from the block after the next one on.
func (c *Signed) Appoint(validators ...byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = validators
}

// Grow makes a number of blocks, the first of which writes, and returns the
// height.
func (c *Signed) Grow(t testing.TB, blocks int, writes ...Write) int64 {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for range blocks {
		block := c.header(t)
		for _, w := range writes {
			c.stores.GetKVStore(c.keys[w.Store]).Set(w.Key, w.Value)
		}
		writes, c.appHash = nil, c.stores.Commit().Hash
		c.blocks = append(c.blocks, block)
		c.current = c.next
	}
	return c.height()
}

// Time is the time of the newest block.
func (c *Signed) Time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocks[len(c.blocks)-1].Time
}

// Block is the block of a height.
func (c *Signed) Block(height int64) *cmttypes.LightBlock {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocks[height-1]
}

func (c *Signed) height() int64 { return int64(len(c.blocks)) }

// header is the next block's header with its commit and validators.
func (c *Signed) header(t testing.TB) *cmttypes.LightBlock {
	t.Helper()
	height, at := c.height()+1, c.start.Add(time.Duration(len(c.blocks))*c.interval)
	set := c.current.set()
	header := &cmttypes.Header{
		Version: cmtversion.Consensus{Block: version.BlockProtocol},
		ChainID: c.id, Height: height, Time: at, AppHash: c.appHash,
		ValidatorsHash: set.Hash(), NextValidatorsHash: c.next.set().Hash(), ProposerAddress: set.Proposer.Address,
	}
	if last := len(c.blocks) - 1; last >= 0 {
		header.LastBlockID = c.blocks[last].Commit.BlockID
	}
	commit, err := SignHeader(header, c.current)
	require.NoError(t, err)
	return &cmttypes.LightBlock{SignedHeader: &cmttypes.SignedHeader{Header: header, Commit: commit}, ValidatorSet: set}
}

// SignHeader makes a commit for a header with the signatures of some
// validators, as if they were all.
func SignHeader(header *cmttypes.Header, signers Validators) (*cmttypes.Commit, error) {
	hash := header.Hash()
	id := cmttypes.BlockID{Hash: hash, PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: hash}}
	commit := &cmttypes.Commit{Height: header.Height, BlockID: id}
	keys := make(map[string]crypto.PrivKey)
	for _, number := range signers {
		keys[string(Validator(number).PubKey().Address())] = Validator(number)
	}
	for index, v := range signers.set().Validators {
		vote := cmttypes.Vote{
			Type: cmtproto.PrecommitType, Height: header.Height, BlockID: id, Timestamp: header.Time,
			ValidatorAddress: v.Address, ValidatorIndex: int32(index),
		}
		signature, err := keys[string(v.Address)].Sign(cmttypes.VoteSignBytes(header.ChainID, vote.ToProto()))
		if err != nil {
			return nil, fmt.Errorf("sign block %d: %w", header.Height, err)
		}
		commit.Signatures = append(commit.Signatures, cmttypes.CommitSig{
			BlockIDFlag: cmttypes.BlockIDFlagCommit, ValidatorAddress: v.Address, Timestamp: header.Time, Signature: signature,
		})
	}
	return commit, nil
}

// query answers as an application does, refusals included.
func (c *Signed) query(store string, key []byte, height int64) abci.ResponseQuery {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, err := c.stores.Query(&storetypes.RequestQuery{Path: "/" + store + "/key", Data: key, Height: height, Prove: true})
	if err != nil {
		return abci.ResponseQuery{Codespace: "sdk", Code: 18, Log: err.Error()}
	}
	answer.Value = bytes.Clone(answer.Value) // it is the store's own, and nodes lie
	return abci.ResponseQuery(*answer)
}
