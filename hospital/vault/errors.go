package vault

import (
	"errors"
	"fmt"
	"syscall"
)

// Errors that a caller may want to tell apart. None of them ever holds a value
// of a record: a record is named by its number in this vault.
var (
	// ErrNoVault says that a folder is not the home of a vault.
	ErrNoVault = errors.New("not a vault")
	// ErrBusy says that another process holds the vault for writing.
	ErrBusy = errors.New("the vault is in use")
	// ErrReadOnly says that a vault opened for reading was asked to write.
	ErrReadOnly = errors.New("the vault is open for reading only")
	// ErrSettings says that vault.json is not valid.
	ErrSettings = errors.New("settings")
	// ErrInvalid says that an argument breaks a rule.
	ErrInvalid = errors.New("not valid")
	// ErrNotFound says that the vault has no such record, subject or batch.
	ErrNotFound = errors.New("not in this vault")
	// ErrInUse says that something else in the vault rests on what was to be removed.
	ErrInUse = errors.New("still in use")
	// ErrErased says that what was asked for was destroyed on purpose.
	ErrErased = errors.New("erased")
	// ErrHeld says that a legal hold forbids erasure.
	ErrHeld = errors.New("under legal hold")
	// ErrChanged says that a source gave other bytes than those that were
	// canonicalised.
	ErrChanged = errors.New("the source has changed")
	// ErrCorrupt says that stored bytes are not those that were stored.
	ErrCorrupt = errors.New("damaged")
	// ErrReference says that a record is under reference custody, so that the
	// vault itself has no body of it.
	ErrReference = errors.New("under reference custody")
	// ErrKey says that an identity is missing.
	ErrKey = errors.New("key")
	// ErrWindow says that a key may not be destroyed yet.
	ErrWindow = errors.New("still needed")
)

// RecordError is the error of one record of a group, so that whoever adds many
// can leave that one out and add the rest.
type RecordError struct {
	// Index is the position in the group.
	Index int
	// Err is what was wrong.
	Err error
}

// Error implements error.
func (e *RecordError) Error() string {
	return fmt.Sprintf("record %d of the group: %v", e.Index, e.Err)
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// noRoom says whether an error is that of a file system that takes no more,
// which no record is to blame for.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS)
}
