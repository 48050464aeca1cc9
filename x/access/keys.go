// Package access decides who may use a record for what. It holds what is public
// of consents, the tickets that follow from them, and each subject's account of
// disclosures. What restricts is sealed: the ledger shows a commitment, and the
// custodian's vault applies it. Decide is the decision itself, in both places.
//
// Everything lives in the store StoreKey, from which proofs are taken; what only
// helps to search lives in IndexStoreKey.
package access

import (
	"encoding/binary"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/records"
)

const (
	// ModuleName names the module in genesis, routing and errors.
	ModuleName = "access"
	// StoreKey names the proven store. Every value in it is non-empty, because
	// ICS-23 refuses proofs about empty values.
	StoreKey = ModuleName
	// IndexStoreKey names the store of indexes and queues. No proof is ever taken
	// from it.
	IndexStoreKey = ModuleName + "_idx"
)

const (
	// CommitmentSize is the size in bytes of commitments and digests.
	CommitmentSize = 32
	// MaxConsents bounds the consents of a subject that have not ended, and so
	// the cost of a decision.
	MaxConsents = 256
	// MaxPermits bounds the permits of a consent or a template.
	MaxPermits = 8
	// MaxPolicyPermits bounds the permits of a base policy.
	MaxPolicyPermits = 32
	// MaxVersions bounds the versions of a template.
	MaxVersions = 1000
	// MaxPurposes bounds the purposes of a permit.
	MaxPurposes = 16
	// MaxSupersedes bounds how many consents one consent ends.
	MaxSupersedes = 16
	// MaxDelegates bounds the delegates of a subject.
	MaxDelegates = 8
	// MaxEnrolments bounds the patients of one message.
	MaxEnrolments = 100
	// MaxStudyInstitutions bounds who takes part in a study.
	MaxStudyInstitutions = 64
	// MaxReleased bounds the records of one release or late entry.
	MaxReleased = 32
	// MaxJournalEntries bounds the late entries of one message.
	MaxJournalEntries = 32
	// MaxPerBlock bounds the clean-up of each queue in one block.
	MaxPerBlock = 200
)

// Prefixes of the store StoreKey. Append-only: a used number is never used
// again.
var (
	ParamsPrefix      = collections.NewPrefix(0)
	SubjectsPrefix    = collections.NewPrefix(1)
	ConsentsPrefix    = collections.NewPrefix(2)
	DisclosuresPrefix = collections.NewPrefix(3)
	TicketsPrefix     = collections.NewPrefix(4)
	LastTicketsPrefix = collections.NewPrefix(5)
	ReviewsPrefix     = collections.NewPrefix(6)
	ConductsPrefix    = collections.NewPrefix(7)
	TemplatesPrefix   = collections.NewPrefix(8)
	PoliciesPrefix    = collections.NewPrefix(9)
	StudiesPrefix     = collections.NewPrefix(10)
	JournalsPrefix    = collections.NewPrefix(11)
)

// Prefixes of the store IndexStoreKey. Append-only as well.
var (
	DueReviewsPrefix  = collections.NewPrefix(0)
	DueReceiptsPrefix = collections.NewPrefix(1)
	ReceiptsPrefix    = collections.NewPrefix(2)
	DisputesPrefix    = collections.NewPrefix(3)
	OldPrefix         = collections.NewPrefix(4)
)

// ParamsKey is the raw key of the parameters in the store StoreKey.
func ParamsKey() []byte { return rawKey(ParamsPrefix) }

// SubjectKey returns the raw key of a subject's entry in the store StoreKey.
func SubjectKey(id records.SubjectId) []byte {
	return rawKey(SubjectsPrefix, id.Institution, id.Number)
}

// ConsentKey returns the raw key of a subject's consent in the store StoreKey.
func ConsentKey(subject records.SubjectId, index uint64) []byte {
	return rawKey(ConsentsPrefix, subject.Institution, subject.Number, index)
}

// DisclosureKey returns the raw key of an entry of a subject's account in the
// store StoreKey.
func DisclosureKey(subject records.SubjectId, index uint64) []byte {
	return rawKey(DisclosuresPrefix, subject.Institution, subject.Number, index)
}

// TicketKey returns the raw key of a ticket in the store StoreKey.
func TicketKey(id TicketId) []byte { return rawKey(TicketsPrefix, id.Institution, id.Number) }

// TemplateKey returns the raw key of a version of a template in the store
// StoreKey.
func TemplateKey(id TemplateVersion) []byte {
	return rawKey(TemplatesPrefix, id.Institution, id.Number, id.Version)
}

// PolicyKey returns the raw key of a custodian's base policy in the store
// StoreKey.
func PolicyKey(institution uint64) []byte { return rawKey(PoliciesPrefix, institution) }

// StudyKey returns the raw key of a study in the store StoreKey.
func StudyKey(id StudyId) []byte { return rawKey(StudiesPrefix, id.Institution, id.Number) }

func rawKey(prefix collections.Prefix, numbers ...uint64) []byte {
	key := append(make([]byte, 0, len(prefix)+8*len(numbers)), prefix...)
	for _, n := range numbers {
		key = binary.BigEndian.AppendUint64(key, n)
	}
	return key
}
