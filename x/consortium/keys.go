// Package consortium says who belongs: institutions, the accounts they vouch
// for, who validates, and how all of that changes by vote. It is the only
// source of validator updates of the chain.
package consortium

import (
	"cosmossdk.io/collections"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

const (
	// ModuleName names the module in genesis, routing and errors.
	ModuleName = "consortium"
	// StoreKey is the key of the module's store.
	StoreKey = ModuleName

	// Power is the voting power of each validator: hospitals are equal.
	Power = 1
	// SafeSize is the smallest validator set that survives one faulty member.
	SafeSize = 4

	// MaxNameBytes bounds the name and the legal group of an institution.
	MaxNameBytes = 128
	// MaxNodes bounds the nodes an institution may declare.
	MaxNodes = 16
	// PersonSize is the size of the commitment to a participant's person.
	PersonSize = 32
	// MaxRoles bounds the grants of a participant: one a role.
	MaxRoles = 10
	// MaxEnrolments bounds the accounts in one message.
	MaxEnrolments = 100
	// MaxProofBytes bounds a proof of possession. ML-DSA-65 signatures, the
	// longest that validators may use, have 3,309 bytes.
	MaxProofBytes = 4096
	// MaxProposalMessages bounds the messages of a proposal.
	MaxProposalMessages = 8
	// MaxOpenProposals bounds the proposals that take votes at a time. Each of the
	// electorate may have an equal share of them.
	MaxOpenProposals = 100
	// MaxPerBlock bounds the clean-up of each queue in one block, so that a
	// day with many expiries does not stop the chain.
	MaxPerBlock = 200
)

// Store prefixes. Append-only: a used number is never used again.
var (
	ParamsPrefix       = collections.NewPrefix(0)
	InstitutionsPrefix = collections.NewPrefix(1)
	NamesPrefix        = collections.NewPrefix(2)
	AccountsPrefix     = collections.NewPrefix(3)
	ParticipantsPrefix = collections.NewPrefix(4)
	ActivePrefix       = collections.NewPrefix(5)
	KeyOwnersPrefix    = collections.NewPrefix(6)
	RetiredKeysPrefix  = collections.NewPrefix(7)
	ValidatorsPrefix   = collections.NewPrefix(8)
	AbsencesPrefix     = collections.NewPrefix(9)
	ProposalsPrefix    = collections.NewPrefix(10)
	DeadlinesPrefix    = collections.NewPrefix(11)
	VotesPrefix        = collections.NewPrefix(12)
	PredecessorPrefix  = collections.NewPrefix(13)
)

// Authority is the account that proposals act as. No key exists for it, so a
// message that it signs can only come from a vote.
var Authority = authtypes.NewModuleAddress(ModuleName)
