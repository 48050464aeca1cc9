package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/access"
)

// indexed counts the keys of the index store under a prefix.
func (f *fixture) indexed(prefix []byte) int {
	it := storetypes.KVStorePrefixIterator(f.ctx.KVStore(f.indexKey), prefix)
	defer it.Close()
	n := 0
	for ; it.Valid(); it.Next() {
		n++
	}
	return n
}

func (f *fixture) endBlock(t testing.TB) {
	t.Helper()
	require.NoError(t, f.keeper.EndBlock(f.ctx))
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
}

// retainDay sets the shortest retention.
func (f *fixture) retainDay(t testing.TB) {
	t.Helper()
	f.setParams(t, func(p *access.Params) { p.Retention = day })
}

func TestWhatIsOldLeavesTheStateAndItsHeadStays(t *testing.T) {
	f := released(t)
	f.do(t, dispute("clinician2", 1, access.DISPUTE_REASON_NO_KEY), withdraw())
	f.retainDay(t)
	s := f.subject(t, anna)
	f.after(day)
	f.endBlock(t)
	require.Len(t, f.export(t).Disclosures, 2, "they stay for the whole retention")
	f.after(1e9)
	f.endBlock(t)
	gs := f.export(t)
	require.Empty(t, gs.Disclosures)
	require.Empty(t, gs.Consents)
	require.Empty(t, gs.Receipts, "what is due goes with its entry")
	require.Zero(t, f.indexed(access.DisputesPrefix))
	require.Zero(t, f.indexed(access.DueReceiptsPrefix))
	require.Len(t, gs.Tickets, 1, "tickets stay for 30 days after their end")
	require.Equal(t, s, f.subject(t, anna), "head and counts stay")
	f.refuses(t, map[string]refusal{
		"a receipt":    {receive(1), access.ErrDisclosureNotFound, "1 of subject"},
		"a dispute":    {dispute("vault1", 1, access.DISPUTE_REASON_NO_RECEIPT), access.ErrDisclosureNotFound, "1 of subject"},
		"a withdrawal": {withdraw(2), access.ErrConsentNotFound, "count from 1 to 1"},
	})
	f.do(t, withdraw(1))

	f.grant(t, treatment())
	f.do(t, release(f.ticket(t, ask()), f.result()))
	require.EqualValues(t, 3, f.entry(t, anna, 3).Index)
	f.after(30 * day)
	f.endBlock(t)
	require.Len(t, f.export(t).Tickets, 1, "the first is gone")
	f.after(day + 1e9)
	f.endBlock(t)
	require.Empty(t, f.export(t).Tickets)
	require.Len(t, f.export(t).Consents, 1, "a consent that has not ended stays")
}

func TestARefusedTicketLeavesTheStateAfterItsRest(t *testing.T) {
	f := controlled(t)
	own := f.ticket(t, askForOneself())
	f.do(t, &access.MsgRefuse{Officer: of("officer1"), Ticket: own, Ground: access.REFUSAL_GROUND_HARM})
	f.after(30*day + 1e9)
	f.endBlock(t)
	require.Empty(t, f.export(t).Tickets)
}

func TestABlockDropsAtMost200ThingsTheOldestFirst(t *testing.T) {
	f := controlled(t)
	f.retainDay(t)
	for range access.MaxConsents {
		_, err := f.deliver(consent(treatment()))
		require.NoError(t, err)
	}
	id := f.ticket(t, ask())
	for range 10 {
		_, err := f.deliver(release(id, f.result()))
		require.NoError(t, err)
	}
	f.do(t, withdraw())
	f.after(day + 1e9)
	left := func() (consents, disclosures int) {
		f.endBlock(t)
		gs := f.export(t)
		return len(gs.Consents), len(gs.Disclosures)
	}
	consents, disclosures := left()
	require.Equal(t, []int{56, 10}, []int{consents, disclosures})
	require.EqualValues(t, 201, f.export(t).Consents[0].Index)
	consents, disclosures = left()
	require.Equal(t, []int{0, 0}, []int{consents, disclosures})
	before := f.dump()
	f.endBlock(t)
	require.Equal(t, before, f.dump())
}

// TestABrokenGlassStaysUntilItIsReviewed has the retention end before the review,
// which would otherwise have nothing left to be about and could never be made.
func TestABrokenGlassStaysUntilItIsReviewed(t *testing.T) {
	f := newFixture(t)
	f.retainDay(t)
	f.do(t, release(f.breakGlass(t, glass()), f.result()), report(nil, happened(1)),
		&access.MsgReceive{Requester: of("emergency2"), Subject: anna, Disclosure: 3})
	f.after(20 * day)
	f.endBlock(t)
	gs := f.export(t)
	require.Len(t, gs.Disclosures, 2)
	require.Equal(t, []uint64{1, 3}, []uint64{gs.Disclosures[0].Index, gs.Disclosures[1].Index})
	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, gs))
	require.Equal(t, gs, g.export(t))

	f.do(t, review("officer1", 1, access.REVIEW_OUTCOME_JUSTIFIED), review("officer1", 3, access.REVIEW_OUTCOME_JUSTIFIED))
	f.endBlock(t)
	gs = f.export(t)
	require.Len(t, gs.Disclosures, 2, "the reviews")
	require.Equal(t, access.DISCLOSURE_KIND_REVIEW, gs.Disclosures[0].Kind)
}

// TestTheRetentionOfTheDayIsForAll shortens the retention, which reaches what was
// entered under the longer one, so that no account is torn.
func TestTheRetentionOfTheDayIsForAll(t *testing.T) {
	f := released(t)
	f.after(2 * day)
	f.endBlock(t)
	require.Len(t, f.export(t).Disclosures, 1)
	f.retainDay(t)
	f.do(t, receive(1))
	f.endBlock(t)
	require.Len(t, f.export(t).Disclosures, 1, "the release is old, the receipt is not")
	require.Equal(t, access.DISCLOSURE_KIND_RECEIPT, f.export(t).Disclosures[0].Kind)
}
