package ledger

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
)

// fork is the same chain up to block 10 and another one after it: its validators
// sign twice.
func (w *world) fork(t *testing.T) *ledgertest.Node {
	t.Helper()
	other := newChain(t, signedChain)
	other.Grow(t, 5, anchored(t, firstBatch, 666))
	w.chain.Grow(t, 5, anchored(t, firstBatch, 15))
	return other.Serve(t)
}

func TestOfTwoSignedHeadersBothNodesAreNamed(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		w := newWorld(t, 1)
		if trusted {
			require.Equal(t, uint64(10), w.leaves(t))
		}
		honest := w.primary
		w.primary = w.fork(t)
		w.open(t)
		for range 2 { // it is not believed the second time either
			err := w.read(t.Context(), firstBatch)
			requireFault(t, err, ErrDiverging, w.primary, w.witnesses[0])
			require.False(t, Retryable(err))
		}
		require.Positive(t, w.primary.Accused.Load())
		require.Positive(t, w.witnesses[0].Accused.Load())
		w.primary = honest
		w.open(t)
		require.Equal(t, uint64(15), w.leaves(t), "nothing stays of the fork")
	}
}

func TestOneWitnessOfManyIsEnoughToFindAFork(t *testing.T) {
	w := newWorld(t, 3)
	w.witnesses[1] = w.fork(t)
	w.open(t)
	err := w.read(t.Context(), firstBatch)
	requireFault(t, err, ErrDiverging, w.primary, w.witnesses[1])
}

func TestAWitnessThatLiesAloneIsNamedAlone(t *testing.T) {
	for name, lie := range blockLies {
		if name == "signed by half of the power" {
			continue // the header is the primary's, whose signatures are those that count
		}
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			require.Equal(t, uint64(10), w.leaves(t))
			w.chain.Grow(t, 2)
			w.witnesses[0].Lie(above(10, lie))
			err := w.read(t.Context(), firstBatch)
			requireFault(t, err, ErrFalseHeader, w.witnesses[0])

			w.witnesses = append(w.witnesses, w.chain.Serve(t))
			w.open(t)
			require.Equal(t, uint64(10), w.leaves(t), "another witness confirms")
			require.Len(t, w.reported, 1)
			requireFault(t, w.reported[0], ErrFalseHeader, w.witnesses[0])
		})
	}
}

func TestValidatorsInAnotherTurnNameBothNodes(t *testing.T) {
	w := newWorld(t, 1)
	w.primary.Lie(above(1, func(b *cmttypes.LightBlock) { b.ValidatorSet.Validators[0].ProposerPriority++ }))
	err := w.read(t.Context(), firstBatch)
	requireFault(t, err, ErrDiverging, w.primary, w.witnesses[0])
}

func TestAPrimaryThatIsDownIsNamedAndTheReadMayBeTriedAgain(t *testing.T) {
	w := newWorld(t, 2)
	w.primary.Lie(ledgertest.Lies{Raw: func(rw http.ResponseWriter, _ *http.Request) { // as if nobody listened
		conn, _, err := rw.(http.Hijacker).Hijack()
		if err == nil {
			err = conn.Close()
		}
		require.NoError(t, err)
	}})
	for range 2 {
		err := w.read(t.Context(), firstBatch)
		requireFault(t, err, ErrNoAnswer, w.primary)
		require.True(t, Retryable(err))
		require.ErrorContains(t, err, "try again later")
	}
	w.primary.Lie(ledgertest.Lies{})
	require.Equal(t, uint64(10), w.leaves(t))
	require.Empty(t, w.reported)
}

func TestAWitnessThatIsAwayDoesNotStopReadsThatAnotherConfirms(t *testing.T) {
	for name, away := range map[string]struct {
		lies     ledgertest.Lies
		patience time.Duration
		kind     error
	}{
		"down":   {ledgertest.Lies{Raw: http.NotFound}, witnessPatience, ErrNoAnswer},
		"behind": {ledgertest.Lies{Newest: 9}, time.Second, ErrWithheld}, // in which a busy machine answers once
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2)
			w.witnesses[0].Lie(away.lies)
			w.verifier.witnesses[0].patience = away.patience
			require.Equal(t, uint64(10), w.leaves(t))
			require.Len(t, w.reported, 1)
			requireFault(t, w.reported[0], away.kind, w.witnesses[0])

			w.witnesses[1].Lie(away.lies)
			w.verifier.witnesses[1].patience = away.patience
			w.chain.Grow(t, 1)
			err := w.read(t.Context(), firstBatch)
			requireFault(t, err, ErrUnconfirmed, w.primary, w.witnesses[0], w.witnesses[1])
			require.True(t, Retryable(err))
			w.witnesses[1].Lie(ledgertest.Lies{})
			w.verifier.witnesses[1].patience = witnessPatience
			require.Equal(t, uint64(10), w.leaves(t))
		})
	}
}

func TestAWitnessIsWaitedForUntilABlockReachesIt(t *testing.T) {
	w := newWorld(t, 1)
	witness := w.witnesses[0]
	require.Equal(t, uint64(10), w.leaves(t))
	w.chain.Grow(t, 1)
	calls := witness.Calls()
	witness.Lie(ledgertest.Lies{Newest: 10, Missed: func() {
		if witness.Calls() > calls+2 {
			witness.Lie(ledgertest.Lies{})
		}
	}})
	require.Equal(t, uint64(10), w.leaves(t))
	require.Greater(t, witness.Calls(), calls+3)
}

func TestAPrimaryThatWithholdsBlocksIsNamed(t *testing.T) {
	w := newWorld(t, 1)
	require.Equal(t, uint64(10), w.leaves(t))
	w.primary.Lie(ledgertest.Lies{Newest: 10})
	w.chain.Grow(t, 60)
	require.Equal(t, uint64(10), w.leaves(t), "sixty seconds are no reason to doubt")
	w.chain.Grow(t, 1)
	err := w.read(t.Context(), firstBatch)
	requireFault(t, err, ErrWithheld, w.primary)
	require.ErrorContains(t, err, "its newest block, 10, is 1m1s old, and "+w.witnesses[0].Address+" has block 71")

	w.primary.Lie(ledgertest.Lies{})
	require.Equal(t, uint64(10), w.leaves(t))
	w.primary.Lie(ledgertest.Lies{Newest: 40})
	w.later = time.Second
	err = w.read(t.Context(), firstBatch)
	requireFault(t, err, ErrWithheld, w.primary)
	require.ErrorContains(t, err, "before block 71")
	require.True(t, Retryable(err))
}

func TestIfNobodyHasANewBlockNobodyIsBlamedAlone(t *testing.T) {
	w := newWorld(t, 1)
	w.later = DefaultMaxAge + time.Second
	err := w.read(t.Context(), firstBatch)
	requireFault(t, err, ErrWithheld, w.primary, w.witnesses[0])
	require.ErrorContains(t, err, "the chain stands still, or the local clock is wrong")
}

func TestAPrimaryThatRewritesABlockIsNamed(t *testing.T) {
	w := newWorld(t, 1)
	require.Equal(t, uint64(10), w.leaves(t))
	w.later = time.Second
	w.primary.Lie(above(9, func(b *cmttypes.LightBlock) { b.AppHash = make([]byte, 32); resign(b, 1, 2, 3, 4) }))
	err := w.read(t.Context(), firstBatch)
	requireFault(t, err, ErrFalseHeader, w.primary)
}

func TestAReadEndsWithItsContext(t *testing.T) {
	w := newWorld(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	w.witnesses[0].Lie(ledgertest.Lies{Raw: func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or a server does not notice that the caller is gone
		cancel()
		<-r.Context().Done()
	}})
	err := w.read(ctx, firstBatch)
	require.ErrorIs(t, err, context.Canceled)
	err = w.read(ctx, firstBatch)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAnEndlessAnswerEnds(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for part := make([]byte, 1<<20); r.Context().Err() == nil; {
			_, _ = w.Write(part)
		}
	}))
	t.Cleanup(endless.Close)
	answer, err := (&http.Client{Transport: bounded{http.DefaultTransport}}).Get(endless.URL)
	require.NoError(t, err)
	defer answer.Body.Close()
	read, err := io.Copy(io.Discard, answer.Body)
	require.Error(t, err)
	require.Equal(t, int64(maxAnswer), read)
}
