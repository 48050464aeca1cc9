package proof

import (
	"fmt"

	"github.com/dmdl-network/dmdl/x/records"
)

// Format names the format of bundles and its version.
const Format = "dmdl-proof/1"

// MaxSize is the size in bytes that a bundle may have at most. It is far above
// what is ever needed, and bounds the work of a verifier.
const MaxSize = 1 << 20

// Bundle is the evidence about one record at one height. Bytes are base64 in
// JSON, numbers are decimal strings.
type Bundle struct {
	// Format is the constant Format.
	Format string `json:"format"`
	// Record is the record that the bundle is about.
	Record RecordID `json:"record"`
	// Height is the height of the state that the entries are in. The last light
	// block is of the next height, because a header holds the app hash of the
	// state before it.
	Height int64 `json:"height,string"`
	// Leaf is the record's leaf as records.LeafBytes encodes it.
	Leaf []byte `json:"leaf"`
	// Path is the inclusion path of RFC 9162, section 2.1.3, from the leaf to
	// the root of its batch: at most 20 hashes.
	Path [][]byte `json:"path"`
	// Batch is the entry at records.BatchKey.
	Batch Entry `json:"batch"`
	// Standing is the entry at records.StandingKey, whose value is absent if
	// nothing had happened to the record; nil if the bundle does not show it.
	Standing *Entry `json:"standing,omitempty"`
	// Store is the ICS-23 proof, with the specification of simple Merkle trees,
	// that the root of the store of records is in the app hash.
	Store []byte `json:"store"`
	// Blocks are light blocks by ascending height, from the root of trust to the
	// one whose app hash is that of the state.
	Blocks []Block `json:"blocks"`
	// Content opens the commitments; nil in an existence bundle.
	Content *Content `json:"content,omitempty"`
}

// RecordID names a record, see records.RecordId.
type RecordID struct {
	// Institution is the number of the institution that anchored the record.
	Institution uint64 `json:"institution,string"`
	// Batch is that institution's number of the batch.
	Batch uint64 `json:"batch,string"`
	// Leaf is the place in the batch, from 0.
	Leaf uint64 `json:"leaf,string"`
}

// String returns the id as "institution/batch/leaf".
func (id RecordID) String() string {
	return fmt.Sprintf("%d/%d/%d", id.Institution, id.Batch, id.Leaf)
}

func (id RecordID) proto() records.RecordId {
	return records.RecordId{Institution: id.Institution, Batch: id.Batch, Leaf: id.Leaf}
}

func recordID(id records.RecordId) RecordID {
	return RecordID{Institution: id.Institution, Batch: id.Batch, Leaf: id.Leaf}
}

// Entry is the value of a key in the store of records, with its proof. The key
// is not in it: it follows from the record.
type Entry struct {
	// Value is the value as it is stored, or absent.
	Value []byte `json:"value,omitempty"`
	// Proof is the ICS-23 proof, with the specification of IAVL trees, that the
	// value is in the store or that the key is not.
	Proof []byte `json:"proof"`
}

// Content is what opens a record's commitments. Who has it knows what the record
// is, and can recognise the original.
type Content struct {
	// ChainID is the chain that the commitments were made for, if that is not
	// the chain of the header but one that it continues; else "".
	ChainID string `json:"chain_id,omitempty"`
	// Kind is the type in the words of its standard.
	Kind string `json:"kind"`
	// Profile names the canonical form.
	Profile string `json:"profile"`
	// Canonical is the SHA-256 digest of the canonical form.
	Canonical []byte `json:"canonical"`
	// Raw is the SHA-256 digest of the bytes as they were ingested.
	Raw []byte `json:"raw"`
	// Opening opens the content commitment, 32 bytes.
	Opening []byte `json:"opening"`
	// Sealed opens the commitment to the sealed descriptor, or is nil.
	Sealed *Sealed `json:"sealed,omitempty"`
	// Holder is the address of the account that the vault gave the bundle to and
	// put on record as a recipient. Nothing in the bundle proves it.
	Holder string `json:"holder"`
}

// Sealed is a sealed descriptor and what opens the commitment to it.
type Sealed struct {
	// Opening opens the sealed commitment, 32 bytes.
	Opening []byte `json:"opening"`
	// Descriptor is the descriptor as commitment.Descriptor encodes it.
	Descriptor []byte `json:"descriptor"`
}

// Encode returns the one encoding of a bundle: JSON with the fields in their
// order, without white space and HTML escapes, and a line feed at its end.
func (b Bundle) Encode() ([]byte, error) {
	if b.Path == nil {
		b.Path = [][]byte{}
	}
	encoded, err := Encode(b)
	if err == nil && len(encoded) > MaxSize {
		err = failed(PartFormat, "the bundle has %d bytes, at most %d are read", len(encoded), MaxSize)
	}
	return encoded, err
}

// Parse reads a bundle, without verifying it. Apart from white space it accepts
// the encoding that Encode writes and no other: unknown, repeated, missing and
// reordered fields, other ways to write a string or a number, and whatever
// stands behind are all refused. So one bundle never means two things.
func Parse(encoded []byte) (*Bundle, error) {
	if len(encoded) > MaxSize {
		return nil, failed(PartFormat, "%d bytes are too many for a bundle, at most %d are read", len(encoded), MaxSize)
	}
	b := new(Bundle)
	if err := Decode(encoded, b); err != nil {
		return nil, failed(PartFormat, "%w", err)
	}
	if b.Format != Format {
		return nil, failed(PartFormat, "%.40q is not %q, which this program reads", b.Format, Format)
	}
	return b, nil
}
