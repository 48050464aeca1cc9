package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"

	"github.com/dmdl-network/dmdl/genesis"
)

// Root is where a verifier's trust begins: a block that it recognises without
// asking anyone. It is made by GenesisRoot or HeaderRoot.
type Root struct {
	chainID string
	height  int64
	hash    []byte // of the header, or of the genesis document
	// members and time are those of the first block, if the root is a genesis.
	members *cmttypes.ValidatorSet
	time    time.Time
}

// GenesisRoot trusts a genesis document, which all members have compared. The
// validators that it lists must have signed the first block, at its time.
func GenesisRoot(document []byte) (Root, error) {
	hash, err := genesis.Hash(document)
	if err != nil {
		return Root{}, err
	}
	doc, err := genutiltypes.AppGenesisFromReader(bytes.NewReader(document))
	if err != nil {
		return Root{}, fmt.Errorf("genesis document: %w", err)
	}
	if doc.GenesisTime.IsZero() {
		return Root{}, errors.New("the genesis document has no genesis_time")
	}
	members, err := firstValidators(doc)
	if err != nil {
		return Root{}, fmt.Errorf("genesis document: %w", err)
	}
	return Root{chainID: doc.ChainID, height: doc.InitialHeight, hash: hash, members: members, time: doc.GenesisTime}, nil
}

// ChainID is the id of the chain whose root it is.
func (r Root) ChainID() string { return r.chainID }

// HeaderRoot trusts the header of a height by its hash of 32 bytes, which was
// learned from people one trusts.
func HeaderRoot(chainID string, height int64, hash []byte) (Root, error) {
	switch {
	case chainID == "":
		return Root{}, errors.New("no chain id given")
	case height < 1:
		return Root{}, fmt.Errorf("height %d: blocks count from 1", height)
	case len(hash) != 32:
		return Root{}, fmt.Errorf("hash of %d bytes: a header's has 32", len(hash))
	}
	return Root{chainID: chainID, height: height, hash: bytes.Clone(hash)}, nil
}

// firstValidators reads the set that the chain begins with.
func firstValidators(doc *genutiltypes.AppGenesis) (*cmttypes.ValidatorSet, error) {
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles:     proto.HybridResolver,
		SigningOptions: txsigning.Options{AddressCodec: addresses, ValidatorAddressCodec: addresses},
	})
	if err != nil {
		return nil, err
	}
	register(registry)
	state, err := genesis.State(genesis.Codec{Codec: codec.NewProtoCodec(registry)}, doc)
	if err != nil {
		return nil, err
	}
	return genesis.Validators(state.Institutions)
}

// mark tells this root from others.
func (r Root) mark() []byte {
	kind := "header"
	if r.members != nil {
		kind = "genesis"
	}
	return fmt.Appendf(nil, "%s/%s/%d/%X", kind, r.chainID, r.height, r.hash)
}

// check verifies that a light block of the root's height, consistent in itself
// and of the root's chain, is the one that the root means.
func (r Root) check(block *cmttypes.LightBlock) error {
	signers := block.ValidatorSet
	if r.members == nil {
		if got := block.Hash(); !bytes.Equal(got, r.hash) {
			return fmt.Errorf("block %d has hash %s, not %X, which is trusted", block.Height, got, r.hash)
		}
	} else {
		signers = r.members
		if want := r.members.Hash(); !bytes.Equal(block.ValidatorsHash, want) {
			return fmt.Errorf("the validators of block %d have hash %s, not %X as in the genesis document", block.Height, block.ValidatorsHash, want)
		}
		if !block.Time.Equal(r.time) {
			return fmt.Errorf("block %d is of %s, not of %s as in the genesis document", block.Height, block.Time, r.time)
		}
	}
	return signers.VerifyCommitLight(r.chainID, block.Commit.BlockID, block.Height, block.Commit)
}
