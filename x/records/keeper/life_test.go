package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

func recordID(batch, leaf uint64) records.RecordId {
	return records.RecordId{Institution: 1, Batch: batch, Leaf: leaf}
}

func ref(batch, leaf uint64) records.RecordRef { return records.RecordRef{Id: recordID(batch, leaf)} }

// shown returns a reference to the first of two leaves that only their root is
// known of, and the message that anchors the root.
func (f *fixture) shown(number uint64, first records.Leaf) (records.RecordRef, *records.MsgAnchorBatch) {
	hash := func(l records.Leaf) []byte { return rfc6962.DefaultHasher.HashLeaf(records.LeafBytes(l)) }
	sibling := hash(dataset())
	msg := f.batchOf(number, 0)
	msg.Root, msg.Leaves = rfc6962.DefaultHasher.HashChildren(hash(first), sibling), 2
	return records.RecordRef{Id: recordID(number, 0), Leaf: &first, Path: [][]byte{sibling}}, msg
}

func (f *fixture) replace(record, successor records.RecordRef) *records.MsgReplaceRecord {
	return &records.MsgReplaceRecord{
		Vault: f.vault1, Record: record, Successor: successor,
		Status: records.RECORD_STATUS_AMENDED, Reason: records.RECORD_REASON_CORRECTION,
	}
}

func (f *fixture) retract(record records.RecordRef) *records.MsgRetractRecord {
	return &records.MsgRetractRecord{Vault: f.vault1, Record: record, Reason: records.RECORD_REASON_ENTERED_IN_ERROR}
}

func (f *fixture) offer(record records.RecordRef, to uint64) *records.MsgOfferCustody {
	return &records.MsgOfferCustody{Vault: f.vault1, Record: record, To: to}
}

func (f *fixture) erase(record records.RecordRef) *records.MsgEraseRecord {
	return &records.MsgEraseRecord{Vault: f.vault1, Record: record, Basis: records.ERASURE_BASIS_CONSENT_WITHDRAWN}
}

// standing returns what became of a record of batch b.
func (f *fixture) standing(t *testing.T, id records.RecordId) records.Standing {
	t.Helper()
	res, err := f.queries.Standing(f.ctx, &records.QueryStandingRequest{Institution: id.Institution, Batch: id.Batch, Leaf: id.Leaf})
	require.NoError(t, err)
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
	return res.Standing
}

func TestVersionsAreLinkedBothWays(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.listed(1, leaves(7, 7, 7)...), f.replace(ref(1, 0), ref(1, 1)), f.replace(ref(1, 1), ref(1, 2)))

	first, second, third := recordID(1, 0), recordID(1, 1), recordID(1, 2)
	require.Equal(t, records.Standing{
		Id: second, Leaf: leaf(7), Status: records.RECORD_STATUS_AMENDED, Custodian: 1, Reason: records.RECORD_REASON_CORRECTION,
		Predecessor: &first, Successor: &third, ChangedHeight: height, ChangedAt: now,
	}, f.standing(t, second))
	require.Equal(t, &second, f.standing(t, first).Successor)
	require.Equal(t, records.RECORD_STATUS_IN_FORCE, f.standing(t, third).Status)
	require.Equal(t, &second, f.standing(t, third).Predecessor)
}

func TestALeafIsBroughtOnChainByItsPathOnce(t *testing.T) {
	f := newFixture(t)
	record, anchor := f.shown(1, leaf(7))
	f.anchor(t, anchor, f.offer(record, 2), f.offer(ref(1, 0), 0)) // its leaf is known from then on
	require.Equal(t, leaf(7), f.standing(t, record.Id).Leaf)
}

func TestCustodyMovesOnlyWhenItIsAccepted(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.listed(1, leaf(7)), f.offer(ref(1, 0), 2))
	offers, err := f.queries.Offers(f.ctx, &records.QueryOffersRequest{Institution: 2})
	require.NoError(t, err)
	require.Equal(t, []records.Standing{f.standing(t, recordID(1, 0))}, offers.Standings)
	f.anchor(t, f.retract(ref(1, 0))) // the custodian still is who it was

	f.anchor(t, &records.MsgAcceptCustody{Vault: f.vault2, Record: recordID(1, 0)})
	kept := f.standing(t, recordID(1, 0))
	require.EqualValues(t, 2, kept.Custodian)
	require.Equal(t, records.RECORD_STATUS_RETRACTED, kept.Status)
	_, err = f.deliver(f.erase(ref(1, 0)))
	require.ErrorIs(t, err, records.ErrNotCustodian)
	offers, err = f.queries.Offers(f.ctx, &records.QueryOffersRequest{Institution: 2})
	require.NoError(t, err)
	require.Empty(t, offers.Standings)
}

func TestNothingHappensToAnErasedRecord(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.listed(1, leaves(7, 7)...), f.offer(ref(1, 0), 2), f.erase(ref(1, 0)))
	erased := f.standing(t, recordID(1, 0))
	require.Equal(t, records.RECORD_STATUS_ERASED, erased.Status)
	require.Zero(t, erased.OfferedTo)
	for _, msg := range []sdk.Msg{
		f.retract(ref(1, 0)), f.erase(ref(1, 0)), f.offer(ref(1, 0), 2), f.replace(ref(1, 0), ref(1, 1)), f.replace(ref(1, 1), ref(1, 0)),
	} {
		_, err := f.deliver(msg)
		require.ErrorIs(t, err, records.ErrWrongStatus)
	}
	_, err := f.deliver(&records.MsgAcceptCustody{Vault: f.vault2, Record: recordID(1, 0)})
	require.ErrorIs(t, err, records.ErrInvalidOffer)
	require.Equal(t, erased, f.standing(t, recordID(1, 0)))
}

func TestWhatHappenedToARecordSurvivesARestart(t *testing.T) {
	f := newFixture(t)
	record, anchor := f.shown(2, leaf(7))
	f.anchor(t, anchor, f.listed(1, leaves(7, 7)...), f.replace(ref(1, 0), record), f.offer(ref(1, 1), 2))
	before := f.export(t)
	require.Len(t, before.Standings, 3)
	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, before))
	require.NoError(t, g.keeper.CheckInvariants(g.ctx))
	require.Equal(t, before, g.export(t))

	before.Standings[0].Leaf.Sealed = commitment(9)
	h := newFixture(t)
	require.ErrorIs(t, h.keeper.InitGenesis(h.ctx, before), records.ErrInvalidLeaf)
}

func TestAChangeIsRefused(t *testing.T) {
	f := newFixture(t)
	record, anchor := f.shown(5, leaf(7))
	f.anchor(t, anchor, f.listed(1, leaf(7), leaf(8), dataset(), leaf(7), leaf(7)), f.replace(ref(1, 3), ref(1, 4)), f.retract(ref(1, 1)))
	shown := func(change func(*records.RecordRef)) records.RecordRef {
		r := record
		change(&r)
		return r
	}
	other := leaf(8)
	for name, tc := range map[string]struct {
		msg sdk.Msg
		err error
	}{
		"no such batch":         {f.retract(ref(9, 0)), records.ErrBatchNotFound},
		"no such leaf":          {f.retract(ref(1, 5)), records.ErrRecordNotFound},
		"batch zero":            {f.retract(ref(0, 0)), records.ErrZeroNumber},
		"a leaf out of range":   {f.retract(ref(1, 1<<20)), records.ErrLeafCount},
		"a leaf not shown":      {f.retract(ref(5, 0)), records.ErrLeafNotShown},
		"no path":               {f.retract(shown(func(r *records.RecordRef) { r.Path = nil })), records.ErrWrongPath},
		"a long path":           {f.retract(shown(func(r *records.RecordRef) { r.Path = append(r.Path[:1:1], commitment(1)) })), records.ErrWrongPath},
		"another leaf":          {f.retract(shown(func(r *records.RecordRef) { r.Leaf = &other })), records.ErrWrongPath},
		"another place":         {f.retract(shown(func(r *records.RecordRef) { r.Id.Leaf = 1 })), records.ErrWrongPath},
		"a place behind all":    {f.retract(shown(func(r *records.RecordRef) { r.Id.Leaf = 2 })), records.ErrWrongPath},
		"a listed leaf, wrong":  {f.retract(records.RecordRef{Id: recordID(1, 0), Leaf: &other}), records.ErrWrongPath},
		"another's record":      {&records.MsgRetractRecord{Vault: f.vault2, Record: ref(1, 0), Reason: 5}, records.ErrNotCustodian},
		"a stranger":            {&records.MsgRetractRecord{Vault: f.stranger, Record: ref(1, 0), Reason: 5}, errNoVault},
		"retracted twice":       {f.retract(ref(1, 1)), records.ErrWrongStatus},
		"no reason":             {&records.MsgRetractRecord{Vault: f.vault1, Record: ref(1, 0)}, records.ErrInvalidReason},
		"a reason to amend":     {&records.MsgRetractRecord{Vault: f.vault1, Record: ref(1, 0), Reason: 1}, records.ErrInvalidReason},
		"no basis":              {&records.MsgEraseRecord{Vault: f.vault1, Record: ref(1, 0)}, records.ErrInvalidBasis},
		"an unlisted basis":     {&records.MsgEraseRecord{Vault: f.vault1, Record: ref(1, 0), Basis: 6}, records.ErrInvalidBasis},
		"replaced by itself":    {f.replace(ref(1, 0), ref(1, 0)), records.ErrInvalidSuccessor},
		"another subject":       {f.replace(ref(1, 4), shown(func(r *records.RecordRef) { r.Id = recordID(1, 2); r.Leaf = nil })), records.ErrInvalidSuccessor},
		"replaced twice":        {f.replace(ref(1, 3), ref(1, 0)), records.ErrWrongStatus},
		"a second predecessor":  {f.replace(ref(1, 0), ref(1, 4)), records.ErrInvalidSuccessor},
		"a replaced successor":  {f.replace(ref(1, 0), ref(1, 3)), records.ErrInvalidSuccessor},
		"a retracted successor": {f.replace(ref(1, 0), ref(1, 1)), records.ErrInvalidSuccessor},
		"a status to be":        {&records.MsgReplaceRecord{Vault: f.vault1, Record: ref(1, 0), Successor: ref(1, 4), Status: 5, Reason: 1}, records.ErrWrongStatus},
		"a reason to supersede": {&records.MsgReplaceRecord{Vault: f.vault1, Record: ref(1, 0), Successor: ref(1, 4), Status: 2, Reason: 3}, records.ErrInvalidReason},
		"offered to itself":     {f.offer(ref(1, 0), 1), records.ErrInvalidOffer},
		"offered to nobody":     {f.offer(ref(1, 0), 0), records.ErrInvalidOffer},
		"offered to a stranger": {f.offer(ref(1, 0), 9), errNoMember},
		"accepted unasked":      {&records.MsgAcceptCustody{Vault: f.vault2, Record: recordID(1, 0)}, records.ErrInvalidOffer},
	} {
		t.Run(name, func(t *testing.T) {
			before := f.export(t)
			_, err := f.deliver(tc.msg)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, before, f.export(t))
		})
	}
}
