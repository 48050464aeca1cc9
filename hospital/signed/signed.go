// Package signed signs HTTP requests with keys of ledger accounts and verifies
// them, after RFC 9421 (HTTP Message Signatures) and RFC 9530 (Content-Digest).
//
// The signature covers method, authority, path, query, the digest of the content
// and the public key, from which the account's address follows. It holds for a few
// minutes and once. Its algorithm is that of the account's key, with that key's own
// way of hashing; RFC 9421 lets the application fix it, and so no "alg" is sent.
package signed

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

const (
	// KeyHeader carries the public key: the protobuf encoding of its Any, in base64.
	KeyHeader = "Dmdl-Public-Key"
	// Window is how far a signature's time may be from the verifier's clock.
	Window = 5 * time.Minute
	// MaxContent is the largest content of a signed request in bytes.
	MaxContent = 64 << 10

	label = "dmdl"
	tag   = "dmdl-request/1"
)

// covered are the components that every signature covers, in this order.
var covered = []string{"@method", "@authority", "@path", "@query", "content-digest", strings.ToLower(KeyHeader)}

// keys reads and writes public keys of every kind that accounts may have.
var keys = func() codec.Codec {
	registry := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(registry)
	return codec.NewProtoCodec(registry)
}()

// ErrRefused says that a request is not signed as it must be.
var ErrRefused = errors.New("the request is not signed by a ledger account")

// Signer signs bytes with an account's key.
type Signer interface {
	Address() string
	PubKey() cryptotypes.PubKey
	Sign(message []byte) ([]byte, error)
}

// Sign adds to a request what identifies the signer. The content, if any, is read
// and put back.
func Sign(r *http.Request, signer Signer, now time.Time) error {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails: the runtime aborts if the system has no randomness
	return sign(r, signer, now, base64.RawURLEncoding.EncodeToString(nonce))
}

func sign(r *http.Request, signer Signer, now time.Time, nonce string) error {
	content, err := contentOf(r)
	if err != nil {
		return err
	}
	key, err := keys.MarshalInterface(signer.PubKey())
	if err != nil {
		return fmt.Errorf("encode the public key: %w", err)
	}
	r.Header.Set(KeyHeader, base64.StdEncoding.EncodeToString(key))
	digest, err := digestHeader(content)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Digest", digest)

	params := httpsfv.NewParams()
	params.Add("created", now.Unix())
	params.Add("nonce", nonce)
	params.Add("keyid", signer.Address())
	params.Add("tag", tag)
	input := httpsfv.InnerList{Params: params}
	for _, component := range covered {
		input.Items = append(input.Items, httpsfv.NewItem(component))
	}
	base, err := signatureBase(r, input)
	if err != nil {
		return err
	}
	signature, err := signer.Sign(base)
	if err != nil {
		return err
	}
	return setHeaders(r, input, signature)
}

func setHeaders(r *http.Request, input httpsfv.InnerList, signature []byte) error {
	for name, member := range map[string]httpsfv.Member{"Signature-Input": input, "Signature": httpsfv.NewItem(signature)} {
		d := httpsfv.NewDictionary()
		d.Add(label, member)
		text, err := httpsfv.Marshal(d)
		if err != nil {
			return err
		}
		r.Header.Set(name, text)
	}
	return nil
}

// contentOf reads the content of a request and puts it back.
func contentOf(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	content, err := io.ReadAll(io.LimitReader(r.Body, MaxContent+1))
	if err := errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	if len(content) > MaxContent {
		return nil, fmt.Errorf("%w: content over %d bytes", ErrRefused, MaxContent)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	return content, nil
}

func digestHeader(content []byte) (string, error) {
	digest := sha256.Sum256(content)
	d := httpsfv.NewDictionary()
	d.Add("sha-256", httpsfv.NewItem(digest[:]))
	return httpsfv.Marshal(d)
}

// signatureBase is the text that is signed: RFC 9421, section 2.5.
func signatureBase(r *http.Request, input httpsfv.InnerList) ([]byte, error) {
	var base strings.Builder
	for _, component := range covered {
		fmt.Fprintf(&base, "%q: %s\n", component, valueOf(r, component))
	}
	params, err := httpsfv.Marshal(input)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&base, "%q: %s", "@signature-params", params)
	return []byte(base.String()), nil
}

// valueOf is the value of a component: RFC 9421, sections 2.1 and 2.2.
func valueOf(r *http.Request, component string) string {
	switch component {
	case "@method":
		return r.Method
	case "@authority":
		if r.Host != "" {
			return strings.ToLower(r.Host)
		}
		return strings.ToLower(r.URL.Host)
	case "@path":
		if path := r.URL.EscapedPath(); path != "" {
			return path
		}
		return "/"
	case "@query":
		return "?" + r.URL.RawQuery
	}
	return strings.Join(r.Header.Values(component), ", ")
}

// Verifier verifies requests, each once. It may be used by many goroutines.
type Verifier struct {
	addresses address.Bech32Codec
	now       func() time.Time
	known     func(ctx context.Context, account string) bool
	nonces    nonces
}

// NewVerifier returns a verifier. Known says whether an account is one of the network, or
// that nobody can tell now; it is asked in a flood of requests alone.
func NewVerifier(known func(ctx context.Context, account string) bool) *Verifier {
	return &Verifier{addresses: address.Bech32Codec{Bech32Prefix: ledger.Prefix}, now: time.Now, known: known, nonces: nonces{most: maxNonces}}
}

// Verify returns the address of the account that signed a request, or an error that
// is ErrRefused. The content is read and put back.
func (v *Verifier) Verify(r *http.Request) (string, error) {
	input, signature, err := readHeaders(r)
	if err != nil {
		return "", err
	}
	content, err := contentOf(r)
	if err != nil {
		return "", err
	}
	digest, err := digestHeader(content)
	if err != nil {
		return "", err
	}
	if r.Header.Get("Content-Digest") != digest {
		return "", fmt.Errorf("%w: Content-Digest is not the SHA-256 digest of the content", ErrRefused)
	}
	key, signer, err := v.key(r)
	if err != nil {
		return "", err
	}
	nonce, err := v.checkParams(input.Params, signer)
	if err != nil {
		return "", err
	}
	base, err := signatureBase(r, input)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if !key.VerifySignature(base, signature) {
		return "", fmt.Errorf("%w: the signature does not verify", ErrRefused)
	}
	if v.nonces.crowded(v.now()) && !v.known(r.Context(), signer) {
		return "", errCrowded
	}
	if err := v.nonces.first(v.now(), signer, nonce); err != nil {
		return "", err
	}
	return signer, nil
}

// readHeaders reads the one signature of the label, which must cover the
// components that every signature covers.
func readHeaders(r *http.Request) (httpsfv.InnerList, []byte, error) {
	refused := func(why string) (httpsfv.InnerList, []byte, error) {
		return httpsfv.InnerList{}, nil, fmt.Errorf("%w: %s", ErrRefused, why)
	}
	inputs, err := httpsfv.UnmarshalDictionary(r.Header.Values("Signature-Input"))
	if err != nil {
		return refused("Signature-Input does not read")
	}
	signatures, err := httpsfv.UnmarshalDictionary(r.Header.Values("Signature"))
	if err != nil {
		return refused("Signature does not read")
	}
	member, _ := inputs.Get(label)
	input, isList := member.(httpsfv.InnerList)
	member, _ = signatures.Get(label)
	item, isItem := member.(httpsfv.Item)
	if !isList || !isItem {
		return refused("it has no signature labelled " + label)
	}
	signature, isBytes := item.Value.([]byte)
	if !isBytes || len(input.Items) != len(covered) {
		return refused(fmt.Sprintf("the signature must cover %v", covered))
	}
	for i, component := range input.Items {
		if component.Value != covered[i] || len(component.Params.Names()) > 0 {
			return refused(fmt.Sprintf("the signature must cover %v", covered))
		}
	}
	return input, signature, nil
}

// key returns the signer's key and address.
func (v *Verifier) key(r *http.Request) (cryptotypes.PubKey, string, error) {
	encoded, err := base64.StdEncoding.DecodeString(r.Header.Get(KeyHeader))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s is not base64", ErrRefused, KeyHeader)
	}
	var key cryptotypes.PubKey
	if err := keys.UnmarshalInterface(encoded, &key); err != nil || key == nil {
		return nil, "", fmt.Errorf("%w: %s holds no public key", ErrRefused, KeyHeader)
	}
	if !isPlain(key) {
		return nil, "", fmt.Errorf("%w: %s holds no ed25519 or secp256k1 key", ErrRefused, KeyHeader)
	}
	signer, err := v.addresses.BytesToString(key.Address())
	return key, signer, err
}

// isPlain says whether a key is one that ledger accounts have, of the right length.
// Others panic when they are asked for their address, or to verify.
func isPlain(key cryptotypes.PubKey) bool {
	switch key := key.(type) {
	case *ed25519.PubKey:
		return len(key.Key) == ed25519.PubKeySize
	case *secp256k1.PubKey:
		return len(key.Key) == secp256k1.PubKeySize
	}
	return false
}

// checkParams checks the parameters of a signature and returns its nonce.
func (v *Verifier) checkParams(params *httpsfv.Params, signer string) (string, error) {
	if names := params.Names(); !slices.Equal(slices.Sorted(slices.Values(names)), []string{"created", "keyid", "nonce", "tag"}) {
		return "", fmt.Errorf("%w: its parameters are %v, want created, nonce, keyid and tag", ErrRefused, names)
	}
	get := func(name string) any { value, _ := params.Get(name); return value }
	created, isTime := get("created").(int64)
	nonce, isText := get("nonce").(string)
	switch {
	case !isTime || v.now().Sub(time.Unix(created, 0)).Abs() > Window:
		return "", fmt.Errorf("%w: created is not within %s of this clock", ErrRefused, Window)
	case !isText || len(nonce) < 16 || len(nonce) > 64:
		return "", fmt.Errorf("%w: nonce has not 16 to 64 characters", ErrRefused)
	case get("keyid") != signer:
		return "", fmt.Errorf("%w: keyid is not %s, whose key it shows", ErrRefused, signer)
	case get("tag") != tag:
		return "", fmt.Errorf("%w: tag is not %s", ErrRefused, tag)
	}
	return nonce, nil
}
