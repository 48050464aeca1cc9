package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// RegisterWork implements copyright.MsgServer.
func (m msgServer) RegisterWork(ctx context.Context, msg *copyright.MsgRegisterWork) (*copyright.MsgRegisterWorkResponse, error) {
	institution, claimant, err := m.k.rightsOfficer(ctx, msg.Officer)
	if err != nil {
		return nil, err
	}
	if err := msg.Validate(); err != nil {
		return nil, err
	}
	w := copyright.Work{
		Kind: msg.Kind, Right: msg.Right, Jurisdiction: msg.Jurisdiction, Claimant: claimant, Description: msg.Description,
		Root: msg.Root, Size_: msg.Size_, Custodians: msg.Custodians, Content: msg.Content, Parents: msg.Parents,
	}
	if w.Contributors, err = m.k.contributors(ctx, msg.Contributors); err != nil {
		return nil, err
	}
	if err := m.k.checkRecords(ctx, w); err != nil {
		return nil, err
	}
	origins, err := m.k.origins(ctx, msg.Parents)
	if err != nil {
		return nil, err
	}
	if w.Floor, w.Depth, err = copyright.CheckParents(*msg, institution, origins, now(ctx)); err != nil {
		return nil, err
	}
	if w, err = m.k.claim(ctx, institution, w); err != nil {
		return nil, err
	}
	return &copyright.MsgRegisterWorkResponse{Work: w.Id}, nil
}

// contributors returns contributors with their accounts as they are stored. It fails if
// one is a stranger or is named twice.
func (k Keeper) contributors(ctx context.Context, all []copyright.Contributor) ([]copyright.Contributor, error) {
	all = slices.Clone(all)
	named := make(map[string]bool, len(all))
	for i := range all {
		account, canonical, err := k.decode("contributor", all[i].Account)
		if err != nil {
			return nil, err
		}
		_, err = k.consortium.Affiliation(ctx, account)
		if errors.Is(err, consortium.ErrStranger) {
			return nil, errorsmod.Wrapf(copyright.ErrStranger, "contributor %s: its institution must enrol it", canonical)
		}
		if err != nil {
			return nil, err
		}
		if named[canonical] {
			return nil, errorsmod.Wrapf(copyright.ErrInvalid, "contributor %s is named twice", canonical)
		}
		named[canonical] = true
		all[i].Account = canonical
	}
	return all, nil
}

// checkRecords fails unless the custodians of a work's records are active members and
// no other work reserves the records.
func (k Keeper) checkRecords(ctx context.Context, w copyright.Work) error {
	for _, custodian := range w.Custodians {
		if err := k.consortium.CheckActive(ctx, custodian); err != nil {
			return errorsmod.Wrapf(err, "custodian %d", custodian)
		}
	}
	if len(w.Root) == 0 {
		return nil
	}
	return k.checkFree(ctx, w.Root, copyright.WorkId{})
}

// origins returns the parents as they are at present, with the licences that are named
// and exist.
func (k Keeper) origins(ctx context.Context, parents []copyright.Parent) ([]copyright.Origin, error) {
	origins := make([]copyright.Origin, len(parents))
	for i, p := range parents {
		origins[i].Parent = p
		var err error
		if origins[i].Work, err = k.work(ctx, p.Work); err != nil {
			return nil, err
		}
		if p.Licence == 0 {
			continue
		}
		l, err := k.licence(ctx, access.LicenceId{Institution: p.Work.Institution, Number: p.Licence})
		switch {
		case err == nil:
			origins[i].Licence = &l
		case !errors.Is(err, copyright.ErrLicenceNotFound):
			return nil, err
		}
	}
	return origins, nil
}

// claim gives a new work its number and status, and writes it.
func (k Keeper) claim(ctx context.Context, institution uint64, w copyright.Work) (copyright.Work, error) {
	s, err := k.count(ctx, institution, func(s *copyright.Strikes) { s.Works++ })
	if err != nil {
		return w, err
	}
	w.Id = copyright.WorkId{Institution: institution, Number: s.Works}
	w.RegisteredAt, w.RegisteredHeight = now(ctx), height(ctx)
	if len(w.Custodians) == 0 {
		if err := k.openWindow(ctx, &w); err != nil {
			return w, err
		}
	}
	w.Status = w.Undecided()
	if err := k.enterWork(ctx, w); err != nil {
		return w, err
	}
	return w, emit(ctx, &copyright.EventWorkChanged{Work: w.Id, Status: w.Status})
}

// openWindow lets the challenge period of a claim begin.
func (k Keeper) openWindow(ctx context.Context, w *copyright.Work) error {
	p, err := k.params.Get(ctx)
	w.UpheldAt = new(now(ctx).Add(p.ChallengePeriod))
	if w.OpenContests > 0 {
		w.PausedAt = new(now(ctx))
	}
	return err
}

// WithdrawWork implements copyright.MsgServer.
func (m msgServer) WithdrawWork(ctx context.Context, msg *copyright.MsgWithdrawWork) (*copyright.MsgWithdrawWorkResponse, error) {
	w, err := m.k.claimedBy(ctx, msg.Officer, msg.Work)
	if err != nil {
		return nil, err
	}
	if !w.Stands() {
		return nil, wrongWork(w, "it is given up once")
	}
	if err := m.k.checkUnlicensed(ctx, w); err != nil {
		return nil, err
	}
	if w.OpenContests > 0 {
		if _, err := m.k.count(ctx, w.Id.Institution, func(s *copyright.Strikes) { s.Yielded++ }); err != nil {
			return nil, err
		}
	}
	if err := m.k.closeContests(ctx, &w, copyright.CONTEST_STATUS_SUSTAINED); err != nil {
		return nil, err
	}
	w.Status = copyright.WORK_STATUS_WITHDRAWN
	return &copyright.MsgWithdrawWorkResponse{}, m.k.changeWork(ctx, w)
}

// claimedBy returns a work that the signer's institution claims, or ErrNotParty.
func (k Keeper) claimedBy(ctx context.Context, officer string, id copyright.WorkId) (copyright.Work, error) {
	institution, _, err := k.rightsOfficer(ctx, officer)
	if err != nil {
		return copyright.Work{}, err
	}
	w, err := k.work(ctx, id)
	if err == nil && id.Institution != institution {
		err = errorsmod.Wrapf(copyright.ErrNotParty, "institution %d claims work (%d, %d), not %d", id.Institution, id.Institution, id.Number, institution)
	}
	return w, err
}

// checkUnlicensed fails if a licence of a work is in force.
func (k Keeper) checkUnlicensed(ctx context.Context, w copyright.Work) error {
	inForce := new(collections.Range[[]byte]).
		StartInclusive(join(w.Id.Institution, w.Id.Number, uint64(now(ctx).Unix())+1)).
		EndExclusive(join(w.Id.Institution, w.Id.Number+1))
	it, err := k.openLicences.Iterate(ctx, inForce)
	if err != nil {
		return err
	}
	defer it.Close()
	if !it.Valid() {
		return nil
	}
	key, err := it.Key()
	if err != nil {
		return err
	}
	return wrongWork(w, "licence %d of it is in force", split(key)[3])
}

func wrongWork(w copyright.Work, format string, args ...any) error {
	return errorsmod.Wrapf(errorsmod.Wrapf(copyright.ErrWrongStatus, "work (%d, %d) is %s", w.Id.Institution, w.Id.Number, w.Status), format, args...)
}
