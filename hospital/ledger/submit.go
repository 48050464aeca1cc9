package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// attempts bounds how often Submit signs anew and Deliver sends again.
	attempts = 6
	// firstPause doubles with each attempt, so that all take about 12 seconds.
	firstPause = 500 * time.Millisecond
)

// Submit signs the messages in an unordered transaction, sends it, and waits
// for the block that holds it. A refusal that may pass is tried again a few
// times with a fresh nonce. The error is a *Refusal if node or chain refused,
// ErrExpired if no block took it in time, and otherwise leaves open whether a
// block will hold it. It waits as long as ctx lets it.
func (c *Client) Submit(ctx context.Context, key Key, msgs ...sdk.Msg) (Result, error) {
	number, err := c.AccountNumber(ctx, key.Address())
	if err != nil {
		return Result{}, err
	}
	gas, err := c.Gas(ctx, key, msgs...)
	if err != nil {
		return Result{}, err
	}
	for attempt := 0; ; attempt++ {
		timeout := time.Now().Add(c.lifetime)
		raw, err := SignUnordered(c.chainID, number, key, gas, timeout, msgs...)
		if err != nil {
			return Result{}, err
		}
		result, err := c.Deliver(ctx, raw, timeout)
		if !Retryable(err) || attempt == attempts-1 {
			return result, err
		}
		if c.pause(ctx, attempt) != nil {
			return Result{}, err
		}
	}
}

// Deliver sends a signed transaction and waits for the block that holds it.
// timeout is the transaction's, or later; zero means that it has none. If a
// node gave no answer, the same bytes are sent again, because they may be in
// its pool; from then on only a block or the timeout decides.
func (c *Client) Deliver(ctx context.Context, raw []byte, timeout time.Time) (Result, error) {
	hash := sha256.Sum256(raw)
	done, err := c.follower.watch(ctx, hash, timeout)
	if err != nil {
		return Result{}, err
	}
	defer c.follower.forget(hash)

	if err := c.sendSurely(ctx, raw, done); err != nil {
		return Result{}, err
	}
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		return Result{}, fmt.Errorf("transaction %X may still be committed: %w", hash, ctx.Err())
	case <-c.follower.life.Done():
		return Result{}, fmt.Errorf("transaction %X may still be committed: %w", hash, errClosed)
	}
}

// sendSurely sends until a node takes the transaction, refuses it, or has
// perhaps taken it and does not say so in any attempt. An error means that no
// node holds it.
func (c *Client) sendSurely(ctx context.Context, raw []byte, done <-chan outcome) error {
	perhaps := false
	for attempt := range attempts {
		err := c.Broadcast(ctx, raw)
		var refusal *Refusal
		if err == nil || !errors.As(err, &refusal) {
			return err
		}
		perhaps = perhaps || refusal.sent
		if !perhaps {
			return refusal
		}
		if refusal.Codespace != CodespaceRPC || len(done) > 0 {
			return nil // whoever has it already decides
		}
		if c.pause(ctx, attempt) != nil {
			return nil
		}
	}
	return nil
}

// Broadcast hands a signed transaction to the current node, or to another if
// that one does not answer, and returns once a node has checked it. Every error
// is a *Refusal.
func (c *Client) Broadcast(ctx context.Context, raw []byte) error {
	first := int(c.current.Load())
	var refusal *Refusal
	sent := false
	for i := range c.members {
		at := (first + i) % len(c.members)
		err := c.members[at].node.Broadcast(ctx, raw)
		if !errors.As(err, &refusal) {
			c.current.Store(int64(at))
			return err
		}
		sent = sent || refusal.sent
		refusal.sent = sent
		if !refusal.elsewhere {
			c.current.Store(int64(at))
			return refusal
		}
	}
	return refusal
}

// pause waits before the next attempt, with jitter so that the clients of a
// full pool do not return together.
func (c *Client) pause(ctx context.Context, attempt int) error {
	full := c.firstPause << attempt
	return pause(ctx, full/2+rand.N(full/2))
}

// pause waits for a time, or less if the context ends.
func pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
