package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"

	"github.com/dmdl-network/dmdl/commitment"
)

// sealedConsent is the sealed part of a consent as it is kept.
type sealedConsent struct {
	Version int    `json:"version"`
	Subject uint64 `json:"subject"`
	Opening []byte `json:"opening"`
	// Part is the encoding that was committed to.
	Part []byte `json:"part"`
}

const sealedConsentVersion = 1

// SealConsent keeps the sealed part of a consent of one of the institution's
// subjects and returns the commitment to it, which the consent on the ledger shows.
// Every consent has one, so that nobody sees whether it restricts: give an empty
// part if it does not.
func (v *Vault) SealConsent(ctx context.Context, subject uint64, part []byte) (shown [commitment.Size]byte, err error) {
	if v.lock == nil {
		return shown, ErrReadOnly
	}
	if subject == 0 {
		return shown, fmt.Errorf("%w: subject 0: they count from 1", ErrInvalid)
	}
	var opening commitment.Opening
	if _, err := io.ReadFull(v.random, opening[:]); err != nil {
		return shown, err
	}
	kept, err := json.Marshal(sealedConsent{Version: sealedConsentVersion, Subject: subject, Opening: opening[:], Part: part})
	if err != nil {
		return shown, err
	}
	v.adding.RLock() // so that no key is rotated away under it
	defer v.adding.RUnlock()
	keys := v.ring.Load()
	sealed, err := encrypt(kept, keys.keys[keys.current].Recipient)
	if err != nil {
		return shown, err
	}
	shown = commitment.Consent(v.settings.Scope(), subject, commitment.Digest(part), opening)
	return shown, v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO consents (sealed, key, age) VALUES (?, ?, ?)`, shown[:], keys.current, sealed)
		return err
	})
}

// OpenConsent returns the sealed part of a consent by the commitment that the
// ledger shows, or ErrNotFound if it is not here. That it opens the commitment for
// that subject is checked.
func (v *Vault) OpenConsent(ctx context.Context, subject uint64, shown []byte) ([]byte, error) {
	var number int64
	var sealed []byte
	err := v.db.QueryRowContext(ctx, `SELECT key, age FROM consents WHERE sealed = ?`, shown).Scan(&number, &sealed)
	if isNoRows(err) {
		return nil, fmt.Errorf("sealed part %x: %w", shown, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	plain, err := v.ring.Load().open(sealed, number)
	if err != nil {
		return nil, fmt.Errorf("sealed part %x: %w", shown, err)
	}
	var kept sealedConsent
	if err := json.Unmarshal(plain, &kept); err != nil || kept.Version != sealedConsentVersion {
		return nil, fmt.Errorf("sealed part %x: %w: it does not read as version %d", shown, ErrCorrupt, sealedConsentVersion)
	}
	opening, err := commitment.ParseOpening(kept.Opening)
	if err != nil {
		return nil, fmt.Errorf("sealed part %x: %w: %w", shown, ErrCorrupt, err)
	}
	if got := commitment.Consent(v.settings.Scope(), subject, commitment.Digest(kept.Part), opening); string(got[:]) != string(shown) {
		return nil, fmt.Errorf("sealed part %x: %w: it is not subject %d's", shown, ErrCorrupt, subject)
	}
	return kept.Part, nil
}
