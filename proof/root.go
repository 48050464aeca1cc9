package proof

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/cometbft/cometbft/types"
)

// Root is a root of trust: what a verifier believes before reading a bundle, and
// all that they have to believe. The verifier chooses it and the report names
// it. Get it by another way than the bundle: from somebody you trust, or from
// several who would not lie together.
//
// The zero Root is refused.
type Root struct {
	// name is the root in words.
	name string
	// genesis is what a pinned genesis says, or nil.
	genesis *trust
	// predecessor is the chain that a pinned genesis continues, or "".
	predecessor string
	// pinned is the pinned header; of one that was given by height and hash alone
	// only these two are set.
	pinned Checkpoint
}

// HeaderRoot pins the header of a height by its hash, 64 hex digits. The hash
// covers the id of the chain.
func HeaderRoot(height int64, hash string) (Root, error) {
	hash = strings.ToLower(hash)
	if err := checkHash(hash); err != nil {
		return Root{}, failed(PartRoot, "header: %w", err)
	}
	if height < 1 {
		return Root{}, failed(PartRoot, "header: heights begin at 1, got %d", height)
	}
	return Root{
		name:   fmt.Sprintf("header %s of height %d", hash, height),
		pinned: Checkpoint{Height: height, HeaderHash: hash},
	}, nil
}

// CheckpointRoot pins the header that a checkpoint names. The checkpoint must
// have been read by ParseCheckpoint or made by CheckpointOf.
func CheckpointRoot(c Checkpoint) Root {
	return Root{
		name:   fmt.Sprintf("checkpoint of chain %s: header %s of height %d", c.ChainID, c.HeaderHash, c.Height),
		pinned: c,
	}
}

// String names the root in words.
func (r Root) String() string { return r.name }

// chosen refuses the zero Root.
func (r Root) chosen() error {
	if r.name == "" {
		return failed(PartRoot, "choose one: a genesis document, a header hash or a checkpoint")
	}
	return nil
}

// enter returns what is believed at the start, and the blocks of the path that
// come after it. Blocks before a pinned one prove nothing and are passed over,
// so that a bundle that leads from the genesis serves a checkpoint too.
func (r Root) enter(blocks []*types.LightBlock) (trust, []*types.LightBlock, error) {
	if r.genesis != nil {
		return *r.genesis, blocks, nil
	}
	if err := r.chosen(); err != nil {
		return trust{}, nil, err
	}
	for i, lb := range blocks {
		if lb.Height == r.pinned.Height {
			return trustIn(lb), blocks[i+1:], r.check(lb.Header)
		}
	}
	first, last := blocks[0].Height, blocks[len(blocks)-1].Height
	if r.pinned.Height > last {
		return trust{}, nil, failed(PartRoot,
			"it pins height %d and the bundle ends at %d: export it again at height %d or later, or use an older root", r.pinned.Height, last, r.pinned.Height-1)
	}
	return trust{}, nil, failed(PartRoot,
		"it pins height %d, which is not among the %d blocks from %d to %d: export the bundle again for this root", r.pinned.Height, len(blocks), first, last)
}

// check compares a header with the pinned one.
func (r Root) check(h *types.Header) error {
	if hash := hex.EncodeToString(h.Hash()); hash != r.pinned.HeaderHash {
		return failed(PartRoot, "header %d of the bundle has hash %s, the pinned one has %s", h.Height, hash, r.pinned.HeaderHash)
	}
	if want := r.pinned.ChainID; want != "" && want != h.ChainID {
		return failed(PartRoot, "the checkpoint is of chain %q, its header of chain %q", want, h.ChainID)
	}
	want, err := hex.DecodeString(r.pinned.ValidatorsHash)
	if err != nil || len(want) > 0 && !bytes.Equal(want, h.ValidatorsHash) {
		return failed(PartRoot, "the checkpoint names validator set %s, its header %X", r.pinned.ValidatorsHash, h.ValidatorsHash)
	}
	return nil
}
