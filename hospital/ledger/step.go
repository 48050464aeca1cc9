package ledger

import (
	"bytes"
	"context"
	"fmt"

	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/light/provider"
	cmttypes "github.com/cometbft/cometbft/types"
)

// exclusively runs f while no other goroutine uses the light client.
func (v *Verifier) exclusively(ctx context.Context, f func() error) error {
	select {
	case v.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-v.turn }()
	if v.trusted == nil {
		return errClosed
	}
	return f()
}

// newest returns the newest block, verified and not too old.
func (v *Verifier) newest(ctx context.Context) (head *cmttypes.LightBlock, err error) {
	err = v.exclusively(ctx, func() error {
		if v.head == nil || v.now().Sub(v.looked) >= shareHead {
			if err := v.look(ctx); err != nil {
				return err
			}
		}
		head = v.head
		return v.checkAge(ctx, head)
	})
	return head, err
}

// look verifies the primary's newest block.
func (v *Verifier) look(ctx context.Context) error {
	looked := v.now()
	head, err := v.step(ctx, func(c *light.Client) (*cmttypes.LightBlock, error) { return c.Update(ctx, v.now()) })
	if err != nil {
		return err
	}
	if head == nil { // no newer one
		if head, err = v.lastTrusted(); err != nil {
			return err
		}
		if err := v.compareLast(head); err != nil {
			return err
		}
	}
	v.head, v.looked = head, looked
	return nil
}

// compareLast checks that the primary, which has nothing newer, has the newest
// block that was verified.
func (v *Verifier) compareLast(last *cmttypes.LightBlock) error {
	shown, _ := v.primary.told()
	block := shown[last.Height]
	switch {
	case block == nil:
		return newFault(ErrWithheld, fmt.Errorf("its newest block comes before block %d, which is verified already", last.Height), v.primary.node.address)
	case !bytes.Equal(block.Hash(), last.Hash()):
		return newFault(ErrFalseHeader, fmt.Errorf("block %d has hash %s, not %s, which is verified already", last.Height, block.Hash(), last.Hash()), v.primary.node.address)
	}
	return nil
}

// lastTrusted returns the newest block that was verified.
func (v *Verifier) lastTrusted() (*cmttypes.LightBlock, error) {
	height, err := v.trusted.LastLightBlockHeight()
	if err != nil {
		return nil, err
	}
	return v.trusted.LightBlock(height)
}

// at returns the block of a height, which may be as old as the chain.
func (v *Verifier) at(ctx context.Context, height int64) (block *cmttypes.LightBlock, err error) {
	err = v.exclusively(ctx, func() error {
		if err := v.reach(ctx, height); err != nil {
			return err
		}
		first, err := v.trusted.FirstLightBlockHeight()
		switch {
		case err != nil:
			return err
		case height < first && height == v.root.height:
			block, err = v.rootBlock(ctx)
		case height < first:
			block, err = v.compared(ctx, height)
		default:
			block, err = v.step(ctx, func(c *light.Client) (*cmttypes.LightBlock, error) {
				return c.VerifyLightBlockAtHeight(ctx, height, v.now())
			})
		}
		return err
	})
	return block, err
}

// reach looks for newer blocks if a height is above the last that was verified.
func (v *Verifier) reach(ctx context.Context, height int64) error {
	last, err := v.trusted.LastLightBlockHeight()
	if err != nil || height <= last {
		return err
	}
	if err := v.look(ctx); err != nil {
		return err
	}
	if height > v.head.Height {
		return fmt.Errorf("%w: height %d, the newest is %d (try again later)", ErrTooYoung, height, v.head.Height)
	}
	return nil
}

// step lets the light client do one thing and finds out who was at fault if it
// fails. The client drops nodes at which it takes offence; after that, or an
// error, it is made anew and asks all nodes again.
func (v *Verifier) step(ctx context.Context, do func(*light.Client) (*cmttypes.LightBlock, error)) (*cmttypes.LightBlock, error) {
	if err := v.begin(ctx); err != nil {
		return nil, err
	}
	for _, p := range v.peers() {
		p.forget()
	}
	last, err := v.lastTrusted()
	if err != nil {
		return nil, err
	}
	block, err := do(v.client)
	err = v.judge(ctx, last, err)
	if err != nil || len(v.client.Witnesses()) != len(v.witnesses) || v.client.Primary() != provider.Provider(v.primary) {
		v.client, v.head = nil, nil
	}
	return block, err
}

// begin makes the light client, and if need be lets trust begin at its root.
func (v *Verifier) begin(ctx context.Context) error {
	if v.client != nil {
		return nil
	}
	last, err := v.trusted.LastLightBlockHeight()
	if err != nil {
		return err
	}
	if last < 0 {
		block, err := v.rootBlock(ctx)
		if err != nil {
			return err
		}
		if light.HeaderExpired(block.SignedHeader, TrustingPeriod, v.now()) {
			return v.expired(block)
		}
		if err := v.trusted.SaveLightBlock(block); err != nil {
			return err
		}
	}
	witnesses := make([]provider.Provider, len(v.witnesses)) // the client changes it
	for i, w := range v.witnesses {
		witnesses[i] = w
	}
	v.client, err = light.NewClientFromTrustedStore(v.root.chainID, TrustingPeriod, v.primary, witnesses, v.trusted, light.MaxClockDrift(maxDrift))
	return err
}

func (v *Verifier) expired(block *cmttypes.LightBlock) error {
	return fmt.Errorf("%w: block %d, of %s, is the last that was verified: learn the hash of a newer block from several institutions and begin with it",
		ErrTrustExpired, block.Height, block.Time)
}

// rootBlock gets the root's block from the first node that has it. None is
// believed: the root itself says whether it is the right one.
func (v *Verifier) rootBlock(ctx context.Context) (*cmttypes.LightBlock, error) {
	var first *Fault
	for _, p := range v.peers() {
		block, fault := p.fetch(ctx, v.root.height)
		if fault == nil {
			err := v.root.check(block)
			if err == nil {
				return block, nil
			}
			fault = newFault(ErrFalseHeader, err, p.node.address)
		}
		if fault.is(ErrFalseHeader) {
			return nil, fault
		}
		if first == nil {
			first = fault
		}
	}
	return nil, first
}

// compared gets an old block that primary and at least one witness show alike.
func (v *Verifier) compared(ctx context.Context, height int64) (*cmttypes.LightBlock, error) {
	block, fault := v.primary.fetch(ctx, height)
	if fault != nil {
		return nil, fault
	}
	var confirmed bool
	var faults []*Fault
	for _, w := range v.witnesses {
		other, fault := w.fetch(ctx, height)
		switch {
		case fault != nil:
			faults = append(faults, fault)
		case !bytes.Equal(other.Hash(), block.Hash()):
			return nil, newFault(ErrDiverging, fmt.Errorf("block %d: %s and %s", height, block.Hash(), other.Hash()), v.primary.node.address, w.node.address)
		default:
			confirmed = true
		}
	}
	if !confirmed {
		return nil, v.deserted(faults)
	}
	return block, nil
}
