package clerk

import (
	"context"
	"crypto/sha256"

	"github.com/dmdl-network/dmdl/hospital/vault"
)

// Document returns a document of the vault and its content to a participant of an active
// institution. It fails with gate.ErrClosed for anybody else, whatever is here, and with
// vault.ErrNotFound if it is not here.
func (r *Releases) Document(ctx context.Context, requester string, digest [sha256.Size]byte) (vault.Document, []byte, error) {
	if err := r.gate.Member(ctx, requester); err != nil {
		return vault.Document{}, nil, err
	}
	return r.vault.Document(ctx, digest)
}
