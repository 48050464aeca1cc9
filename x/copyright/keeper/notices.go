package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// NotifyWork implements copyright.MsgServer.
func (m msgServer) NotifyWork(ctx context.Context, msg *copyright.MsgNotifyWork) (*copyright.MsgNotifyWorkResponse, error) {
	institution, _, err := m.k.holds(ctx, "vault", msg.Vault, consortium.ROLE_VAULT)
	if err != nil {
		return nil, err
	}
	if err := msg.Validate(); err != nil {
		return nil, err
	}
	w, err := m.k.work(ctx, msg.Work)
	if err != nil {
		return nil, err
	}
	for i, r := range msg.Records {
		if err := w.CheckMember(r.Record, r.Place, r.Path); err != nil {
			return nil, errorsmod.Wrapf(err, "records[%d]", i)
		}
		if err := m.k.checkHappened(ctx, institution, r.Record, msg.Cause); err != nil {
			return nil, errorsmod.Wrapf(err, "records[%d]", i)
		}
	}
	index, err := m.k.notice(ctx, w, msg.Cause, uint32(len(msg.Records)), institution)
	return &copyright.MsgNotifyWorkResponse{Index: index}, err
}

// checkHappened fails unless an institution keeps a record, and the ledger says that it
// was erased or retracted if that is the cause. That a patient withdrew is the
// custodian's word alone. Who keeps a record now may be none of the custodians that the
// work names, since custody can change hands; so these are not asked.
func (k Keeper) checkHappened(ctx context.Context, institution uint64, id records.RecordId, cause copyright.Cause) error {
	s, err := k.records.Standing(ctx, id)
	if errors.Is(err, records.ErrStandingNotFound) {
		s, err = records.Standing{Status: records.RECORD_STATUS_IN_FORCE, Custodian: id.Institution}, nil
	}
	switch {
	case err != nil:
		return err
	case s.Custodian != institution:
		return errorsmod.Wrapf(copyright.ErrNotParty, "institution %d keeps the record, not %d", s.Custodian, institution)
	case cause == copyright.CAUSE_ERASED && s.Status != records.RECORD_STATUS_ERASED,
		cause == copyright.CAUSE_RETRACTED && s.Status != records.RECORD_STATUS_RETRACTED:
		return errorsmod.Wrapf(copyright.ErrNotice, "the record is %s", s.Status)
	}
	return nil
}

// notice writes a notice at the work that it happened to, has it go on to every work
// downstream and returns its index.
func (k Keeper) notice(ctx context.Context, w copyright.Work, cause copyright.Cause, of uint32, notifier uint64) (uint64, error) {
	n := copyright.Notice{
		Origin: w.Id, OriginIndex: w.Notices + 1, Cause: cause, Records: of, Height: height(ctx), At: now(ctx), Notifier: notifier,
	}
	return n.OriginIndex, k.tell(ctx, w, n)
}

// tell writes a notice at a work that it did not reach before, and has it go on from
// there.
func (k Keeper) tell(ctx context.Context, w copyright.Work, n copyright.Notice) error {
	w.Notices++
	n.Work, n.Index = w.Id, w.Notices
	last, _, err := k.pendingOf(ctx, collections.NewPrefixedPairRange[uint64, uint64](n.Notifier).Descending())
	if err != nil {
		return err
	}
	next := copyright.Pending{Position: last.Position + 1, Notice: n}
	if err := firstError(k.putWork(ctx, w), k.putNotice(ctx, n), k.pending.Set(ctx, pendingKey(next), next)); err != nil {
		return err
	}
	return emit(ctx, &copyright.EventNoticed{Work: n.Work, Index: n.Index, Cause: n.Cause})
}

// EndBlock lets the notices on their way reach at most MaxPerBlock works. Whoever
// notified has an equal share, and takes what others leave: so nobody's notices wait for
// a flood of another's. A work that is registered later is not told: whoever registers it
// sees the notices of its parents.
func (k Keeper) EndBlock(ctx context.Context) error {
	for room := copyright.MaxPerBlock; room > 0; {
		waiting, err := k.notifiers(ctx)
		if err != nil || len(waiting) == 0 {
			return err
		}
		share := max(1, room/len(waiting))
		first := height(ctx) % uint64(len(waiting)) // with more notifiers than room, each block begins with another
		for _, notifier := range slices.Concat(waiting[first:], waiting[:first]) {
			told, err := k.advance(ctx, notifier, min(share, room))
			if err != nil {
				return err
			}
			room -= told
		}
	}
	return nil
}

// notifiers returns whose notices are on their way.
func (k Keeper) notifiers(ctx context.Context) (waiting []uint64, err error) {
	for from := uint64(0); ; from = waiting[len(waiting)-1] + 1 {
		p, found, err := k.pendingOf(ctx, new(collections.Range[pair]).StartInclusive(collections.Join(from, uint64(0))))
		if err != nil || !found {
			return waiting, err
		}
		waiting = append(waiting, p.Notice.Notifier)
	}
}

// pendingOf returns the first notice on its way in a range.
func (k Keeper) pendingOf(ctx context.Context, in collections.Ranger[pair]) (p copyright.Pending, found bool, err error) {
	it, err := k.pending.Iterate(ctx, in)
	if err != nil {
		return p, false, err
	}
	defer it.Close()
	if !it.Valid() {
		return p, false, nil
	}
	p, err = it.Value()
	return p, err == nil, err
}

// advance lets one notifier's notices reach works and returns how much room that took.
func (k Keeper) advance(ctx context.Context, notifier uint64, room int) (taken int, err error) {
	for taken < room {
		p, found, err := k.pendingOf(ctx, collections.NewPrefixedPairRange[uint64, uint64](notifier))
		if err != nil || !found {
			return taken, err
		}
		told, err := k.spread(ctx, p, room-taken)
		if err != nil {
			return taken, err
		}
		taken += told
	}
	return taken, nil
}

// spread tells children of a work of a notice and returns how much room it took: one for
// each child, and one if the notice is done.
func (k Keeper) spread(ctx context.Context, p copyright.Pending, room int) (int, error) {
	parent := p.Notice.Work
	rest := new(collections.Range[[]byte]).StartInclusive(join(parent.Institution, parent.Number)).EndExclusive(join(parent.Institution, parent.Number+1))
	if p.After != nil {
		rest = rest.StartExclusive(childKey(parent, *p.After))
	}
	children, err := keys(ctx, k.children, rest, room)
	if err != nil {
		return 0, err
	}
	for _, key := range children {
		child := copyright.WorkId{Institution: key[2], Number: key[3]}
		if err := k.tellChild(ctx, child, p.Notice); err != nil {
			return 0, err
		}
		p.After = &child
	}
	if len(children) == room {
		return room, k.pending.Set(ctx, pendingKey(p), p)
	}
	return len(children) + 1, k.pending.Remove(ctx, pendingKey(p))
}

// tellChild tells a work of a notice of its parent, unless it came by another way
// before. The duty is what the work's own floor says.
func (k Keeper) tellChild(ctx context.Context, id copyright.WorkId, n copyright.Notice) error {
	known, err := k.told.Has(ctx, toldKey(id, n))
	if err != nil || known {
		return err
	}
	w, err := k.work(ctx, id)
	if err != nil {
		return err
	}
	n.Duty = w.Duty()
	return k.tell(ctx, w, n)
}
