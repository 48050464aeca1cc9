package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// CheckInvariants returns the first broken invariant of the module, or nil. Tests call
// it after every change; a running chain never does. What holds between stored values is
// what a genesis must hold too, see copyright.GenesisState.Validate.
func (k Keeper) CheckInvariants(ctx context.Context) error {
	gs, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	return firstError(gs.Validate(), k.checkAccounts(gs), k.checkKeys(ctx), k.checkIndexes(ctx, gs), k.checkReserved(ctx, gs))
}

// checkKeys checks that each value is stored under its own key.
func (k Keeper) checkKeys(ctx context.Context) error {
	return firstError(
		own(ctx, k.works, func(w copyright.Work) []uint64 { return []uint64{w.Id.Institution, w.Id.Number} }, split2),
		own(ctx, k.contests, func(c copyright.Contest) []uint64 { return part(c.Work, uint64(c.Index)) }, split3),
		own(ctx, k.offers, func(o copyright.Offer) []uint64 { return part(o.Work, uint64(o.Index)) }, split3),
		own(ctx, k.licences, func(l copyright.Licence) []uint64 { return []uint64{l.Id.Institution, l.Id.Number} }, split2),
		own(ctx, k.notices, func(n copyright.Notice) []uint64 { return part(n.Work, n.Index) }, split3),
		own(ctx, k.pending, func(p copyright.Pending) []uint64 { return []uint64{p.Notice.Notifier, p.Position} }, split2),
		own(ctx, k.strikes, func(s copyright.Strikes) []uint64 { return []uint64{s.Institution} }, split1),
	)
}

func own[K, V any](ctx context.Context, m collections.Map[K, V], want func(V) []uint64, split func(K) []uint64) error {
	return m.Walk(ctx, nil, func(key K, v V) (bool, error) {
		if !slices.Equal(split(key), want(v)) {
			return true, errorsmod.Wrapf(copyright.ErrInvariant, "a value of %s of key %v is stored under %v", m.GetName(), want(v), split(key))
		}
		return false, nil
	})
}

func part(work copyright.WorkId, index uint64) []uint64 {
	return []uint64{work.Institution, work.Number, index}
}

func split1(key uint64) []uint64 { return []uint64{key} }
func split2(key pair) []uint64   { return []uint64{key.K1(), key.K2()} }
func split3(key triple) []uint64 { return []uint64{key.K1(), key.K2(), key.K3()} }

// checkIndexes checks that each index holds exactly what it finds.
func (k Keeper) checkIndexes(ctx context.Context, gs *copyright.GenesisState) error {
	var roots, children, openLicences, openContests [][]byte
	held, told := make([][]byte, 0, len(gs.Licences)), make([][]byte, 0, len(gs.Notices))
	for _, w := range gs.Works {
		if len(w.Root) > 0 {
			roots = append(roots, rootKey(w))
		}
		for _, p := range w.Parents {
			children = append(children, childKey(p.Work, w.Id))
		}
	}
	for _, c := range gs.Contests {
		if c.Status == copyright.CONTEST_STATUS_OPEN {
			openContests = append(openContests, join(part(c.Work, uint64(c.Index))...))
		}
	}
	for _, l := range gs.Licences {
		held = append(held, heldKey(l))
		if l.Status == copyright.LICENCE_STATUS_GRANTED {
			openLicences = append(openLicences, openLicenceKey(l))
		}
	}
	for _, n := range gs.Notices {
		told = append(told, toldKey(n.Work, n))
	}
	return firstError(
		exactly(ctx, "works by root", k.roots, roots), exactly(ctx, "children", k.children, children),
		exactly(ctx, "licences by licensee", k.held, held), exactly(ctx, "open licences", k.openLicences, openLicences),
		exactly(ctx, "open contests", k.openContests, openContests), exactly(ctx, "notices by origin", k.told, told),
	)
}

// exactly fails unless an index holds exactly the wanted keys.
func exactly(ctx context.Context, name string, set collections.KeySet[[]byte], want [][]byte) error {
	slices.SortFunc(want, bytes.Compare)
	var got [][]byte
	err := set.Walk(ctx, nil, func(key []byte) (bool, error) {
		got = append(got, bytes.Clone(key))
		return false, nil
	})
	if err == nil && !slices.EqualFunc(got, want, bytes.Equal) {
		err = errorsmod.Wrapf(copyright.ErrInvariant, "the index of %s holds %x, want %x", name, got, want)
	}
	return err
}

// checkReserved checks that exactly the roots of works that reserve them are reserved,
// for these works.
func (k Keeper) checkReserved(ctx context.Context, gs *copyright.GenesisState) error {
	want := map[string]copyright.WorkId{}
	for _, w := range gs.Works {
		if len(w.Root) > 0 && w.Reserves() {
			want[string(w.Root)] = w.Id
		}
	}
	n := 0
	err := k.reserved.Walk(ctx, nil, func(root []byte, id copyright.WorkId) (bool, error) {
		n++
		if want[string(root)] != id {
			return true, errorsmod.Wrapf(copyright.ErrInvariant, "root %x is reserved for work (%d, %d), want %v", root, id.Institution, id.Number, want[string(root)])
		}
		return false, nil
	})
	if err == nil && n != len(want) {
		err = errorsmod.Wrapf(copyright.ErrInvariant, "%d roots are reserved, want %d", n, len(want))
	}
	return err
}
