package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// checkGrantees fails unless whom permits and a narrowing are for is given in listed
// roles and in the text of accounts that decisions compare with. All else would be
// free text on the ledger.
func (k Keeper) checkGrantees(permits []access.Permit, narrowing *access.Grantee) error {
	grantees := make([]access.Grantee, 0, len(permits)+1)
	for _, p := range permits {
		grantees = append(grantees, p.Grantee)
	}
	if narrowing != nil {
		grantees = append(grantees, *narrowing)
	}
	for i, g := range grantees {
		if _, known := consortium.Role_name[int32(g.Role)]; !known {
			return errorsmod.Wrapf(access.ErrUnknownCode, "grantee %d: role %d, want 0 to %d", i, g.Role, len(consortium.Role_name)-1)
		}
		if g.Participant == "" {
			continue
		}
		if _, canonical, err := k.decode("participant", g.Participant); err != nil || canonical != g.Participant {
			return errorsmod.Wrapf(access.ErrInvalid, "grantee %d: participant %q is not an account address in lower case", i, g.Participant)
		}
	}
	return nil
}

// checkPolicyGrantees is checkGrantees for a policy.
func (k Keeper) checkPolicyGrantees(p access.Policy) error {
	permits := make([]access.Permit, len(p.Permits))
	for i, each := range p.Permits {
		permits[i] = each.Permit
	}
	return k.checkGrantees(permits, nil)
}

// template returns a version of a template, or ErrTemplateNotFound.
func (k Keeper) template(ctx context.Context, id access.TemplateVersion) (access.Template, error) {
	t, err := get(ctx, k.templates, templateKey(id), access.ErrTemplateNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "(%d, %d) version %d", id.Institution, id.Number, id.Version)
	}
	return t, err
}

// PublishTemplate implements access.MsgServer.
func (m msgServer) PublishTemplate(ctx context.Context, msg *access.MsgPublishTemplate) (*access.MsgPublishTemplateResponse, error) {
	institution, _, err := m.k.holds(ctx, "officer", msg.Officer, consortium.ROLE_PRIVACY_OFFICER)
	if err != nil {
		return nil, err
	}
	t := access.Template{
		Id:      access.TemplateVersion{Institution: institution, Number: msg.Number, Version: msg.Version},
		Permits: msg.Permits, Text: msg.Text,
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	if err := m.k.checkGrantees(t.Permits, nil); err != nil {
		return nil, err
	}
	last, err := m.k.lastVersion(ctx, institution, msg.Number)
	if err != nil {
		return nil, err
	}
	if msg.Version != last+1 {
		return nil, errorsmod.Wrapf(access.ErrVersion, "%d of template %d, want %d", msg.Version, msg.Number, last+1)
	}
	if err := m.k.templates.Set(ctx, templateKey(t.Id), t); err != nil {
		return nil, err
	}
	return &access.MsgPublishTemplateResponse{}, emit(ctx, &access.EventPublished{Institution: institution})
}

// lastVersion returns the newest version of a template, or 0 if there is none. It reads
// that version alone, however many there are.
func (k Keeper) lastVersion(ctx context.Context, institution, number uint64) (uint64, error) {
	last := uint64(0)
	newestFirst := collections.NewSuperPrefixedTripleRangeReversed[uint64, uint64, uint64](institution, number)
	err := k.templates.Walk(ctx, newestFirst, func(key triple, _ access.Template) (bool, error) {
		last = key.K3()
		return true, nil
	})
	return last, err
}

// RetireTemplate implements access.MsgServer.
func (m msgServer) RetireTemplate(ctx context.Context, msg *access.MsgRetireTemplate) (*access.MsgRetireTemplateResponse, error) {
	institution, _, err := m.k.holds(ctx, "officer", msg.Officer, consortium.ROLE_PRIVACY_OFFICER)
	if err != nil {
		return nil, err
	}
	t, err := m.k.template(ctx, access.TemplateVersion{Institution: institution, Number: msg.Number, Version: msg.Version})
	if err != nil {
		return nil, err
	}
	if t.Retired {
		return nil, errorsmod.Wrapf(access.ErrAlreadyDone, "version %d of template %d has retired", msg.Version, msg.Number)
	}
	t.Retired = true
	if err := m.k.templates.Set(ctx, templateKey(t.Id), t); err != nil {
		return nil, err
	}
	return &access.MsgRetireTemplateResponse{}, emit(ctx, &access.EventPublished{Institution: institution})
}

// SetPolicy implements access.MsgServer.
func (m msgServer) SetPolicy(ctx context.Context, msg *access.MsgSetPolicy) (*access.MsgSetPolicyResponse, error) {
	institution, _, err := m.k.holds(ctx, "officer", msg.Officer, consortium.ROLE_PRIVACY_OFFICER)
	if err != nil {
		return nil, err
	}
	old, err := m.k.policy(ctx, institution)
	if err != nil && !errors.Is(err, access.ErrPolicyNotFound) {
		return nil, err
	}
	p := access.Policy{Institution: institution, Version: old.Version + 1, Permits: msg.Permits, Document: msg.Document}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := m.k.checkPolicyGrantees(p); err != nil {
		return nil, err
	}
	if err := m.k.policies.Set(ctx, institution, p); err != nil {
		return nil, err
	}
	return &access.MsgSetPolicyResponse{}, emit(ctx, &access.EventPublished{Institution: institution})
}

// policy returns a custodian's base policy, or ErrPolicyNotFound.
func (k Keeper) policy(ctx context.Context, institution uint64) (access.Policy, error) {
	p, err := get(ctx, k.policies, institution, access.ErrPolicyNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "of institution %d", institution)
	}
	return p, err
}

// ApproveStudy implements access.MsgServer.
func (m msgServer) ApproveStudy(ctx context.Context, msg *access.MsgApproveStudy) (*access.MsgApproveStudyResponse, error) {
	institution, _, err := m.k.holds(ctx, "board", msg.Board, consortium.ROLE_ETHICS_BOARD)
	if err != nil {
		return nil, err
	}
	s := access.Study{
		Id:       access.StudyId{Institution: institution, Number: msg.Number},
		Protocol: msg.Protocol, Institutions: msg.Institutions, ExpiresAt: msg.ExpiresAt,
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	old, err := m.k.study(ctx, s.Id)
	switch {
	case errors.Is(err, access.ErrStudyNotFound):
	case err != nil:
		return nil, err
	case string(old.Protocol) != string(s.Protocol):
		return nil, errorsmod.Wrapf(access.ErrStudy, "(%d, %d) has another protocol, %X: another protocol is another study", s.Id.Institution, s.Id.Number, old.Protocol)
	}
	if err := m.k.studies.Set(ctx, studyKey(s.Id), s); err != nil {
		return nil, err
	}
	return &access.MsgApproveStudyResponse{}, emit(ctx, &access.EventPublished{Institution: institution})
}

// study returns a study, or ErrStudyNotFound.
func (k Keeper) study(ctx context.Context, id access.StudyId) (access.Study, error) {
	s, err := get(ctx, k.studies, studyKey(id), access.ErrStudyNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "(%d, %d)", id.Institution, id.Number)
	}
	return s, err
}

// UpdateParams implements access.MsgServer.
func (m msgServer) UpdateParams(ctx context.Context, msg *access.MsgUpdateParams) (*access.MsgUpdateParamsResponse, error) {
	authority, err := m.k.addresses.BytesToString(consortium.Authority)
	if err != nil {
		return nil, err
	}
	if msg.Authority != authority {
		return nil, errorsmod.Wrapf(access.ErrNotAuthority, "signer is %s, want %s", msg.Authority, authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	return &access.MsgUpdateParamsResponse{}, m.k.params.Set(ctx, msg.Params)
}
