package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dmdl-network/dmdl/commitment"
)

// Names of the files in a vault's home.
const (
	settingsFile = "vault.json"
	keyFile      = "vault.key"
	recoveryFile = "recovery.pub"
	escrowFile   = "escrow.age"
	indexFile    = "index.db"
	lockFile     = "lock"
	blobsDir     = "blobs"
	treesDir     = "trees"
)

const (
	// DefaultWindowDays is how long a key that was replaced is kept when the
	// settings do not say: backups of that age still open.
	DefaultWindowDays = 90
	maxWindowDays     = 3650
	// DefaultCopiesADay is how many fingerprints another institution may ask about in
	// 24 hours when the settings do not say.
	DefaultCopiesADay = 20_000
	day               = 24 * time.Hour
)

// Settings are what an operator decides about a vault, in vault.json.
type Settings struct {
	// ID tells a vault and its backups from all others. It is drawn when a vault is
	// made or restored and never changes.
	ID string `json:"id"`
	// Name is the vault's name for people, such as "radiology".
	Name string `json:"name"`
	// ChainID is the network in whose scope records are committed to. It cannot
	// change once the vault exists.
	ChainID string `json:"chain_id"`
	// Institution is the hospital's number on the ledger, from 1. It cannot
	// change either.
	Institution uint64 `json:"institution"`
	// Blobs is the URL of the blob store, such as "s3://bucket?region=eu-1" or
	// "file:///srv/blobs"; "" is the folder blobs in the vault's home.
	Blobs string `json:"blobs,omitempty"`
	// EscrowCopy is the path of a second escrow.age, outside of the home and of
	// every backup, replaced together with the first; "" keeps none.
	EscrowCopy string `json:"escrow_copy,omitempty"`
	// WindowDays is for how many days after a rotation the replaced key is kept,
	// so that backups made before it can be restored. 1 to 3650.
	WindowDays int `json:"window_days"`
	// CopiesADay is how many fingerprints another institution may ask about in 24
	// hours; 0 is DefaultCopiesADay.
	CopiesADay int `json:"copies_a_day,omitempty"`
	// NameCopies lets answers name the record here that a copy was found of, if it is
	// the earlier one. Without it they say only that there is one.
	NameCopies bool `json:"name_copies,omitempty"`
}

// Validate checks every setting by itself.
func (s Settings) Validate() error {
	switch {
	case s.Name == "":
		return fmt.Errorf("%w: name is missing: give the vault one", ErrSettings)
	case s.ChainID == "":
		return fmt.Errorf("%w: chain_id is missing: give the id of the network", ErrSettings)
	case s.Institution == 0:
		return fmt.Errorf("%w: institution is missing: give its number on the ledger, from 1", ErrSettings)
	case s.WindowDays < 1 || s.WindowDays > maxWindowDays:
		return fmt.Errorf("%w: window_days is %d: give 1 to %d", ErrSettings, s.WindowDays, maxWindowDays)
	case s.CopiesADay < 0:
		return fmt.Errorf("%w: copies_a_day is %d: give 0 or more", ErrSettings, s.CopiesADay)
	}
	return nil
}

// Scope is where the vault's commitments hold.
func (s Settings) Scope() commitment.Scope {
	return commitment.Scope{ChainID: s.ChainID, Institution: s.Institution}
}

func (s Settings) window() time.Duration { return time.Duration(s.WindowDays) * day }

func (s Settings) copiesADay() int {
	if s.CopiesADay == 0 {
		return DefaultCopiesADay
	}
	return s.CopiesADay
}

// ReadSettings reads the settings of a vault's home. It refuses unknown keys,
// so that a misspelt one is not silently without effect.
func ReadSettings(dir string) (Settings, error) {
	text, err := os.ReadFile(filepath.Join(dir, settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Settings{}, fmt.Errorf("%s: %w: it has no %s: give the home of a vault, or create one", dir, ErrNoVault, settingsFile)
	}
	if err != nil {
		return Settings{}, err
	}
	var s Settings
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Settings{}, fmt.Errorf("%w: %s: %w", ErrSettings, settingsFile, err)
	}
	if dec.More() {
		return Settings{}, fmt.Errorf("%w: %s: remove what follows the first object", ErrSettings, settingsFile)
	}
	return s, s.Validate()
}

func writeSettings(dir string, s Settings) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, settingsFile), append(text, '\n'))
}
