package records

import (
	"google.golang.org/grpc/codes"

	"cosmossdk.io/errors"
)

// Errors of the module. Clients match on the code, so a code is never reused
// and never changes meaning. Code 1 is reserved by the errors package.
var (
	// ErrZeroNumber refuses an institution or batch number of 0.
	ErrZeroNumber = errors.Register(ModuleName, 2, "number must not be zero")
	// ErrUnknownClass refuses a record class that is missing or not listed.
	ErrUnknownClass = errors.Register(ModuleName, 3, "unknown record class")
	// ErrUnknownSize refuses a size class that is missing or not listed.
	ErrUnknownSize = errors.Register(ModuleName, 4, "unknown size class")
	// ErrInvalidSubject refuses a subject that is missing, incomplete or, for a
	// dataset, present.
	ErrInvalidSubject = errors.Register(ModuleName, 5, "invalid subject")
	// ErrInvalidCommitment refuses a commitment or root that is not 32 bytes.
	ErrInvalidCommitment = errors.Register(ModuleName, 6, "invalid commitment")
	// ErrUnknownChannel refuses every channel but 0, until channels exist.
	ErrUnknownChannel = errors.Register(ModuleName, 7, "unknown channel")
	// ErrWrongRoot refuses a listed batch whose root is not that of its leaves.
	ErrWrongRoot = errors.Register(ModuleName, 8, "wrong root")
	// ErrLeafCount refuses a batch with no leaves or with too many.
	ErrLeafCount = errors.Register(ModuleName, 9, "leaf count out of range")
	// ErrInvalidLeaf refuses bytes that are not an encoded leaf.
	ErrInvalidLeaf = errors.Register(ModuleName, 10, "invalid leaf")
	// ErrBatchExists refuses a batch number that the institution used before.
	ErrBatchExists = errors.Register(ModuleName, 11, "batch already anchored")
	// ErrRootExists refuses a batch root that the institution anchored before.
	ErrRootExists = errors.Register(ModuleName, 12, "root already anchored")
	// ErrRecordNotFound says that no explicit record has the id.
	ErrRecordNotFound = errors.RegisterWithGRPCCode(ModuleName, 13, codes.NotFound, "record not found")
	// ErrBatchNotFound says that no batch has the id.
	ErrBatchNotFound = errors.RegisterWithGRPCCode(ModuleName, 14, codes.NotFound, "batch not found")
	// ErrInvalidAnchor refuses an entry without the height and time of its block.
	ErrInvalidAnchor = errors.Register(ModuleName, 16, "invalid anchor")
	// ErrGenesisOrder refuses a genesis whose entries do not strictly increase.
	ErrGenesisOrder = errors.Register(ModuleName, 17, "genesis out of order")
	// ErrStandingNotFound says that nothing has happened to a record.
	ErrStandingNotFound = errors.RegisterWithGRPCCode(ModuleName, 18, codes.NotFound, "no standing")
	// ErrNotCustodian refuses a change by an institution that does not keep the
	// record.
	ErrNotCustodian = errors.Register(ModuleName, 19, "not the custodian")
	// ErrWrongStatus refuses a change that the record's status does not allow.
	ErrWrongStatus = errors.Register(ModuleName, 20, "status does not allow it")
	// ErrInvalidReason refuses a reason that does not go with the change.
	ErrInvalidReason = errors.Register(ModuleName, 21, "invalid reason")
	// ErrInvalidBasis refuses a legal ground that is missing or not listed.
	ErrInvalidBasis = errors.Register(ModuleName, 22, "invalid legal basis")
	// ErrLeafNotShown refuses a reference to a record whose leaf the ledger does
	// not know and the message does not show.
	ErrLeafNotShown = errors.Register(ModuleName, 23, "leaf not shown")
	// ErrWrongPath refuses a leaf that its path does not lead to the batch's root.
	ErrWrongPath = errors.Register(ModuleName, 24, "wrong inclusion path")
	// ErrInvalidSuccessor refuses a successor that cannot replace the record.
	ErrInvalidSuccessor = errors.Register(ModuleName, 25, "invalid successor")
	// ErrInvalidOffer refuses an offer or an acceptance of custody.
	ErrInvalidOffer = errors.Register(ModuleName, 26, "invalid offer of custody")
)
