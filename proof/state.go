package proof

import (
	"time"

	"github.com/cometbft/cometbft/types"
)

// State is the state of a chain at one height, as a verified header names it by
// its app hash. Only VerifyState makes one; the zero State holds nothing.
type State struct {
	header *types.Header
	steps  []Step
}

// VerifyState verifies light blocks from the root of trust to the last, which is
// of the height after that of the state, and returns the state.
func VerifyState(blocks []Block, height int64, root Root) (State, error) {
	decoded, err := decodeBlocks(blocks, height)
	if err != nil {
		return State{}, err
	}
	steps, err := walk(decoded, root)
	if err != nil {
		return State{}, err
	}
	return State{header: decoded[len(decoded)-1].Header, steps: steps}, nil
}

// Height is the height of the state.
func (s State) Height() int64 { return s.header.Height - 1 }

// Checkpoint names the header that proves the state, of the next height.
func (s State) Checkpoint() Checkpoint { return CheckpointOf(s.header) }

// Time is that header's time by the validators' clocks.
func (s State) Time() time.Time { return s.header.Time }

// Steps are the light blocks from the root of trust to that header.
func (s State) Steps() []Step { return s.steps }

// Holds verifies that a store has the entry at a raw key: its value, or nothing if
// the entry has none. Root is the proof of the store in the app hash.
func (s State) Holds(store string, root, key []byte, entry Entry) error {
	if s.header == nil {
		return failed(PartHeader, "no state was verified")
	}
	return holds(s.header.AppHash, store, root, key, entry)
}

// decodeBlocks decodes the light blocks, of which there must be one at least.
func decodeBlocks(encoded []Block, height int64) ([]*types.LightBlock, error) {
	if len(encoded) == 0 {
		return nil, failed(PartHeader, "the bundle holds no light block")
	}
	blocks := make([]*types.LightBlock, len(encoded))
	for i, block := range encoded {
		lb, err := block.decode()
		if err != nil {
			return nil, err
		}
		if i > 0 && lb.Height <= blocks[i-1].Height {
			return nil, failed(PartHeader, "block %d comes after block %d: heights must ascend", lb.Height, blocks[i-1].Height)
		}
		blocks[i] = lb
	}
	if last := blocks[len(blocks)-1].Height; height < 1 || last-1 != height {
		return nil, failed(PartHeader, "the last block is %d, and the state of height %d is proven by the one after it", last, height)
	}
	return blocks, nil
}
