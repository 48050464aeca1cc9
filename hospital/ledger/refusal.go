package ledger

import (
	"errors"
	"fmt"
	"net"
	"strings"

	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// ErrExpired says that block time has passed the timeout of a transaction and
// no block holds it. It can never be committed, so sending anew is safe.
var ErrExpired = errors.New("the transaction expired before a block took it; it is safe to send it again")

// Codespaces of refusals that do not come from the application.
const (
	// CodespaceMempool is a node's own admission: its pool is full, or the
	// transaction is too large for it.
	CodespaceMempool = "mempool"
	// CodespaceRPC is a node that gave no answer or no usable one.
	CodespaceRPC = "rpc"
	// codespaceLanes is the application's pool. What it refuses passes when the
	// institution's lane has room again.
	codespaceLanes = "lanes"
)

// Refusal is a transaction that a node did not take, or that failed in its
// block. It matches the sentinel errors of the modules by errors.Is.
type Refusal struct {
	// Codespace names who refused: a module, "sdk", "lanes", CodespaceMempool or
	// CodespaceRPC.
	Codespace string
	// Code is the error's number within the codespace, or 0 outside the
	// application.
	Code uint32
	// Log says what was wrong.
	Log string
	// Retryable means that the same messages may be taken later.
	Retryable bool
	// Height is the block in which the transaction failed, or 0 if it was
	// refused before any block.
	Height int64

	elsewhere bool // another node may take it now
	sent      bool // a node may hold it all the same
	cause     error
}

// Error says who refused what and what to do.
func (r *Refusal) Error() string {
	where := "refused"
	if r.Height > 0 {
		where = fmt.Sprintf("failed in block %d", r.Height)
	}
	text := fmt.Sprintf("transaction %s by %s, code %d: %s", where, r.Codespace, r.Code, r.Log)
	if r.Retryable {
		text += " (try again later)"
	}
	return text
}

// Unwrap is the failure of the connection, if that was the reason.
func (r *Refusal) Unwrap() error { return r.cause }

// Is reports whether target is the module error of the same codespace and code.
func (r *Refusal) Is(target error) bool {
	coded, ok := target.(interface {
		Codespace() string
		ABCICode() uint32
	})
	return ok && coded.Codespace() == r.Codespace && coded.ABCICode() == r.Code
}

// Retryable reports whether err is a refusal, or a failure of a proven read, that
// may pass later.
func Retryable(err error) bool {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.Retryable
	}
	var fault *Fault
	return errors.As(err, &fault) && fault.passes() || errors.Is(err, ErrTooYoung)
}

// refusedBy is an answer of the application with a code other than zero.
func refusedBy(codespace string, code uint32, log string) *Refusal {
	return &Refusal{Codespace: codespace, Code: code, Log: log, Retryable: codespace == codespaceLanes}
}

// refusedByRPC translates what the RPC client returned in place of an answer.
// It returns nil if the node holds the transaction already.
func refusedByRPC(err error) error {
	var answer *rpctypes.RPCError
	if !errors.As(err, &answer) {
		var dial *net.OpError
		neverSent := errors.As(err, &dial) && dial.Op == "dial"
		return &Refusal{Codespace: CodespaceRPC, Log: err.Error(), Retryable: true, elsewhere: true, sent: !neverSent, cause: err}
	}
	refusal := &Refusal{Codespace: CodespaceMempool, Log: answer.Data, Retryable: true, cause: err}
	switch says := func(text string) bool { return strings.Contains(answer.Data, text) }; {
	case says("tx already exists in cache"):
		return nil
	case says("mempool is full"), says("mempool is still rechecking"):
	case says("Tx too large"):
		refusal.Retryable = false
	case says("catching up"):
		refusal.Codespace, refusal.elsewhere = CodespaceRPC, true
	default: // for example no answer from the application in time
		refusal.Codespace, refusal.Log, refusal.elsewhere, refusal.sent = CodespaceRPC, answer.Error(), true, true
	}
	return refusal
}
