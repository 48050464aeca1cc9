package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/light/provider"
	cmttypes "github.com/cometbft/cometbft/types"
)

// maxDrift is how far ahead of the local clock a header may be.
const maxDrift = 10 * time.Second

// judge turns what came of a step of the light client into an error that names
// who was at fault. Faults of witnesses that did no harm are reported. last is
// the newest block that was trusted before the step.
func (v *Verifier) judge(ctx context.Context, last *cmttypes.LightBlock, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("verify headers: %w", ctx.Err())
	}
	var expired light.ErrOldHeaderExpired
	var priorities light.ErrProposerPrioritiesDiverge
	var wrong light.ErrVerificationFailed
	_, own := v.primary.told()
	attacked := errors.Is(err, light.ErrLightClientAttack)
	switch {
	case err != nil && own != nil && !attacked:
		return own
	case v.client.Primary() != provider.Provider(v.primary):
		return newFault(ErrFalseHeader, errors.New("a header on the way to its newest is not signed by those who had to"), v.primary.node.address)
	case errors.As(err, &expired):
		return v.expired(last)
	case errors.As(err, &wrong):
		return newFault(ErrFalseHeader, err, v.primary.node.address)
	case errors.As(err, &priorities):
		return newFault(ErrDiverging, err, v.primary.node.address, v.witnesses[priorities.WitnessIndex].node.address)
	case attacked, errors.Is(err, light.ErrNoWitnesses), errors.Is(err, light.ErrFailedHeaderCrossReferencing):
		return v.deserted(v.witnessFaults(attacked))
	case err != nil:
		return fmt.Errorf("verify headers: %w", err)
	}
	for _, fault := range v.witnessFaults(false) {
		v.report(fault)
	}
	return nil
}

// deserted says why no witness confirmed the primary's header: that some show
// another, that one lied, or else what became of each.
func (v *Verifier) deserted(faults []*Fault) *Fault {
	var differ []error
	all, nodes := make([]error, len(faults)), []string{v.primary.node.address}
	for i, fault := range faults {
		all[i] = fault
		if fault.is(ErrDiverging) {
			differ, nodes = append(differ, fault.Reason), append(nodes, fault.Nodes[1])
		}
	}
	if len(differ) > 0 {
		return newFault(ErrDiverging, errors.Join(differ...), nodes...)
	}
	if at := slices.IndexFunc(faults, func(f *Fault) bool { return f.is(ErrFalseHeader) }); at >= 0 {
		return faults[at]
	}
	return newFault(ErrUnconfirmed, fmt.Errorf("no witness shows the primary's block: %w", errors.Join(all...)), v.addresses()...)
}

func (v *Verifier) addresses() []string {
	addresses := make([]string, 1+len(v.witnesses))
	for i, p := range v.peers() {
		addresses[i] = p.node.address
	}
	return addresses
}

// witnessFaults lists how witnesses failed in the present step: at most one
// fault each. attacked says that the light client found two signed headers.
func (v *Verifier) witnessFaults(attacked bool) []*Fault {
	var faults []*Fault
	shown, _ := v.primary.told()
	for _, w := range v.witnesses {
		other, fault := w.told()
		for _, height := range slices.Sorted(maps.Keys(other)) {
			if block := shown[height]; block != nil && !bytes.Equal(block.Hash(), other[height].Hash()) {
				silent := fault != nil && !fault.is(ErrFalseHeader)
				fault = v.contradiction(w, block, other[height], attacked || silent)
				break
			}
		}
		if fault != nil {
			faults = append(faults, fault)
		}
	}
	return faults
}

// contradiction is the fault of a witness that shows another block than the
// primary. The witness alone is named if its block cannot follow from what is
// trusted. Where one step does not tell, the light client has tried more, with
// the witness's help: open says that this led to the block or could not be done.
func (v *Verifier) contradiction(w *peer, block, other *cmttypes.LightBlock, open bool) *Fault {
	both := newFault(ErrDiverging, fmt.Errorf("block %d has hash %s at %s, %s at %s", block.Height,
		block.Hash(), v.primary.node.address, other.Hash(), w.node.address), v.primary.node.address, w.node.address)
	trusted, err := v.trusted.LightBlockBefore(other.Height)
	if err != nil {
		return both
	}
	err = v.follows(trusted, other)
	var tooFar light.ErrNewValSetCantBeTrusted
	if errors.As(err, &tooFar) {
		if open {
			err = nil
		}
		if signed := other.ValidatorSet.VerifyCommitLight(v.root.chainID, other.Commit.BlockID, other.Height, other.Commit); signed != nil {
			err = signed
		}
	}
	if err == nil {
		return both
	}
	return newFault(ErrFalseHeader, fmt.Errorf("block %d: %w", other.Height, err), w.node.address)
}

// follows verifies in one step that a block follows from a trusted one.
func (v *Verifier) follows(trusted, block *cmttypes.LightBlock) error {
	return light.Verify(trusted.SignedHeader, trusted.ValidatorSet, block.SignedHeader, block.ValidatorSet,
		TrustingPeriod, v.now(), maxDrift, light.DefaultTrustLevel)
}

// checkAge refuses a newest block that is too old. If a witness has a newer one,
// the primary withholds it; otherwise nobody can be blamed alone.
func (v *Verifier) checkAge(ctx context.Context, head *cmttypes.LightBlock) error {
	age := v.now().Sub(head.Time).Round(time.Second)
	if age <= v.maxAge {
		return nil
	}
	v.head = nil // the next read looks again
	for _, w := range v.witnesses {
		newer, fault := w.fetch(ctx, 0)
		if fault == nil && newer.Height > head.Height && v.follows(head, newer) == nil {
			return newFault(ErrWithheld, fmt.Errorf("its newest block, %d, is %s old, and %s has block %d", head.Height, age, w.node.address, newer.Height), v.primary.node.address)
		}
	}
	return newFault(ErrWithheld, fmt.Errorf("the newest block, %d, is %s old: the chain stands still, or the local clock is wrong", head.Height, age), v.addresses()...)
}
