package vault

import (
	"fmt"
	"regexp"
	"time"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/x/records"
)

// State is where a record is in its life. It is derived, not stored.
type State int

// States in the order in which a record passes through them. A record may be
// erased in any of the first three.
const (
	// Staged: stored, in no batch yet.
	Staged State = iota + 1
	// Batched: a leaf of a batch that the ledger does not hold yet.
	Batched
	// Anchored: a leaf of a batch that the ledger holds.
	Anchored
	// Erasing: it cannot be opened any more, and its body is about to go.
	Erasing
	// Erased: only the tombstone is left.
	Erased
)

// String returns the state in words.
func (s State) String() string {
	names := [...]string{Staged: "staged", Batched: "batched", Anchored: "anchored", Erasing: "erasing", Erased: "erased"}
	if s < Staged || s > Erased {
		return fmt.Sprintf("state %d", int(s))
	}
	return names[s]
}

// Record is what the index says of a record without any key: what the ledger
// shows, and numbers of this vault.
type Record struct {
	// ID is the record's number in this vault, from 1. It is never used again.
	ID uint64
	// Subject is the number of the patient, 0 for a dataset.
	Subject uint64
	// Class is the coarse class.
	Class records.RecordClass
	// Size is the class of the original's size.
	Size records.SizeClass
	// Content is the commitment to the content.
	Content [commitment.Size]byte
	// Sealed is the commitment to the sealed descriptor.
	Sealed [commitment.Size]byte
	// State says where in its life the record is.
	State State
	// Batch is the number of its batch, from 1; 0 while it is in none.
	Batch uint64
	// Leaf is its index in the batch.
	Leaf uint64
	// Height is the block that anchored the batch, or 0.
	Height uint64
	// Reference says that it is under reference custody: there is no body here.
	Reference bool
	// BodyDigest is the SHA-256 digest of the encrypted body, kept in the
	// tombstone too; zero under reference custody.
	BodyDigest [commitment.Size]byte
	// BodySize is the size of the encrypted body in bytes.
	BodySize int64
	// Hold is the reason code of a legal hold, or "".
	Hold string
	// Basis is the code of the legal basis on which it was erased, or "".
	Basis string
	// ErasedAt is when that was, or zero.
	ErasedAt time.Time

	blob string
}

// leaf returns the record as a leaf, in the scope of its institution.
func (r Record) leaf(scope commitment.Scope) records.Leaf {
	leaf := records.Leaf{Content: r.Content[:], Sealed: r.Sealed[:]}
	leaf.Descriptor_.Class, leaf.Descriptor_.Size_ = r.Class, r.Size
	if r.Subject != 0 {
		leaf.Descriptor_.Subject = &records.SubjectId{Institution: scope.Institution, Number: r.Subject}
	}
	return leaf
}

// sizeClasses are the upper limits of the size classes in bytes, from
// SIZE_CLASS_16_KIB on.
var sizeClasses = [...]int64{16 << 10, 256 << 10, 4 << 20, 64 << 20, 1 << 30}

// sizeClass returns the class of a size in bytes.
func sizeClass(size int64) records.SizeClass {
	for i, limit := range sizeClasses {
		if size <= limit {
			return records.SIZE_CLASS_16_KIB + records.SizeClass(i)
		}
	}
	return records.SIZE_CLASS_OVER_1_GIB
}

const recordColumns = `r.id, ifnull(r.subject, 0), r.class, r.size_class, r.content, r.sealed, r.life,
	ifnull(r.batch, 0), ifnull(r.leaf, 0), ifnull(b.height, 0), r.digest, r.size, ifnull(r.blob, ''),
	ifnull(r.hold, ''), ifnull(r.basis, ''), ifnull(r.erased_at, 0)`

const fromRecords = ` FROM records r LEFT JOIN batches b ON b.number = r.batch `

// Values of records.life.
const (
	lifeKept = iota
	lifeErasing
	lifeErased
)

// scanRecord reads a row of recordColumns.
func scanRecord(row interface{ Scan(...any) error }) (Record, error) {
	var r Record
	var content, sealed, digest []byte
	var life int
	var erased int64
	err := row.Scan(&r.ID, &r.Subject, &r.Class, &r.Size, &content, &sealed, &life, &r.Batch, &r.Leaf, &r.Height,
		&digest, &r.BodySize, &r.blob, &r.Hold, &r.Basis, &erased)
	if err != nil {
		return Record{}, err
	}
	if len(content) != commitment.Size || len(sealed) != commitment.Size || digest != nil && len(digest) != commitment.Size {
		return Record{}, fmt.Errorf("%w: record %d: a digest in the index has not %d bytes", ErrCorrupt, r.ID, commitment.Size)
	}
	r.Content, r.Sealed = [commitment.Size]byte(content), [commitment.Size]byte(sealed)
	if r.Reference = digest == nil; !r.Reference {
		r.BodyDigest = [commitment.Size]byte(digest)
	}
	if erased != 0 {
		r.ErasedAt = time.Unix(0, erased).UTC()
	}
	r.State = state(life, r.Batch, r.Height)
	return r, nil
}

func state(life int, batch, height uint64) State {
	switch {
	case life == lifeErased:
		return Erased
	case life == lifeErasing:
		return Erasing
	case batch == 0:
		return Staged
	case height == 0:
		return Batched
	}
	return Anchored
}

var codePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)

// checkCode refuses free text where a code is due, since text may name a
// patient; the error does not quote it.
func checkCode(what, code string) error {
	if !codePattern.MatchString(code) {
		return fmt.Errorf("%w: %s: give a code of 1 to 64 letters, digits and ._:- that begins with a letter or digit", ErrInvalid, what)
	}
	return nil
}
