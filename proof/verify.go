package proof

import (
	"github.com/cometbft/cometbft/types"
)

// Options are what a verifier may know beside the root of trust.
type Options struct {
	// Original is a document to compare with what was recorded, or nil. It asks
	// for a content bundle.
	Original Original
	// Predecessors are ids of chains that the bundle's chain is known to
	// continue. A pinned genesis names its own.
	Predecessors []string
}

// Verify verifies a bundle from the root of trust to the record, and returns
// what that proves. It fails with an *Error that names the part at fault; a
// bundle of which any part fails proves nothing. An original that differs is no
// failure of the bundle: the report says it.
func Verify(bundle []byte, root Root, o Options) (Report, error) {
	b, err := Parse(bundle)
	if err != nil {
		return Report{}, err
	}
	blocks, err := b.blocks()
	if err != nil {
		return Report{}, err
	}
	steps, err := walk(blocks, root)
	if err != nil {
		return Report{}, err
	}
	header := blocks[len(blocks)-1].Header
	batch, leaf, standing, err := b.verifyRecord(state{appHash: header.AppHash, store: b.Store})
	if err != nil {
		return Report{}, err
	}
	r := newReport(b, root, steps, header)
	r.addRecord(leaf, batch)
	r.addStanding(b, standing)
	if err := r.addContent(b, leaf, root, o); err != nil {
		return Report{}, err
	}
	r.conclude()
	return r, nil
}

// blocks decodes the light blocks, of which there must be one at least.
func (b *Bundle) blocks() ([]*types.LightBlock, error) {
	if len(b.Blocks) == 0 {
		return nil, failed(PartHeader, "the bundle holds no light block")
	}
	blocks := make([]*types.LightBlock, len(b.Blocks))
	for i, block := range b.Blocks {
		lb, err := block.decode()
		if err != nil {
			return nil, err
		}
		if i > 0 && lb.Height <= blocks[i-1].Height {
			return nil, failed(PartHeader, "block %d comes after block %d: heights must ascend", lb.Height, blocks[i-1].Height)
		}
		blocks[i] = lb
	}
	if last := blocks[len(blocks)-1].Height; b.Height < 1 || last-1 != b.Height {
		return nil, failed(PartHeader, "the last block is %d, and the state of height %d is proven by the one after it", last, b.Height)
	}
	return blocks, nil
}
