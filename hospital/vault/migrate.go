package vault

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"github.com/dmdl-network/dmdl/commitment"
)

// formatBefore is the format of the index that this program brings to indexFormat: the
// one in which the description of a work stood in its row.
const formatBefore = 3

// checkIndex refuses settings that are not those the index was made with, and brings an
// index of the format before to this one.
func (v *Vault) checkIndex(ctx context.Context) error {
	var made commitment.Scope
	var version int
	err := v.db.QueryRowContext(ctx, `SELECT format, chain_id, institution FROM vault`).Scan(&version, &made.ChainID, &made.Institution)
	if err != nil {
		return fmt.Errorf("%s: %w", indexFile, err)
	}
	if version != indexFormat && version != formatBefore {
		return fmt.Errorf("%s has format %d, this program reads %d: use the program it was made with", indexFile, version, indexFormat)
	}
	if made != v.settings.Scope() {
		return fmt.Errorf("%w: chain_id and institution are %q and %d, the records were committed to for %q and %d: put these back",
			ErrSettings, v.settings.ChainID, v.settings.Institution, made.ChainID, made.Institution)
	}
	if version == formatBefore {
		return v.migrate(ctx)
	}
	return nil
}

// migrate brings an index of formatBefore to indexFormat, whole or not at all.
func (v *Vault) migrate(ctx context.Context) error {
	if v.lock == nil {
		return fmt.Errorf("%s has format %d, this program reads %d: open the vault for writing once, as \"dmdld vault doctor --repair\" does",
			indexFile, formatBefore, indexFormat)
	}
	return v.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			CREATE TABLE documents (digest BLOB PRIMARY KEY, media_type TEXT NOT NULL, content BLOB NOT NULL, made_at INTEGER NOT NULL) STRICT;
			ALTER TABLE works RENAME COLUMN description TO content;
			ALTER TABLE works ADD COLUMN description BLOB REFERENCES documents(digest)`); err != nil {
			return err
		}
		if err := moveDescriptions(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `ALTER TABLE works DROP COLUMN content; UPDATE vault SET format = ?`, indexFormat)
		return err
	})
}

// moveDescriptions makes documents of the descriptions of works, one after the other.
func moveDescriptions(ctx context.Context, tx *sql.Tx) error {
	for {
		var root, content []byte
		var at int64
		err := tx.QueryRowContext(ctx, `SELECT root, content, made_at FROM works WHERE content IS NOT NULL LIMIT 1`).Scan(&root, &content, &at)
		if isNoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		digest := sha256.Sum256(content)
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO documents (digest, media_type, content, made_at) VALUES (?, ?, ?, ?)`,
			digest[:], DescriptionType, content, at); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE works SET description = ?, content = NULL WHERE root = ?`, digest[:], root); err != nil {
			return err
		}
	}
}
