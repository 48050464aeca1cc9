package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/consortium"
)

const description = `{"titles":[{"title":"Scans"}]}`

// described is a counter whose vault has a document, with the path to it.
func described(t *testing.T) (c *counter, path string) {
	t.Helper()
	c = openCounter(t)
	d, err := c.vault.AddDocument(t.Context(), "application/json", []byte(description))
	require.NoError(t, err)
	return c, fmt.Sprintf("/v1/documents/%x", d.Digest)
}

func TestAParticipantGetsADocument(t *testing.T) {
	c, path := described(t)
	answer, text := c.call(c.key, "GET", path, "")
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
	require.Equal(t, description, text)
	require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	require.EqualValues(t, len(description), answer.ContentLength)
	etag := answer.Header.Get("ETag")
	require.Equal(t, fmt.Sprintf("%q", strings.TrimPrefix(path, "/v1/documents/")), etag)
	answer, text = c.call(c.key, "GET", path, "", "If-None-Match", etag)
	require.Equal(t, http.StatusNotModified, answer.StatusCode)
	require.Empty(t, text)
}

// TestADocumentIsRefused asks as everybody who may not, and for what is not there.
func TestADocumentIsRefused(t *testing.T) {
	c, path := described(t)
	stranger, err := ledger.NewKey()
	require.NoError(t, err)
	unknown := "/v1/documents/" + strings.Repeat("0", 64)
	unsigned := c.request(c.key, "GET", path, "")
	unsigned.Header.Del("Signature")
	for name, tc := range map[string]struct {
		request *http.Request
		status  int
		says    string
	}{
		"unsigned":               {unsigned, http.StatusUnauthorized, ""},
		"a stranger":             {c.request(stranger, "GET", path, ""), http.StatusForbidden, "nothing is released to this request"},
		"a stranger, of nothing": {c.request(stranger, "GET", unknown, ""), http.StatusForbidden, "nothing is released to this request"},
		"unknown":                {c.request(c.key, "GET", unknown, ""), http.StatusNotFound, "the vault serves no such document"},
		"short":                  {c.request(c.key, "GET", path[:len(path)-2], ""), http.StatusBadRequest, "64 hex digits"},
		"no hex":                 {c.request(c.key, "GET", path[:len(path)-1]+"x", ""), http.StatusBadRequest, "64 hex digits"},
	} {
		answer, text := c.do(tc.request)
		require.Equal(t, tc.status, answer.StatusCode, "%s: %s", name, text)
		require.Contains(t, text, tc.says, name)
		require.NotContains(t, text, "Scans", name)
		require.Empty(t, answer.Header.Get("ETag"), name)
	}
}

func TestADocumentIsForParticipantsInForce(t *testing.T) {
	for name, change := range map[string]func(*gatetest.State, *consortium.Participant){
		"an expired role": func(s *gatetest.State, p *consortium.Participant) { p.Roles[0].ExpiresAt = s.At },
		"no role":         func(_ *gatetest.State, p *consortium.Participant) { p.Roles = nil },
		"a suspended institution": func(s *gatetest.State, _ *consortium.Participant) {
			s.Institutions[gatetest.Asking].Status = consortium.INSTITUTION_STATUS_SUSPENDED
		},
		"no institution": func(s *gatetest.State, _ *consortium.Participant) { delete(s.Institutions, gatetest.Asking) },
	} {
		c, path := described(t)
		c.Change(func(s *gatetest.State) { change(s, s.Participants[c.key.Address()]) })
		answer, text := c.call(c.key, "GET", path, "")
		require.Equal(t, http.StatusForbidden, answer.StatusCode, "%s: %s", name, text)
	}
	c, path := described(t)
	c.Change(func(s *gatetest.State) { s.At = s.At.Add(-time.Hour) })
	answer, text := c.call(c.key, "GET", path, "")
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, text)
}
