package clerk

import (
	"errors"
	"fmt"

	"github.com/dmdl-network/dmdl/hospital/canonical"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/proof"
)

// Original is a document that a bundle is compared with.
type Original struct{ Source format.Source }

// Raw implements proof.Original.
func (o Original) Raw() ([32]byte, error) { return canonical.Digest("raw/1", o.Source) }

// Canonical implements proof.Original.
func (o Original) Canonical(profile string) ([32]byte, error) {
	digest, err := canonical.Digest(profile, o.Source)
	if errors.Is(err, format.ErrInvalid) {
		err = fmt.Errorf("%w %s: %w", proof.ErrNoForm, profile, err)
	}
	return digest, err
}
