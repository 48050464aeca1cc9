package clerk_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// shared is a chain that many use at once.
type shared struct {
	ledger.State
	mu    sync.Mutex
	chain *chain
}

func (s *shared) Submit(ctx context.Context, key ledger.Key, msgs ...sdk.Msg) (ledger.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chain.Submit(ctx, key, msgs...)
}

func (s *shared) newest(context.Context) (ledger.State, error) { return s, nil }

func (s *shared) Batch(_ context.Context, id records.BatchId) (*records.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chain.batches[id.Number], nil
}

func (s *shared) Standing(_ context.Context, id records.RecordId) (*records.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chain.standings[id], nil
}

// TestBeatsAndCommandsAnchorAtOnce is what "vault anchor" and "vault erase" do while the
// vault serves.
func TestBeatsAndCommandsAnchorAtOnce(t *testing.T) {
	var texts []string
	for n := range 20 {
		texts = append(texts, fmt.Sprint("text ", n))
	}
	v := open(t, texts...)
	s := &shared{chain: newChain(t)}
	key, err := ledger.NewKey()
	require.NoError(t, err)
	c := clerk.New(v, s, s.newest, key)
	_, _, err = v.Seal(t.Context(), 5)
	require.NoError(t, err)
	_, err = c.Anchor(t.Context(), nil)
	require.NoError(t, err)

	all, ctx := errgroup.WithContext(t.Context())
	for range 3 {
		all.Go(func() error { return c.Beat(ctx) })
		all.Go(func() error {
			if _, _, err := v.Seal(ctx, 4); err != nil {
				return err
			}
			_, err := c.Anchor(ctx, nil)
			return err
		})
		all.Go(func() error {
			_, err := c.Erase(ctx, 3, records.ERASURE_BASIS_OBJECTION)
			return err
		})
	}
	require.NoError(t, all.Wait())

	pending, err := v.Pending(t.Context())
	require.NoError(t, err)
	require.Empty(t, pending)
	found, err := v.List(t.Context(), vault.Filter{}, 0, vault.MaxList)
	require.NoError(t, err)
	require.Len(t, found, len(texts))
	for _, r := range found {
		want := vault.Anchored
		if r.ID == 3 {
			want = vault.Erased
		}
		require.Equal(t, want, r.State, "record %d", r.ID)
		require.NotNil(t, s.chain.batches[r.Batch])
	}
	require.Len(t, s.chain.standings, 1)
}
