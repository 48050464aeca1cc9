package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/light/store"
	lightdb "github.com/cometbft/cometbft/light/store/db"
)

// trusted holds verified light blocks. Whoever can write to its folder decides
// what is trusted.
type trusted struct {
	store.Store
	db *dbm.GoLevelDB
}

// openTrusted opens the blocks that follow from a root in a folder, which is
// made for this user alone. Each root has its own, so that a new one begins with
// none. Two processes cannot have them open at once.
func openTrusted(folder string, root Root) (*trusted, error) {
	if folder == "" {
		return nil, errors.New("no folder given for verified blocks")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("folder of verified blocks: %w", err)
	}
	name := sha256.Sum256(root.mark())
	db, err := dbm.NewGoLevelDB(hex.EncodeToString(name[:8]), folder)
	if err != nil {
		return nil, fmt.Errorf("open the verified blocks in %s: %w; if no other process uses them, remove the folder and trust begins at its root again", folder, err)
	}
	return &trusted{Store: lightdb.New(db, ""), db: db}, nil
}
