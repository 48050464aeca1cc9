package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// ContestWork implements copyright.MsgServer.
func (m msgServer) ContestWork(ctx context.Context, msg *copyright.MsgContestWork) (*copyright.MsgContestWorkResponse, error) {
	institution, officer, err := m.k.rightsOfficer(ctx, msg.Officer)
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
	if err := checkContestable(w, institution); err != nil {
		return nil, err
	}
	other, err := m.k.other(ctx, msg.Other)
	if err != nil {
		return nil, err
	}
	if err := msg.CheckAgainst(w, other); err != nil {
		return nil, err
	}
	if w.OpenContests == 0 && w.UpheldAt != nil {
		w.PausedAt = new(now(ctx))
	}
	w.Contests++
	w.OpenContests++
	w.Status = w.Undecided()
	if err := m.k.changeWork(ctx, w); err != nil {
		return nil, err
	}
	if _, err := m.k.count(ctx, institution, func(s *copyright.Strikes) { s.Raised++ }); err != nil {
		return nil, err
	}
	return &copyright.MsgContestWorkResponse{Index: w.Contests}, m.k.changeContest(ctx, copyright.Contest{
		Work: w.Id, Index: w.Contests, Ground: msg.Ground, Other: msg.Other, Evidence: msg.Evidence,
		RaisedBy: officer, Institution: institution, Height: height(ctx), Status: copyright.CONTEST_STATUS_OPEN,
	})
}

// checkContestable fails unless an institution may contest a work now.
func checkContestable(w copyright.Work, institution uint64) error {
	switch {
	case w.Id.Institution == institution:
		return errorsmod.Wrapf(copyright.ErrNotParty, "institution %d does not contest its own work", institution)
	case w.Status == copyright.WORK_STATUS_UPHELD:
		return wrongWork(w, "its window has passed; a vote may still reject it")
	case !w.Stands():
		return wrongWork(w, "nobody claims it any more")
	case w.OpenContests >= copyright.MaxOpenContests:
		return errorsmod.Wrapf(copyright.ErrTooMany, "%d contests are open, at most %d", w.OpenContests, copyright.MaxOpenContests)
	}
	return nil
}

// other returns the work that a contest is about, or nil if it names none.
func (k Keeper) other(ctx context.Context, id *copyright.WorkId) (*copyright.Work, error) {
	if id == nil {
		return nil, nil
	}
	w, err := k.work(ctx, *id)
	return &w, err
}

// WithdrawContest implements copyright.MsgServer.
func (m msgServer) WithdrawContest(ctx context.Context, msg *copyright.MsgWithdrawContest) (*copyright.MsgWithdrawContestResponse, error) {
	institution, _, err := m.k.rightsOfficer(ctx, msg.Officer)
	if err != nil {
		return nil, err
	}
	c, err := m.k.contest(ctx, msg.Work, uint64(msg.Index))
	if err != nil {
		return nil, err
	}
	switch {
	case c.Institution != institution:
		return nil, errorsmod.Wrapf(copyright.ErrNotParty, "institution %d raised contest %d, not %d", c.Institution, c.Index, institution)
	case c.Status != copyright.CONTEST_STATUS_OPEN:
		return nil, errorsmod.Wrapf(copyright.ErrWrongStatus, "contest %d is %s", c.Index, c.Status)
	}
	w, err := m.k.work(ctx, msg.Work)
	if err != nil {
		return nil, err
	}
	if err := m.k.closeContest(ctx, &w, c, copyright.CONTEST_STATUS_WITHDRAWN); err != nil {
		return nil, err
	}
	if w.OpenContests > 0 {
		return &copyright.MsgWithdrawContestResponse{}, m.k.putWork(ctx, w)
	}
	w.Status = w.Undecided()
	return &copyright.MsgWithdrawContestResponse{}, m.k.changeWork(ctx, w)
}

// contest returns a contest, or ErrContestNotFound.
func (k Keeper) contest(ctx context.Context, id copyright.WorkId, index uint64) (copyright.Contest, error) {
	c, err := get(ctx, k.contests, partKey(id, index), copyright.ErrContestNotFound)
	if err != nil {
		err = errorsmod.Wrapf(err, "%d of work (%d, %d)", index, id.Institution, id.Number)
	}
	return c, err
}

// closeContest ends an open contest of a work. The caller writes the work. While a contest
// is open the window stands still: who held back because others contested it, or found no
// room among them, may contest it still. Else whoever colludes with the claimant would let
// the window pass by contests that they take back.
func (k Keeper) closeContest(ctx context.Context, w *copyright.Work, c copyright.Contest, status copyright.ContestStatus) error {
	c.Status, c.DecidedHeight = status, height(ctx)
	if w.OpenContests--; w.OpenContests == 0 && w.PausedAt != nil {
		w.UpheldAt, w.PausedAt = new(w.UpheldAt.Add(now(ctx).Sub(*w.PausedAt))), nil
	}
	if status == copyright.CONTEST_STATUS_DISMISSED {
		if _, err := k.count(ctx, c.Institution, func(s *copyright.Strikes) { s.Dismissed++ }); err != nil {
			return err
		}
	}
	return k.changeContest(ctx, c)
}

// closeContests ends all open contests of a work. The caller writes the work.
func (k Keeper) closeContests(ctx context.Context, w *copyright.Work, status copyright.ContestStatus) error {
	open, err := keys(ctx, k.openContests, under(w.Id.Institution, w.Id.Number), copyright.MaxOpenContests)
	if err != nil {
		return err
	}
	for _, key := range open {
		c, err := k.contest(ctx, w.Id, key[2])
		if err != nil {
			return err
		}
		if err := k.closeContest(ctx, w, c, status); err != nil {
			return err
		}
	}
	return nil
}

// under is the range of keys that begin with some numbers.
func under(numbers ...uint64) *collections.Range[[]byte] {
	return new(collections.Range[[]byte]).Prefix(join(numbers...))
}

// keys returns at most so many keys of a range, each as its numbers.
func keys(ctx context.Context, set collections.KeySet[[]byte], in collections.Ranger[[]byte], most int) (found [][]uint64, err error) {
	err = set.Walk(ctx, in, func(key []byte) (bool, error) {
		found = append(found, split(key))
		return len(found) == most, nil
	})
	return found, err
}

// DecideWork implements copyright.MsgServer.
func (m msgServer) DecideWork(ctx context.Context, msg *copyright.MsgDecideWork) (*copyright.MsgDecideWorkResponse, error) {
	if err := m.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	w, err := m.k.work(ctx, msg.Work)
	if err != nil {
		return nil, err
	}
	if !w.Stands() {
		return nil, wrongWork(w, "there is nothing to decide")
	}
	if msg.Upheld {
		return &copyright.MsgDecideWorkResponse{}, m.k.uphold(ctx, w)
	}
	return &copyright.MsgDecideWorkResponse{}, m.k.reject(ctx, w)
}

// uphold dismisses the contests of a work. It is upheld if its custodians attested it,
// for a vote does not speak for them.
func (k Keeper) uphold(ctx context.Context, w copyright.Work) error {
	if err := k.closeContests(ctx, &w, copyright.CONTEST_STATUS_DISMISSED); err != nil {
		return err
	}
	was := w.Status
	if w.Status = w.Undecided(); w.Status == copyright.WORK_STATUS_ATTESTED {
		w.Status = copyright.WORK_STATUS_UPHELD
	}
	if w.Status == was {
		return k.putWork(ctx, w)
	}
	return k.changeWork(ctx, w)
}

// reject ends a claim and tells every work downstream.
func (k Keeper) reject(ctx context.Context, w copyright.Work) error {
	if err := k.closeContests(ctx, &w, copyright.CONTEST_STATUS_SUSTAINED); err != nil {
		return err
	}
	if _, err := k.count(ctx, w.Id.Institution, func(s *copyright.Strikes) { s.Rejected++ }); err != nil {
		return err
	}
	w.Status = copyright.WORK_STATUS_REJECTED
	if err := k.changeWork(ctx, w); err != nil {
		return err
	}
	_, err := k.notice(ctx, w, copyright.CAUSE_REJECTED, 0, w.Id.Institution)
	return err
}
