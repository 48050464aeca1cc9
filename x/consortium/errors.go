package consortium

import (
	"google.golang.org/grpc/codes"

	"cosmossdk.io/errors"
)

// Errors of the module. Clients match on the code, so a code is never reused
// and never changes meaning. Code 1 is reserved by the errors package.
var (
	ErrInvalid             = errors.Register(ModuleName, 2, "invalid value")
	ErrInstitutionNotFound = errors.RegisterWithGRPCCode(ModuleName, 3, codes.NotFound, "institution not found")
	ErrParticipantNotFound = errors.RegisterWithGRPCCode(ModuleName, 4, codes.NotFound, "participant not found")
	ErrProposalNotFound    = errors.RegisterWithGRPCCode(ModuleName, 5, codes.NotFound, "proposal not found")
	ErrStranger            = errors.Register(ModuleName, 6, "account belongs to no institution")
	ErrSuspended           = errors.Register(ModuleName, 7, "institution is suspended")
	ErrRemoved             = errors.Register(ModuleName, 8, "institution is removed")
	ErrNoRole              = errors.Register(ModuleName, 9, "account holds no role in force")
	ErrNotOperator         = errors.Register(ModuleName, 10, "signer is not the operator of an institution")
	ErrNameTaken           = errors.Register(ModuleName, 11, "name is taken")
	ErrAccountTaken        = errors.Register(ModuleName, 12, "account belongs to an institution already")
	ErrKeyUsed             = errors.Register(ModuleName, 13, "consensus key is or was in use")
	ErrKeyType             = errors.Register(ModuleName, 14, "consensus key type is not allowed")
	ErrKeyProof            = errors.Register(ModuleName, 15, "proof of possession does not verify")
	ErrNotValidator        = errors.Register(ModuleName, 16, "institution does not validate")
	ErrAlreadyValidator    = errors.Register(ModuleName, 17, "institution has a consensus key")
	ErrNotIdle             = errors.Register(ModuleName, 18, "institution is not idle")
	ErrStatus              = errors.Register(ModuleName, 19, "institution has another status")
	ErrBelowFour           = errors.Register(ModuleName, 20, "fewer than four would validate")
	ErrNobodyLeft          = errors.Register(ModuleName, 21, "nobody would validate")
	ErrAuthority           = errors.Register(ModuleName, 22, "only a proposal may do this")
	ErrMessageNotAllowed   = errors.Register(ModuleName, 23, "message is not allowed in a proposal")
	ErrProposalClosed      = errors.Register(ModuleName, 24, "proposal takes no more votes")
	ErrTooManyProposals    = errors.Register(ModuleName, 25, "too many open proposals")
	ErrConsensusParams     = errors.Register(ModuleName, 26, "consensus parameters are not allowed")
)
