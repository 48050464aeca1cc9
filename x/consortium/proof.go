package consortium

import (
	"encoding/binary"
	"slices"
)

// InstitutionKey is the raw key of an institution in the store StoreKey. Proofs
// of an Institution are taken at it.
func InstitutionKey(number uint64) []byte {
	return binary.BigEndian.AppendUint64(slices.Clone(InstitutionsPrefix.Bytes()), number)
}

// AffiliationKey is the raw key, in the store StoreKey, at which it can be proven to
// which institution an account belongs: the value is the institution's number, 8
// bytes, big-endian. Whether the account may act is in its Participant.
func AffiliationKey(account []byte) []byte {
	return append(slices.Clone(AccountsPrefix.Bytes()), account...)
}

// ParticipantKey is the raw key of a participant in the store StoreKey: of the
// institution that vouches and the account's bytes. Proofs of a Participant, and
// so of its roles, are taken at it.
func ParticipantKey(institution uint64, account []byte) []byte {
	key := binary.BigEndian.AppendUint64(slices.Clone(ParticipantsPrefix.Bytes()), institution)
	return append(key, account...)
}
