package vault

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/records"
)

// sealedEnvelope returns the envelope of a record as it is stored.
func sealedEnvelope(t require.TestingT, v *Vault, id uint64) []byte {
	var sealed []byte
	require.NoError(t, v.db.QueryRow(`SELECT age FROM envelopes WHERE record = ?`, int64(id)).Scan(&sealed))
	return sealed
}

func TestWhatIsErasedIsGone(t *testing.T) {
	t.Run("from the index", func(t *testing.T) { testErasure(t, newVault(t)) })
	t.Run("from the blob store", func(t *testing.T) { testErasure(t, inBlobs(newVault(t))) })
}

func testErasure(t *testing.T, v *Vault) {
	ctx := context.Background()
	ids := add(t, v, 1, 2)
	before, err := v.Get(ctx, ids[0])
	require.NoError(t, err)
	// The last bytes of an age file are a ciphertext: they are nowhere else.
	sealed := sealedEnvelope(t, v, ids[0])
	body := bodyRange(t, v, ids[0], 0, -1)
	traces := [][]byte{sealed[len(sealed)-64:], body[len(body)-32:]}
	_, _, err = v.Seal(ctx, 10)
	require.NoError(t, err)
	for _, trace := range traces {
		require.Panics(t, func() { requireNowhere(panicking{t}, v.dir, trace) }, "the scan sees what is there")
	}
	require.NoError(t, v.Erase(ctx, ids[0], "gdpr-17.1.b"))
	for _, trace := range traces {
		requireNowhere(t, v.dir, trace)
	}
	if before.blob != "" {
		require.NoFileExists(t, filepath.Join(v.dir, blobsDir, before.blob))
	}

	for name, ask := range map[string]func() error{
		"read":     func() error { _, err := read(v, ids[0]); return err },
		"body":     func() error { _, err := v.Body(ctx, ids[0], 0, -1); return err },
		"envelope": func() error { _, err := v.Envelope(ctx, ids[0]); return err },
		"hold":     func() error { return v.Hold(ctx, ids[0], "case-1") },
	} {
		require.ErrorIs(t, ask(), ErrErased, name)
	}
	stone, err := v.Get(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, Erased, stone.State)
	require.Equal(t, "gdpr-17.1.b", stone.Basis)
	require.False(t, stone.ErasedAt.IsZero())
	require.Equal(t, before.Content, stone.Content)
	proof, err := v.Proof(ctx, ids[0])
	require.NoError(t, err)
	require.NoError(t, tree.VerifyPath(tree.LeafHash(records.LeafBytes(proof.Leaf)), proof.Index, proof.Size, proof.Path, proof.Root))

	require.NoError(t, v.Erase(ctx, ids[0], "another"), "again does nothing")
	again, err := v.Get(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, stone, again)
	plain, err := read(v, ids[1])
	require.NoError(t, err)
	require.Equal(t, text(2), plain)
	requireHealthy(t, v)

	back := add(t, v, 1)
	require.NotEqual(t, ids[0], back[0], "what comes in again is a new record")
	require.NoError(t, os.Remove(v.treePath(1)))
	_, err = v.Doctor(ctx, Checkup{Repair: true}, nil)
	require.NoError(t, err)
	requireHealthy(t, v)
}

// panicking fails by a panic, so that a failure can be expected.
type panicking struct{ *testing.T }

func (panicking) Errorf(string, ...any) {}
func (panicking) FailNow()              { panic("failed") }

func TestAHoldForbidsErasure(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	id := add(t, v, 1)[0]
	require.NoError(t, v.Hold(ctx, id, "litigation:2026-4"))
	err := v.Erase(ctx, id, "gdpr-17")
	require.ErrorIs(t, err, ErrHeld)
	require.ErrorContains(t, err, "litigation:2026-4")
	r, err := v.Get(ctx, id)
	require.NoError(t, err)
	require.Equal(t, "litigation:2026-4", r.Hold)
	require.NoError(t, v.ReleaseHold(ctx, id))
	require.NoError(t, v.ReleaseHold(ctx, id))
	require.NoError(t, v.Erase(ctx, id, "gdpr-17"))
}

func TestCodesAreNoText(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	id := add(t, v, 1)[0]
	for _, code := range []string{"", "Mrs Smith asked", "-x", "a\nb", string(make([]byte, 65))} {
		for _, err := range []error{v.Erase(ctx, id, code), v.Hold(ctx, id, code)} {
			require.ErrorIs(t, err, ErrInvalid)
			require.NotContains(t, err.Error(), "Smith")
		}
	}
	require.ErrorIs(t, v.Erase(ctx, 99, "gdpr-17"), ErrNotFound)
	require.ErrorIs(t, v.Hold(ctx, 99, "case-1"), ErrNotFound)
	require.ErrorIs(t, v.ReleaseHold(ctx, 99), ErrNotFound)
}

func TestNoEnvelopeLeavesUnaccounted(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	id := add(t, v, 1)[0]
	requester, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	to := Requester{Address: "dmdl1requester", Recipient: requester.Recipient()}

	sealed, err := v.EnvelopeFor(ctx, id, to)
	require.NoError(t, err)
	e, err := OpenEnvelope(sealed, requester)
	require.NoError(t, err)
	require.Nil(t, e.Openings)
	own, err := v.Envelope(ctx, id)
	require.NoError(t, err)
	require.Equal(t, own.Secret, e.Secret)

	to.Openings = true
	sealed, err = v.EnvelopeFor(ctx, id, to)
	require.NoError(t, err)
	e, err = OpenEnvelope(sealed, requester)
	require.NoError(t, err)
	require.Equal(t, own, e)

	for name, bad := range map[string]Requester{
		"no address": {Recipient: requester.Recipient()}, "no key": {Address: "dmdl1requester"},
	} {
		_, err = v.EnvelopeFor(ctx, id, bad)
		require.ErrorIs(t, err, ErrInvalid, name)
	}
	require.NoError(t, v.Erase(ctx, id, "gdpr-17"))
	_, err = v.EnvelopeFor(ctx, id, to)
	require.ErrorIs(t, err, ErrErased)
	account, err := v.Recipients(ctx, id)
	require.NoError(t, err)
	require.Len(t, account, 2, "the account outlives the record")
	require.Equal(t, "dmdl1requester", account[0].Address)
	require.Equal(t, []bool{false, true}, []bool{account[0].Openings, account[1].Openings})
}
