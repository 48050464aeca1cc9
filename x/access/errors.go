package access

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
	// ErrInvalidCommitment refuses a commitment or digest that is not 32 bytes.
	ErrInvalidCommitment = errors.Register(ModuleName, 4, "invalid commitment")
	// ErrUnknownChannel refuses every channel but 0, until channels exist.
	ErrUnknownChannel = errors.Register(ModuleName, 5, "unknown channel")
	// ErrSubjectNotFound says that a subject has no entry.
	ErrSubjectNotFound = errors.RegisterWithGRPCCode(ModuleName, 6, codes.NotFound, "subject not found")
	// ErrEnrolled refuses to enrol a subject again.
	ErrEnrolled = errors.Register(ModuleName, 7, "subject already enrolled")
	// ErrNotForSubject refuses somebody who does not act for the subject.
	ErrNotForSubject = errors.Register(ModuleName, 8, "signer does not act for the subject")
	// ErrEvidence refuses a registrar's act without evidence, or evidence beside
	// the subject's own signature.
	ErrEvidence = errors.Register(ModuleName, 9, "evidence")
	// ErrControllerChange refuses a step of a change of controller.
	ErrControllerChange = errors.Register(ModuleName, 10, "change of controller")
	// ErrNotPatient refuses a controller or delegate without the role of patient.
	ErrNotPatient = errors.Register(ModuleName, 11, "not a participant with the role of patient")
	// ErrDelegate refuses a delegate.
	ErrDelegate = errors.Register(ModuleName, 12, "invalid delegate")
	// ErrTooMany refuses what would exceed a stated maximum.
	ErrTooMany = errors.Register(ModuleName, 13, "too many")
	// ErrConsentNotFound says that there is no such consent in the state.
	ErrConsentNotFound = errors.RegisterWithGRPCCode(ModuleName, 14, codes.NotFound, "consent not found")
	// ErrConsentEnded refuses to supersede a consent that has ended.
	ErrConsentEnded = errors.Register(ModuleName, 15, "consent has ended")
	// ErrTemplateNotFound says that there is no such version of a template.
	ErrTemplateNotFound = errors.RegisterWithGRPCCode(ModuleName, 16, codes.NotFound, "template not found")
	// ErrTemplateRetired refuses the adoption of a version that has retired.
	ErrTemplateRetired = errors.Register(ModuleName, 17, "template has retired")
	// ErrVersion refuses a version that is not the next.
	ErrVersion = errors.Register(ModuleName, 18, "not the next version")
	// ErrPolicyNotFound says that a custodian has no base policy.
	ErrPolicyNotFound = errors.RegisterWithGRPCCode(ModuleName, 19, codes.NotFound, "policy not found")
	// ErrStudyNotFound says that there is no such study.
	ErrStudyNotFound = errors.RegisterWithGRPCCode(ModuleName, 20, codes.NotFound, "study not found")
	// ErrStudy refuses a request for a study that is not approved for the
	// requester, or without one where the purpose needs it.
	ErrStudy = errors.Register(ModuleName, 21, "study")
	// ErrPurpose refuses a purpose that cannot be asked for in that role.
	ErrPurpose = errors.Register(ModuleName, 22, "purpose not open to the role")
	// ErrReviewsOverdue refuses research to an institution with overdue reviews.
	ErrReviewsOverdue = errors.Register(ModuleName, 23, "reviews are overdue")
	// ErrObligations refuses a request whose obligations were not accepted.
	ErrObligations = errors.Register(ModuleName, 24, "obligations not accepted")
	// ErrNoApplicablePermit is the one answer to a request that nothing covers, for
	// whatever reason on the subject's or the custodian's side.
	ErrNoApplicablePermit = errors.RegisterWithGRPCCode(ModuleName, 25, codes.PermissionDenied, "no applicable permit")
	// ErrTicketNotFound says that there is no such ticket in the state.
	ErrTicketNotFound = errors.RegisterWithGRPCCode(ModuleName, 26, codes.NotFound, "ticket not found")
	// ErrTicketExpired refuses what is done on a ticket that has expired.
	ErrTicketExpired = errors.Register(ModuleName, 27, "ticket has expired")
	// ErrNotCustodian refuses somebody who is not of the custodian.
	ErrNotCustodian = errors.Register(ModuleName, 28, "not of the custodian")
	// ErrNotRequester refuses a receipt by somebody else.
	ErrNotRequester = errors.Register(ModuleName, 29, "not the requester")
	// ErrDisclosureNotFound says that there is no such entry in the state.
	ErrDisclosureNotFound = errors.RegisterWithGRPCCode(ModuleName, 30, codes.NotFound, "disclosure not found")
	// ErrDisclosureKind refuses an act on an entry of another kind.
	ErrDisclosureKind = errors.Register(ModuleName, 31, "entry of another kind")
	// ErrAlreadyDone refuses to do again what can be done once.
	ErrAlreadyDone = errors.Register(ModuleName, 32, "already done")
	// ErrOwnReview refuses a review by whoever broke the glass.
	ErrOwnReview = errors.Register(ModuleName, 33, "nobody reviews their own emergency")
	// ErrJournal refuses late entries.
	ErrJournal = errors.Register(ModuleName, 34, "journal")
	// ErrNotAuthority refuses a change of parameters outside of a proposal.
	ErrNotAuthority = errors.Register(ModuleName, 35, "not the authority")
	// ErrNotConcerned refuses an answer to somebody whom it does not concern.
	ErrNotConcerned = errors.RegisterWithGRPCCode(ModuleName, 36, codes.PermissionDenied, "it does not concern the asker")
	// ErrGenesis refuses a genesis whose parts do not fit together.
	ErrGenesis = errors.Register(ModuleName, 37, "invalid genesis")
)
