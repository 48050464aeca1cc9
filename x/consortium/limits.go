package consortium

import (
	"slices"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/errors"
)

// Bounds of what a vote may make of the limits of blocks.
const (
	MinBlockBytes = 2 << 20
	MaxBlockBytes = 16 << 20
	MinBlockGas   = 10_000_000
	MaxBlockGas   = 10_000_000_000
	minEvidence   = 1 << 10
)

// CheckLimits checks new consensus parameters against their bounds and against
// the present ones. What is too small stops the chain for good, and evidence
// that expires earlier would let a double signer go.
func CheckLimits(now cmtproto.ConsensusParams, msg *MsgUpdateConsensusParams) error {
	switch {
	case msg.BlockMaxBytes < MinBlockBytes || msg.BlockMaxBytes > MaxBlockBytes:
		return errors.Wrapf(ErrConsensusParams, "block_max_bytes %d is not between %d and %d", msg.BlockMaxBytes, MinBlockBytes, MaxBlockBytes)
	case msg.BlockMaxGas < MinBlockGas || msg.BlockMaxGas > MaxBlockGas:
		return errors.Wrapf(ErrConsensusParams, "block_max_gas %d is not between %d and %d", msg.BlockMaxGas, MinBlockGas, int64(MaxBlockGas))
	case now.Evidence != nil && msg.EvidenceMaxAgeBlocks < now.Evidence.MaxAgeNumBlocks:
		return errors.Wrapf(ErrConsensusParams, "evidence_max_age_blocks %d is below the present %d", msg.EvidenceMaxAgeBlocks, now.Evidence.MaxAgeNumBlocks)
	case now.Evidence != nil && msg.EvidenceMaxAgeDuration < now.Evidence.MaxAgeDuration:
		return errors.Wrapf(ErrConsensusParams, "evidence_max_age_duration %s is below the present %s", msg.EvidenceMaxAgeDuration, now.Evidence.MaxAgeDuration)
	case msg.EvidenceMaxBytes < minEvidence || msg.EvidenceMaxBytes > msg.BlockMaxBytes/4:
		return errors.Wrapf(ErrConsensusParams, "evidence_max_bytes %d is not between %d and a quarter of the block", msg.EvidenceMaxBytes, minEvidence)
	case len(msg.PubKeyTypes) == 0:
		return errors.Wrap(ErrConsensusParams, "pub_key_types is empty")
	}
	for at, keyType := range msg.PubKeyTypes {
		if _, known := cmttypes.ABCIPubKeyTypesToNames[keyType]; !known {
			return errors.Wrapf(ErrConsensusParams, "pub_key_types[%d] %q is unknown to CometBFT", at, keyType)
		}
		if slices.Contains(msg.PubKeyTypes[:at], keyType) {
			return errors.Wrapf(ErrConsensusParams, "pub_key_types[%d] %q is repeated", at, keyType)
		}
	}
	return nil
}
