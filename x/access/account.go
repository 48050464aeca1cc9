package access

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/dmdl-network/dmdl/lp"
)

const (
	disclosureDomain = "dmdl/disclosure/1"
	journalDomain    = "dmdl/journal/1"
)

// NextHead returns the head of an account's hash chain after an entry:
//
//	SHA-256(LP("dmdl/disclosure/1", the head before, the encoded Disclosure))
//
// The head before the first entry is empty.
func NextHead(head []byte, d Disclosure) ([]byte, error) { return chain(disclosureDomain, head, &d) }

// NextJournalHead returns the head of a vault's journal after an entry:
//
//	SHA-256(LP("dmdl/journal/1", the head before, the encoded JournalEntry))
//
// The head before the first entry is empty.
func NextJournalHead(head []byte, e JournalEntry) ([]byte, error) {
	return chain(journalDomain, head, &e)
}

func chain(domain string, head []byte, entry interface{ Marshal() ([]byte, error) }) ([]byte, error) {
	encoded, err := entry.Marshal()
	if err != nil {
		return nil, err
	}
	next := sha256.Sum256(lp.Concat([]byte(domain), head, encoded))
	return next[:], nil
}

const reasonDomain = "dmdl/reason/1"

// ReasonCommitment returns the commitment to the reason of a broken glass:
//
//	HMAC-SHA-256(opening, LP("dmdl/reason/1", chain id, reason))
func ReasonCommitment(chainID, reason string, opening [CommitmentSize]byte) [CommitmentSize]byte {
	h := hmac.New(sha256.New, opening[:])
	h.Write(lp.Concat([]byte(reasonDomain), []byte(chainID), []byte(reason)))
	return [CommitmentSize]byte(h.Sum(nil))
}
