package ledger

import (
	stded25519 "crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
)

// Prefix is the human-readable part of every account address.
const Prefix = "dmdl"

// addresses is explicit, so that nothing here depends on the global
// configuration of the SDK.
var addresses = address.NewBech32Codec(Prefix)

// Key is an account key held in memory. Machine accounts use ed25519, which a
// node verifies three times faster than the secp256k1 of operators' keyrings.
// The zero Key signs nothing.
type Key struct {
	private cryptotypes.PrivKey
	public  *codectypes.Any
	address string
}

// NewKey returns a fresh ed25519 key. Whoever must keep the key keeps a NewSeed.
func NewKey() (Key, error) { return KeyFromSeed(NewSeed()) }

// NewSeed returns a fresh seed of a key.
func NewSeed() []byte {
	seed := make([]byte, stded25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: the runtime aborts if the system has no randomness
	return seed
}

// KeyFromSeed returns the ed25519 key of a 32-byte seed (RFC 8032).
func KeyFromSeed(seed []byte) (Key, error) {
	if len(seed) != stded25519.SeedSize {
		return Key{}, fmt.Errorf("seed has %d bytes: give %d", len(seed), stded25519.SeedSize)
	}
	return KeyFromPrivate(&ed25519.PrivKey{Key: stded25519.NewKeyFromSeed(seed)})
}

// KeyFromPrivate wraps an ed25519 or secp256k1 private key, such as one taken
// out of an operator's keyring.
func KeyFromPrivate(private cryptotypes.PrivKey) (Key, error) {
	switch private.(type) {
	case *ed25519.PrivKey, *secp256k1.PrivKey:
	default:
		return Key{}, fmt.Errorf("account key has type %T: use ed25519 or secp256k1", private)
	}
	public, err := codectypes.NewAnyWithValue(private.PubKey())
	if err != nil {
		return Key{}, fmt.Errorf("pack the public key: %w", err)
	}
	text, err := addresses.BytesToString(private.PubKey().Address())
	if err != nil {
		return Key{}, fmt.Errorf("encode the address: %w", err)
	}
	return Key{private: private, public: public, address: text}, nil
}

// Address is the account's address in bech32.
func (k Key) Address() string { return k.address }

// PubKey is the public half, or nil for the zero Key.
func (k Key) PubKey() cryptotypes.PubKey {
	if k.private == nil {
		return nil
	}
	return k.private.PubKey()
}

// String is the address, so that printing a key does not spill it.
func (k Key) String() string { return k.address }

// Sign signs bytes that are no transaction, such as an HTTP request. Whoever calls
// it puts a domain of its own into them.
func (k Key) Sign(message []byte) ([]byte, error) {
	if k.private == nil {
		return nil, errors.New("the key is empty: make it with NewKey or KeyFromSeed")
	}
	return k.private.Sign(message)
}
