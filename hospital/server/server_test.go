package server_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

const token = "letmein"

func serve(t *testing.T) (http.Handler, *vault.Vault, *bytes.Buffer) {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "vault")
	require.NoError(t, vault.Create(t.Context(), home, vault.Settings{Name: "test", ChainID: "dmdl-test-1", Institution: 1}, recovery.Recipient().String()))
	v, err := vault.Open(t.Context(), home, vault.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	var log bytes.Buffer
	return server.New(v, token, slog.New(slog.NewTextHandler(&log, nil))), v, &log
}

func call(t *testing.T, h http.Handler, method, path, authorization, body string) (int, map[string]any) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	var answer map[string]any
	if strings.Contains(recorder.Header().Get("Content-Type"), "json") {
		require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &answer))
	}
	return recorder.Code, answer
}

const bearer = "Bearer " + token

func TestOnlyWhoHasTheTokenIsServed(t *testing.T) {
	h, _, _ := serve(t)
	for _, authorization := range []string{"", "Bearer", "Bearer letmeout", "Basic letmein", token} {
		for _, path := range []string{"/v1/records", "/v1/records?patient=x"} {
			status, answer := call(t, h, "POST", path, authorization, "a note")
			require.Equal(t, http.StatusUnauthorized, status)
			require.Contains(t, answer["detail"], "bearer token")
		}
		status, _ := call(t, h, "GET", "/v1/records/1", authorization, "")
		require.Equal(t, http.StatusUnauthorized, status)
	}
	status, _ := call(t, h, "GET", "/healthz", "", "")
	require.Equal(t, http.StatusOK, status)
}

func TestWhatIsSentIsTakenInOnce(t *testing.T) {
	h, v, log := serve(t)
	const bundle = `{"resourceType":"Bundle","type":"collection","entry":[
		{"resource":{"resourceType":"Patient","id":"Wenceslaus"}},{"resource":{"id":"nobody"}},{"resource":{"resourceType":"Patient","id":"Ottokar"}}]}`
	status, answer := call(t, h, "POST", "/v1/records", bearer, bundle)
	require.Equal(t, http.StatusCreated, status)
	require.Len(t, answer["records"], 2)
	require.Len(t, answer["failures"], 1)
	status, answer = call(t, h, "POST", "/v1/records", bearer, bundle)
	require.Equal(t, http.StatusCreated, status)
	require.Equal(t, true, answer["records"].([]any)[0].(map[string]any)["known"])

	status, answer = call(t, h, "GET", "/v1/records/1", bearer, "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "staged", answer["state"])
	kept, err := v.List(t.Context(), vault.Filter{}, 0, 10)
	require.NoError(t, err)
	require.Len(t, kept, 2)
	require.NotContains(t, log.String(), "Wenceslaus")
}

func TestARequestNamesWhomItIsAbout(t *testing.T) {
	h, v, log := serve(t)
	for _, note := range []string{"one note", "another note"} {
		status, _ := call(t, h, "POST", "/v1/records?patient=Wenceslaus", bearer, note)
		require.Equal(t, http.StatusCreated, status)
	}
	kept, err := v.List(t.Context(), vault.Filter{Subject: 1}, 0, 10)
	require.NoError(t, err)
	require.Len(t, kept, 2)
	require.NotContains(t, log.String(), "Wenceslaus")
}

func TestARequestIsRefused(t *testing.T) {
	h, _, _ := serve(t)
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"nothing":         {"POST", "/v1/records", "", http.StatusUnprocessableEntity, "nothing in it"},
		"a broken record": {"POST", "/v1/records", `{"resourceType":"Patient","id":"1","id":"2"}`, http.StatusUnprocessableEntity, "twice"},
		"too much":        {"POST", "/v1/records", strings.Repeat("x", server.MaxUpload+1), http.StatusRequestEntityTooLarge, "over 67108864 bytes"},
		"no number":       {"GET", "/v1/records/one", "", http.StatusBadRequest, "its number"},
		"no such record":  {"GET", "/v1/records/1", "", http.StatusNotFound, "no such record"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := call(t, h, tc.method, tc.path, bearer, tc.body)
			require.Equal(t, tc.status, status, answer)
			require.Contains(t, answer["detail"], tc.says)
		})
	}
}
