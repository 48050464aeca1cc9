package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Batch reads a batch with proof, see Proven. It is nil if there is none.
func (v *Verifier) Batch(ctx context.Context, id records.BatchId) (batch *records.Batch, height int64, at time.Time, err error) {
	return proven[records.Batch](ctx, v, records.StoreKey, records.BatchKey(id))
}

// Standing reads what became of a record with proof, see Proven. It is nil if
// nothing has happened to the record, or if there is no such record.
func (v *Verifier) Standing(ctx context.Context, id records.RecordId) (standing *records.Standing, height int64, at time.Time, err error) {
	return proven[records.Standing](ctx, v, records.StoreKey, records.StandingKey(id))
}

// Institution reads an institution with proof, see Proven. It is nil if no
// institution has the number.
func (v *Verifier) Institution(ctx context.Context, number uint64) (institution *consortium.Institution, height int64, at time.Time, err error) {
	return proven[consortium.Institution](ctx, v, consortium.StoreKey, consortium.InstitutionKey(number))
}

// Participant reads with proof which roles an institution gave to an account,
// see Proven. It is nil if the institution never enrolled the account. Whether a
// role is in force depends on the institution's status and on at as well.
func (v *Verifier) Participant(ctx context.Context, institution uint64, address string) (participant *consortium.Participant, height int64, at time.Time, err error) {
	account, err := addresses.StringToBytes(address)
	if err != nil {
		return nil, 0, time.Time{}, fmt.Errorf("address %q: %w", address, err)
	}
	return proven[consortium.Participant](ctx, v, consortium.StoreKey, consortium.ParticipantKey(institution, account))
}

// proven reads and decodes a value.
func proven[T any, P interface {
	*T
	Unmarshal(encoded []byte) error
}](ctx context.Context, v *Verifier, store string, key []byte) (*T, int64, time.Time, error) {
	encoded, height, at, err := v.Proven(ctx, store, key)
	if err != nil || encoded == nil {
		return nil, height, at, err
	}
	value := new(T)
	if err := P(value).Unmarshal(encoded); err != nil {
		return nil, 0, time.Time{}, fmt.Errorf("store %s, key %X: the value is proven but not a %T: %w; is the ledger newer than this program?", store, key, value, err)
	}
	return value, height, at, nil
}
