package vault

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSealedPartOfAConsentIsKeptAndOpensItsCommitment(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	part := []byte(`{"denials":[{"labels":["` + marker + `"]}]}`)
	shown, err := v.SealConsent(ctx, 3, part)
	require.NoError(t, err)
	again, err := v.SealConsent(ctx, 3, part)
	require.NoError(t, err)
	require.NotEqual(t, shown, again, "the same part is committed to anew")
	requireNoPlaintext(t, v.dir)

	require.NoError(t, v.Rotate(ctx))
	for range 2 {
		got, err := v.OpenConsent(ctx, 3, shown[:])
		require.NoError(t, err)
		require.Equal(t, part, got)
		require.NoError(t, v.Rewrap(ctx, nil))
		require.NoError(t, v.Rewrap(ctx, nil))
	}
	_, err = v.RetireKeys(ctx, noon(5000))
	require.NoError(t, err)
	require.Len(t, keyNames(t, v), 1)
	got, err := v.OpenConsent(ctx, 3, shown[:])
	require.NoError(t, err)
	require.Equal(t, part, got)
}

func TestASealedPartIsRefusedForAnotherSubjectOrCommitment(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	shown, err := v.SealConsent(ctx, 3, nil)
	require.NoError(t, err)
	_, err = v.OpenConsent(ctx, 4, shown[:])
	require.ErrorIs(t, err, ErrCorrupt)
	_, err = v.OpenConsent(ctx, 3, bytes.Repeat([]byte{1}, 32))
	require.ErrorIs(t, err, ErrNotFound)
	_, err = v.SealConsent(ctx, 0, nil)
	require.ErrorIs(t, err, ErrInvalid)
	other, err := v.SealConsent(ctx, 3, []byte("x"))
	require.NoError(t, err)
	statement(`UPDATE consents SET age = (SELECT age FROM consents ORDER BY rowid LIMIT 1)`)(t, v)
	_, err = v.OpenConsent(ctx, 3, other[:])
	require.ErrorIs(t, err, ErrCorrupt)
	reader := open(t, v.dir, Options{ReadOnly: true})
	_, err = reader.SealConsent(ctx, 3, nil)
	require.ErrorIs(t, err, ErrReadOnly)
}
