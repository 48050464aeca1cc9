package copyright

import (
	"google.golang.org/grpc/codes"

	"cosmossdk.io/errors"
)

// Errors of the module. Clients match on the code, so a code is never reused
// and never changes meaning. Code 1 is reserved by the errors package.
var (
	// ErrInvalid refuses a value that is malformed, out of range or out of order.
	ErrInvalid = errors.Register(ModuleName, 2, "invalid value")
	// ErrUnknownCode refuses a code that is missing or not listed.
	ErrUnknownCode = errors.Register(ModuleName, 3, "unknown code")
	// ErrInvalidDigest refuses a digest or commitment that is not 32 bytes.
	ErrInvalidDigest = errors.Register(ModuleName, 4, "invalid digest")
	// ErrShares refuses shares that do not add up to 10,000.
	ErrShares = errors.Register(ModuleName, 5, "shares do not add up")
	// ErrTerms refuses terms that are not valid.
	ErrTerms = errors.Register(ModuleName, 6, "invalid terms")
	// ErrWorkNotFound says that there is no such work.
	ErrWorkNotFound = errors.RegisterWithGRPCCode(ModuleName, 7, codes.NotFound, "work not found")
	// ErrClaimed refuses a claim on records that somebody's attested claim is on.
	ErrClaimed = errors.Register(ModuleName, 8, "these records are claimed already")
	// ErrStranger refuses a contributor that belongs to no institution.
	ErrStranger = errors.Register(ModuleName, 9, "not a member")
	// ErrParent refuses a parent that does not stand or is named twice.
	ErrParent = errors.Register(ModuleName, 10, "parent cannot be built on")
	// ErrUnlicensed refuses a derivative that the licence does not allow.
	ErrUnlicensed = errors.Register(ModuleName, 11, "not licensed for this")
	// ErrTermsConflict says that terms of parents cannot be met together.
	ErrTermsConflict = errors.Register(ModuleName, 12, "the parents' terms cannot be met together")
	// ErrTermsWeaker refuses an offer that is weaker than the parents' terms.
	ErrTermsWeaker = errors.Register(ModuleName, 13, "terms are weaker than the parents'")
	// ErrTooDeep refuses a lineage that would be too deep.
	ErrTooDeep = errors.Register(ModuleName, 14, "lineage too deep")
	// ErrTooMany refuses what would exceed a stated maximum.
	ErrTooMany = errors.Register(ModuleName, 15, "too many")
	// ErrWrongStatus refuses what the status of a work, contest or licence does not
	// allow.
	ErrWrongStatus = errors.Register(ModuleName, 16, "status does not allow this")
	// ErrNotParty refuses a signer whose institution has no part in it.
	ErrNotParty = errors.Register(ModuleName, 17, "signer's institution has no part in this")
	// ErrAttestation refuses an attestation that is not of the work as it is claimed.
	ErrAttestation = errors.Register(ModuleName, 18, "attestation does not fit the claim")
	// ErrContestNotFound says that there is no such contest.
	ErrContestNotFound = errors.RegisterWithGRPCCode(ModuleName, 19, codes.NotFound, "contest not found")
	// ErrContest refuses a contest whose other work does not fit its ground.
	ErrContest = errors.Register(ModuleName, 20, "contest does not fit its ground")
	// ErrNotMember says that a record is not proven to be of a work.
	ErrNotMember = errors.Register(ModuleName, 21, "record is not proven to be of the work")
	// ErrOfferNotFound says that there is no such offer.
	ErrOfferNotFound = errors.RegisterWithGRPCCode(ModuleName, 22, codes.NotFound, "offer not found")
	// ErrLicenceNotFound says that there is no such licence.
	ErrLicenceNotFound = errors.RegisterWithGRPCCode(ModuleName, 23, codes.NotFound, "licence not found")
	// ErrNotInForce says that a licence does not allow a use at present.
	ErrNotInForce = errors.Register(ModuleName, 24, "licence does not allow this use now")
	// ErrNotice refuses a notice that the ledger does not confirm.
	ErrNotice = errors.Register(ModuleName, 25, "the ledger does not say so")
	// ErrNotAuthority refuses a signer that is not the account of passed proposals.
	ErrNotAuthority = errors.Register(ModuleName, 26, "not the authority")
	// ErrGenesis refuses a genesis state whose parts do not fit together.
	ErrGenesis = errors.Register(ModuleName, 27, "invalid genesis state")
	// ErrInvariant says that the state contradicts itself.
	ErrInvariant = errors.Register(ModuleName, 28, "invariant broken")
)
