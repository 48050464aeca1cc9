package proof

import (
	"context"
	"errors"

	"github.com/cometbft/cometbft/types"
)

// findPath returns few light blocks that lead from the root of trust to the
// block of a height.
func findPath(ctx context.Context, source Source, root Root, height int64) ([]Block, error) {
	if err := root.chosen(); err != nil {
		return nil, err
	}
	var path []*types.LightBlock
	if root.genesis == nil && root.pinned.Height < height {
		pinned, err := fetch(ctx, source, root.pinned.Height)
		if err != nil {
			return nil, err
		}
		path = append(path, pinned)
	}
	target, err := fetch(ctx, source, height)
	if err != nil {
		return nil, err
	}
	believed, rest, err := root.enter(append(path, target))
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		found, err := bisect(ctx, source, believed, target)
		if err != nil {
			return nil, err
		}
		path = append(path, shorten(believed, found)...)
	} else {
		path = []*types.LightBlock{target}
	}
	blocks := make([]Block, len(path))
	for i, lb := range path {
		if blocks[i], err = newBlock(lb); err != nil {
			return nil, failed(PartSource, "block %d: %w", lb.Height, err)
		}
	}
	return blocks, nil
}

func fetch(ctx context.Context, source Source, height int64) (*types.LightBlock, error) {
	lb, err := source.LightBlock(ctx, height)
	if err == nil && !isComplete(lb) {
		err = errIncomplete
	}
	if err == nil {
		err = lb.ValidateBasic(lb.ChainID)
	}
	if err != nil {
		return nil, failed(PartSource, "light block %d: %w", height, err)
	}
	if lb.Height != height {
		return nil, failed(PartSource, "it answered with block %d when asked for %d", lb.Height, height)
	}
	return lb, nil
}

// bisect looks for a path as CometBFT's light client does: it tries the target
// and, while too few of the trusted validators signed it, a block half way.
func bisect(ctx context.Context, source Source, believed trust, target *types.LightBlock) ([]*types.LightBlock, error) {
	var path []*types.LightBlock
	for wanted := []*types.LightBlock{target}; len(wanted) > 0; {
		next := wanted[len(wanted)-1]
		err := check(next, believed.chainID)
		if err == nil {
			err = believed.vouchesFor(next)
		}
		switch {
		case err == nil:
			path, wanted, believed = append(path, next), wanted[:len(wanted)-1], trustIn(next)
		case errors.Is(err, errTooFar): // never of the next height, so there is a block between
			half, err := fetch(ctx, source, believed.height+(next.Height-believed.height)/2)
			if err != nil {
				return nil, err
			}
			wanted = append(wanted, half)
		default:
			return nil, err
		}
	}
	return path, nil
}

// shorten leaves out the blocks of a verified path that are not needed.
func shorten(believed trust, path []*types.LightBlock) []*types.LightBlock {
	var short []*types.LightBlock
	for len(path) > 0 {
		at := len(path) - 1
		for at > 0 && believed.vouchesFor(path[at]) != nil {
			at--
		}
		short, believed, path = append(short, path[at]), trustIn(path[at]), path[at+1:]
	}
	return short
}
