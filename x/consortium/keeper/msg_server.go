package keeper

import (
	"context"
	"fmt"
	"slices"

	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

type msgServer struct{ k Keeper }

// NewMsgServer returns the transaction service of the module.
func NewMsgServer(k Keeper) consortium.MsgServer { return msgServer{k} }

// emit emits one typed event.
func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// EnrolParticipants implements consortium.MsgServer.
func (s msgServer) EnrolParticipants(ctx context.Context, msg *consortium.MsgEnrolParticipants) (*consortium.MsgEnrolParticipantsResponse, error) {
	i, err := s.k.operated(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	if n := len(msg.Enrolments); n == 0 || n > consortium.MaxEnrolments {
		return nil, errorsmod.Wrapf(consortium.ErrInvalid, "%d enrolments, want 1 to %d", n, consortium.MaxEnrolments)
	}
	seen := make(map[string]bool, len(msg.Enrolments))
	for at, e := range msg.Enrolments {
		account, err := s.k.decode("address", e.Address)
		if err != nil {
			return nil, errorsmod.Wrapf(err, "enrolments[%d]", at)
		}
		if seen[string(account)] {
			return nil, errorsmod.Wrapf(consortium.ErrInvalid, "enrolments[%d]: %s is repeated", at, e.Address)
		}
		seen[string(account)] = true
		if err := s.k.enrol(ctx, i, account, e); err != nil {
			return nil, errorsmod.Wrapf(err, "enrolments[%d]", at)
		}
	}
	return &consortium.MsgEnrolParticipantsResponse{}, emit(ctx, &consortium.EventParticipantsEnrolled{
		Institution: i.Number, Count: uint64(len(msg.Enrolments)),
	})
}

// enrol checks every rule and makes an account a participant. It is the one
// way a participant enters the store of a running chain.
func (k Keeper) enrol(ctx context.Context, i consortium.Institution, account []byte, e consortium.Enrolment) error {
	roles := slices.Clone(e.Roles)
	slices.SortFunc(roles, func(a, b consortium.RoleGrant) int { return int(a.Role) - int(b.Role) })
	p := consortium.Participant{Address: k.text(account), Institution: i.Number, Roles: roles, Person: e.Person}
	if err := p.Validate(); err != nil {
		return err
	}
	if len(roles) == 0 {
		return errorsmod.Wrapf(consortium.ErrInvalid, "%s gets no role; to take roles away withdraw them", e.Address)
	}
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	for _, grant := range roles {
		if !now.Before(grant.ExpiresAt) {
			return errorsmod.Wrapf(consortium.ErrInvalid, "%s of %s expires at %s, which is not after %s", grant.Role, e.Address, grant.ExpiresAt, now)
		}
	}
	known, err := k.participants.Has(ctx, collections.Join(i.Number, account))
	if err != nil {
		return err
	}
	if !known {
		if err := k.affiliate(ctx, account, i.Number); err != nil {
			return err
		}
	}
	return k.participants.Set(ctx, collections.Join(i.Number, account), p)
}

// WithdrawRoles implements consortium.MsgServer.
func (s msgServer) WithdrawRoles(ctx context.Context, msg *consortium.MsgWithdrawRoles) (*consortium.MsgWithdrawRolesResponse, error) {
	i, err := s.k.operated(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	account, err := s.k.decode("participant", msg.Participant)
	if err != nil {
		return nil, err
	}
	p, err := s.k.participant(ctx, account)
	if err != nil {
		return nil, err
	}
	if p.Institution != i.Number {
		return nil, errorsmod.Wrapf(consortium.ErrParticipantNotFound, "%s at institution %d", msg.Participant, i.Number)
	}
	if p.Roles, err = withoutRoles(p.Roles, msg.Roles); err != nil {
		return nil, err
	}
	if err := s.k.participants.Set(ctx, collections.Join(i.Number, account), p); err != nil {
		return nil, err
	}
	return &consortium.MsgWithdrawRolesResponse{}, emit(ctx, &consortium.EventRolesWithdrawn{Institution: i.Number, Participant: p.Address})
}

// withoutRoles takes roles from grants, all of them if none is named.
func withoutRoles(grants []consortium.RoleGrant, roles []consortium.Role) ([]consortium.RoleGrant, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	if len(roles) > consortium.MaxRoles {
		return nil, errorsmod.Wrapf(consortium.ErrInvalid, "%d roles, there are %d", len(roles), consortium.MaxRoles)
	}
	for _, role := range roles {
		at := slices.IndexFunc(grants, func(g consortium.RoleGrant) bool { return g.Role == role })
		if at < 0 {
			return nil, errorsmod.Wrapf(consortium.ErrNoRole, "participant was not given %s", role)
		}
		grants = slices.Delete(slices.Clone(grants), at, at+1)
	}
	return grants, nil
}

// RotateConsensusKey implements consortium.MsgServer.
func (s msgServer) RotateConsensusKey(ctx context.Context, msg *consortium.MsgRotateConsensusKey) (*consortium.MsgRotateConsensusKeyResponse, error) {
	i, err := s.k.operated(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	if i.ConsensusKey == nil {
		return nil, errorsmod.Wrapf(consortium.ErrNotValidator, "%d; it must be appointed by a vote", i.Number)
	}
	if i.HasKey(&msg.ConsensusKey) {
		return nil, errorsmod.Wrapf(consortium.ErrKeyUsed, "institution %d has the key already", i.Number)
	}
	i.ConsensusKey = &msg.ConsensusKey
	return &consortium.MsgRotateConsensusKeyResponse{}, s.k.enterKey(ctx, i, msg.Proof)
}

// enterKey stores an institution with another consensus key.
func (k Keeper) enterKey(ctx context.Context, i consortium.Institution, proof []byte) error {
	if err := k.checkNewKey(ctx, i, proof); err != nil {
		return err
	}
	if err := k.put(ctx, i); err != nil {
		return err
	}
	address, err := i.ConsensusAddress()
	if err != nil {
		return err
	}
	return emit(ctx, &consortium.EventConsensusKeyChanged{Institution: i.Number, ConsensusAddress: address.String()})
}

// ReturnToDuty implements consortium.MsgServer.
func (s msgServer) ReturnToDuty(ctx context.Context, msg *consortium.MsgReturnToDuty) (*consortium.MsgReturnToDutyResponse, error) {
	i, err := s.k.operated(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	if !i.Idle {
		return nil, errorsmod.Wrapf(consortium.ErrNotIdle, "%d", i.Number)
	}
	i.Idle = false
	if err := s.k.put(ctx, i); err != nil {
		return nil, err
	}
	return &consortium.MsgReturnToDutyResponse{}, emit(ctx, &consortium.EventValidatorReturned{Institution: i.Number})
}

// ChangeOperator implements consortium.MsgServer.
func (s msgServer) ChangeOperator(ctx context.Context, msg *consortium.MsgChangeOperator) (*consortium.MsgChangeOperatorResponse, error) {
	i, err := s.k.operated(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	return &consortium.MsgChangeOperatorResponse{}, s.k.changeOperator(ctx, i, msg.NewOperator)
}

// changeOperator gives an institution another operator. The former one keeps
// its affiliation, so that it can never act for anybody else.
func (k Keeper) changeOperator(ctx context.Context, i consortium.Institution, operator string) error {
	account, err := k.decode("new operator", operator)
	if err != nil {
		return err
	}
	if i.Operator == k.text(account) {
		return errorsmod.Wrapf(consortium.ErrAccountTaken, "%s is the operator already", operator)
	}
	i.Operator = k.text(account)
	if err := k.put(ctx, i); err != nil {
		return err
	}
	return emit(ctx, &consortium.EventOperatorChanged{Institution: i.Number, Operator: i.Operator})
}

// DeclareNodes implements consortium.MsgServer.
func (s msgServer) DeclareNodes(ctx context.Context, msg *consortium.MsgDeclareNodes) (*consortium.MsgDeclareNodesResponse, error) {
	i, err := s.k.operated(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	i.Nodes = msg.Nodes
	if err := s.k.put(ctx, i); err != nil {
		return nil, err
	}
	return &consortium.MsgDeclareNodesResponse{}, emit(ctx, &consortium.EventNodesDeclared{Institution: i.Number, Count: uint64(len(i.Nodes))})
}

// errorCode names an error as "codespace/code", which is the same on every
// node, as error texts need not be.
func errorCode(err error) string {
	codespace, code, _ := errorsmod.ABCIInfo(err, false)
	return fmt.Sprintf("%s/%d", codespace, code)
}
