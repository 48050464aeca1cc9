package fetch_test

import (
	"crypto/sha256"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/fetch"
)

func TestADocumentComesByItsDigest(t *testing.T) {
	v := newVisit(t)
	text := []byte("Nobody may sell this.")
	d, err := v.vault.AddDocument(t.Context(), "text/plain", text)
	require.NoError(t, err)
	got, err := v.Vault.Document(t.Context(), d.Digest)
	require.NoError(t, err)
	require.Equal(t, text, got)

	_, err = v.Vault.Document(t.Context(), sha256.Sum256([]byte("another")))
	var refused *fetch.Refused
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusNotFound, refused.Status)
}

func TestOtherBytesThanTheDocumentsAreRefused(t *testing.T) {
	v := newVisit(t)
	text := []byte("Nobody may sell this.")
	d, err := v.vault.AddDocument(t.Context(), "text/plain", text)
	require.NoError(t, err)
	v.on = "/v1/documents/"
	for name, lie := range map[string][]byte{
		"other words": []byte("Anyone may sell this!"),
		"more":        append(text[:len(text):len(text)], " Or so."...),
		"zeros":       make([]byte, len(text)),
	} {
		v.lie = func(status int, _ []byte) (int, []byte) { return status, lie }
		got, err := v.Vault.Document(t.Context(), d.Digest)
		require.ErrorIs(t, err, fetch.ErrOtherDocument, name)
		require.Nil(t, got, name)
	}
	v.lie = func(status int, content []byte) (int, []byte) { return status, content[1:] }
	_, err = v.Vault.Document(t.Context(), d.Digest)
	require.Error(t, err, "it breaks off")
}
