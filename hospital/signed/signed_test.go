package signed

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
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
			signer, err := NewVerifier().Verify(r)
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
		_, err := NewVerifier().Verify(r)
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
			_, err := NewVerifier().Verify(r)
			require.ErrorIs(t, err, ErrRefused, "%s: %q", name, broken)
		}
	}
}

func TestASignatureHoldsOnceAndForAFewMinutes(t *testing.T) {
	key := newKey(t)
	v := NewVerifier()
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
	require.Len(t, v.seen, 3)
	noon = noon.Add(time.Hour)
	_, err = v.Verify(signed(noon))
	require.NoError(t, err)
	require.Len(t, v.seen, 1, "old nonces are forgotten")
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
		_, err := NewVerifier().Verify(r)
		require.ErrorContains(t, err, "holds no ed25519 or secp256k1 key", name)
	}
}

func TestTheMemoryOfNoncesIsBoundedAndRecovers(t *testing.T) {
	v, key := NewVerifier(), newKey(t)
	v.most = 2
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	send := func(at time.Time) error {
		v.now = func() time.Time { return at }
		r := request(t, "GET", "http://vault.example/v1/tickets/1/2/records", "")
		require.NoError(t, Sign(r, key, at))
		_, err := v.Verify(r)
		return err
	}
	require.NoError(t, send(noon))
	require.NoError(t, send(noon))
	require.ErrorContains(t, send(noon), "too many requests")
	require.NoError(t, send(noon.Add(2*Window+time.Second)), "what is too old is forgotten")
}
