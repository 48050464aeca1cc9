package signed

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

// noon is the time of fuzzed requests, by all clocks.
var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// seeded is a key that is the same in every run.
func seeded(f *testing.F, secret string) ledger.Key {
	f.Helper()
	key, err := ledger.KeyFromPrivate(ed25519.GenPrivKeyFromSecret([]byte(secret)))
	require.NoError(f, err)
	return key
}

// parts are what a signature is about, and itself.
type parts struct {
	method, host, path, query, content string
	digest, key, input, signature      string
}

// request is the request of these parts as a server gets it.
func (p parts) request() *http.Request {
	r := &http.Request{
		Method: p.method, Host: p.host, URL: &url.URL{Path: p.path, RawQuery: p.query}, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(p.content)),
	}
	for name, value := range map[string]string{"Content-Digest": p.digest, KeyHeader: p.key, "Signature-Input": p.input, "Signature": p.signature} {
		r.Header.Set(name, value)
	}
	return r
}

// signedParts are a request that a key signed, always the same.
func signedParts(f *testing.F, key ledger.Key, p parts) parts {
	f.Helper()
	r := p.request()
	require.NoError(f, sign(r, key, noon, "AAAAAAAAAAAAAAAAAAAAAA"))
	p.digest, p.key = r.Header.Get("Content-Digest"), r.Header.Get(KeyHeader)
	p.input, p.signature = r.Header.Get("Signature-Input"), r.Header.Get("Signature")
	return p
}

// verifyTwice verifies a request, which is refused as it must be or holds once.
func (p parts) verifyTwice(t testing.TB) (signer string, accepted bool) {
	t.Helper()
	v := NewVerifier(nil)
	v.now = func() time.Time { return noon }
	r := p.request()
	signer, err := v.Verify(r)
	if err != nil {
		require.ErrorIs(t, err, ErrRefused)
		require.Empty(t, signer)
		return "", false
	}
	content, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Equal(t, p.content, string(content))
	_, err = v.Verify(p.request())
	require.ErrorIs(t, err, ErrRefused, "it holds once")
	return signer, true
}

// FuzzVerify looks for a request that nobody signed and that verifies, and for one that
// brings the verifier down.
func FuzzVerify(f *testing.F) {
	key := seeded(f, "clinician")
	known := []parts{
		signedParts(f, key, parts{method: "POST", host: "vault.example:8471", path: "/v1/tickets/1/2/releases", query: "a=%20b", content: `{"records":["1/2/3"]}`}),
		signedParts(f, key, parts{method: "GET", host: "vault.example", path: "/v1/tickets/1/2/records"}),
	}
	for _, p := range known {
		for _, beside := range []string{"", ", sig1=:AAAA:"} {
			p.signature += beside
			signer, accepted := p.verifyTwice(f)
			require.True(f, accepted)
			require.Equal(f, key.Address(), signer)
			f.Add(p.method, p.host, p.path, p.query, p.content, p.digest, p.key, p.input, p.signature)
		}
	}
	f.Fuzz(func(t *testing.T, method, host, path, query, content, digest, key2, input, signature string) {
		p := parts{method, host, path, query, content, digest, key2, input, signature}
		signer, accepted := p.verifyTwice(t)
		if !accepted {
			return
		}
		require.Equal(t, key.Address(), signer)
		require.True(t, slices.ContainsFunc(known, func(k parts) bool {
			return k.method == method && k.host == strings.ToLower(host) && k.path == path && k.query == query &&
				k.content == content && k.digest == digest && k.key == key2
		}), "nobody signed this: %+v", p)
	})
}

// covers is how the signature of every request begins.
const covers = `("@method" "@authority" "@path" "@query" "content-digest" "dmdl-public-key");`

var createdAt = regexp.MustCompile(`;created=(\d+)`)

// FuzzParams has a stranger sign whatever the headers say with a key of their own, which
// no verifier takes unless all is covered, bound to the key and of this time.
func FuzzParams(f *testing.F) {
	key := seeded(f, "stranger")
	p := signedParts(f, key, parts{method: "POST", host: "vault.example", path: "/v1", content: "{}"})
	f.Add(p.input, p.digest)
	for _, change := range []string{`;alg="ed25519"`, `;created=1`, `;expires=2`, `;keyid=a`, `;nonce=:AAAA:`, `;tag=?1`, `;nonce="short"`, `, dmdl`, `, b=("@path");x`} {
		f.Add(p.input+change, p.digest)
	}
	f.Add(strings.Replace(p.input, `"@query"`, `"@query";req`, 1), p.digest+", sha-512=:AAAA:")
	for _, broken := range brokenHeaders {
		f.Add(broken, p.digest)
		f.Add(p.input+", "+broken, p.digest)
	}
	f.Fuzz(func(t *testing.T, input, digest string) {
		p := p
		p.input, p.digest, p.signature = input, digest, "dmdl=:AAAA:"
		list, _, err := readHeaders(p.request())
		if err != nil {
			require.ErrorIs(t, err, ErrRefused)
			return
		}
		base, err := signatureBase(p.request(), list)
		require.NoError(t, err)
		signature, err := key.Sign(base)
		require.NoError(t, err)
		p.signature = "dmdl=:" + base64.StdEncoding.EncodeToString(signature) + ":"
		signer, accepted := p.verifyTwice(t)
		if !accepted {
			return
		}
		require.Equal(t, key.Address(), signer)
		text, err := httpsfv.Marshal(list)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(text, covers), text)
		require.Contains(t, text, `;keyid="`+signer+`"`)
		require.Contains(t, text, `;tag="dmdl-request/1"`)
		created, err := strconv.ParseInt(createdAt.FindStringSubmatch(text)[1], 10, 64)
		require.NoError(t, err)
		require.LessOrEqual(t, noon.Sub(time.Unix(created, 0)).Abs(), Window)
		digestOfContent, err := digestHeader([]byte(p.content))
		require.NoError(t, err)
		require.Equal(t, digestOfContent, digest)
	})
}
