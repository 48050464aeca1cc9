package signed

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/multisig"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

func newKey(t *testing.T) ledger.Key {
	t.Helper()
	key, err := ledger.NewKey()
	require.NoError(t, err)
	return key
}

// request is one as a server gets it.
func request(t *testing.T, method, target, content string) *http.Request {
	t.Helper()
	return httptest.NewRequest(method, target, strings.NewReader(content))
}

func TestASignedRequestSaysWhoSentIt(t *testing.T) {
	human, err := ledger.KeyFromPrivate(secp256k1.GenPrivKey())
	require.NoError(t, err)
	for _, key := range []ledger.Key{newKey(t), human} {
		for _, content := range []string{"", `{"records":["1/2/3"]}`} {
			r := request(t, "POST", "http://vault.example:8471/v1/tickets/1/2/releases?a=%20b", content)
			require.NoError(t, Sign(r, key, time.Now()))
			signer, err := NewVerifier(nil).Verify(r)
			require.NoError(t, err)
			require.Equal(t, key.Address(), signer)
			left, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.Equal(t, content, string(left))
		}
	}
}

func TestWhatIsChangedOnTheWayIsRefused(t *testing.T) {
	other := newKey(t)
	for name, change := range map[string]func(*http.Request){
		"method":       func(r *http.Request) { r.Method = "GET" },
		"authority":    func(r *http.Request) { r.Host = "other.example" },
		"path":         func(r *http.Request) { r.URL.Path = "/v1/tickets/1/3/releases" },
		"query":        func(r *http.Request) { r.URL.RawQuery = "" },
		"content":      func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{}")) },
		"digest":       func(r *http.Request) { r.Header.Set("Content-Digest", "sha-256=:AAAA:") },
		"no digest":    func(r *http.Request) { r.Header.Del("Content-Digest") },
		"no key":       func(r *http.Request) { r.Header.Del(KeyHeader) },
		"bad key":      func(r *http.Request) { r.Header.Set(KeyHeader, "AAAA") },
		"no signature": func(r *http.Request) { r.Header.Del("Signature") },
		"no input":     func(r *http.Request) { r.Header.Del("Signature-Input") },
		"time": func(r *http.Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "created=1", "created=2", 1))
		},
		"less covered": func(r *http.Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), ` "@query"`, "", 1))
		},
		"other label": func(r *http.Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "dmdl=", "sig1=", 1))
		},
		"other signer": func(r *http.Request) {
			signature, input := r.Header.Get("Signature"), r.Header.Get("Signature-Input")
			require.NoError(t, Sign(r, other, time.Now()))
			r.Header.Set("Signature", signature)
			r.Header.Set("Signature-Input", input)
		},
		"no such signature": func(r *http.Request) { r.Header.Set("Signature", "dmdl=:AAAA:") },
	} {
		r := request(t, "POST", "http://vault.example/v1/tickets/1/2/releases?a=b", `{"records":[]}`)
		require.NoError(t, Sign(r, newKey(t), time.Now()))
		change(r)
		_, err := NewVerifier(nil).Verify(r)
		require.ErrorIs(t, err, ErrRefused, name)
	}
}

// brokenHeaders are structured fields that end too early, or hold what no signature does.
var brokenHeaders = []string{
	"", "d", "d=", "d=@", "d=@-", "d=-", "d=(", `d=("`, "d=:", "d=:A", `d="`, `d=%`, `d=%"`, `d=%"x"`, `d=%"x%`, `d=%"x%0`, "d=?", "d;", "d;x=", "d,", "\x00",
	"dmdl=@", `dmdl=("@method" @)`, `dmdl=();created=@`,
}

func TestBrokenHeadersAreRefused(t *testing.T) {
	for _, name := range []string{"Signature-Input", "Signature"} {
		for _, broken := range brokenHeaders {
			r := request(t, "GET", "http://vault.example/", "")
			require.NoError(t, Sign(r, newKey(t), time.Now()))
			r.Header.Set(name, broken)
			_, err := NewVerifier(nil).Verify(r)
			require.ErrorIs(t, err, ErrRefused, "%s: %q", name, broken)
		}
	}
}

func TestASignatureHoldsOnceAndForAFewMinutes(t *testing.T) {
	key := newKey(t)
	v := NewVerifier(nil)
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	v.now = func() time.Time { return noon }
	signed := func(at time.Time) *http.Request {
		r := request(t, "GET", "http://vault.example/v1/tickets/1/2/records", "")
		require.NoError(t, Sign(r, key, at))
		return r
	}
	r := signed(noon)
	_, err := v.Verify(r)
	require.NoError(t, err)
	_, err = v.Verify(r)
	require.ErrorContains(t, err, "sent before")
	for _, at := range []time.Time{noon.Add(-Window - time.Second), noon.Add(Window + time.Second)} {
		_, err = v.Verify(signed(at))
		require.ErrorContains(t, err, "created")
	}
	for _, at := range []time.Time{noon.Add(-Window), noon.Add(Window)} {
		_, err = v.Verify(signed(at))
		require.NoError(t, err)
	}
	require.Equal(t, 3, v.nonces.count)
	noon = noon.Add(time.Hour)
	_, err = v.Verify(signed(noon))
	require.NoError(t, err)
	require.Equal(t, 1, v.nonces.count, "old nonces are forgotten")
}

func TestLongContentIsRefused(t *testing.T) {
	r := request(t, "POST", "http://vault.example/", string(bytes.Repeat([]byte{'x'}, MaxContent+1)))
	require.ErrorIs(t, Sign(r, newKey(t), time.Now()), ErrRefused)
}

// many signs and shows another key.
type many struct {
	ledger.Key
	public cryptotypes.PubKey
}

func (m many) PubKey() cryptotypes.PubKey { return m.public }

func TestKeysThatNoAccountHasAreRefused(t *testing.T) {
	key := newKey(t)
	for name, public := range map[string]cryptotypes.PubKey{
		"several":           multisig.NewLegacyAminoPubKey(1, []cryptotypes.PubKey{key.PubKey()}),
		"a short secp256k1": &secp256k1.PubKey{Key: []byte{1, 2, 3}},
		"an empty ed25519":  &ed25519.PubKey{},
	} {
		r := request(t, "GET", "http://vault.example/", "")
		require.NoError(t, Sign(r, many{key, public}, time.Now()))
		_, err := NewVerifier(nil).Verify(r)
		require.ErrorContains(t, err, "holds no ed25519 or secp256k1 key", name)
	}
}

// crowd is who sends requests that a small memory of nonces has to take.
type crowd struct {
	*Verifier
	t   *testing.T
	now time.Time
}

func newCrowd(t *testing.T, most int, members ...ledger.Key) *crowd {
	t.Helper()
	c := &crowd{t: t, now: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)}
	c.Verifier = NewVerifier(func(_ context.Context, account string) bool {
		return slices.ContainsFunc(members, func(m ledger.Key) bool { return m.Address() == account })
	})
	c.nonces.most = most
	c.Verifier.now = func() time.Time { return c.now }
	return c
}

func (c *crowd) send(key ledger.Key) error {
	c.t.Helper()
	r := request(c.t, "GET", "http://vault.example/v1/tickets/1/2/records", "")
	require.NoError(c.t, Sign(r, key, c.now))
	_, err := c.Verify(r)
	return err
}

func TestStrangersLeaveHalfOfTheMemoryToMembers(t *testing.T) {
	member := newKey(t)
	c := newCrowd(t, 2*sharers, member)
	for range sharers {
		require.NoError(t, c.send(newKey(t)))
	}
	require.ErrorIs(t, c.send(newKey(t)), errCrowded)
	require.NoError(t, c.send(member))
	c.now = c.now.Add(2*Window + time.Second)
	require.NoError(t, c.send(newKey(t)), "what is too old is forgotten")
}

func TestNoAccountFillsTheMemoryAlone(t *testing.T) {
	one, other := newKey(t), newKey(t)
	c := newCrowd(t, 2*sharers, one, other)
	require.NoError(t, c.send(one))
	require.NoError(t, c.send(one))
	require.ErrorIs(t, c.send(one), errCrowded)
	require.NoError(t, c.send(other))
	c.now = c.now.Add(2*Window + time.Second)
	require.NoError(t, c.send(one))
}

func TestTheMemoryHasAnEnd(t *testing.T) {
	var members []ledger.Key
	for range sharers + 1 {
		members = append(members, newKey(t))
	}
	c := newCrowd(t, sharers, members...)
	for _, m := range members[:sharers] {
		require.NoError(t, c.send(m))
	}
	require.ErrorIs(t, c.send(members[sharers]), errCrowded)
}
