package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// TestARandomHistoryIsThatOfANaiveModel sends random messages of random people. Each is
// accepted exactly if a model that knows no floors, indexes and counts accepts it: so no
// work is ever made from one that was not licensed for it, and no licence is offered that
// is weaker than any on any way up.
func TestARandomHistoryIsThatOfANaiveModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, m := newFixture(t), newNaive()
		f.records.becomes(held[4], records.RECORD_STATUS_ERASED, 3)
		h := history{f, rt, m}
		h.begin()
		for range 60 {
			if h.number(10) == 1 {
				f.after(pick(h, time.Second, day, day, 20*day, 31*day))
				require.NoError(rt, f.keeper.EndBlock(f.ctx))
			} else {
				f.step(rt, m, h.draw())
			}
			require.NoError(rt, f.keeper.CheckInvariants(f.ctx))
			f.compare(rt, m)
		}
		f.lineage(rt)
		f.told(rt, m)
		g := newFixture(t)
		require.NoError(rt, g.keeper.InitGenesis(g.ctx, f.export(rt)))
		require.Equal(rt, f.dump(), g.dump())
	})
}

// step delivers a message, holds its outcome against the model's and applies it.
func (f *fixture) step(rt *rapid.T, m *naive, msg sdk.Msg) {
	before := f.dump()
	want := m.accepts(f, msg)
	res, err := f.deliver(msg)
	require.Equal(rt, want, err == nil, "%T %v: %v", msg, msg, err)
	if err != nil {
		require.Equal(rt, before, f.dump())
		return
	}
	m.apply(f, msg, res.MsgResponses[0].GetCachedValue())
}

// compare holds the works and licences against the model's.
func (f *fixture) compare(rt *rapid.T, m *naive) {
	gs := f.export(rt)
	require.Len(rt, gs.Works, len(m.works))
	require.Len(rt, gs.Licences, len(m.licences))
	for _, stored := range gs.Works {
		w := m.works[stored.Id]
		require.Equal(rt, w.status(f.now()), stored.Settled(f.now()).Status, "work %v", stored.Id)
		require.EqualValues(rt, w.open(), stored.OpenContests)
		require.Equal(rt, stored.Reserves() && len(stored.Root) > 0, w.stands() && len(w.attested) > 0 && len(w.attested) == len(w.msg.Custodians))
	}
	for _, l := range gs.Licences {
		require.Equal(rt, m.licences[l.Id].inForce(f.now()), l.InForce(f.now()), "licence %v", l.Id)
	}
}

// lineage checks what must hold of every work that ever was: shares add up, walking up
// ends after as many steps as its depth says, and its floor is as strict as each parent's
// floor and licence.
func (f *fixture) lineage(rt *rapid.T) {
	works, licences := map[copyright.WorkId]copyright.Work{}, map[access.LicenceId]copyright.Licence{}
	gs := f.export(rt)
	for _, l := range gs.Licences {
		licences[l.Id] = l
	}
	for _, w := range gs.Works {
		works[w.Id] = w
	}
	var walk func(id copyright.WorkId, steps int) uint32
	walk = func(id copyright.WorkId, steps int) (depth uint32) {
		require.LessOrEqual(rt, steps, len(works), "a cycle")
		for _, p := range works[id].Parents {
			depth = max(depth, 1+walk(p.Work, steps+1))
		}
		return depth
	}
	for _, w := range gs.Works {
		share := uint32(0)
		for _, c := range w.Contributors {
			share += c.Share
		}
		require.EqualValues(rt, copyright.WholeShare, share)
		require.Equal(rt, w.Depth, walk(w.Id, 1))
		for _, p := range w.Parents {
			if above := works[p.Work].Floor; above != nil {
				require.Empty(rt, w.Floor.Weaker(*above))
			}
			if p.Licence == 0 {
				require.Equal(rt, w.Id.Institution, p.Work.Institution)
				continue
			}
			l, known := licences[access.LicenceId{Institution: p.Work.Institution, Number: p.Licence}]
			require.True(rt, known && l.Work == p.Work && l.Licensee == w.Id.Institution && l.GrantedAt != nil && !w.RegisteredAt.Before(*l.GrantedAt))
			if l.Terms.Derivatives != copyright.DERIVATIVES_SHARE_ALIKE {
				l.Terms.Spdx = ""
			}
			require.Empty(rt, w.Floor.Weaker(l.Terms))
		}
	}
}

// told lets all notices arrive and checks that each reached whatever was downstream when
// it happened, once.
func (f *fixture) told(rt *rapid.T, m *naive) {
	for len(f.export(rt).Pending) > 0 {
		require.NoError(rt, f.keeper.EndBlock(f.ctx))
	}
	require.NoError(rt, f.keeper.CheckInvariants(f.ctx))
	type arrival struct {
		work, origin copyright.WorkId
		index        uint64
	}
	arrived := map[arrival]int{}
	of := map[copyright.WorkId][]uint64{} // the indexes of what happened to each work
	for _, n := range f.export(rt).Notices {
		arrived[arrival{n.Work, n.Origin, n.OriginIndex}]++
		if n.Work == n.Origin {
			of[n.Origin] = append(of[n.Origin], n.OriginIndex)
		}
	}
	for id, w := range m.works {
		require.Len(rt, of[id], len(w.downstream))
		for i, below := range w.downstream {
			for _, work := range below {
				require.Equal(rt, 1, arrived[arrival{work, id, of[id][i]}], "%v of %v at %v", of[id][i], id, work)
			}
		}
	}
	for _, times := range arrived {
		require.Equal(rt, 1, times)
	}
}
