package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// everything is a fixture whose every store holds something: institution 1's dataset
// (1, 1) is upheld and licensed, 2 made (2, 1) and (2, 2) from it, 3 has a contested, a
// yielded and a rejected claim on parts of it.
func everything(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t)
	w := f.attested(t, joint())
	f.after(time.Hour)
	part := dataset(held[2:4]...)
	part.Officer, part.Custodians = officer(3), []uint64{3}
	second, third, fourth := f.register(t, part), f.register(t, model(3)), f.register(t, part)
	f.do(t, overlap(w, second), contest(second, 2), &copyright.MsgWithdrawContest{Officer: officer(2), Work: second.Id, Index: 2},
		contest(third, 1), withdrawWork(third), attestation(fourth, 3), about(fourth, 4, copyright.GROUND_COPY, w), decide(fourth, true),
		decide(fourth, false))
	f.after(31 * day)
	f.endBlock(t)
	strict := with(func(t *copyright.Terms) {
		t.Derivatives, t.Period, t.Withdrawal = copyright.DERIVATIVES_BY_APPROVAL, 90*day, copyright.WITHDRAWAL_REPLACE
	})
	id := f.licensed(t, w, strict, 2)
	ended, refused := f.licensed(t, w, liberal(), 3), f.requested(t, w, liberal(), 3)
	f.requested(t, w, strict, 4)
	f.do(t, approve(id, 2), breach(id), terminate(3, ended), &copyright.MsgAnswerLicence{Officer: officer(1), Licence: refused},
		&copyright.MsgCloseOffer{Officer: officer(1), Work: w.Id, Index: 2})
	child := f.register(t, model(2, trained(w.Id, id.Number)))
	f.register(t, model(2, trained(child.Id, 0)))
	f.after(time.Hour)
	f.do(t, notify(1, w, copyright.CAUSE_WITHDRAWN, proven(held, 0)...))
	f.endBlock(t)
	f.do(t, notify(2, w, copyright.CAUSE_WITHDRAWN, proven(held, 3)...))
	return f
}

func TestGenesisRoundTrip(t *testing.T) {
	f := everything(t)
	before := f.export(t)
	require.NoError(t, before.Validate())
	for name, n := range map[string]int{
		"works": len(before.Works), "contests": len(before.Contests), "offers": len(before.Offers), "licences": len(before.Licences),
		"notices": len(before.Notices), "pending": len(before.Pending), "strikes": len(before.Strikes),
	} {
		require.NotZero(t, n, name)
	}
	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, before))
	require.NoError(t, g.keeper.CheckInvariants(g.ctx))
	require.Equal(t, before, g.export(t))
	require.Equal(t, f.dump(), g.dump(), "indexes and queues too")
	for _, chain := range []*fixture{f, g} {
		chain.endBlock(t)
	}
	require.Equal(t, f.dump(), g.dump(), "what was on its way goes on")
}

func TestGenesisKeepsHowFarANoticeHasCome(t *testing.T) {
	f := everything(t)
	f.register(t, revision(f.work(t, copyright.WorkId{Institution: 1, Number: 1})))
	gs := f.export(t)
	gs.Pending[0].After = &gs.Works[1].Id // the revision knows of it
	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, gs))
	require.Equal(t, 2, g.endBlock(t), "the derivative and what was made from it")
	require.Empty(t, g.notices(t, gs.Works[1].Id))
}

func TestWhoContributesTwiceIsNoGenesis(t *testing.T) {
	gs := everything(t).export(t)
	gs.Works[0].Contributors[1].Account = gs.Works[0].Contributors[0].Account
	g := newFixture(t)
	require.ErrorContains(t, g.keeper.InitGenesis(g.ctx, gs), "is named twice")
}

func TestGenesisRefusesAccountsInOtherText(t *testing.T) {
	for name, damage := range map[string]func(*copyright.GenesisState){
		"claimant":    func(gs *copyright.GenesisState) { gs.Works[0].Claimant = "me" },
		"contributor": func(gs *copyright.GenesisState) { gs.Works[0].Contributors[0].Account = "me" },
		"vault":       func(gs *copyright.GenesisState) { gs.Works[0].Attestations[0].Vault = "me" },
		"contestant":  func(gs *copyright.GenesisState) { gs.Contests[0].RaisedBy = "me" },
		"requester":   func(gs *copyright.GenesisState) { gs.Licences[0].Requester = "me" },
	} {
		t.Run(name, func(t *testing.T) {
			gs := everything(t).export(t)
			damage(gs)
			require.NoError(t, gs.Validate())
			g := newFixture(t)
			err := g.keeper.InitGenesis(g.ctx, gs)
			require.ErrorIs(t, err, copyright.ErrGenesis)
			require.ErrorContains(t, err, `"me" is not an account address in lower case`)
		})
	}
}

func TestAnInvalidGenesisIsRefused(t *testing.T) {
	g := newFixture(t)
	require.ErrorIs(t, g.keeper.InitGenesis(g.ctx, &copyright.GenesisState{}), copyright.ErrInvalid)
}
