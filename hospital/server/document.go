package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dmdl-network/dmdl/hospital/vault"
)

// document sends a document to whoever may act for an active institution. Who may not is
// refused before anything is looked for.
func (s *releaseServer) document(w http.ResponseWriter, r *http.Request, requester string) error {
	digest, err := hex.DecodeString(r.PathValue("sha256"))
	if err != nil || len(digest) != sha256.Size {
		return badRequest("a document is named by the 64 hex digits of its SHA-256 digest")
	}
	d, content, err := s.releases.Document(r.Context(), requester, [sha256.Size]byte(digest))
	if errors.Is(err, vault.ErrNotFound) {
		refuse(w, http.StatusNotFound, "the vault serves no such document")
		return nil
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", d.MediaType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, digest))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	return nil
}
