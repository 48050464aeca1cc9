package proof

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/types"
)

// trust is what is believed of one height of a chain.
type trust struct {
	chainID string
	height  int64
	time    time.Time
	// validators are those of the height.
	validators *types.ValidatorSet
	// next is the hash of the validators of the next height.
	next []byte
}

func trustIn(lb *types.LightBlock) trust {
	return trust{
		chainID: lb.ChainID, height: lb.Height, time: lb.Time,
		validators: lb.ValidatorSet, next: lb.NextValidatorsHash,
	}
}

// errTooFar says that too few of the trusted validators signed a block for one
// step to lead to it.
var errTooFar = errors.New("a third of the power that the step starts from, or less, signed it")

// vouchesFor verifies that a checked block follows from what is believed. It
// holds the rules of CometBFT's light client, except that it asks no clock: the
// next height must have the validators that are announced for it, and a later
// one must be signed by more than a third of the validators that are believed.
func (t trust) vouchesFor(lb *types.LightBlock) error {
	if lb.Height <= t.height {
		return failed(PartHeader, "block %d does not come after height %d, which is trusted", lb.Height, t.height)
	}
	if !lb.Time.After(t.time) {
		return failed(PartHeader, "block %d is of %s, which is not after height %d", lb.Height, lb.Time, t.height)
	}
	if lb.Height == t.height+1 {
		if !bytes.Equal(lb.ValidatorsHash, t.next) {
			return failed(PartValidators, "of block %d: height %d announces set %X, not %s", lb.Height, t.height, t.next, lb.ValidatorsHash)
		}
		return nil
	}
	err := t.validators.VerifyCommitLightTrusting(t.chainID, lb.Commit, light.DefaultTrustLevel)
	if types.IsErrNotEnoughVotingPowerSigned(err) {
		return failed(PartValidators, "from height %d to block %d: %w", t.height, lb.Height, errTooFar)
	}
	if err != nil {
		return failed(PartCommit, "of block %d: %w", lb.Height, err)
	}
	return nil
}

// Step is one light block on the way from the root of trust.
type Step struct {
	// Height is the height of the block.
	Height int64 `json:"height,string"`
	// Signed is the power of the block's own validators that signed it.
	Signed int64 `json:"signed,string"`
	// Power is the power of all of them.
	Power int64 `json:"power,string"`
	// Vouching is the power, among the validators of the step before, that
	// signed the block; 0 for a block that is pinned by its hash.
	Vouching int64 `json:"vouching,string"`
	// Before is the power of all validators of the step before, or 0.
	Before int64 `json:"before,string"`
}

// walk verifies the blocks of a bundle from the root of trust to the last.
func walk(blocks []*types.LightBlock, root Root) ([]Step, error) {
	believed, rest, err := root.enter(blocks)
	if err != nil {
		return nil, err
	}
	var steps []Step
	if at := len(blocks) - len(rest); at > 0 { // the root pins a block
		pinned := blocks[at-1]
		if err := check(pinned, believed.chainID); err != nil {
			return nil, err
		}
		steps = append(steps, stepTo(pinned))
	}
	for _, lb := range rest {
		if err := check(lb, believed.chainID); err != nil {
			return nil, err
		}
		if err := believed.vouchesFor(lb); err != nil {
			return nil, err
		}
		step := stepTo(lb)
		step.Vouching, step.Before = signedPower(believed.validators, lb.Commit), believed.validators.TotalVotingPower()
		steps = append(steps, step)
		believed = trustIn(lb)
	}
	return steps, nil
}

func stepTo(lb *types.LightBlock) Step {
	return Step{Height: lb.Height, Signed: signedPower(lb.ValidatorSet, lb.Commit), Power: lb.ValidatorSet.TotalVotingPower()}
}

// String returns the step in words.
func (s Step) String() string {
	text := fmt.Sprintf("block %d, signed by %d of %d of the power", s.Height, s.Signed, s.Power)
	if s.Before > 0 {
		text += fmt.Sprintf(", among it %d of %d of the step before", s.Vouching, s.Before)
	}
	return text
}
