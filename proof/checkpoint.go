package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/cometbft/cometbft/types"
)

// CheckpointFormat names the format of checkpoints and its version.
const CheckpointFormat = "dmdl-checkpoint/1"

// Checkpoint names one header of a chain. It is small enough to be printed in a
// newspaper, signed by an auditor or stamped by a time-stamp authority, and is a
// root of trust for whoever got it from somebody they believe. A signature or time
// stamp on it is one on what Encode returns, line feed included.
type Checkpoint struct {
	// Format is the constant CheckpointFormat.
	Format string `json:"format"`
	// ChainID is the chain.
	ChainID string `json:"chain_id"`
	// Height is the height of the header.
	Height int64 `json:"height,string"`
	// HeaderHash is the hash of the header, 64 lower-case hex digits.
	HeaderHash string `json:"header_hash"`
	// ValidatorsHash is the hash of that height's validator set, likewise. The
	// header covers it too; it is here to be compared by eye.
	ValidatorsHash string `json:"validators_hash"`
}

// CheckpointOf returns the checkpoint of a header.
func CheckpointOf(h *types.Header) Checkpoint {
	return Checkpoint{
		Format: CheckpointFormat, ChainID: h.ChainID, Height: h.Height,
		HeaderHash: hex.EncodeToString(h.Hash()), ValidatorsHash: hex.EncodeToString(h.ValidatorsHash),
	}
}

// ParseCheckpoint reads a checkpoint as strictly as Parse reads a bundle.
func ParseCheckpoint(encoded []byte) (Checkpoint, error) {
	var c Checkpoint
	if len(encoded) > 4096 {
		return c, failed(PartRoot, "checkpoint: %d bytes are too many", len(encoded))
	}
	if err := Decode(encoded, &c); err != nil {
		return c, failed(PartRoot, "checkpoint: %w", err)
	}
	if c.Format != CheckpointFormat {
		return c, failed(PartRoot, "checkpoint: %.40q is not %q, which this program reads", c.Format, CheckpointFormat)
	}
	if c.ChainID == "" || c.Height < 1 {
		return c, failed(PartRoot, "checkpoint: it names no chain or no height")
	}
	for _, hash := range []string{c.HeaderHash, c.ValidatorsHash} {
		if err := checkHash(hash); err != nil {
			return c, failed(PartRoot, "checkpoint: %w", err)
		}
	}
	return c, nil
}

// checkHash checks that a hash is in lower-case hex.
func checkHash(text string) error {
	hash, err := hex.DecodeString(text)
	if err != nil || len(hash) != sha256.Size || hex.EncodeToString(hash) != text {
		return fmt.Errorf("%.80q is not a hash of %d lower-case hex digits", text, 2*sha256.Size)
	}
	return nil
}
