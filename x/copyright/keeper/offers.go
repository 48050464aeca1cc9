package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// OfferLicence implements copyright.MsgServer.
func (m msgServer) OfferLicence(ctx context.Context, msg *copyright.MsgOfferLicence) (*copyright.MsgOfferLicenceResponse, error) {
	w, err := m.k.claimedBy(ctx, msg.Officer, msg.Work)
	if err != nil {
		return nil, err
	}
	if w.Status != copyright.WORK_STATUS_ATTESTED && w.Status != copyright.WORK_STATUS_UPHELD {
		return nil, wrongWork(w, "offer licences once it is attested and uncontested")
	}
	if err := w.CheckOffer(msg.Terms); err != nil {
		return nil, err
	}
	if w.Offers >= copyright.MaxOffers {
		return nil, errorsmod.Wrapf(copyright.ErrTooMany, "%d offers, at most %d", w.Offers, copyright.MaxOffers)
	}
	w.Offers++
	if err := m.k.putWork(ctx, w); err != nil {
		return nil, err
	}
	return &copyright.MsgOfferLicenceResponse{Index: w.Offers}, m.k.changeOffer(ctx, copyright.Offer{Work: w.Id, Index: w.Offers, Terms: msg.Terms})
}

// CloseOffer implements copyright.MsgServer.
func (m msgServer) CloseOffer(ctx context.Context, msg *copyright.MsgCloseOffer) (*copyright.MsgCloseOfferResponse, error) {
	w, err := m.k.claimedBy(ctx, msg.Officer, msg.Work)
	if err != nil {
		return nil, err
	}
	o, err := m.k.openOffer(ctx, w.Id, msg.Index)
	if err != nil {
		return nil, err
	}
	o.Closed = true
	return &copyright.MsgCloseOfferResponse{}, m.k.changeOffer(ctx, o)
}

// openOffer returns an offer that is not closed.
func (k Keeper) openOffer(ctx context.Context, id copyright.WorkId, index uint32) (copyright.Offer, error) {
	o, err := get(ctx, k.offers, partKey(id, uint64(index)), copyright.ErrOfferNotFound)
	switch {
	case err != nil:
		err = errorsmod.Wrapf(err, "%d of work (%d, %d)", index, id.Institution, id.Number)
	case o.Closed:
		err = errorsmod.Wrapf(copyright.ErrWrongStatus, "offer %d of work (%d, %d) is closed", index, id.Institution, id.Number)
	}
	return o, err
}

// RequestLicence implements copyright.MsgServer.
func (m msgServer) RequestLicence(ctx context.Context, msg *copyright.MsgRequestLicence) (*copyright.MsgRequestLicenceResponse, error) {
	institution, requester, err := m.k.rightsOfficer(ctx, msg.Officer)
	if err != nil {
		return nil, err
	}
	w, err := m.k.work(ctx, msg.Work)
	if err != nil {
		return nil, err
	}
	licensor := w.Id.Institution
	if licensor == institution {
		return nil, errorsmod.Wrapf(copyright.ErrNotParty, "institution %d needs no licence for its own work", institution)
	}
	if !w.Stands() {
		return nil, wrongWork(w, "nobody licenses it any more")
	}
	o, err := m.k.openOffer(ctx, w.Id, msg.Offer)
	if err != nil {
		return nil, err
	}
	s, err := m.k.count(ctx, licensor, func(s *copyright.Strikes) { s.Licences++ })
	if err != nil {
		return nil, err
	}
	l := copyright.Licence{
		Id: access.LicenceId{Institution: licensor, Number: s.Licences}, Work: w.Id, Offer: o.Index, Terms: o.Terms,
		Licensee: institution, Requester: requester, Status: copyright.LICENCE_STATUS_REQUESTED, RequestedAt: now(ctx),
	}
	return &copyright.MsgRequestLicenceResponse{Licence: l.Id}, m.k.changeLicence(ctx, l)
}
