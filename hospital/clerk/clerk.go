// Package clerk does a vault's business with the ledger: it anchors the vault's
// batches, records erasures, and makes evidence bundles. The vault knows no
// ledger and the ledger no vault; whatever concerns both is here.
//
// Everything may be done again after an interruption: batches have their numbers
// before they are sent, and what the ledger holds already is read with proof and
// compared.
package clerk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// Ledger is what the clerk needs of the ledger.
type Ledger interface {
	// Submit sends messages and waits for the block that holds them.
	Submit(ctx context.Context, key ledger.Key, msgs ...sdk.Msg) (ledger.Result, error)
}

// Clerk works for one vault. Its methods may be called by many goroutines.
type Clerk struct {
	vault  *vault.Vault
	ledger Ledger
	newest func(context.Context) (ledger.State, error)
	key    ledger.Key
}

// New returns a clerk. Newest reads the newest state of the ledger, see
// ledger.Verifier. The key is that of an account which the institution enrolled with
// the role vault.
func New(v *vault.Vault, l Ledger, newest func(context.Context) (ledger.State, error), key ledger.Key) *Clerk {
	return &Clerk{vault: v, ledger: l, newest: newest, key: key}
}

// ErrOtherBatch says that the ledger holds another batch under a number of this
// vault: its counter was set back, or another vault of the institution uses the
// same numbers. It must not go on.
var ErrOtherBatch = errors.New("the ledger holds another batch under this number")

// Anchor sends the batches that the ledger is not known to hold, oldest first,
// and notes each once its block is proven. Anchored, if set, is told of each. It
// returns how many records they hold.
func (c *Clerk) Anchor(ctx context.Context, anchored func(vault.Batch)) (uint64, error) {
	var count uint64
	for {
		pending, err := c.vault.Pending(ctx)
		if err != nil || len(pending) == 0 {
			return count, err
		}
		for _, b := range pending {
			if err := c.anchor(ctx, b); err != nil {
				return count, fmt.Errorf("batch %d: %w", b.Number, err)
			}
			count += b.Leaves
			if anchored != nil {
				anchored(b)
			}
		}
	}
}

// Beat seals one batch of what is staged, or of padding alone if nothing is, and
// anchors all batches that wait. A vault that does so on a fixed cadence tells
// nobody how busy it is.
func (c *Clerk) Beat(ctx context.Context) error {
	if _, some, err := c.vault.Seal(ctx, tree.MaxLeaves); err != nil {
		return err
	} else if !some {
		if _, _, err := c.vault.Seal(ctx, 0); err != nil {
			return err
		}
	}
	_, err := c.Anchor(ctx, nil)
	return err
}

func (c *Clerk) anchor(ctx context.Context, b vault.Batch) error {
	err := c.submit(ctx, &records.MsgAnchorBatch{Vault: c.key.Address(), Number: b.Number, Root: b.Root[:], Leaves: b.Size})
	if err != nil && !errors.Is(err, records.ErrBatchExists) && !errors.Is(err, records.ErrRootExists) {
		return err
	}
	held, err := c.held(ctx, b.Number)
	if err != nil {
		return err
	}
	if !bytes.Equal(held.Root, b.Root[:]) || held.Leaves != b.Size {
		return fmt.Errorf("%w: root %x with %d leaves, not %x with %d", ErrOtherBatch, held.Root, held.Leaves, b.Root, b.Size)
	}
	return c.vault.Anchored(ctx, b.Number, held.AnchoredHeight, held.AnchoredAt)
}

// submit sends a message, again as long as the ledger refuses it only for now
// or cannot say what became of it.
func (c *Clerk) submit(ctx context.Context, msg sdk.Msg) error {
	for {
		_, err := c.ledger.Submit(ctx, c.key, msg)
		if !ledger.Retryable(err) && !errors.Is(err, ledger.ErrExpired) {
			return err
		}
		if err := wait(ctx, again); err != nil {
			return err
		}
	}
}

const (
	// again is how long to wait before asking once more.
	again = 500 * time.Millisecond
	// patience is how long a block may take to be proven.
	patience = 2 * time.Minute
	// settling is how long to wait for what somebody else may just have sent.
	settling = 5 * time.Second
)

// held returns the batch of a number, which is on the ledger: the state of its
// block is proven by the next.
func (c *Clerk) held(ctx context.Context, number uint64) (*records.Batch, error) {
	id := records.BatchId{Institution: c.vault.Settings().Institution, Number: number}
	return untilProven(ctx, c, func(s ledger.State) (*records.Batch, error) { return s.Batch(ctx, id) })
}

// untilProven asks the newest state until it has an answer.
func untilProven[T any](ctx context.Context, c *Clerk, ask func(ledger.State) (*T, error)) (*T, error) {
	ctx, stop := context.WithTimeoutCause(ctx, patience, errors.New("the ledger took it in, but no block has proven it within two minutes: is the network making blocks?"))
	defer stop()
	for {
		value, err := readNewest(ctx, c, ask)
		if value != nil || err != nil && !ledger.Retryable(err) {
			return value, err
		}
		if waited := wait(ctx, again); waited != nil {
			return nil, errors.Join(waited, err)
		}
	}
}

// readNewest asks the newest state.
func readNewest[T any](ctx context.Context, c *Clerk, ask func(ledger.State) (*T, error)) (*T, error) {
	state, err := c.newest(ctx)
	if err != nil {
		return nil, err
	}
	return ask(state)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
