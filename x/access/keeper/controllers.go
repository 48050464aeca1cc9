package keeper

import (
	"context"
	"slices"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// ProposeController implements access.MsgServer.
func (m msgServer) ProposeController(ctx context.Context, msg *access.MsgProposeController) (*access.MsgProposeControllerResponse, error) {
	institution, registrar, err := m.k.holds(ctx, "registrar", msg.Registrar, consortium.ROLE_REGISTRAR)
	if err != nil {
		return nil, err
	}
	s, err := m.k.subject(ctx, msg.Subject)
	if err != nil {
		return nil, err
	}
	change := access.ControllerChange{ProposedBy: registrar, Evidence: msg.Evidence}
	if change.Controller, err = m.k.patientOrNobody(ctx, msg.Controller); err != nil {
		return nil, err
	}
	switch {
	case institution != s.Id.Institution:
		return nil, errorsmod.Wrapf(access.ErrControllerChange, "%s is a registrar of institution %d, not %d", registrar, institution, s.Id.Institution)
	case !s.Enrolled():
		return nil, errorsmod.Wrap(access.ErrControllerChange, "enrol the subject first")
	case s.Pending != nil:
		return nil, errorsmod.Wrap(access.ErrControllerChange, "one is under way: stop it first")
	case s.Controller == change.Controller:
		return nil, errorsmod.Wrapf(access.ErrControllerChange, "%q is the controller already", s.Controller)
	}
	if err := access.CheckCommitment("evidence", msg.Evidence); err != nil {
		return nil, err
	}
	s.Pending = &change
	return &access.MsgProposeControllerResponse{}, m.k.changeSubject(ctx, s)
}

// patientOrNobody returns the canonical text of an account with the role of
// patient, or "".
func (k Keeper) patientOrNobody(ctx context.Context, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	account, canonical, err := k.decode("controller or delegate", text)
	if err != nil {
		return "", err
	}
	if _, err := k.consortium.InstitutionByRole(ctx, account, consortium.ROLE_PATIENT); err != nil {
		return "", errorsmod.Wrapf(access.ErrNotPatient, "%s: its institution gives the role", canonical)
	}
	return canonical, nil
}

// ApproveController implements access.MsgServer.
func (m msgServer) ApproveController(ctx context.Context, msg *access.MsgApproveController) (*access.MsgApproveControllerResponse, error) {
	s, err := m.k.subject(ctx, msg.Subject)
	if err != nil {
		return nil, err
	}
	account, approver, err := m.k.decode("approver", msg.Approver)
	if err != nil {
		return nil, err
	}
	if err := m.k.isOfOffice(ctx, account, approver, s.Id.Institution); err != nil {
		return nil, err
	}
	if s.Pending == nil || s.Pending.TakesEffectAt != nil || s.Pending.Controller != msg.Controller {
		return nil, errorsmod.Wrapf(access.ErrControllerChange, "no change to %q waits for approval", msg.Controller)
	}
	proposer, _, err := m.k.decode("proposer", s.Pending.ProposedBy)
	if err != nil {
		return nil, err
	}
	same, err := m.k.consortium.SamePerson(ctx, proposer, account)
	if err != nil {
		return nil, err
	}
	if same {
		return nil, errorsmod.Wrapf(access.ErrControllerChange, "%s proposed it: a second person must approve", approver)
	}
	params, err := m.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	at := now(ctx).Add(params.ControllerPeriod)
	pending := *s.Pending
	pending.TakesEffectAt, s.Pending = &at, &pending
	return &access.MsgApproveControllerResponse{TakesEffectAt: at}, m.k.changeSubject(ctx, s)
}

// isOfOffice fails unless an account is registrar or privacy officer of an
// institution.
func (k Keeper) isOfOffice(ctx context.Context, account []byte, text string, institution uint64) error {
	for _, role := range []consortium.Role{consortium.ROLE_REGISTRAR, consortium.ROLE_PRIVACY_OFFICER} {
		if of, err := k.consortium.InstitutionByRole(ctx, account, role); err == nil && of == institution {
			return nil
		}
	}
	return errorsmod.Wrapf(access.ErrControllerChange, "%s is neither registrar nor privacy officer of institution %d", text, institution)
}

// StopController implements access.MsgServer.
func (m msgServer) StopController(ctx context.Context, msg *access.MsgStopController) (*access.MsgStopControllerResponse, error) {
	account, signer, err := m.k.decode("actor", msg.Actor)
	if err != nil {
		return nil, err
	}
	s, err := m.k.subject(ctx, msg.Subject)
	if err != nil {
		return nil, err
	}
	if s.Pending == nil {
		return nil, errorsmod.Wrap(access.ErrControllerChange, "none is under way")
	}
	if _, acts := m.k.as(ctx, s, account, signer); !acts && signer != s.Pending.ProposedBy && signer != s.Pending.Controller {
		return nil, errorsmod.Wrapf(access.ErrNotForSubject, "%s neither proposed the change nor is the new controller nor acts for the subject", signer)
	}
	s.Pending = nil
	return &access.MsgStopControllerResponse{}, m.k.changeSubject(ctx, s)
}

// SetDelegate implements access.MsgServer.
func (m msgServer) SetDelegate(ctx context.Context, msg *access.MsgSetDelegate) (*access.MsgSetDelegateResponse, error) {
	s, who, err := m.k.decidingFor(ctx, msg.Actor, msg.Subject)
	if err != nil {
		return nil, err
	}
	if err := who.checkEvidence(msg.Evidence); err != nil {
		return nil, err
	}
	_, account, err := m.k.decode("delegate", msg.Delegate.Account)
	if err != nil {
		return nil, err
	}
	place := s.Delegate(account)
	if msg.Delegate.Capacity == access.DELEGATE_CAPACITY_UNSPECIFIED {
		if place < 0 {
			return nil, errorsmod.Wrapf(access.ErrDelegate, "%s is none", account)
		}
		if who.delegate && who.account != account {
			return nil, errorsmod.Wrap(access.ErrDelegate, "a delegate may remove only themselves")
		}
		s.Delegates = slices.Delete(s.Delegates, place, place+1)
		return &access.MsgSetDelegateResponse{}, m.k.changeSubject(ctx, s)
	}
	d := msg.Delegate
	if d.Account, err = m.k.patientOrNobody(ctx, account); err != nil {
		return nil, err
	}
	if err := m.checkDelegate(ctx, s, who, d); err != nil {
		return nil, err
	}
	if place >= 0 {
		s.Delegates[place] = d
	} else {
		s.Delegates = append(s.Delegates, d)
	}
	return &access.MsgSetDelegateResponse{}, m.k.changeSubject(ctx, s)
}

// checkDelegate says whether the actor may name a delegate so.
func (m msgServer) checkDelegate(ctx context.Context, s access.Subject, who actor, d access.Delegate) error {
	switch {
	case who.delegate:
		return errorsmod.Wrap(access.ErrDelegate, "a delegate cannot name delegates")
	case d.Capacity == access.DELEGATE_CAPACITY_GUARDIAN && !who.registrar:
		return errorsmod.Wrap(access.ErrDelegate, "a guardian is named by a registrar, on papers")
	case d.Account == s.Controller:
		return errorsmod.Wrapf(access.ErrDelegate, "%s is the controller", d.Account)
	case d.EndsAt != nil && !d.EndsAt.After(now(ctx)):
		return errorsmod.Wrapf(access.ErrDelegate, "the end %s has passed", d.EndsAt)
	}
	return nil
}
