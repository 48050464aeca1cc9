package proof

import (
	"bytes"
	"errors"

	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

// Block is a light block: a header, who signed it, and who was to sign. The
// encodings are CometBFT's own, and only what its hashes cover is in them.
type Block struct {
	// Header is the encoded tendermint.types.Header.
	Header []byte `json:"header"`
	// Commit is the encoded tendermint.types.Commit for the header.
	Commit []byte `json:"commit"`
	// Validators are encoded tendermint.types.SimpleValidator, in the order of
	// the set: the leaves of the tree whose root is the header's validators hash.
	Validators [][]byte `json:"validators"`
}

var errIncomplete = errors.New("it lacks header, commit or validators")

func isComplete(lb *types.LightBlock) bool {
	return lb != nil && lb.SignedHeader != nil && lb.Header != nil && lb.Commit != nil && !lb.ValidatorSet.IsNilOrEmpty()
}

func newBlock(lb *types.LightBlock) (Block, error) {
	if !isComplete(lb) {
		return Block{}, errIncomplete
	}
	header, err := lb.Header.ToProto().Marshal()
	if err != nil {
		return Block{}, err
	}
	commit, err := lb.Commit.ToProto().Marshal()
	if err != nil {
		return Block{}, err
	}
	b := Block{Header: header, Commit: commit, Validators: make([][]byte, 0, lb.ValidatorSet.Size())}
	for _, v := range lb.ValidatorSet.Validators {
		b.Validators = append(b.Validators, v.Bytes())
	}
	return b, nil
}

// decode returns the light block, of which only the encoding has been checked.
func (b Block) decode() (*types.LightBlock, error) {
	var header cmtproto.Header
	if err := DecodeMessage(&header, b.Header); err != nil {
		return nil, failed(PartHeader, "%w", err)
	}
	h, err := types.HeaderFromProto(&header)
	if err != nil {
		return nil, failed(PartHeader, "%w", err)
	}
	var commit cmtproto.Commit
	if err := DecodeMessage(&commit, b.Commit); err != nil {
		return nil, failed(PartCommit, "of block %d: %w", h.Height, err)
	}
	c, err := types.CommitFromProto(&commit)
	if err != nil {
		return nil, failed(PartCommit, "of block %d: %w", h.Height, err)
	}
	set, err := decodeValidators(b.Validators)
	if err != nil {
		return nil, failed(PartValidators, "of block %d: %w", h.Height, err)
	}
	return &types.LightBlock{SignedHeader: &types.SignedHeader{Header: &h, Commit: c}, ValidatorSet: set}, nil
}

func decodeValidators(encoded [][]byte) (*types.ValidatorSet, error) {
	list := make([]*types.Validator, len(encoded))
	for i, bz := range encoded {
		var simple cmtproto.SimpleValidator
		if err := DecodeMessage(&simple, bz); err != nil {
			return nil, err
		}
		if simple.PubKey == nil {
			return nil, errors.New("a validator has no key")
		}
		key, err := cryptoenc.PubKeyFromProto(*simple.PubKey)
		if err != nil {
			return nil, err
		}
		list[i] = types.NewValidator(key, simple.VotingPower)
	}
	set, err := validatorSet(list)
	if err != nil {
		return nil, err
	}
	for i, v := range set.Validators {
		if !bytes.Equal(v.Bytes(), encoded[i]) {
			return nil, errors.New("validators are not in the order of the set")
		}
	}
	return set, nil
}

// validatorSet refuses what types.NewValidatorSet panics at: no validators,
// repeated ones, and powers that are not positive or too large together.
func validatorSet(list []*types.Validator) (*types.ValidatorSet, error) {
	if len(list) == 0 {
		return nil, errors.New("there are no validators")
	}
	set := new(types.ValidatorSet)
	return set, set.UpdateWithChangeSet(list)
}

// check verifies a light block by itself: that it belongs to the chain, that the
// validators are those that the header names, and that more than two thirds of
// their power signed. Every signature must be good, so that what a report says
// of them is true. Who the validators are is another question, see trust.
func check(lb *types.LightBlock, chainID string) error {
	h, c := lb.Header, lb.Commit
	if h.ChainID != chainID {
		return failed(PartHeader, "block %d is of chain %q, not %q", h.Height, h.ChainID, chainID)
	}
	if set := lb.ValidatorSet.Hash(); !bytes.Equal(h.ValidatorsHash, set) {
		return failed(PartValidators, "of block %d: the header names set %s, the bundle holds set %X", h.Height, h.ValidatorsHash, set)
	}
	if hash := h.Hash(); c.Height != h.Height || !bytes.Equal(c.BlockID.Hash, hash) {
		return failed(PartCommit, "it signs block %d with hash %s, not block %d with hash %s", c.Height, c.BlockID.Hash, h.Height, hash)
	}
	if err := lb.ValidatorSet.VerifyCommit(chainID, c.BlockID, h.Height, c); err != nil {
		return failed(PartCommit, "of block %d: %w", h.Height, err)
	}
	return nil
}

// signedPower returns the power of those validators of the set that signed for
// the block of a verified commit.
func signedPower(set *types.ValidatorSet, c *types.Commit) int64 {
	var power int64
	for _, signature := range c.Signatures {
		if signature.BlockIDFlag != types.BlockIDFlagCommit {
			continue
		}
		if _, v := set.GetByAddressMut(signature.ValidatorAddress); v != nil {
			power += v.VotingPower
		}
	}
	return power
}
