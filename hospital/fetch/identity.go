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

// NewIdentity makes an identity in a folder that is not there yet, or holds none: both
// its keys, or none.
func NewIdentity(dir string) (Identity, error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return Identity{}, err
	}
	d, err := openFolder(dir)
	if err != nil {
		return Identity{}, err
	}
	defer d.Close()
	if err := d.add(accountFile, hex.EncodeToString(ledger.NewSeed())); err != nil {
		return Identity{}, err
	}
	if err := d.add(ageFile, identity.String()); err != nil {
		return Identity{}, errors.Join(err, d.Remove(accountFile))
	}
	return OpenIdentity(dir)
}

// add writes the file of a key, which must not be there yet.
func (d folder) add(name, secret string) error {
	f, err := d.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s holds an identity: name another folder", d.Name())
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(secret + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, d.Remove(name))
	}
	return nil
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
