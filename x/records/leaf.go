package records

import (
	"encoding/binary"

	"github.com/dmdl-network/dmdl/lp"
)

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
