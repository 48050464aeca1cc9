package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

// everything is a fixture whose every store holds something.
func everything(t testing.TB) *fixture {
	t.Helper()
	f := released(t)
	f.do(t, enrolment(8), template(1, treatment()), template(2, research()), policy(access.BASIS_POLICY, treatment()), approval(),
		adopt(version2, nil), withdraw(1), delegate("patient1", "proxy", proxy, &autumn), propose("friend"))
	f.after(time.Hour + time.Second/3)
	f.do(t, glass(), glass(), review("officer1", 2, access.REVIEW_OUTCOME_JUSTIFIED), report(nil, happened(1)),
		dispute("clinician2", 1, access.DISPUTE_REASON_NO_KEY), &access.MsgReceive{Requester: of("emergency2"), Subject: anna, Disclosure: 5},
		&access.MsgRefuse{Officer: of("officer1"), Ticket: f.ticket(t, askForOneself()), Ground: access.REFUSAL_GROUND_HARM})
	return f
}

func TestGenesisRoundTrip(t *testing.T) {
	f := everything(t)
	before := f.export(t)
	require.NoError(t, before.Validate())
	for name, n := range map[string]int{
		"subjects": len(before.Subjects), "consents": len(before.Consents), "disclosures": len(before.Disclosures), "tickets": len(before.Tickets),
		"last tickets": len(before.LastTickets), "reviews": len(before.Reviews), "conducts": len(before.Conducts), "templates": len(before.Templates),
		"policies": len(before.Policies), "studies": len(before.Studies), "journals": len(before.Journals), "receipts": len(before.Receipts),
	} {
		require.NotZero(t, n, name)
	}

	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, before))
	require.NoError(t, g.keeper.CheckInvariants(g.ctx))
	require.Equal(t, before, g.export(t))
	require.Equal(t, f.dump(), g.dump(), "indexes and queues too")
}

func TestAGenesisWithoutPrunedEntriesIsTaken(t *testing.T) {
	f := everything(t)
	f.retainDay(t)
	f.after(2 * day)
	f.endBlock(t)
	gs := f.export(t)
	require.Len(t, gs.Disclosures, 2, "those that wait for their review")
	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, gs))
	require.Equal(t, f.dump(), g.dump())
}
