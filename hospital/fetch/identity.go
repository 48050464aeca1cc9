// Package fetch is a requester's side of a release: it asks a custodian's vault for
// what a ticket opens, takes the encrypted bodies, signs for them on the ledger, gets
// the keys, decrypts, and verifies that what came is what was anchored.
package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

// Names of the files of an identity's folder.
const (
	accountFile = "ledger.key"
	ageFile     = "age.key"
)

// Identity is who asks: an account on the ledger, and an age identity that keys of
// bodies are sealed to.
type Identity struct {
	// Account signs transactions and requests.
	Account ledger.Key
	// Age opens envelopes.
	Age *age.HybridIdentity
}

// NewIdentity makes an identity in a folder that is not there yet, or is empty.
func NewIdentity(dir string) (Identity, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Identity{}, err
	}
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return Identity{}, err
	}
	for name, secret := range map[string]string{accountFile: hex.EncodeToString(ledger.NewSeed()), ageFile: identity.String()} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return Identity{}, fmt.Errorf("%s holds an identity: name another folder", dir)
		}
		if err != nil {
			return Identity{}, err
		}
		_, err = f.WriteString(secret + "\n")
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return Identity{}, err
		}
	}
	return OpenIdentity(dir)
}

// OpenIdentity reads the identity of a folder.
func OpenIdentity(dir string) (Identity, error) {
	var texts [2]string
	for i, name := range []string{accountFile, ageFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return Identity{}, fmt.Errorf("%w: make an identity with \"dmdld requester init\"", err)
		}
		texts[i] = strings.TrimSpace(string(text))
	}
	seed, err := hex.DecodeString(texts[0])
	if err != nil {
		return Identity{}, fmt.Errorf("%s does not hold a seed in hex", accountFile)
	}
	account, err := ledger.KeyFromSeed(seed)
	if err != nil {
		return Identity{}, err
	}
	identity, err := age.ParseHybridIdentity(texts[1])
	if err != nil {
		return Identity{}, fmt.Errorf("%s does not hold a post-quantum age identity", ageFile)
	}
	return Identity{Account: account, Age: identity}, nil
}

// Recipient is the public half that keys are sealed to, as text.
func (i Identity) Recipient() string { return i.Age.Recipient().String() }

// Digest is the SHA-256 digest of the recipient, which a request for access names.
func (i Identity) Digest() [sha256.Size]byte { return sha256.Sum256([]byte(i.Recipient())) }
