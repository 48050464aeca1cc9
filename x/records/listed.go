package records

import (
	"slices"

	"cosmossdk.io/errors"
)

// ListedBatch returns the listed batch of those leaves, not yet anchored, and
// the leaves encoded one after the other, which is how they are stored. It
// returns ErrLeafCount or what is wrong with a leaf, whose place it names.
func ListedBatch(id BatchId, leaves []Leaf) (Batch, []byte, error) {
	if n := len(leaves); n == 0 || n > MaxListedLeaves {
		return Batch{}, nil, errors.Wrapf(ErrLeafCount, "%d, want 1 to %d", n, MaxListedLeaves)
	}
	page := make([]byte, 0, len(leaves)*LeafSize)
	encoded := make([][]byte, len(leaves))
	for i, leaf := range leaves {
		if err := leaf.Validate(); err != nil {
			return Batch{}, nil, errors.Wrapf(err, "records[%d]", i)
		}
		page = append(page, LeafBytes(leaf)...)
		encoded[i] = page[i*LeafSize:]
	}
	root, err := Root(encoded)
	if err != nil {
		return Batch{}, nil, err
	}
	return Batch{Id: id, Root: root, Leaves: uint64(len(leaves)), Listed: true}, page, nil
}

// ParseLeaves is the inverse of the encoding that ListedBatch returns.
func ParseLeaves(page []byte) ([]Leaf, error) {
	leaves := make([]Leaf, 0, len(page)/LeafSize)
	for len(page) >= LeafSize {
		leaf, err := ParseLeaf(page[:LeafSize])
		if err != nil {
			return nil, err
		}
		leaves, page = append(leaves, leaf), page[LeafSize:]
	}
	if len(page) > 0 {
		return nil, errors.Wrapf(ErrInvalidLeaf, "%d bytes are left over", len(page))
	}
	return leaves, nil
}

// SubjectPlaces says which leaves of a batch are about one subject.
type SubjectPlaces struct {
	Subject SubjectId
	// Places are ascending. A listed batch is so small that each fits a byte.
	Places []byte
}

// PlacesBySubject groups the places of the leaves of a listed batch by subject,
// in the order in which subjects first appear. Datasets have no subject.
func PlacesBySubject(leaves []Leaf) []SubjectPlaces {
	var groups []SubjectPlaces
	for i, leaf := range leaves {
		subject := leaf.Descriptor_.Subject
		if subject == nil {
			continue
		}
		at := slices.IndexFunc(groups, func(g SubjectPlaces) bool { return g.Subject == *subject })
		if at < 0 {
			at, groups = len(groups), append(groups, SubjectPlaces{Subject: *subject})
		}
		groups[at].Places = append(groups[at].Places, byte(i))
	}
	return groups
}
