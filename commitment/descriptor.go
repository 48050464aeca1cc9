package commitment

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// DescriptorVersion is the version of the sealed descriptor's encoding.
const DescriptorVersion = 1

// Descriptor is the sealed part of a record: what it is in detail. It stays in
// the custodian's vault, encrypted; the ledger shows a commitment to it. Its
// encoding is what Encode returns, and that very encoding is what is kept.
type Descriptor struct {
	// Version is DescriptorVersion.
	Version int `json:"version"`
	// Kind is the type in the words of its standard: "Observation", "ORU^R01".
	Kind string `json:"kind"`
	// Profile names the canonical form, such as "fhir-json/1".
	Profile string `json:"profile"`
	// Also holds weaker canonical forms, such as "dicom-image/1".
	Also []Form `json:"also,omitempty"`
	// Codes are the record's main codes, "system|code".
	Codes []string `json:"codes,omitempty"`
	// Labels are confidentiality labels, "system|code".
	Labels []string `json:"labels,omitempty"`
	// Occurred is when what is recorded took place, as the source says it.
	Occurred string `json:"occurred,omitempty"`
	// Locators say where the record came from or, under reference custody, is.
	Locators []string `json:"locators,omitempty"`
	// Notes say what a verifier should know, such as "anchored as submitted".
	Notes []string `json:"notes,omitempty"`
	// ChunkRoot is the RFC 9162 SHA-256 root over the encrypted body in chunks
	// of 64 KiB, in hex; "" under reference custody.
	ChunkRoot string `json:"chunk_root,omitempty"`
}

// Form is a digest of a further canonical form.
type Form struct {
	// Profile names the form.
	Profile string `json:"profile"`
	// Digest is its SHA-256 digest in hex.
	Digest string `json:"digest"`
}

// Encode returns the descriptor as JSON in the order of the fields, without
// white space and without HTML escapes.
func (d Descriptor) Encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

var errNotEncoded = errors.New("it is not encoded as sealed descriptors are")

// ParseDescriptor reads an encoded descriptor. It refuses other versions and
// whatever Encode would not write, so that nothing in it goes unseen. Errors do
// not say what is in it.
func ParseDescriptor(encoded []byte) (Descriptor, error) {
	var d Descriptor
	dec := json.NewDecoder(bytes.NewReader(encoded))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Descriptor{}, errNotEncoded
	}
	if again, err := d.Encode(); err != nil || !bytes.Equal(again, encoded) {
		return Descriptor{}, errNotEncoded
	}
	if d.Version != DescriptorVersion {
		return Descriptor{}, fmt.Errorf("sealed descriptor has version %d, this program reads %d", d.Version, DescriptorVersion)
	}
	return d, nil
}

// Digest returns the SHA-256 digest of an encoded descriptor.
func Digest(encoded []byte) [Size]byte { return sha256.Sum256(encoded) }
