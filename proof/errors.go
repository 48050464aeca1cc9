package proof

import "fmt"

// Part names the part of a bundle, or of its verification, that failed.
type Part string

// Parts in the order in which they are verified.
const (
	// PartFormat is the encoding of the bundle as a whole.
	PartFormat Part = "format"
	// PartHeader is a header of the path.
	PartHeader Part = "header"
	// PartCommit is the signatures under a header.
	PartCommit Part = "commit"
	// PartValidators is the validator set of a header, and whether the one
	// before it vouches for it.
	PartValidators Part = "validator set"
	// PartRoot is the root of trust that the verifier chose.
	PartRoot Part = "root of trust"
	// PartBatch is the entry of the record's batch.
	PartBatch Part = "batch"
	// PartStanding is the entry of the record's standing, or its absence.
	PartStanding Part = "standing"
	// PartStore is a proof that an entry is, or is not, in the state.
	PartStore Part = "store proof"
	// PartLeaf is the record's leaf.
	PartLeaf Part = "leaf"
	// PartPath is the inclusion path from the leaf to the batch's root.
	PartPath Part = "path"
	// PartOpening is the opening of the content commitment and what it opens.
	PartOpening Part = "opening"
	// PartDescriptor is the sealed descriptor and its opening.
	PartDescriptor Part = "descriptor"
	// PartOriginal is the original that a content bundle is compared with.
	PartOriginal Part = "original"
	// PartSource is the source that Make asks.
	PartSource Part = "source"
)

// Error says which part of a bundle failed and why. It never quotes what an
// opening reveals.
type Error struct {
	// Part is the part that failed.
	Part Part
	// Reason is why.
	Reason error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Part, e.Reason) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Reason }

func failed(part Part, format string, args ...any) error {
	return &Error{Part: part, Reason: fmt.Errorf(format, args...)}
}
