// Package commitment makes and checks the salted commitments that a record
// shows on the ledger, and defines the sealed descriptor behind one of them.
//
// A digest of medical data can be guessed, since a record has few free bits. A
// commitment cannot: its opening is 32 random bytes that stay in the vault
// until somebody is entitled to them, and are destroyed on erasure.
package commitment

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/dmdl-network/dmdl/lp"
)

// Size is the size in bytes of a commitment, of an opening and of a digest.
const Size = 32

const (
	contentDomain = "dmdl/content/1"
	sealedDomain  = "dmdl/sealed/1"
	consentDomain = "dmdl/consent/1"
)

// Opening is the random key of one commitment. It is used for one record only.
type Opening [Size]byte

// NewOpening returns a fresh opening.
func NewOpening() Opening {
	var o Opening
	_, _ = rand.Read(o[:]) // never fails: the runtime aborts if the system has no randomness
	return o
}

// ParseOpening returns an opening from its bytes, or an error unless there are
// exactly 32.
func ParseOpening(b []byte) (Opening, error) {
	if len(b) != Size {
		return Opening{}, fmt.Errorf("an opening has %d bytes, got %d", Size, len(b))
	}
	return Opening(b), nil
}

// Scope is where a commitment holds: moved to another chain or institution it
// no longer opens.
type Scope struct {
	ChainID string
	// Institution is the number of the record's first custodian.
	Institution uint64
}

// Content is what a record's content commitment is about.
type Content struct {
	// Kind is the type in the words of its standard, see the sealed descriptor.
	Kind string
	// Profile names the canonical form, such as "fhir-json/1".
	Profile string
	// Canonical is the SHA-256 digest of the canonical form.
	Canonical [Size]byte
	// Raw is the SHA-256 digest of the bytes as they were ingested.
	Raw [Size]byte
}

// Commit returns
//
//	HMAC-SHA-256(opening, LP("dmdl/content/1", chain id, institution, kind, profile, canonical, raw))
//
// where the institution is 8 bytes, big endian.
func (c Content) Commit(scope Scope, opening Opening) [Size]byte {
	return mac(opening, lp.Concat([]byte(contentDomain), []byte(scope.ChainID), number(scope.Institution),
		[]byte(c.Kind), []byte(c.Profile), c.Canonical[:], c.Raw[:]))
}

// Sealed returns the commitment to a sealed descriptor by the SHA-256 digest of
// its encoding:
//
//	HMAC-SHA-256(opening, LP("dmdl/sealed/1", chain id, institution, digest))
func Sealed(scope Scope, digest [Size]byte, opening Opening) [Size]byte {
	return mac(opening, lp.Concat([]byte(sealedDomain), []byte(scope.ChainID), number(scope.Institution), digest[:]))
}

// Consent returns the commitment to the sealed part of a consent by the SHA-256
// digest of its encoding:
//
//	HMAC-SHA-256(opening, LP("dmdl/consent/1", chain id, subject's institution, subject's number, digest))
//
// where both numbers are 8 bytes, big endian. The scope's institution is the
// subject's.
func Consent(scope Scope, subject uint64, digest [Size]byte, opening Opening) [Size]byte {
	return mac(opening, lp.Concat([]byte(consentDomain), []byte(scope.ChainID), number(scope.Institution), number(subject), digest[:]))
}

func mac(opening Opening, message []byte) [Size]byte {
	h := hmac.New(sha256.New, opening[:])
	h.Write(message)
	return [Size]byte(h.Sum(nil))
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
