package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/records"
)

// ReplaceRecord implements records.MsgServer.
func (s msgServer) ReplaceRecord(ctx context.Context, msg *records.MsgReplaceRecord) (*records.MsgReplaceRecordResponse, error) {
	if msg.Status != records.RECORD_STATUS_AMENDED && msg.Status != records.RECORD_STATUS_SUPERSEDED {
		return nil, errorsmod.Wrapf(records.ErrWrongStatus, "%s: a replaced record is amended or superseded", msg.Status)
	}
	if err := records.CheckReason(msg.Status, msg.Reason); err != nil {
		return nil, err
	}
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	record, err := s.k.kept(ctx, institution, msg.Record)
	if err != nil {
		return nil, errorsmod.Wrap(err, "record")
	}
	successor, err := s.k.kept(ctx, institution, msg.Successor)
	if err != nil {
		return nil, errorsmod.Wrap(err, "successor")
	}
	if err := checkSuccession(record, successor); err != nil {
		return nil, err
	}
	record.Status, record.Reason, record.Successor = msg.Status, msg.Reason, &successor.Id
	successor.Predecessor = &record.Id
	if err := s.k.change(ctx, record); err != nil {
		return nil, err
	}
	return &records.MsgReplaceRecordResponse{}, s.k.change(ctx, successor)
}

// checkSuccession checks that one record may replace another. Since both must
// be in force and a replaced record is not, no chain of successors has a cycle.
func checkSuccession(record, successor records.Standing) error {
	switch {
	case record.Status != records.RECORD_STATUS_IN_FORCE:
		return wrongStatus(record, "only a record in force is replaced")
	case record.Id == successor.Id:
		return errorsmod.Wrap(records.ErrInvalidSuccessor, "a record cannot replace itself")
	case successor.Status != records.RECORD_STATUS_IN_FORCE:
		return errorsmod.Wrapf(records.ErrInvalidSuccessor, "it is %s, want one in force", successor.Status)
	case successor.Predecessor != nil:
		return errorsmod.Wrapf(records.ErrInvalidSuccessor, "it replaces %v already", *successor.Predecessor)
	case !record.Leaf.Descriptor_.Subject.Equal(successor.Leaf.Descriptor_.Subject):
		return errorsmod.Wrap(records.ErrInvalidSuccessor, "it is about another subject; retract the record instead")
	case record.Leaf.Descriptor_.Class != successor.Leaf.Descriptor_.Class:
		return errorsmod.Wrapf(records.ErrInvalidSuccessor, "it has class %s, want %s",
			successor.Leaf.Descriptor_.Class, record.Leaf.Descriptor_.Class)
	}
	return nil
}

// RetractRecord implements records.MsgServer.
func (s msgServer) RetractRecord(ctx context.Context, msg *records.MsgRetractRecord) (*records.MsgRetractRecordResponse, error) {
	if err := records.CheckReason(records.RECORD_STATUS_RETRACTED, msg.Reason); err != nil {
		return nil, err
	}
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	record, err := s.k.kept(ctx, institution, msg.Record)
	if err != nil {
		return nil, err
	}
	if record.Status == records.RECORD_STATUS_RETRACTED {
		return nil, wrongStatus(record, "it is retracted once")
	}
	record.Status, record.Reason = records.RECORD_STATUS_RETRACTED, msg.Reason
	return &records.MsgRetractRecordResponse{}, s.k.change(ctx, record)
}

// OfferCustody implements records.MsgServer.
func (s msgServer) OfferCustody(ctx context.Context, msg *records.MsgOfferCustody) (*records.MsgOfferCustodyResponse, error) {
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	record, err := s.k.kept(ctx, institution, msg.Record)
	if err != nil {
		return nil, err
	}
	if msg.To == record.OfferedTo {
		return nil, errorsmod.Wrapf(records.ErrInvalidOffer, "to institution %d: that is how it stands", msg.To)
	}
	if msg.To != 0 {
		if err := s.k.consortium.CheckActive(ctx, msg.To); err != nil {
			return nil, err
		}
	}
	record.OfferedTo = msg.To
	return &records.MsgOfferCustodyResponse{}, s.k.change(ctx, record)
}

// AcceptCustody implements records.MsgServer.
func (s msgServer) AcceptCustody(ctx context.Context, msg *records.MsgAcceptCustody) (*records.MsgAcceptCustodyResponse, error) {
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	record, err := s.k.Resolve(ctx, records.RecordRef{Id: msg.Record})
	if err != nil {
		return nil, err
	}
	if record.OfferedTo != institution {
		return nil, errorsmod.Wrapf(records.ErrInvalidOffer, "record %v is not offered to institution %d", msg.Record, institution)
	}
	record.Custodian, record.OfferedTo = institution, 0
	return &records.MsgAcceptCustodyResponse{}, s.k.change(ctx, record)
}

// EraseRecord implements records.MsgServer.
func (s msgServer) EraseRecord(ctx context.Context, msg *records.MsgEraseRecord) (*records.MsgEraseRecordResponse, error) {
	if err := msg.Basis.Validate(); err != nil {
		return nil, err
	}
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	record, err := s.k.kept(ctx, institution, msg.Record)
	if err != nil {
		return nil, err
	}
	record.Status, record.Basis, record.OfferedTo = records.RECORD_STATUS_ERASED, msg.Basis, 0
	return &records.MsgEraseRecordResponse{}, s.k.change(ctx, record)
}
