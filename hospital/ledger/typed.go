package ledger

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// Batch implements State.
func (s *provenState) Batch(ctx context.Context, id records.BatchId) (*records.Batch, error) {
	return valueOf[records.Batch](ctx, s, records.StoreKey, records.BatchKey(id))
}

// Standing implements State.
func (s *provenState) Standing(ctx context.Context, id records.RecordId) (*records.Standing, error) {
	return valueOf[records.Standing](ctx, s, records.StoreKey, records.StandingKey(id))
}

// Institution implements State.
func (s *provenState) Institution(ctx context.Context, number uint64) (*consortium.Institution, error) {
	return valueOf[consortium.Institution](ctx, s, consortium.StoreKey, consortium.InstitutionKey(number))
}

// Affiliation implements State.
func (s *provenState) Affiliation(ctx context.Context, address string) (uint64, error) {
	account, err := addresses.StringToBytes(address)
	if err != nil {
		return 0, fmt.Errorf("address %q: %w", address, err)
	}
	number, err := s.Value(ctx, consortium.StoreKey, consortium.AffiliationKey(account))
	if err != nil || number == nil {
		return 0, err
	}
	if len(number) != 8 {
		return 0, fmt.Errorf("the affiliation of %s is proven and has %d bytes, want 8: is the ledger newer than this program?", address, len(number))
	}
	return binary.BigEndian.Uint64(number), nil
}

// Participant implements State.
func (s *provenState) Participant(ctx context.Context, institution uint64, address string) (*consortium.Participant, error) {
	account, err := addresses.StringToBytes(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	return valueOf[consortium.Participant](ctx, s, consortium.StoreKey, consortium.ParticipantKey(institution, account))
}

// AccessParams implements State.
func (s *provenState) AccessParams(ctx context.Context) (*access.Params, error) {
	return valueOf[access.Params](ctx, s, access.StoreKey, access.ParamsKey())
}

// Subject implements State.
func (s *provenState) Subject(ctx context.Context, id records.SubjectId) (*access.Subject, error) {
	return valueOf[access.Subject](ctx, s, access.StoreKey, access.SubjectKey(id))
}

// Consent implements State.
func (s *provenState) Consent(ctx context.Context, subject records.SubjectId, index uint64) (*access.Consent, error) {
	return valueOf[access.Consent](ctx, s, access.StoreKey, access.ConsentKey(subject, index))
}

// Template implements State.
func (s *provenState) Template(ctx context.Context, id access.TemplateVersion) (*access.Template, error) {
	return valueOf[access.Template](ctx, s, access.StoreKey, access.TemplateKey(id))
}

// Policy implements State.
func (s *provenState) Policy(ctx context.Context, institution uint64) (*access.Policy, error) {
	return valueOf[access.Policy](ctx, s, access.StoreKey, access.PolicyKey(institution))
}

// Study implements State.
func (s *provenState) Study(ctx context.Context, id access.StudyId) (*access.Study, error) {
	return valueOf[access.Study](ctx, s, access.StoreKey, access.StudyKey(id))
}

// Ticket implements State.
func (s *provenState) Ticket(ctx context.Context, id access.TicketId) (*access.Ticket, error) {
	return valueOf[access.Ticket](ctx, s, access.StoreKey, access.TicketKey(id))
}

// Disclosure implements State.
func (s *provenState) Disclosure(ctx context.Context, subject records.SubjectId, index uint64) (*access.Disclosure, error) {
	return valueOf[access.Disclosure](ctx, s, access.StoreKey, access.DisclosureKey(subject, index))
}

// Work implements State.
func (s *provenState) Work(ctx context.Context, id copyright.WorkId) (*copyright.Work, error) {
	return valueOf[copyright.Work](ctx, s, copyright.StoreKey, copyright.WorkKey(id))
}

// Licence implements State.
func (s *provenState) Licence(ctx context.Context, id access.LicenceId) (*copyright.Licence, error) {
	return valueOf[copyright.Licence](ctx, s, copyright.StoreKey, copyright.LicenceKey(id))
}

// valueOf reads and decodes a value.
func valueOf[T any, P interface {
	*T
	Unmarshal(encoded []byte) error
}](ctx context.Context, s State, store string, key []byte) (*T, error) {
	encoded, err := s.Value(ctx, store, key)
	if err != nil || encoded == nil {
		return nil, err
	}
	value := new(T)
	if err := P(value).Unmarshal(encoded); err != nil {
		return nil, fmt.Errorf("store %s, key %X: the value is proven but not a %T: %w; is the ledger newer than this program?", store, key, value, err)
	}
	return value, nil
}
