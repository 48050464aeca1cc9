package records

import (
	"bytes"
	"encoding/binary"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/lp"
)

// LeafSize is the size of an encoded valid leaf in bytes.
const LeafSize = 4*4 + len(leafDomain) + descriptorSize + 2*CommitmentSize

// leafDomain keeps leaves apart from everything else that is ever hashed or
// signed in the network. Its last part is the version of the encoding.
const leafDomain = "dmdl/leaf/1"

// descriptorSize is the size of an encoded descriptor in bytes: subject
// institution, subject number, class, size, channel.
const descriptorSize = 8 + 8 + 4 + 4 + 8

// LeafBytes encodes a leaf: 123 bytes if it is valid. This is what the tree of
// a batch is built over and what existence proofs show. It concatenates
//
//	"dmdl/leaf/1"
//	subject institution (8), subject number (8), class (4), size (4), channel (8)
//	content
//	sealed
//
// where every line is preceded by its length in 4 bytes, numbers are big endian
// and a missing subject is two zeros. It does not use protobuf, so that it
// stays the same for as long as a record lives, in any language.
func LeafBytes(leaf Leaf) []byte {
	var subject SubjectId
	if leaf.Descriptor_.Subject != nil {
		subject = *leaf.Descriptor_.Subject
	}
	descriptor := make([]byte, 0, descriptorSize)
	descriptor = binary.BigEndian.AppendUint64(descriptor, subject.Institution)
	descriptor = binary.BigEndian.AppendUint64(descriptor, subject.Number)
	descriptor = binary.BigEndian.AppendUint32(descriptor, uint32(leaf.Descriptor_.Class))
	descriptor = binary.BigEndian.AppendUint32(descriptor, uint32(leaf.Descriptor_.Size_))
	descriptor = binary.BigEndian.AppendUint64(descriptor, leaf.Descriptor_.Channel)
	return lp.Concat([]byte(leafDomain), descriptor, leaf.Content, leaf.Sealed)
}

// ParseLeaf is the inverse of LeafBytes. It returns ErrInvalidLeaf or what
// Leaf.Validate finds unless the bytes are those of a valid leaf.
func ParseLeaf(encoded []byte) (Leaf, error) {
	if len(encoded) != LeafSize {
		return Leaf{}, errors.Wrapf(ErrInvalidLeaf, "%d bytes, want %d", len(encoded), LeafSize)
	}
	at := 4 + len(leafDomain) + 4
	d, commitments := encoded[at:at+descriptorSize], encoded[at+descriptorSize:]
	leaf := Leaf{
		Descriptor_: Descriptor{
			Class:   RecordClass(binary.BigEndian.Uint32(d[16:])),
			Size_:   SizeClass(binary.BigEndian.Uint32(d[20:])),
			Channel: binary.BigEndian.Uint64(d[24:]),
		},
		Content: bytes.Clone(commitments[4 : 4+CommitmentSize]),
		Sealed:  bytes.Clone(commitments[8+CommitmentSize:]),
	}
	subject := SubjectId{Institution: binary.BigEndian.Uint64(d), Number: binary.BigEndian.Uint64(d[8:])}
	if subject != (SubjectId{}) {
		leaf.Descriptor_.Subject = &subject
	}
	if !bytes.Equal(LeafBytes(leaf), encoded) {
		return Leaf{}, errors.Wrap(ErrInvalidLeaf, "it does not follow the encoding dmdl/leaf/1")
	}
	return leaf, leaf.Validate()
}

// Root returns the root of the RFC 9162 (section 2.1) SHA-256 tree over encoded
// leaves, of which there must be at least one.
func Root(leaves [][]byte) ([]byte, error) {
	tree := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	for _, leaf := range leaves {
		if err := tree.Append(rfc6962.DefaultHasher.HashLeaf(leaf), nil); err != nil {
			return nil, err
		}
	}
	return tree.GetRootHash(nil)
}
