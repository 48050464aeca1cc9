package keeper

import (
	"bytes"
	"context"
	"slices"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// AnswerLicence implements copyright.MsgServer.
func (m msgServer) AnswerLicence(ctx context.Context, msg *copyright.MsgAnswerLicence) (*copyright.MsgAnswerLicenceResponse, error) {
	l, err := m.k.licensedBy(ctx, msg.Officer, msg.Licence)
	if err != nil {
		return nil, err
	}
	if l.Status != copyright.LICENCE_STATUS_REQUESTED {
		return nil, wrongLicence(l, "it is answered once")
	}
	if !msg.Granted {
		l.Status, l.EndedHeight = copyright.LICENCE_STATUS_REFUSED, height(ctx)
		return &copyright.MsgAnswerLicenceResponse{}, m.k.changeLicence(ctx, l)
	}
	w, err := m.k.work(ctx, l.Work)
	if err != nil {
		return nil, err
	}
	if w.Status != copyright.WORK_STATUS_UPHELD {
		return nil, wrongWork(w, "licences are granted for upheld works")
	}
	return &copyright.MsgAnswerLicenceResponse{}, m.k.changeLicence(ctx, l.Grant(now(ctx)))
}

// licensedBy returns a licence that the signer's institution was asked for, or
// ErrNotParty.
func (k Keeper) licensedBy(ctx context.Context, officer string, id access.LicenceId) (copyright.Licence, error) {
	institution, _, err := k.rightsOfficer(ctx, officer)
	if err != nil {
		return copyright.Licence{}, err
	}
	l, err := k.licence(ctx, id)
	if err == nil && id.Institution != institution {
		err = errorsmod.Wrapf(copyright.ErrNotParty, "institution %d licenses the work, not %d", id.Institution, institution)
	}
	return l, err
}

// TerminateLicence implements copyright.MsgServer.
func (m msgServer) TerminateLicence(ctx context.Context, msg *copyright.MsgTerminateLicence) (*copyright.MsgTerminateLicenceResponse, error) {
	institution, _, err := m.k.rightsOfficer(ctx, msg.Officer)
	if err != nil {
		return nil, err
	}
	l, err := m.k.licence(ctx, msg.Licence)
	if err != nil {
		return nil, err
	}
	switch {
	case institution != l.Id.Institution && institution != l.Licensee:
		return nil, errorsmod.Wrapf(copyright.ErrNotParty, "the licence is institution %d's for %d, not %d's", l.Id.Institution, l.Licensee, institution)
	case !l.InForce(now(ctx)):
		return nil, wrongLicence(l, "it is not in force")
	case institution == l.Id.Institution && len(l.Breaches) == 0:
		return nil, wrongLicence(l, "the licensor ends it after a breach; report it")
	}
	l.Status, l.EndedHeight = copyright.LICENCE_STATUS_TERMINATED, height(ctx)
	return &copyright.MsgTerminateLicenceResponse{}, m.k.changeLicence(ctx, l)
}

// ReportBreach implements copyright.MsgServer.
func (m msgServer) ReportBreach(ctx context.Context, msg *copyright.MsgReportBreach) (*copyright.MsgReportBreachResponse, error) {
	l, err := m.k.licensedBy(ctx, msg.Officer, msg.Licence)
	if err != nil {
		return nil, err
	}
	if err := copyright.CheckDigest("evidence", msg.Evidence); err != nil {
		return nil, err
	}
	switch {
	case l.GrantedAt == nil:
		return nil, wrongLicence(l, "it was never granted")
	case len(l.Breaches) >= copyright.MaxBreaches:
		return nil, errorsmod.Wrapf(copyright.ErrTooMany, "%d breaches are reported, at most %d", len(l.Breaches), copyright.MaxBreaches)
	}
	l.Breaches = append(l.Breaches, copyright.Breach{Evidence: msg.Evidence, Height: height(ctx)})
	if _, err := m.k.count(ctx, l.Licensee, func(s *copyright.Strikes) { s.Breaches++ }); err != nil {
		return nil, err
	}
	return &copyright.MsgReportBreachResponse{}, m.k.changeLicence(ctx, l)
}

// ApproveDerivative implements copyright.MsgServer.
func (m msgServer) ApproveDerivative(ctx context.Context, msg *copyright.MsgApproveDerivative) (*copyright.MsgApproveDerivativeResponse, error) {
	l, err := m.k.licensedBy(ctx, msg.Officer, msg.Licence)
	if err != nil {
		return nil, err
	}
	if err := copyright.CheckDigest("description", msg.Description); err != nil {
		return nil, err
	}
	switch {
	case !l.InForce(now(ctx)):
		return nil, wrongLicence(l, "it is not in force")
	case l.Terms.Derivatives != copyright.DERIVATIVES_BY_APPROVAL:
		return nil, wrongLicence(l, "its terms say %s, not by approval", l.Terms.Derivatives)
	case slices.ContainsFunc(l.Approved, func(d []byte) bool { return bytes.Equal(d, msg.Description) }):
		return nil, wrongLicence(l, "%x is approved already", msg.Description)
	case len(l.Approved) >= copyright.MaxApproved:
		return nil, errorsmod.Wrapf(copyright.ErrTooMany, "%d derivatives are approved, at most %d", len(l.Approved), copyright.MaxApproved)
	}
	l.Approved = append(l.Approved, msg.Description)
	return &copyright.MsgApproveDerivativeResponse{}, m.k.changeLicence(ctx, l)
}

// CheckLicence fails with the reason unless an institution may make a request under the
// licence that it names. It implements access.Licences.
func (k Keeper) CheckLicence(ctx context.Context, institution uint64, r access.Request, p access.Params) error {
	if r.Licence == nil {
		return errorsmod.Wrap(copyright.ErrLicenceNotFound, "the request names none")
	}
	l, err := k.licence(ctx, *r.Licence)
	if err != nil {
		return err
	}
	w, err := k.work(ctx, l.Work)
	if err != nil {
		return err
	}
	return l.CheckUse(w, institution, r, p, now(ctx))
}

func wrongLicence(l copyright.Licence, format string, args ...any) error {
	status := errorsmod.Wrapf(copyright.ErrWrongStatus, "licence (%d, %d) is %s", l.Id.Institution, l.Id.Number, l.Status)
	return errorsmod.Wrapf(status, format, args...)
}
