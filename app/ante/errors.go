package ante

import "cosmossdk.io/errors"

// Codespace is the codespace of what the ante chain refuses.
const Codespace = "ante"

// Errors of the ante chain. Clients match on the code, so a code is never
// reused and never changes meaning. Code 1 is reserved by the errors package.
var (
	ErrFee          = errors.Register(Codespace, 2, "the network takes no fees")
	ErrMemo         = errors.Register(Codespace, 3, "memos are not allowed")
	ErrExtension    = errors.Register(Codespace, 4, "extension options are not allowed")
	ErrUnknownField = errors.Register(Codespace, 5, "unknown field in the transaction body")
	ErrMessages     = errors.Register(Codespace, 6, "too many or too few messages")
	ErrMessageType  = errors.Register(Codespace, 7, "message type is not accepted")
	ErrSigners      = errors.Register(Codespace, 8, "a transaction has exactly one signer")
	ErrKeyType      = errors.Register(Codespace, 9, "account key type is not accepted")
	ErrGasTooLow    = errors.Register(Codespace, 10, "declared gas is below the schedule")
	ErrGasTooHigh   = errors.Register(Codespace, 11, "declared gas is above twice the schedule")
	ErrTooLarge     = errors.Register(Codespace, 12, "transaction is too large")
	ErrSignMode     = errors.Register(Codespace, 13, "sign mode is not accepted")
	ErrNoTimeout    = errors.Register(Codespace, 14, "unordered transaction has no timeout")
	ErrTimeoutFar   = errors.Register(Codespace, 15, "timeout is too far ahead")
	ErrNonceUsed    = errors.Register(Codespace, 16, "nonce of an unordered transaction is used")
	ErrTooWide      = errors.Register(Codespace, 17, "list in a message is too long")
	ErrRelease      = errors.Register(Codespace, 18, "a release stands alone in an unordered transaction")
)
