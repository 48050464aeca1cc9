package ledger

import (
	"errors"
	"fmt"
	"strings"
)

// Kinds of Fault. Only the first three are lies for certain: honest nodes give
// cause for the others when they are down, out of step or keep little.
var (
	// ErrFalseProof is a value, or an absence, that is not in the signed state.
	ErrFalseProof = errors.New("false proof")
	// ErrFalseHeader is a header that cannot follow from what is trusted: of
	// another chain, altered, or not signed by those who had to.
	ErrFalseHeader = errors.New("false header")
	// ErrDiverging is two headers of one height that both seem to be signed. One
	// of the nodes lies, or validators signed twice. Evidence was sent to both.
	ErrDiverging = errors.New("diverging headers")
	// ErrWithheld is a node that does not show blocks as new as there should be.
	ErrWithheld = errors.New("withheld blocks")
	// ErrUnconfirmed is a header that no witness shows as well.
	ErrUnconfirmed = errors.New("unconfirmed header")
	// ErrPruned is a block or state that is older than what the node keeps.
	ErrPruned = errors.New("no archive")
	// ErrNoAnswer is a node that cannot be reached or gives no usable answer.
	ErrNoAnswer = errors.New("no answer")
)

// Errors of proven reads that no node is to blame for.
var (
	// ErrTrustExpired says that what was last verified is older than
	// TrustingPeriod, so that its signers may have left without consequence.
	ErrTrustExpired = errors.New("trust has expired")
	// ErrTooYoung says that there are not blocks enough yet: the first state
	// that is proven is that of the second block of a chain, by the third.
	ErrTooYoung = errors.New("the block is not there yet")
)

// Fault is a proven read that failed through a node. It matches its kind by
// errors.Is.
type Fault struct {
	// Nodes are the RPC addresses of those at fault: more than one if it cannot
	// be told which.
	Nodes []string
	// Kind is ErrFalseProof, ErrFalseHeader, ErrDiverging, ErrWithheld,
	// ErrUnconfirmed, ErrPruned or ErrNoAnswer.
	Kind error
	// Reason says what was wrong. It may hold text of the node's own.
	Reason error
}

func newFault(kind, reason error, nodes ...string) *Fault {
	return &Fault{Nodes: nodes, Kind: kind, Reason: reason}
}

// Error names kind, nodes and reason, and what to do.
func (f *Fault) Error() string {
	return fmt.Sprintf("%s, from %s: %s (%s)", f.Kind, strings.Join(f.Nodes, " and "), f.Reason, f.mend())
}

// Unwrap returns kind and reason.
func (f *Fault) Unwrap() []error { return []error{f.Kind, f.Reason} }

// passes says whether an honest node may cause the fault for a while.
func (f *Fault) passes() bool {
	return f.is(ErrWithheld) || f.is(ErrUnconfirmed) || f.is(ErrNoAnswer)
}

// is says whether the fault itself, whatever its reason, is of a kind.
func (f *Fault) is(kind error) bool { return errors.Is(f.Kind, kind) }

func (f *Fault) mend() string {
	switch {
	case f.passes():
		return "try again later"
	case f.is(ErrPruned):
		return "ask a node that is an archive"
	}
	return "do not trust it until its operator has explained"
}
