package vault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/dmdl-network/dmdl/x/records"
)

// rounds is how often each writer of the test below does its work.
const rounds = 6

// beside is what several commands at once have done to one vault.
type beside struct {
	t  *testing.T
	v  *Vault
	mu sync.Mutex
	// kept are the texts of records that nobody erases, and consents the sealed parts.
	kept     map[uint64]int
	consents map[[32]byte]string
	works    []Work
}

// takesIn adds records as ingest does, of which the second of each round is erased by two
// at once after a hold.
func (b *beside) takesIn(ctx context.Context, from int) error {
	for n := range rounds {
		first := from + 10*n
		subject, err := b.v.Subject(ctx, fmt.Sprint("patient ", n))
		if err != nil {
			return err
		}
		added, err := b.v.Add(ctx, []NewRecord{newRecord(subject, text(first)), newRecord(subject, text(first+1))})
		if err != nil {
			return err
		}
		b.mu.Lock()
		b.kept[added[0].ID] = first
		b.mu.Unlock()
		if added[1].Known { // another erases it
			continue
		}
		if err := b.erases(ctx, added[1].ID); err != nil {
			return err
		}
	}
	return nil
}

func (b *beside) erases(ctx context.Context, id uint64) error {
	if err := b.v.Hold(ctx, id, "litigation"); err != nil {
		return err
	}
	if err := b.v.Erase(ctx, id, "objection"); !errors.Is(err, ErrHeld) {
		return fmt.Errorf("a hold keeps: %w", err)
	}
	if err := b.v.ReleaseHold(ctx, id); err != nil {
		return err
	}
	var both errgroup.Group
	for range 2 {
		both.Go(func() error { return b.v.Erase(ctx, id, "objection") })
	}
	return both.Wait()
}

// seals seals and anchors as beat and "vault anchor" do.
func (b *beside) seals(ctx context.Context) error {
	for range rounds {
		if _, _, err := b.v.Seal(ctx, 0); err != nil {
			return err
		}
		if _, _, err := b.v.Seal(ctx, 3); err != nil {
			return err
		}
		pending, err := b.v.Pending(ctx)
		if err != nil {
			return err
		}
		for _, batch := range pending {
			if err := b.v.Anchored(ctx, batch.Number, batch.Number, noon(0)); err != nil {
				return err
			}
		}
	}
	return nil
}

// consentsAndClaims seals consents, and makes and reads works.
func (b *beside) consentsAndClaims(ctx context.Context, from uint64) error {
	for n := range uint64(rounds) {
		part := fmt.Sprintf(`{"version":1,"denials":[%d]}`, n)
		shown, err := b.v.SealConsent(ctx, from, []byte(part))
		if err != nil {
			return err
		}
		w, err := b.v.AddWork(ctx, nil, listed(records.RecordId{Institution: 7, Batch: from}, records.RecordId{Institution: 7, Batch: from, Leaf: n + 1}))
		if err != nil {
			return err
		}
		b.mu.Lock()
		b.consents[shown] = part
		b.works = append(b.works, w)
		b.mu.Unlock()
		for _, err := range b.v.WorkRecords(ctx, w.Root[:]) {
			if err != nil {
				return err
			}
			if _, err := b.v.BeginCopies(ctx, CopyReport{Peer: 2, Asked: true, Prints: 1}); err != nil { // a write amid a read
				return err
			}
		}
	}
	return nil
}

// rotates changes the keys. Another change at the same time is refused.
func (b *beside) rotates(ctx context.Context) error {
	for range 3 {
		_, retiring := b.v.RetireKeys(ctx, time.Now())
		for _, err := range []error{b.v.Rotate(ctx), b.v.Rewrap(ctx, nil), retiring} {
			if err != nil && !errors.Is(err, ErrBusy) {
				return err
			}
		}
	}
	return nil
}

// reads reads and fingerprints what is kept, as releases and copies do.
func (b *beside) reads(ctx context.Context) error {
	for range rounds {
		b.mu.Lock()
		ids := make(map[uint64]int, len(b.kept))
		maps.Copy(ids, b.kept)
		b.mu.Unlock()
		for id, n := range ids {
			plain, err := read(b.v, id)
			if err != nil || string(plain) != string(text(n)) {
				return fmt.Errorf("record %d: %w", id, err)
			}
			if _, err := b.v.Fingerprint(ctx, id, sharedKey); err != nil {
				return err
			}
		}
		if _, err := b.v.FingerprintMore(ctx, sharedKey, 3); err != nil {
			return err
		}
	}
	return nil
}

func TestCommandsAndServeWriteAtOnce(t *testing.T) {
	dir, _ := home(t)
	v := open(t, dir, Options{})
	inBlobs(v)
	b := &beside{t: t, v: v, kept: make(map[uint64]int), consents: make(map[[32]byte]string)}
	all, ctx := errgroup.WithContext(t.Context())
	for n := range 2 {
		all.Go(func() error { return b.takesIn(ctx, 1000*n) })
		all.Go(func() error { return b.takesIn(ctx, 0) }) // the same as another at the same time
		all.Go(func() error { return b.seals(ctx) })
		all.Go(func() error { return b.consentsAndClaims(ctx, uint64(n+1)) })
		all.Go(func() error { return b.rotates(ctx) })
		all.Go(func() error { return b.reads(ctx) })
	}
	require.NoError(t, all.Wait())

	require.NoError(t, v.Rotate(t.Context()))
	require.NoError(t, v.Rewrap(t.Context(), nil))
	retired, err := v.RetireKeys(t.Context(), time.Now().Add(2*v.settings.window()))
	require.NoError(t, err)
	require.Positive(t, retired)
	for id, n := range b.kept {
		plain, err := read(v, id)
		require.NoError(t, err)
		require.Equal(t, text(n), plain)
	}
	for shown, part := range b.consents {
		var opened []byte
		for subject := uint64(1); opened == nil && subject < 3; subject++ {
			opened, _ = v.OpenConsent(t.Context(), subject, shown[:]) // one of both is its subject
		}
		require.Equal(t, part, string(opened))
	}
	for _, w := range b.works {
		again, err := v.Work(t.Context(), w.Root[:])
		require.NoError(t, err)
		require.EqualValues(t, 2, again.Size)
	}
	requireHealthy(t, v)
	requireNoPlaintext(t, dir)
}

func TestKeysChangeOneAtATime(t *testing.T) {
	v := newVault(t)
	v.at = func(step string) error {
		if step == stepRotateAdded {
			_, retiring := v.RetireKeys(t.Context(), time.Now())
			for _, err := range []error{v.Rotate(t.Context()), v.Rewrap(t.Context(), nil), retiring} {
				require.ErrorIs(t, err, ErrBusy)
			}
		}
		return nil
	}
	require.NoError(t, v.Rotate(t.Context()))
	require.NoError(t, v.Rewrap(t.Context(), nil))
}

func TestTheRecordsOfALongWorkComeInPages(t *testing.T) {
	v := newVault(t)
	var ids []records.RecordId
	for leaf := range uint64(2*MaxList + 1) {
		ids = append(ids, records.RecordId{Institution: 7, Batch: 1, Leaf: leaf})
	}
	for _, size := range []int{1, MaxList, len(ids)} {
		w, err := v.AddWork(t.Context(), nil, listed(ids[:size]...))
		require.NoError(t, err)
		var back []records.RecordId
		for id, err := range v.WorkRecords(t.Context(), w.Root[:]) {
			require.NoError(t, err)
			back = append(back, id)
		}
		require.Equal(t, ids[:size], back)
	}
}
