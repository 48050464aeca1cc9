package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// InitGenesis writes a state into empty stores, or fails if it is not valid. Indexes
// are rebuilt on the way.
func (k Keeper) InitGenesis(ctx context.Context, gs *copyright.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.checkAccounts(gs); err != nil {
		return err
	}
	return firstError(
		k.params.Set(ctx, gs.Params),
		write(ctx, gs.Works, k.enterWork),
		write(ctx, gs.Contests, k.putContest),
		write(ctx, gs.Offers, func(ctx context.Context, o copyright.Offer) error {
			return k.offers.Set(ctx, partKey(o.Work, uint64(o.Index)), o)
		}),
		write(ctx, gs.Licences, k.putLicence),
		write(ctx, gs.Notices, k.putNotice),
		write(ctx, gs.Pending, func(ctx context.Context, p copyright.Pending) error { return k.pending.Set(ctx, pendingKey(p), p) }),
		write(ctx, gs.Strikes, func(ctx context.Context, s copyright.Strikes) error { return k.strikes.Set(ctx, s.Institution, s) }),
	)
}

func write[T any](ctx context.Context, list []T, put func(context.Context, T) error) error {
	for _, v := range list {
		if err := put(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// checkAccounts fails unless each account is written as messages store it, and none
// contributes to a work twice.
func (k Keeper) checkAccounts(gs *copyright.GenesisState) error {
	var all []string
	for i, w := range gs.Works {
		named := map[string]bool{}
		for _, c := range w.Contributors {
			if named[c.Account] {
				return errorsmod.Wrapf(copyright.ErrGenesis, "works[%d]: contributor %s is named twice", i, c.Account)
			}
			named[c.Account] = true
			all = append(all, c.Account)
		}
		all = append(all, w.Claimant)
		for _, a := range w.Attestations {
			all = append(all, a.Vault)
		}
	}
	for _, c := range gs.Contests {
		all = append(all, c.RaisedBy)
	}
	for _, l := range gs.Licences {
		all = append(all, l.Requester)
	}
	for _, text := range all {
		if _, canonical, err := k.decode("account", text); err != nil || canonical != text {
			return errorsmod.Wrapf(copyright.ErrGenesis, "%q is not an account address in lower case", text)
		}
	}
	return nil
}

// ExportGenesis returns the whole state, each list in the order of keys.
func (k Keeper) ExportGenesis(ctx context.Context) (*copyright.GenesisState, error) {
	params, err := k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	gs := &copyright.GenesisState{Params: params}
	return gs, firstError(
		all(ctx, k.works, &gs.Works), all(ctx, k.contests, &gs.Contests), all(ctx, k.offers, &gs.Offers), all(ctx, k.licences, &gs.Licences),
		all(ctx, k.notices, &gs.Notices), all(ctx, k.pending, &gs.Pending), all(ctx, k.strikes, &gs.Strikes),
	)
}

// all appends the values of a map in the order of its keys.
func all[K, V any](ctx context.Context, m collections.Map[K, V], into *[]V) error {
	return m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		*into = append(*into, v)
		return false, nil
	})
}
