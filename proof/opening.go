package proof

import (
	"crypto/hmac"
	"regexp"
	"slices"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/x/records"
)

// holders are what the address of an account looks like in bech32.
var holders = regexp.MustCompile(`^[a-z0-9]{8,90}$`)

// verifyContent verifies the openings against the commitments in the leaf, in
// the scope of the chain or of one that it continues. It returns the sealed
// descriptor, or nil if the bundle does not hold it.
func (b *Bundle) verifyContent(leaf records.Leaf, chainID string, predecessors []string) (*commitment.Descriptor, error) {
	c := b.Content
	if !holders.MatchString(c.Holder) {
		return nil, failed(PartOpening, "the bundle names no holder: an address of 8 to 90 lower-case letters and digits is wanted")
	}
	scope := commitment.Scope{ChainID: chainID, Institution: b.Record.Institution}
	if c.ChainID != "" {
		if c.ChainID == chainID || !slices.Contains(predecessors, c.ChainID) {
			return nil, failed(PartOpening, "the record was committed to on chain %.60q: name it as a predecessor of %q if you know it to be one", c.ChainID, chainID)
		}
		scope.ChainID = c.ChainID
	}
	if len(c.Canonical) != commitment.Size || len(c.Raw) != commitment.Size {
		return nil, failed(PartOpening, "the digests have %d and %d bytes, not %d", len(c.Canonical), len(c.Raw), commitment.Size)
	}
	content := commitment.Content{
		Kind: c.Kind, Profile: c.Profile,
		Canonical: [commitment.Size]byte(c.Canonical), Raw: [commitment.Size]byte(c.Raw),
	}
	opening, err := commitment.ParseOpening(c.Opening)
	if err != nil {
		return nil, failed(PartOpening, "%w", err)
	}
	if made := content.Commit(scope, opening); !hmac.Equal(made[:], leaf.Content) {
		return nil, failed(PartOpening, "it does not open the content commitment in the leaf")
	}
	if c.Sealed == nil {
		return nil, nil
	}
	return c.Sealed.verify(leaf, scope, content)
}

func (s *Sealed) verify(leaf records.Leaf, scope commitment.Scope, content commitment.Content) (*commitment.Descriptor, error) {
	opening, err := commitment.ParseOpening(s.Opening)
	if err != nil {
		return nil, failed(PartDescriptor, "%w", err)
	}
	if made := commitment.Sealed(scope, commitment.Digest(s.Descriptor), opening); !hmac.Equal(made[:], leaf.Sealed) {
		return nil, failed(PartDescriptor, "descriptor and opening do not open the sealed commitment in the leaf")
	}
	d, err := commitment.ParseDescriptor(s.Descriptor)
	if err != nil {
		return nil, failed(PartDescriptor, "%w", err)
	}
	if d.Kind != content.Kind || d.Profile != content.Profile {
		return nil, failed(PartDescriptor, "kind or profile differ from those in the content commitment: the custodian contradicts itself")
	}
	return &d, nil
}
