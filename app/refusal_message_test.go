package app_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// leaf returns a valid leaf about a subject of institution 1.
func leaf(seed, subject uint64) records.Leaf {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, seed))
	return records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: 1, Number: subject},
			Class:   records.RECORD_CLASS_RESULT, Size_: records.SIZE_CLASS_16_KIB,
		},
		Content: digest[:], Sealed: digest[:],
	}
}

// listed anchors a listed batch.
func listed(vault account, number uint64, leaves ...records.Leaf) *records.MsgAnchorRecords {
	return &records.MsgAnchorRecords{Vault: vault.Address(), Number: number, Records: leaves}
}

func batch(vault account, number uint64) *records.MsgAnchorBatch {
	root := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(vault.Address()), number))
	return &records.MsgAnchorBatch{Vault: vault.Address(), Number: number, Root: root[:], Leaves: 1000}
}

// anchoring returns a transaction of one explicit record after a change.
func anchoring(change func(*records.Leaf)) func(*scene) []byte {
	return listing(func(m *records.MsgAnchorRecords) { change(&m.Records[0]) })
}

// listing returns a transaction of one listed batch after a change.
func listing(change func(*records.MsgAnchorRecords)) func(*scene) []byte {
	return func(s *scene) []byte {
		msg := listed(s.active.vault, 100, leaf(100, 1))
		change(msg)
		return s.sign(s.active.vault, msg)
	}
}

// batching returns a transaction of one batch after a change.
func batching(change func(*records.MsgAnchorBatch)) func(*scene) []byte {
	return func(s *scene) []byte {
		msg := batch(s.active.vault, 100)
		change(msg)
		return s.sign(s.active.vault, msg)
	}
}

func record(institution, batch, leaf uint64) records.RecordRef {
	return records.RecordRef{Id: records.RecordId{Institution: institution, Batch: batch, Leaf: leaf}}
}

// living returns a transaction by the active vault.
func living(msg func(vault string) sdk.Msg) func(*scene) []byte {
	return func(s *scene) []byte { return s.sign(s.active.vault, msg(s.active.vault.Address())) }
}

// recordRefusals are what x/records refuses in a block.
var recordRefusals = []refusal{
	{name: "unknown class", want: records.ErrUnknownClass, log: "99", make: anchoring(func(l *records.Leaf) { l.Descriptor_.Class = 99 })},
	{name: "negative class", want: records.ErrUnknownClass, log: "-1", make: anchoring(func(l *records.Leaf) { l.Descriptor_.Class = -1 })},
	{name: "unknown size", want: records.ErrUnknownSize, log: "99", make: anchoring(func(l *records.Leaf) { l.Descriptor_.Size_ = 99 })},
	{name: "channel that does not exist", want: records.ErrUnknownChannel, log: "7", make: anchoring(func(l *records.Leaf) { l.Descriptor_.Channel = 7 })},
	{name: "no subject", want: records.ErrInvalidSubject, log: "missing", make: anchoring(func(l *records.Leaf) { l.Descriptor_.Subject = nil })},
	{name: "commitment of 100,000 bytes", want: records.ErrInvalidCommitment, log: "100000 bytes", make: anchoring(func(l *records.Leaf) { l.Content = make([]byte, 100_000) })},
	{name: "short commitment", want: records.ErrInvalidCommitment, log: "31 bytes", make: anchoring(func(l *records.Leaf) { l.Sealed = l.Sealed[1:] })},
	{name: "number zero", want: records.ErrZeroNumber, log: "(1, 0)", make: listing(func(m *records.MsgAnchorRecords) { m.Number = 0 })},
	{name: "number that is used", want: records.ErrBatchExists, log: "(1, 1)", make: listing(func(m *records.MsgAnchorRecords) { m.Number = 1 })},
	{name: "no records", want: records.ErrLeafCount, log: "0, want", make: listing(func(m *records.MsgAnchorRecords) { m.Records = nil })},
	{name: "bad record behind a good one", want: records.ErrUnknownClass, log: "records[1]", make: listing(func(m *records.MsgAnchorRecords) {
		m.Records = append(m.Records, leaf(101, 1))
		m.Records[1].Descriptor_.Class = 0
	})},
	{name: "record by an operator", want: consortium.ErrNoRole, log: "ROLE_VAULT", make: func(s *scene) []byte {
		return s.sign(s.active.operator, listed(s.active.operator, 100, leaf(100, 1)))
	}},
	{name: "erasure of another's record", want: records.ErrNotCustodian, log: "institution 1 keeps record (1, 1, 0), not 2", make: func(s *scene) []byte {
		vault := s.members[1].vault
		return s.sign(vault, &records.MsgEraseRecord{Vault: vault.Address(), Record: record(1, 1, 0), Basis: records.ERASURE_BASIS_OBJECTION})
	}},
	{name: "erasure without a ground", want: records.ErrInvalidBasis, log: "0, want 1 to 5", make: living(func(vault string) sdk.Msg {
		return &records.MsgEraseRecord{Vault: vault, Record: record(1, 1, 0)}
	})},
	{name: "reason that does not fit", want: records.ErrInvalidReason, log: "RECORD_REASON_CORRECTION", make: living(func(vault string) sdk.Msg {
		return &records.MsgRetractRecord{Vault: vault, Record: record(1, 1, 0), Reason: records.RECORD_REASON_CORRECTION}
	})},
	{name: "record that replaces itself", want: records.ErrInvalidSuccessor, log: "itself", make: living(func(vault string) sdk.Msg {
		return &records.MsgReplaceRecord{
			Vault: vault, Record: record(1, 1, 0), Successor: record(1, 1, 0),
			Status: records.RECORD_STATUS_AMENDED, Reason: records.RECORD_REASON_ADDENDUM,
		}
	})},
	{name: "replaced record that is erased", want: records.ErrWrongStatus, log: "RECORD_STATUS_ERASED", make: living(func(vault string) sdk.Msg {
		return &records.MsgReplaceRecord{
			Vault: vault, Record: record(1, 1, 0), Successor: record(1, 1, 0),
			Status: records.RECORD_STATUS_ERASED, Reason: records.RECORD_REASON_ADDENDUM,
		}
	})},
	{name: "leaf that is not shown", want: records.ErrLeafNotShown, log: "batch (1, 2) is known by its root alone", make: living(func(vault string) sdk.Msg {
		return &records.MsgOfferCustody{Vault: vault, Record: record(1, 2, 0), To: 2}
	})},
	{name: "leaf with a wrong path", want: records.ErrWrongPath, log: "leaf 0 of batch (1, 2)", make: living(func(vault string) sdk.Msg {
		ref, shown := record(1, 2, 0), leaf(1, 1)
		ref.Leaf = &shown
		return &records.MsgOfferCustody{Vault: vault, Record: ref, To: 2}
	})},
	{name: "record that does not exist", want: records.ErrBatchNotFound, log: "(1, 77)", make: living(func(vault string) sdk.Msg {
		return &records.MsgOfferCustody{Vault: vault, Record: record(1, 77, 0), To: 2}
	})},
	{name: "custody for a stranger", want: consortium.ErrInstitutionNotFound, log: "99", make: living(func(vault string) sdk.Msg {
		return &records.MsgOfferCustody{Vault: vault, Record: record(1, 1, 0), To: 99}
	})},
	{name: "custody that nobody offered", want: records.ErrInvalidOffer, log: "not offered to institution 1", make: living(func(vault string) sdk.Msg {
		return &records.MsgAcceptCustody{Vault: vault, Record: record(1, 1, 0).Id}
	})},
	{name: "too many leaves", want: records.ErrLeafCount, log: "18446744073709551615", make: batching(func(b *records.MsgAnchorBatch) { b.Leaves = 1<<64 - 1 })},
	{name: "root of 33 bytes", want: records.ErrInvalidCommitment, log: "33 bytes", make: batching(func(b *records.MsgAnchorBatch) { b.Root = append(b.Root, 0) })},
	{name: "batch that exists", want: records.ErrBatchExists, log: "(1, 1)", make: batching(func(b *records.MsgAnchorBatch) { b.Number = 1 })},
	{name: "channel of a batch", want: records.ErrUnknownChannel, log: "1", make: batching(func(b *records.MsgAnchorBatch) { b.Channel = 1 })},
}

// operating returns a transaction by the active operator.
func operating(msg func(*scene) sdk.Msg) func(*scene) []byte {
	return func(s *scene) []byte { return s.sign(s.active.operator, msg(s)) }
}

// enrolling returns a transaction of one enrolment after a change.
func enrolling(change func(*consortium.MsgEnrolParticipants)) func(*scene) []byte {
	return operating(func(s *scene) sdk.Msg {
		msg := enrol(s.active.operator, newAccount(s.t, 7), consortium.ROLE_CLINICIAN)
		change(msg)
		return msg
	})
}

// memberRefusals are what x/consortium refuses in a block.
var memberRefusals = []refusal{
	{name: "unknown role", want: consortium.ErrInvalid, log: "role 99", make: enrolling(func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Roles[0].Role = 99 })},
	{name: "no role", want: consortium.ErrInvalid, log: "gets no role", make: enrolling(func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Roles = nil })},
	{name: "role given twice", want: consortium.ErrInvalid, log: "repeated", make: enrolling(func(m *consortium.MsgEnrolParticipants) {
		m.Enrolments[0].Roles = append(m.Enrolments[0].Roles, m.Enrolments[0].Roles[0])
	})},
	{name: "role that has expired", want: consortium.ErrInvalid, log: "is not after", make: enrolling(func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Roles[0].ExpiresAt = begin })},
	{name: "large person", want: consortium.ErrInvalid, log: "5000 bytes", make: enrolling(func(m *consortium.MsgEnrolParticipants) { m.Enrolments[0].Person = make([]byte, 5000) })},
	{name: "participant of another", want: consortium.ErrAccountTaken, log: "by institution 3", make: operating(func(s *scene) sdk.Msg {
		return enrol(s.active.operator, s.members[2].vault, consortium.ROLE_AUDITOR)
	})},
	{name: "withdrawal of an unknown role", want: consortium.ErrNoRole, log: "99", make: operating(func(s *scene) sdk.Msg {
		return &consortium.MsgWithdrawRoles{Operator: s.active.operator.Address(), Participant: s.active.vault.Address(), Roles: []consortium.Role{99}}
	})},
	{name: "long host", want: consortium.ErrInvalid, log: "254 bytes", make: operating(func(s *scene) sdk.Msg {
		node := fmt.Sprintf("%040d@%s:1", 1, strings.Repeat("h", 254))
		return &consortium.MsgDeclareNodes{Operator: s.active.operator.Address(), Nodes: []string{node}}
	})},
	{name: "unknown key type", want: consortium.ErrInvalid, log: "bls12381", make: operating(func(s *scene) sdk.Msg {
		return &consortium.MsgRotateConsensusKey{Operator: s.active.operator.Address(), ConsensusKey: consortium.ConsensusKey{Type: "bls12381"}}
	})},
	{name: "return of one who is not idle", want: consortium.ErrNotIdle, log: "1", make: operating(func(s *scene) sdk.Msg {
		return &consortium.MsgReturnToDuty{Operator: s.active.operator.Address()}
	})},
	{name: "vote on nothing", want: consortium.ErrProposalNotFound, log: "4711", make: operating(func(s *scene) sdk.Msg {
		return vote(s.active.operator, 4711)
	})},
	{name: "vote on what is closed", want: consortium.ErrProposalClosed, log: "PROPOSAL_STATUS_EXECUTED", make: operating(func(s *scene) sdk.Msg {
		return vote(s.active.operator, 1)
	})},
	{name: "message that no proposal holds", want: consortium.ErrMessageNotAllowed, log: "MsgDeclareNodes", make: operating(func(s *scene) sdk.Msg {
		return proposal(s.t, s.active.operator, s.declare())
	})},
	{name: "proposal in another's name", want: consortium.ErrAuthority, log: "must name the authority", make: operating(func(s *scene) sdk.Msg {
		return proposal(s.t, s.active.operator, &consortium.MsgSuspendInstitution{Authority: s.active.operator.Address(), Institution: 2})
	})},
	{name: "long digest of a document", want: consortium.ErrInvalid, log: "33 bytes", make: operating(func(s *scene) sdk.Msg {
		msg := proposal(s.t, s.active.operator, &consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 2})
		msg.Document = make([]byte, 33)
		return msg
	})},
}
