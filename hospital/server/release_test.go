package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/signed"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
)

// lines passes on what is logged, line by line.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default: // nobody reads
	}
	return len(p), nil
}

// counter is a vault's interface for releases with somebody who asks there.
type counter struct {
	*gatetest.Ledger
	t         *testing.T
	vault     *vault.Vault
	key       ledger.Key
	recipient string
	address   string
	client    *http.Client
	log       lines
}

func openCounter(t *testing.T, news ...vault.NewRecord) *counter {
	t.Helper()
	key, err := ledger.NewKey()
	require.NoError(t, err)
	identity, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	c := &counter{t: t, vault: gatetest.OpenVault(t), key: key, recipient: identity.Recipient().String(), log: make(lines, 64)}
	c.Ledger = gatetest.New(key.Address(), c.recipient)
	shown, err := c.vault.SealConsent(t.Context(), gatetest.Patient.Number, []byte(`{"version":1}`))
	require.NoError(t, err)
	c.Change(func(s *gatetest.State) {
		s.Consent(access.Consent{Permits: []access.Permit{gatetest.Permit(gatetest.Classes...)}, Sealed: shown[:]})
	})
	_, err = c.vault.Add(t.Context(), news)
	require.NoError(t, err)
	k := clerk.New(c.vault, c, c.Newest, key)
	require.NoError(t, k.Beat(t.Context()))
	s := httptest.NewUnstartedServer(server.NewRelease(k.Releases(), nil, slog.New(slog.NewTextHandler(c.log, nil))))
	s.Config.ConnContext = server.KeepConnection
	s.Start()
	t.Cleanup(s.Close)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(16 << 10) // so that little is under way
		}
		return conn, err
	}
	c.address, c.client = s.URL, &http.Client{Transport: &http.Transport{DialContext: dial, DisableCompression: true}}
	return c
}

func (c *counter) request(key ledger.Key, method, path, content string, headers ...string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.address+path, strings.NewReader(content))
	require.NoError(c.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	require.NoError(c.t, signed.Sign(r, key, time.Now()))
	return r
}

func (c *counter) do(r *http.Request) (*http.Response, string) {
	c.t.Helper()
	answer, err := c.client.Do(r)
	require.NoError(c.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(c.t, err)
	return answer, string(text)
}

func (c *counter) call(key ledger.Key, method, path, content string, headers ...string) (*http.Response, string) {
	c.t.Helper()
	return c.do(c.request(key, method, path, content, headers...))
}

const (
	ticketPath  = "/v1/tickets/2/5"
	releasePath = "/v1/releases/1/1/1"
)

// name is how the record of a number is named.
func (c *counter) name(number uint64) string {
	c.t.Helper()
	r, err := c.vault.Get(c.t.Context(), number)
	require.NoError(c.t, err)
	return fmt.Sprintf("1-%d-%d", r.Batch, r.Leaf)
}

// released has the first record released and returns the path of its body.
func (c *counter) released() string {
	c.t.Helper()
	answer, text := c.call(c.key, "POST", ticketPath+"/releases", `{"records":["`+c.name(1)+`"]}`)
	require.Equal(c.t, http.StatusCreated, answer.StatusCode, text)
	return releasePath + "/bodies/" + c.name(1)
}

func TestARequesterGetsWhatTheTicketOpens(t *testing.T) {
	c := openCounter(t, gatetest.Document("one"), gatetest.Document("two"))
	var offer server.Offer
	answer, text := c.call(c.key, "GET", ticketPath+"/records", "")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, json.Unmarshal([]byte(text), &offer))
	require.Len(t, offer.Records, 2)
	require.Equal(t, "document", offer.Records[0].Class)

	path := c.released()
	answer, body := c.call(c.key, "GET", path, "")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	digest := sha256.Sum256([]byte(body))
	require.Equal(t, offer.Records[0].Body, digest[:])

	keys := `{"receipt":"2","recipient":"` + c.recipient + `"}`
	answer, text = c.call(c.key, "POST", releasePath+"/keys", keys)
	require.Equal(t, http.StatusConflict, answer.StatusCode, "there is no receipt yet")
	require.Contains(t, text, "sign for it first")
	_, err := c.Submit(t.Context(), c.key, &access.MsgReceive{Requester: c.key.Address(), Subject: gatetest.Patient, Disclosure: 1})
	require.NoError(t, err)
	answer, text = c.call(c.key, "POST", releasePath+"/keys", keys)
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
	var given server.KeysAnswer
	require.NoError(t, json.Unmarshal([]byte(text), &given))
	require.Len(t, given.Envelopes, 1)
}

func TestWhoDoesNotSignIsNotServed(t *testing.T) {
	c := openCounter(t, gatetest.Document("one"))
	for _, path := range []string{ticketPath + "/records", releasePath + "/bodies/1-1-0"} {
		r := c.request(c.key, "GET", path, "")
		answer, _ := c.do(r)
		require.NotEqual(t, http.StatusUnauthorized, answer.StatusCode)
		answer, text := c.do(r)
		require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
		require.Contains(t, text, "it was sent before")
		r = c.request(c.key, "GET", path, "")
		r.Header.Del("Signature")
		answer, _ = c.do(r)
		require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	}
}

// TestEveryDenialHasTheSameWords asks for what is withheld, erased, unknown and
// another's, and with another's ticket.
func TestEveryDenialHasTheSameWords(t *testing.T) {
	c := openCounter(t, gatetest.Document("one"), gatetest.Document("erased"), gatetest.Record(2, gatetest.Classes[0], []byte("another patient's")))
	other, err := ledger.NewKey()
	require.NoError(t, err)
	path, erased := c.released(), c.name(2)
	require.NoError(t, c.vault.Erase(t.Context(), 2, "objection"))
	ask := func(name string) string { return `{"records":["` + name + `"]}` }
	var words []string
	for _, tc := range []struct {
		key                   ledger.Key
		method, path, content string
	}{
		{c.key, "POST", ticketPath + "/releases", ask(erased)},
		{c.key, "POST", ticketPath + "/releases", ask(c.name(3))},
		{c.key, "POST", ticketPath + "/releases", ask("1-1-99999")},
		{c.key, "POST", ticketPath + "/releases", ask("1-99-0")},
		{c.key, "POST", ticketPath + "/releases", ask("7-1-0")},
		{other, "POST", ticketPath + "/releases", ask(c.name(1))},
		{other, "GET", ticketPath + "/records", ""},
		{other, "GET", path, ""},
		{c.key, "GET", releasePath + "/bodies/" + erased, ""},
		{c.key, "GET", releasePath + "/bodies/1-99-0", ""},
		{c.key, "GET", "/v1/releases/1/1/9/bodies/" + c.name(1), ""},
		{c.key, "GET", "/v1/releases/1/2/1/bodies/" + c.name(1), ""},
		{other, "POST", releasePath + "/keys", `{"receipt":"1","recipient":"x"}`},
	} {
		answer, text := c.call(tc.key, tc.method, tc.path, tc.content)
		require.Equal(t, http.StatusForbidden, answer.StatusCode, "%s %s: %s", tc.method, tc.path, text)
		words = append(words, text)
		require.Equal(t, words[0], text)
	}
	require.Contains(t, words[0], "nothing is released to this request")
}

func TestAMalformedRequestIsToldWhatIsWrong(t *testing.T) {
	c := openCounter(t, gatetest.Document("one"))
	c.released()
	many := `{"records":["` + strings.Repeat(`1-1-0","`, server.MaxRequested) + `1-1-0"]}`
	for _, tc := range []struct{ method, path, content, says string }{
		{"GET", "/v1/tickets/x/5/records", "", "institution in the path is no number"},
		{"GET", "/v1/tickets/2/-5/records", "", "number in the path is no number"},
		{"GET", "/v1/releases/1/1/99999999999999999999/bodies/1-1-0", "", "index in the path is no number"},
		{"GET", releasePath + "/bodies/1-1", "", "institution-batch-leaf"},
		{"GET", releasePath + "/bodies/1-1-00", "", "institution-batch-leaf"},
		{"POST", ticketPath + "/releases", "", "does not read"},
		{"POST", ticketPath + "/releases", `{"records":["1-1-0"]`, "does not read"},
		{"POST", ticketPath + "/releases", `{"records":["1-1-0"]} {}`, "something after it"},
		{"POST", ticketPath + "/releases", `{"record":"1-1-0"}`, "unknown field"},
		{"POST", ticketPath + "/releases", `{"records":[]}`, "0 records, want 1 to 256"},
		{"POST", ticketPath + "/releases", many, "257 records, want 1 to 256"},
		{"POST", ticketPath + "/releases", `{"records":["1/1/0"]}`, "institution-batch-leaf"},
		{"POST", releasePath + "/keys", `{"receipt":2}`, "does not read"},
	} {
		answer, text := c.call(c.key, tc.method, tc.path, tc.content)
		require.Equal(t, http.StatusBadRequest, answer.StatusCode, "%s %s: %s", tc.method, tc.path, text)
		require.Contains(t, text, tc.says)
	}
	c.Change(func(s *gatetest.State) { s.Fail = io.ErrClosedPipe })
	answer, text := c.call(c.key, "GET", ticketPath+"/records", "")
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.Contains(t, text, "try again")
	require.NotContains(t, text, io.ErrClosedPipe.Error())
}

// large is a document that no buffer on the way holds.
func large() vault.NewRecord {
	text := make([]byte, 24<<20)
	_, _ = rand.Read(text)
	return gatetest.Record(gatetest.Patient.Number, gatetest.Classes[0], text)
}

func TestABodyComesByRanges(t *testing.T) {
	c := openCounter(t, gatetest.Document(strings.Repeat("a long document ", 4000)))
	path := c.released()
	whole, text := c.call(c.key, "GET", path, "")
	etag := whole.Header.Get("ETag")
	require.Equal(t, fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(text))), etag)
	require.Equal(t, "bytes", whole.Header.Get("Accept-Ranges"))
	last := len(text) - 1
	for _, tc := range []struct {
		headers []string
		status  int
		want    string
	}{
		{[]string{"Range", "bytes=100-"}, http.StatusPartialContent, text[100:]},
		{[]string{"Range", "bytes=100-199"}, http.StatusPartialContent, text[100:200]},
		{[]string{"Range", "bytes=0-9,20-29"}, http.StatusOK, text},
		{[]string{"Range", "bytes=-10"}, http.StatusPartialContent, text[last-9:]},
		{[]string{"Range", "bytes=100-", "If-Range", etag}, http.StatusPartialContent, text[100:]},
		{[]string{"Range", "bytes=100-", "If-Range", `"other"`}, http.StatusOK, text},
		{[]string{"If-None-Match", etag}, http.StatusNotModified, ""},
		{[]string{"Range", fmt.Sprintf("bytes=%d-", last+1)}, http.StatusRequestedRangeNotSatisfiable, "invalid range: failed to overlap\n"},
	} {
		answer, got := c.call(c.key, "GET", path, "", tc.headers...)
		require.Equal(t, tc.status, answer.StatusCode, tc.headers)
		require.Equal(t, tc.want, got, tc.headers)
	}
}

// TestARevocationCutsATransferOff withdraws the consent while a body is on its way
// to somebody who reads slowly: what is read afterwards is only what had come.
func TestARevocationCutsATransferOff(t *testing.T) {
	c := openCounter(t, large())
	path := c.released()
	answer, err := c.client.Do(c.request(c.key, "GET", path, ""))
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.CopyN(io.Discard, answer.Body, 1<<20)
	require.NoError(t, err)
	c.Change((*gatetest.State).Withdraw)
	for line := range c.log {
		if strings.Contains(line, "a transfer was cut off") {
			break
		}
	}
	rest, err := io.Copy(io.Discard, answer.Body)
	require.Error(t, err, "it was cut off")
	require.Less(t, rest, answer.ContentLength/4, "what had come already, and nothing more")

	refused, text := c.call(c.key, "GET", path, "", "Range", "bytes=1048576-")
	require.Equal(t, http.StatusForbidden, refused.StatusCode, text)
}

func TestALedgerThatCannotBeReadCutsATransferOff(t *testing.T) {
	c := openCounter(t, large())
	answer, err := c.client.Do(c.request(c.key, "GET", c.released(), ""))
	require.NoError(t, err)
	defer answer.Body.Close()
	c.Change(func(s *gatetest.State) { s.Fail = io.ErrUnexpectedEOF })
	for line := range c.log {
		if strings.Contains(line, "a transfer was cut off") {
			break
		}
	}
	rest, err := io.Copy(io.Discard, answer.Body)
	require.Error(t, err)
	require.Less(t, rest, answer.ContentLength/2)
}

func TestAHiccupOfTheLedgerEndsNoTransfer(t *testing.T) {
	c := openCounter(t, large())
	path := c.released()
	answer, err := c.client.Do(c.request(c.key, "GET", path, ""))
	require.NoError(t, err)
	defer answer.Body.Close()
	checked := make(chan struct{}, 1)
	better := func(s *gatetest.State) { s.Fail, s.Looking = nil, nil; checked <- struct{}{} }
	c.Change(func(s *gatetest.State) {
		s.Looking = func(s *gatetest.State) { s.Fail, s.Looking = io.ErrUnexpectedEOF, better }
	})
	<-checked
	var text bytes.Buffer
	_, err = io.Copy(&text, answer.Body)
	require.NoError(t, err)
	require.Equal(t, answer.Header.Get("ETag"), fmt.Sprintf(`"%x"`, sha256.Sum256(text.Bytes())))
}
