package keeper

import (
	"bytes"
	"context"
	"errors"
	"math"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// enterWork writes a work that is new, with its places in the indexes.
func (k Keeper) enterWork(ctx context.Context, w copyright.Work) error {
	if len(w.Root) > 0 {
		if err := k.roots.Set(ctx, rootKey(w)); err != nil {
			return err
		}
	}
	for _, p := range w.Parents {
		if err := k.children.Set(ctx, childKey(p.Work, w.Id)); err != nil {
			return err
		}
	}
	return k.putWork(ctx, w)
}

// putWork writes a work and reserves or frees its root. It fails with ErrClaimed if
// another work reserves it.
func (k Keeper) putWork(ctx context.Context, w copyright.Work) error {
	if err := k.reserve(ctx, w); err != nil {
		return err
	}
	return k.works.Set(ctx, workKey(w.Id), w)
}

func (k Keeper) reserve(ctx context.Context, w copyright.Work) error {
	if len(w.Root) == 0 {
		return nil
	}
	holder, taken, err := k.holder(ctx, w.Root)
	switch {
	case err != nil:
		return err
	case w.Reserves() && taken && holder != w.Id:
		return claimed(w.Root, holder)
	case w.Reserves() && !taken:
		return k.reserved.Set(ctx, w.Root, w.Id)
	case !w.Reserves() && holder == w.Id:
		return k.reserved.Remove(ctx, w.Root)
	}
	return nil
}

// holder returns the work that reserves a root, if one does.
func (k Keeper) holder(ctx context.Context, root []byte) (id copyright.WorkId, taken bool, err error) {
	id, err = k.reserved.Get(ctx, root)
	if errors.Is(err, collections.ErrNotFound) {
		return id, false, nil
	}
	return id, err == nil, err
}

// checkFree fails with ErrClaimed if another work than the named one reserves a root.
func (k Keeper) checkFree(ctx context.Context, root []byte, but copyright.WorkId) error {
	holder, taken, err := k.holder(ctx, root)
	if err == nil && taken && holder != but {
		err = claimed(root, holder)
	}
	return err
}

func claimed(root []byte, holder copyright.WorkId) error {
	return errorsmod.Wrapf(copyright.ErrClaimed, "work (%d, %d) has the root %x", holder.Institution, holder.Number, root)
}

// changeWork writes a work whose status changed, as it is at present, and says so.
func (k Keeper) changeWork(ctx context.Context, w copyright.Work) error {
	w = w.Settled(now(ctx))
	if err := k.putWork(ctx, w); err != nil {
		return err
	}
	return emit(ctx, &copyright.EventWorkChanged{Work: w.Id, Status: w.Status})
}

// putContest writes a contest with its place among the open ones.
func (k Keeper) putContest(ctx context.Context, c copyright.Contest) error {
	open := join(c.Work.Institution, c.Work.Number, uint64(c.Index))
	keep := k.openContests.Remove
	if c.Status == copyright.CONTEST_STATUS_OPEN {
		keep = k.openContests.Set
	}
	return firstError(keep(ctx, open), k.contests.Set(ctx, partKey(c.Work, uint64(c.Index)), c))
}

// changeContest writes a contest whose status changed and says so.
func (k Keeper) changeContest(ctx context.Context, c copyright.Contest) error {
	if err := k.putContest(ctx, c); err != nil {
		return err
	}
	return emit(ctx, &copyright.EventContestChanged{Work: c.Work, Index: c.Index, Status: c.Status})
}

// changeOffer writes an offer that was made or closed and says so.
func (k Keeper) changeOffer(ctx context.Context, o copyright.Offer) error {
	if err := k.offers.Set(ctx, partKey(o.Work, uint64(o.Index)), o); err != nil {
		return err
	}
	return emit(ctx, &copyright.EventOfferChanged{Work: o.Work, Index: o.Index})
}

// putLicence writes a licence with its places in the indexes.
func (k Keeper) putLicence(ctx context.Context, l copyright.Licence) error {
	var err error
	switch l.Status {
	case copyright.LICENCE_STATUS_GRANTED:
		err = k.openLicences.Set(ctx, openLicenceKey(l))
	case copyright.LICENCE_STATUS_TERMINATED:
		err = k.openLicences.Remove(ctx, openLicenceKey(l))
	}
	return firstError(err, k.held.Set(ctx, heldKey(l)), k.licences.Set(ctx, licenceKey(l.Id), l))
}

// changeLicence writes a licence that changed and says so.
func (k Keeper) changeLicence(ctx context.Context, l copyright.Licence) error {
	if err := k.putLicence(ctx, l); err != nil {
		return err
	}
	return emit(ctx, &copyright.EventLicenceChanged{Licence: l.Id, Licensee: l.Licensee, Status: l.Status})
}

// putNotice writes a notice and notes that it reached its work.
func (k Keeper) putNotice(ctx context.Context, n copyright.Notice) error {
	return firstError(k.told.Set(ctx, toldKey(n.Work, n)), k.notices.Set(ctx, partKey(n.Work, n.Index), n))
}

// count changes the counts of an institution and returns them.
func (k Keeper) count(ctx context.Context, institution uint64, change func(*copyright.Strikes)) (copyright.Strikes, error) {
	s, err := k.strikesOf(ctx, institution)
	if err != nil {
		return s, err
	}
	change(&s)
	return s, k.strikes.Set(ctx, institution, s)
}

func rootKey(w copyright.Work) []byte {
	return append(bytes.Clone(w.Root), join(w.Id.Institution, w.Id.Number)...)
}

func childKey(parent, child copyright.WorkId) []byte {
	return join(parent.Institution, parent.Number, child.Institution, child.Number)
}

func heldKey(l copyright.Licence) []byte { return join(l.Licensee, l.Id.Institution, l.Id.Number) }

func openLicenceKey(l copyright.Licence) []byte {
	ends := uint64(math.MaxUint64)
	if l.ExpiresAt != nil {
		ends = uint64(l.ExpiresAt.Unix())
	}
	return join(l.Work.Institution, l.Work.Number, ends, l.Id.Number)
}

// toldKey is the place of a notice among those that reached a work.
func toldKey(work copyright.WorkId, n copyright.Notice) []byte {
	return join(work.Institution, work.Number, n.Origin.Institution, n.Origin.Number, n.OriginIndex)
}
