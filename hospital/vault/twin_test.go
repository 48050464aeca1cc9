package vault

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/tree"
)

// TestTwinsDifferInTheirCommitmentsOnly adds two records that differ in what is
// sealed, with the same clock and the same random bytes. Whoever sees the index
// without its keys, the disk or the ledger tells them apart by commitments and
// by what is made of these, and by nothing else: not by sizes, counts or times.
func TestTwinsDifferInTheirCommitmentsOnly(t *testing.T) {
	ctx := t.Context()
	twin := func(plain []byte) (Record, Batch, int) {
		v := newVault(t)
		v.random = rand.NewChaCha8([32]byte{7})
		v.now = func() time.Time { return time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC) }
		subject, err := v.Subject(ctx, "somebody")
		require.NoError(t, err)
		n := newRecord(subject, plain)
		n.Descriptor.Codes = []string{string(plain[:8])}
		added, err := v.Add(ctx, []NewRecord{n})
		require.NoError(t, err)
		batch, some, err := v.Seal(ctx, tree.MaxLeaves)
		require.NoError(t, err)
		require.True(t, some)
		r, err := v.Get(ctx, added[0].ID)
		require.NoError(t, err)
		var envelope int
		require.NoError(t, v.db.QueryRowContext(ctx, `SELECT length(age) FROM envelopes`).Scan(&envelope))
		return r, batch, envelope
	}
	a, batchA, sizeA := twin(bytes.Repeat([]byte("positive"), 20))
	b, batchB, sizeB := twin(bytes.Repeat([]byte("negative"), 20))
	require.NotEqual(t, a.Content, b.Content)
	require.NotEqual(t, a.Sealed, b.Sealed)
	require.NotEqual(t, batchA.Root, batchB.Root)
	require.Equal(t, sizeA, sizeB)

	a.Content, a.Sealed, a.BodyDigest = b.Content, b.Sealed, b.BodyDigest
	require.Equal(t, b, a)
	batchA.Root = batchB.Root
	require.Equal(t, batchB, batchA)
}
