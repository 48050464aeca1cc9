package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cometbft/cometbft/light/provider"
	lighthttp "github.com/cometbft/cometbft/light/provider/http"
	cmttypes "github.com/cometbft/cometbft/types"
)

const (
	// headerTimeout bounds the wait for a light block of the own node. It is
	// shorter than callTimeout, because the provider below sleeps long after that.
	headerTimeout = 5 * time.Second
	// witnessPatience bounds the wait for a witness, which includes that a block
	// reaches it: a fraction of a second if it is in step.
	witnessPatience = 3 * time.Second
	// lookAgain is the pause between two looks for such a block.
	lookAgain = 50 * time.Millisecond
)

// peer is a node as the light client sees it. It remembers what the node showed
// and how it failed, because the light client does not say which node was at
// fault.
type peer struct {
	provider.Provider // asks over HTTP

	node *Node
	// primary is the own node. The light client would replace a primary that
	// fails by a witness and then ask that one alone. It gives up only if the
	// context ends, so this is what it is told.
	primary  bool
	patience time.Duration

	mu    sync.Mutex
	shown map[int64]*cmttypes.LightBlock
	fault *Fault
	slow  bool // it failed the last time
}

func newPeer(chainID, address string, primary bool) (*peer, error) {
	node, err := NewNode(address)
	if err != nil {
		return nil, err
	}
	p := &peer{Provider: lighthttp.NewWithClient(chainID, node.rpc), node: node, primary: primary, patience: witnessPatience}
	if primary {
		p.patience = headerTimeout
	}
	p.forget()
	return p, nil
}

// forget begins a new step of the light client.
func (p *peer) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown, p.fault = make(map[int64]*cmttypes.LightBlock), nil
}

// told returns what the node showed and how it failed since forget.
func (p *peer) told() (map[int64]*cmttypes.LightBlock, *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown, p.fault
}

// LightBlock is how the light client asks; height 0 is the newest.
func (p *peer) LightBlock(ctx context.Context, height int64) (*cmttypes.LightBlock, error) {
	block, fault := p.fetch(ctx, height)
	p.mu.Lock()
	defer p.mu.Unlock()
	if fault == nil {
		p.shown[block.Height] = block
		return block, nil
	}
	p.fault = fault
	switch {
	case p.primary:
		return nil, context.Canceled
	case fault.is(ErrFalseHeader): // the light client counts it as a lie
		return nil, provider.ErrBadLightBlock{Reason: fault}
	}
	return nil, provider.ErrNoResponse
}

// fetch asks for a light block, which is consistent in itself if there is no
// fault. A witness is given time to come by it.
func (p *peer) fetch(ctx context.Context, height int64) (*cmttypes.LightBlock, *Fault) {
	ctx, cancel := context.WithTimeout(ctx, p.limit())
	defer cancel()
	block, err := p.ask(ctx, height)
	for !p.primary && errors.Is(err, provider.ErrHeightTooHigh) && pause(ctx, lookAgain) == nil {
		if again, failed := p.ask(ctx, height); ctx.Err() == nil {
			block, err = again, failed
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slow = err != nil; p.slow {
		return nil, p.blame(height, err)
	}
	return block, nil
}

// limit is how long the node may take. A witness that failed the last time has a
// third of the time, so that one which is away for long delays reads less.
func (p *peer) limit() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slow && !p.primary {
		return p.patience / 3
	}
	return p.patience
}

// ask is one attempt. The provider below takes some answers for granted, such as
// that a commit comes with a header, and would end the process over them.
func (p *peer) ask(ctx context.Context, height int64) (block *cmttypes.LightBlock, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			block, err = nil, provider.ErrBadLightBlock{Reason: fmt.Errorf("incomplete: %v", crash)}
		}
	}()
	return p.Provider.LightBlock(ctx, height)
}

// blame translates an error of the provider.
func (p *peer) blame(height int64, err error) *Fault {
	kind, which := ErrNoAnswer, fmt.Sprintf("block %d", height)
	if height == 0 {
		which = "newest block"
	}
	var bad provider.ErrBadLightBlock
	switch {
	case errors.As(err, &bad):
		kind, err = ErrFalseHeader, bad.Reason
	case errors.Is(err, provider.ErrHeightTooHigh):
		kind = ErrWithheld
	case height > 0 && errors.Is(err, provider.ErrLightBlockNotFound):
		kind = ErrPruned
	}
	return newFault(kind, fmt.Errorf("%s: %w", which, err), p.node.address)
}
