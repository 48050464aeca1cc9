package keeper

import (
	"context"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// checkAuthority refuses a message that does not come from a proposal.
func (k Keeper) checkAuthority(signer string) error {
	if authority := k.text(consortium.Authority); signer != authority {
		return errorsmod.Wrapf(consortium.ErrAuthority, "signer is %s, want %s", signer, authority)
	}
	return nil
}

// AdmitInstitution implements consortium.MsgServer.
func (s msgServer) AdmitInstitution(ctx context.Context, msg *consortium.MsgAdmitInstitution) (*consortium.MsgAdmitInstitutionResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	number, err := s.k.nextInstitution(ctx)
	if err != nil {
		return nil, err
	}
	operator, err := s.k.decode("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	i := consortium.Institution{
		Number: number, Name: msg.Name, Kind: msg.Kind, LegalGroup: msg.LegalGroup, Operator: s.k.text(operator),
		ConsensusKey: msg.ConsensusKey, Status: consortium.INSTITUTION_STATUS_ACTIVE, Nodes: msg.Nodes,
	}
	if i.ConsensusKey != nil {
		if err := s.k.checkNewKey(ctx, i, msg.Proof); err != nil {
			return nil, err
		}
	}
	if err := s.k.put(ctx, i); err != nil {
		return nil, err
	}
	return &consortium.MsgAdmitInstitutionResponse{Number: number}, emit(ctx, &consortium.EventInstitutionAdmitted{Institution: number})
}

// nextInstitution is one more than the highest number in use: institutions are
// never deleted.
func (k Keeper) nextInstitution(ctx context.Context) (uint64, error) {
	last, err := lastKey(ctx, k.institutions)
	return last + 1, err
}

// lastKey returns the highest key of a map, or 0.
func lastKey[V any](ctx context.Context, m collections.Map[uint64, V]) (uint64, error) {
	iterator, err := m.Iterate(ctx, new(collections.Range[uint64]).Descending())
	if err != nil {
		return 0, err
	}
	defer iterator.Close()
	if !iterator.Valid() {
		return 0, nil
	}
	return iterator.Key()
}

// SuspendInstitution implements consortium.MsgServer.
func (s msgServer) SuspendInstitution(ctx context.Context, msg *consortium.MsgSuspendInstitution) (*consortium.MsgSuspendInstitutionResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	i, err := s.k.institution(ctx, msg.Institution)
	if err != nil {
		return nil, err
	}
	if i.Status != consortium.INSTITUTION_STATUS_ACTIVE {
		return nil, errorsmod.Wrapf(consortium.ErrStatus, "institution %d is %s, only active ones are suspended", i.Number, i.Status)
	}
	i.Status, i.Suspension = consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_VOTE
	if err := s.k.checkSet(ctx, i, msg.AllowBelowFour); err != nil {
		return nil, err
	}
	return &consortium.MsgSuspendInstitutionResponse{}, s.k.changeStatus(ctx, i)
}

// changeStatus stores an institution whose status changed and says so. Whoever
// stops or resumes acting begins without absences.
func (k Keeper) changeStatus(ctx context.Context, i consortium.Institution) error {
	if err := k.put(ctx, i); err != nil {
		return err
	}
	if err := k.absences.Remove(ctx, i.Number); err != nil {
		return err
	}
	return emit(ctx, &consortium.EventInstitutionStatusChanged{Institution: i.Number, Status: i.Status, Cause: i.Suspension})
}

// ReinstateInstitution implements consortium.MsgServer.
func (s msgServer) ReinstateInstitution(ctx context.Context, msg *consortium.MsgReinstateInstitution) (*consortium.MsgReinstateInstitutionResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	i, err := s.k.institution(ctx, msg.Institution)
	if err != nil {
		return nil, err
	}
	if i.Status != consortium.INSTITUTION_STATUS_SUSPENDED {
		return nil, errorsmod.Wrapf(consortium.ErrStatus, "institution %d is %s, only suspended ones are reinstated", i.Number, i.Status)
	}
	i.Status, i.Suspension = consortium.INSTITUTION_STATUS_ACTIVE, consortium.SUSPENSION_CAUSE_UNSPECIFIED
	address, err := i.ConsensusAddress()
	if err != nil {
		return nil, err
	}
	owner, _, err := s.k.owner(ctx, address)
	if err != nil {
		return nil, err
	}
	if owner.DoubleSigned {
		i.ConsensusKey, i.Idle = nil, false
	}
	return &consortium.MsgReinstateInstitutionResponse{}, s.k.changeStatus(ctx, i)
}

// RemoveInstitution implements consortium.MsgServer.
func (s msgServer) RemoveInstitution(ctx context.Context, msg *consortium.MsgRemoveInstitution) (*consortium.MsgRemoveInstitutionResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	i, err := s.k.institution(ctx, msg.Institution)
	if err != nil {
		return nil, err
	}
	if i.Status == consortium.INSTITUTION_STATUS_REMOVED {
		return nil, errorsmod.Wrapf(consortium.ErrStatus, "institution %d is removed already", i.Number)
	}
	i.Status, i.Suspension = consortium.INSTITUTION_STATUS_REMOVED, consortium.SUSPENSION_CAUSE_UNSPECIFIED
	i.ConsensusKey, i.Idle = nil, false
	if err := s.k.checkSet(ctx, i, msg.AllowBelowFour); err != nil {
		return nil, err
	}
	return &consortium.MsgRemoveInstitutionResponse{}, s.k.changeStatus(ctx, i)
}

// AppointValidator implements consortium.MsgServer.
func (s msgServer) AppointValidator(ctx context.Context, msg *consortium.MsgAppointValidator) (*consortium.MsgAppointValidatorResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	i, err := s.k.institution(ctx, msg.Institution)
	if err != nil {
		return nil, err
	}
	switch {
	case i.Status != consortium.INSTITUTION_STATUS_ACTIVE:
		return nil, errorsmod.Wrapf(consortium.ErrStatus, "institution %d is %s, only active ones are appointed", i.Number, i.Status)
	case i.ConsensusKey != nil:
		return nil, errorsmod.Wrapf(consortium.ErrAlreadyValidator, "%d; its operator may rotate the key", i.Number)
	}
	i.ConsensusKey = &msg.ConsensusKey
	return &consortium.MsgAppointValidatorResponse{}, s.k.enterKey(ctx, i, msg.Proof)
}

// ReplaceOperator implements consortium.MsgServer.
func (s msgServer) ReplaceOperator(ctx context.Context, msg *consortium.MsgReplaceOperator) (*consortium.MsgReplaceOperatorResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	i, err := s.k.institution(ctx, msg.Institution)
	if err != nil {
		return nil, err
	}
	if i.Status == consortium.INSTITUTION_STATUS_REMOVED {
		return nil, errorsmod.Wrapf(consortium.ErrRemoved, "%d", i.Number)
	}
	return &consortium.MsgReplaceOperatorResponse{}, s.k.changeOperator(ctx, i, msg.NewOperator)
}

// UpdateParams implements consortium.MsgServer.
func (s msgServer) UpdateParams(ctx context.Context, msg *consortium.MsgUpdateParams) (*consortium.MsgUpdateParamsResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	if err := s.k.params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &consortium.MsgUpdateParamsResponse{}, emit(ctx, &consortium.EventParamsUpdated{})
}

// UpdateConsensusParams implements consortium.MsgServer.
func (s msgServer) UpdateConsensusParams(ctx context.Context, msg *consortium.MsgUpdateConsensusParams) (*consortium.MsgUpdateConsensusParamsResponse, error) {
	if err := s.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	current, err := s.k.limits.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := consortium.CheckLimits(current, msg); err != nil {
		return nil, err
	}
	if err := s.k.checkTypesInUse(ctx, msg.PubKeyTypes); err != nil {
		return nil, err
	}
	current.Block = &cmtproto.BlockParams{MaxBytes: msg.BlockMaxBytes, MaxGas: msg.BlockMaxGas}
	current.Evidence = &cmtproto.EvidenceParams{
		MaxAgeNumBlocks: msg.EvidenceMaxAgeBlocks, MaxAgeDuration: msg.EvidenceMaxAgeDuration, MaxBytes: msg.EvidenceMaxBytes,
	}
	current.Validator = &cmtproto.ValidatorParams{PubKeyTypes: msg.PubKeyTypes}
	if err := s.k.limits.Set(ctx, current); err != nil {
		return nil, errorsmod.Wrapf(consortium.ErrConsensusParams, "%s", err)
	}
	return &consortium.MsgUpdateConsensusParamsResponse{}, emit(ctx, &consortium.EventConsensusParamsUpdated{})
}

// checkTypesInUse refuses to drop a key type that an institution has.
func (k Keeper) checkTypesInUse(ctx context.Context, types []string) error {
	all, err := k.allInstitutions(ctx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.ConsensusKey == nil {
			continue
		}
		key, err := consortium.DecodeKey(i.ConsensusKey)
		if err != nil {
			return err
		}
		if err := consortium.CheckKeyType(key, types); err != nil {
			return errorsmod.Wrapf(err, "in use by institution %d", i.Number)
		}
	}
	return nil
}
