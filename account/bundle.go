package account

import (
	"fmt"

	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Format names the format of bundles and its version.
const Format = "dmdl-account/1"

// MaxSize is the size in bytes that a bundle may have at most: some ten thousand
// entries. It bounds the work of a verifier.
const MaxSize = 16 << 20

// Parts of a bundle beside those of package proof.
const (
	// PartSubject is the subject's entry on the ledger.
	PartSubject proof.Part = "subject"
	// PartEntries is the entries of the account and their hash chain.
	PartEntries proof.Part = "entries"
	// PartInstitutions is the entries of the institutions that are named.
	PartInstitutions proof.Part = "institutions"
	// PartRecords is what shows of which class released records are.
	PartRecords proof.Part = "records"
)

func failed(part proof.Part, format string, args ...any) error {
	return &proof.Error{Part: part, Reason: fmt.Errorf(format, args...)}
}

// Bundle is the account of one subject as of one height. Bytes are base64 in JSON,
// numbers are decimal strings.
type Bundle struct {
	// Format is the constant Format.
	Format string `json:"format"`
	// Subject is whose account.
	Subject SubjectID `json:"subject"`
	// Height is the height of the state that all proofs are of. The last light
	// block is of the next height.
	Height int64 `json:"height,string"`
	// Entry is the entry at access.SubjectKey. Its value is absent if the
	// ledger knows nothing of the subject.
	Entry proof.Entry `json:"entry"`
	// Entries are encoded access.Disclosure by ascending index, without a gap up to
	// the last: all of them, or those from some index on.
	Entries [][]byte `json:"entries"`
	// Proofs are the ICS-23 proofs of the entries, at access.DisclosureKey, in
	// their order. They are there only if earlier entries are missing: all entries
	// together are proven by the head of their hash chain.
	Proofs [][]byte `json:"proofs,omitempty"`
	// Institutions are those that the entries name and the subject's own, by
	// ascending number, none missing.
	Institutions []Institution `json:"institutions"`
	// Batches hold leaves of released records, as far as whoever made the bundle
	// knew them, by ascending institution and number.
	Batches []Batch `json:"batches,omitempty"`
	// Stores are the proofs of the stores in the app hash.
	Stores Stores `json:"stores"`
	// Blocks are light blocks by ascending height, from the root of trust to the
	// one whose app hash is that of the state.
	Blocks []proof.Block `json:"blocks"`
}

// SubjectID names a subject, see records.SubjectId.
type SubjectID struct {
	// Institution is the number of the institution that keeps the subject.
	Institution uint64 `json:"institution,string"`
	// Number is that institution's number of the subject.
	Number uint64 `json:"number,string"`
}

// String returns the id as "institution/number".
func (id SubjectID) String() string { return fmt.Sprintf("%d/%d", id.Institution, id.Number) }

func (id SubjectID) proto() records.SubjectId {
	return records.SubjectId{Institution: id.Institution, Number: id.Number}
}

// Institution is the entry of an institution, which says its name.
type Institution struct {
	// Number is the institution's number.
	Number uint64 `json:"number,string"`
	// Entry is the entry at consortium.InstitutionKey.
	Entry proof.Entry `json:"entry"`
}

// Batch is a batch with those of its leaves that were released.
type Batch struct {
	// Institution is the number of the institution that anchored the batch.
	Institution uint64 `json:"institution,string"`
	// Number is that institution's number of the batch.
	Number uint64 `json:"number,string"`
	// Entry is the entry at records.BatchKey.
	Entry proof.Entry `json:"entry"`
	// Leaves are leaves of the batch by ascending place.
	Leaves []Leaf `json:"leaves"`
}

// Leaf is a leaf with its place in a batch.
type Leaf struct {
	// Place is the place in the batch, from 0.
	Place uint64 `json:"place,string"`
	// Leaf is the leaf as records.LeafBytes encodes it.
	Leaf []byte `json:"leaf"`
	// Path is the inclusion path, see proof.Bundle.
	Path [][]byte `json:"path"`
}

// Stores are ICS-23 proofs, with the specification of simple Merkle trees, that
// the roots of stores are in the app hash.
type Stores struct {
	// Access is the proof of the store access.StoreKey.
	Access []byte `json:"access"`
	// Consortium is that of consortium.StoreKey.
	Consortium []byte `json:"consortium"`
	// Records is that of records.StoreKey, or absent without batches.
	Records []byte `json:"records,omitempty"`
}

// Encode returns the one encoding of a bundle, see proof.Encode.
func (b Bundle) Encode() ([]byte, error) {
	if b.Entries == nil {
		b.Entries = [][]byte{}
	}
	encoded, err := proof.Encode(b)
	if err == nil && len(encoded) > MaxSize {
		err = failed(proof.PartFormat, "the bundle has %d bytes, at most %d are read", len(encoded), MaxSize)
	}
	return encoded, err
}

// Parse reads a bundle, without verifying it. It accepts one encoding only, see
// proof.Decode.
func Parse(encoded []byte) (*Bundle, error) {
	if len(encoded) > MaxSize {
		return nil, failed(proof.PartFormat, "%d bytes are too many for a bundle, at most %d are read", len(encoded), MaxSize)
	}
	b := new(Bundle)
	if err := proof.Decode(encoded, b); err != nil {
		return nil, failed(proof.PartFormat, "%w", err)
	}
	if b.Format != Format {
		return nil, failed(proof.PartFormat, "%.40q is not %q, which this program reads", b.Format, Format)
	}
	return b, nil
}

// Disclosures returns the entries of a bundle, without verifying them: for Make,
// which verifies what it makes.
func (b *Bundle) Disclosures() ([]access.Disclosure, error) {
	entries := make([]access.Disclosure, len(b.Entries))
	for i, encoded := range b.Entries {
		if err := proof.DecodeMessage(&entries[i], encoded); err != nil {
			return nil, failed(PartEntries, "at place %d: %w", i+1, err)
		}
	}
	return entries, nil
}
