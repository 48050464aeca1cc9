// Package copyright records who claims a work, on what, with whose attestation and
// against whose contest; for what it is licensed to whom; and what was made from what.
// Registering is not owning: a claim is a statement that stays visible, with all that
// was said against it.
//
// Everything lives in the store StoreKey, from which proofs are taken; what only
// helps to search lives in IndexStoreKey.
package copyright

import (
	"encoding/binary"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/access"
)

const (
	// ModuleName names the module in genesis, routing and errors.
	ModuleName = "copyright"
	// StoreKey names the proven store. Every value in it is non-empty, because
	// ICS-23 refuses proofs about empty values.
	StoreKey = ModuleName
	// IndexStoreKey names the store of indexes and queues. No proof is ever taken
	// from it.
	IndexStoreKey = ModuleName + "_idx"
)

const (
	// DigestSize is the size in bytes of digests and commitments.
	DigestSize = 32
	// MaxContributors bounds the contributors of a work.
	MaxContributors = 64
	// WholeShare is what the shares of a work add up to, in basis points.
	WholeShare = 10_000
	// MaxRecords bounds the records of a work.
	MaxRecords = 1 << 24
	// MaxPath bounds the inclusion path of one of them.
	MaxPath = 24
	// MaxCustodians bounds the custodians of a work.
	MaxCustodians = 16
	// MaxParents bounds what a work is made from, and so the cost of registering it.
	MaxParents = 16
	// MaxDepth bounds how many works lie between a work and its farthest origin.
	MaxDepth = 64
	// MaxOpenContests bounds the contests of a work that are not decided.
	MaxOpenContests = 16
	// MaxOffers bounds the offers of a work.
	MaxOffers = 1000
	// MaxBreaches bounds the breaches of a licence that are recorded.
	MaxBreaches = 16
	// MaxApproved bounds the derivatives that are approved under a licence.
	MaxApproved = 16
	// MaxNotified bounds the records of one notice.
	MaxNotified = 32
	// MaxPurposes bounds the purposes of terms.
	MaxPurposes = 16
	// MaxDataUses bounds the codes of terms.
	MaxDataUses = 16
	// MaxTerritory bounds the countries of terms.
	MaxTerritory = 64
	// MaxText bounds short texts of terms in bytes.
	MaxText = 64
	// MaxPerBlock bounds how many works notices reach in one block. A notice whose last
	// work was told counts as one too.
	MaxPerBlock = 200
)

// Prefixes of the store StoreKey. Append-only: a used number is never used again.
var (
	ParamsPrefix   = collections.NewPrefix(0)
	WorksPrefix    = collections.NewPrefix(1)
	ContestsPrefix = collections.NewPrefix(2)
	OffersPrefix   = collections.NewPrefix(3)
	LicencesPrefix = collections.NewPrefix(4)
	NoticesPrefix  = collections.NewPrefix(5)
	StrikesPrefix  = collections.NewPrefix(6)
)

// Prefixes of the store IndexStoreKey.
var (
	// RootsPrefix finds works by the root of their records.
	RootsPrefix = collections.NewPrefix(0)
	// ChildrenPrefix finds what was made from a work.
	ChildrenPrefix = collections.NewPrefix(1)
	// HeldPrefix finds licences by licensee.
	HeldPrefix = collections.NewPrefix(2)
	// PendingPrefix queues notices that still have works to reach, by who notified.
	PendingPrefix = collections.NewPrefix(3)
	// OpenLicencesPrefix finds licences of a work that were granted and not terminated,
	// by when they end.
	OpenLicencesPrefix = collections.NewPrefix(4)
	// ReservedPrefix finds the one work that reserves a root.
	ReservedPrefix = collections.NewPrefix(5)
	// OpenContestsPrefix finds contests of a work that are open.
	OpenContestsPrefix = collections.NewPrefix(6)
	// ToldPrefix finds which notices reached a work already.
	ToldPrefix = collections.NewPrefix(7)
)

// WorkKey is the raw key of a work in StoreKey, to be read with proof.
func WorkKey(id WorkId) []byte {
	return key(WorksPrefix, id.Institution, id.Number)
}

// LicenceKey is the raw key of a licence in StoreKey, to be read with proof.
func LicenceKey(id access.LicenceId) []byte {
	return key(LicencesPrefix, id.Institution, id.Number)
}

// key is a prefix followed by numbers, big endian.
func key(prefix collections.Prefix, numbers ...uint64) []byte {
	raw := append([]byte{}, prefix.Bytes()...)
	for _, n := range numbers {
		raw = binary.BigEndian.AppendUint64(raw, n)
	}
	return raw
}
