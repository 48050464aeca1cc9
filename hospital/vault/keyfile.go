package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"filippo.io/age"
)

// KeyFile keeps the identities in vault.key, which any age tool reads, and in
// escrow.age, encrypted to the recovery key. The escrow holds a key before the
// vault uses it, and still holds it when the vault has forgotten it: a crash
// between the two loses nothing.
type KeyFile struct {
	dir        string
	escrowCopy string

	mu sync.Mutex
}

// NewKeyFile is the key file of a vault's home. It reads nothing yet.
func NewKeyFile(dir string, settings Settings) *KeyFile {
	return &KeyFile{dir: dir, escrowCopy: settings.EscrowCopy}
}

// List implements Keys.
func (f *KeyFile) List(context.Context) ([]Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	held, err := f.read()
	if err != nil {
		return nil, err
	}
	keys := make([]Key, len(held))
	for i, identity := range held {
		keys[i] = Key{Name: keyName(identity), Recipient: identity.Recipient(), Identity: identity}
	}
	return keys, nil
}

// Add implements Keys: escrow first, then vault.key.
func (f *KeyFile) Add(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	held, err := f.read()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh, err := age.GenerateHybridIdentity()
	if err != nil {
		return err
	}
	text := keyText(append(held, fresh))
	if err := f.escrow(text); err != nil {
		return err
	}
	return replaceFile(filepath.Join(f.dir, keyFile), text)
}

// Destroy implements Keys: vault.key first, then the escrow.
func (f *KeyFile) Destroy(_ context.Context, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	held, err := f.read()
	if err != nil {
		return err
	}
	text := keyText(slices.DeleteFunc(held, func(i *age.HybridIdentity) bool { return keyName(i) == name }))
	if err := replaceFile(filepath.Join(f.dir, keyFile), text); err != nil {
		return err
	}
	return f.escrow(text)
}

func (f *KeyFile) read() ([]*age.HybridIdentity, error) {
	text, err := os.ReadFile(filepath.Join(f.dir, keyFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w: bring %s back from %s: age -d -i RECOVERY-KEY %s", ErrKey, err, keyFile, escrowFile, escrowFile)
	}
	if err != nil {
		return nil, err
	}
	return parseKeys(text)
}

// escrow encrypts the text of vault.key to the recovery recipient, in every
// place that the settings name.
func (f *KeyFile) escrow(text []byte) error {
	recovery, err := readRecovery(f.dir)
	if err != nil {
		return err
	}
	sealed, err := encrypt(text, recovery)
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(f.dir, escrowFile), sealed); err != nil {
		return err
	}
	if f.escrowCopy == "" {
		return nil
	}
	if err := replaceFile(f.escrowCopy, sealed); err != nil {
		return fmt.Errorf("escrow_copy: %w: mount it, or change vault.json", err)
	}
	return nil
}

// checkEscrow says what can be seen to be wrong with the escrow from outside:
// whether it holds the keys, only the recovery key can tell.
func (f *KeyFile) checkEscrow() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	sealed, err := os.ReadFile(filepath.Join(f.dir, escrowFile))
	if err != nil {
		return fmt.Errorf("%s: %w", escrowFile, withoutPath(err))
	}
	if f.escrowCopy == "" {
		return nil
	}
	again, err := os.ReadFile(f.escrowCopy)
	if err != nil {
		return fmt.Errorf("escrow_copy: %w", withoutPath(err))
	}
	if !bytes.Equal(sealed, again) {
		return errors.New("escrow_copy: it is not the same as " + escrowFile)
	}
	return nil
}

// renewEscrow writes the escrow of the keys held.
func (f *KeyFile) renewEscrow() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	held, err := f.read()
	if err != nil {
		return err
	}
	return f.escrow(keyText(held))
}

func readRecovery(dir string) (*age.HybridRecipient, error) {
	text, err := os.ReadFile(filepath.Join(dir, recoveryFile))
	if err != nil {
		return nil, fmt.Errorf("recovery recipient: %w", err)
	}
	return parseRecovery(string(text))
}

// parseRecovery accepts post-quantum recipients only: an escrow that is copied
// today must stay closed for as long as a record is of interest.
func parseRecovery(text string) (*age.HybridRecipient, error) {
	recipient, err := age.ParseHybridRecipient(strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("%w: the recovery recipient does not read as age1pq1...: give the public half, which \"dmdld vault recovery-key\" prints", ErrKey)
	}
	return recipient, nil
}

func parseKeys(text []byte) ([]*age.HybridIdentity, error) {
	var held []*age.HybridIdentity
	for number, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		identity, err := age.ParseHybridIdentity(line)
		if err != nil { // the cause quotes the line, which is secret
			return nil, fmt.Errorf("%w: line %d of %s is no post-quantum identity: such a line begins with AGE-SECRET-KEY-PQ-1", ErrKey, number+1, keyFile)
		}
		held = append(held, identity)
	}
	return held, nil
}

func keyText(held []*age.HybridIdentity) []byte {
	var text bytes.Buffer
	text.WriteString("# Keys of a DMDL vault, oldest first. Whoever has them can read its records.\n")
	for _, identity := range held {
		fmt.Fprintf(&text, "# key %s\n%s\n", keyName(identity), identity)
	}
	return text.Bytes()
}

// keyName is the start of the digest of the public half.
func keyName(identity *age.HybridIdentity) string {
	digest := sha256.Sum256([]byte(identity.Recipient().String()))
	return hex.EncodeToString(digest[:8])
}
