package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

func TestAnchoredRecordsAreFoundWithHeightAndTime(t *testing.T) {
	f := newFixture(t)
	events, err := f.deliver(&records.MsgAnchorRecords{Vault: f.vault2, Number: 9, Records: []records.Leaf{leaf(7), dataset()}})
	require.NoError(t, err)

	for i, want := range []records.Leaf{leaf(7), dataset()} {
		id := records.RecordId{Institution: 2, Batch: 9, Leaf: uint64(i)}
		got, err := f.keeper.Record(f.ctx, id)
		require.NoError(t, err)
		require.Equal(t, records.Record{Id: id, Leaf: want, AnchoredHeight: height, AnchoredAt: now}, got)
	}
	require.Equal(t, &records.EventBatchAnchored{Institution: 2, Number: 9, Leaves: 2, Listed: true}, onlyEvent(t, events))
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
}

func TestAnAnchoredBatchIsStoredWithHeightAndTime(t *testing.T) {
	f := newFixture(t)
	events, err := f.deliver(f.batchOf(4, 0xAB))
	require.NoError(t, err)

	res, err := f.queries.Batch(f.ctx, &records.QueryBatchRequest{Institution: 1, Number: 4})
	require.NoError(t, err)
	require.Equal(t, records.Batch{
		Id: records.BatchId{Institution: 1, Number: 4}, Root: commitment(0xAB), Leaves: 1000,
		AnchoredHeight: height, AnchoredAt: now,
	}, res.Batch)
	require.Equal(t, &records.EventBatchAnchored{Institution: 1, Number: 4, Leaves: 1000}, onlyEvent(t, events))
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
}

func TestNumbersAndRootsOfOneInstitutionDoNotBindAnother(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.listed(1, leaf(7)), f.batchOf(2, 1),
		&records.MsgAnchorRecords{Vault: f.vault2, Number: 1, Records: leaves(7)},
		&records.MsgAnchorBatch{Vault: f.vault2, Number: 2, Root: commitment(1), Leaves: 1})
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
}

func TestAnchorRecordsRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fixture, *records.MsgAnchorRecords)
		err  error
	}{
		"a stranger":        {func(f *fixture, m *records.MsgAnchorRecords) { m.Vault = f.stranger }, errNoVault},
		"no records":        {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records = nil }, records.ErrLeafCount},
		"too many records":  {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records = leaves(slices.Repeat([]uint64{7}, 101)...) }, records.ErrLeafCount},
		"number zero":       {func(_ *fixture, m *records.MsgAnchorRecords) { m.Number = 0 }, records.ErrZeroNumber},
		"a used number":     {func(_ *fixture, m *records.MsgAnchorRecords) { m.Number = 1 }, records.ErrBatchExists},
		"a batch's number":  {func(_ *fixture, m *records.MsgAnchorRecords) { m.Number = 2 }, records.ErrBatchExists},
		"no class":          {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Descriptor_.Class = 0 }, records.ErrUnknownClass},
		"an unlisted class": {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Descriptor_.Class = 99 }, records.ErrUnknownClass},
		"no size":           {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Descriptor_.Size_ = 0 }, records.ErrUnknownSize},
		"an unlisted size":  {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Descriptor_.Size_ = 99 }, records.ErrUnknownSize},
		"a missing subject": {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Descriptor_.Subject = nil }, records.ErrInvalidSubject},
		"a zero subject":    {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Descriptor_.Subject.Number = 0 }, records.ErrInvalidSubject},
		"a channel":         {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Descriptor_.Channel = 5 }, records.ErrUnknownChannel},
		"a short content":   {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Content = make([]byte, 31) }, records.ErrInvalidCommitment},
		"a missing sealed":  {func(_ *fixture, m *records.MsgAnchorRecords) { m.Records[1].Sealed = nil }, records.ErrInvalidCommitment},
		"a dataset with a subject": {func(_ *fixture, m *records.MsgAnchorRecords) {
			m.Records[1].Descriptor_.Class = records.RECORD_CLASS_DATASET
		}, records.ErrInvalidSubject},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.anchor(t, f.listed(1, leaves(slices.Repeat([]uint64{7}, records.MaxListedLeaves)...)...), f.batchOf(2, 1))
			before := f.export(t)

			msg := f.listed(3, leaf(7), leaf(8))
			tc.edit(f, msg)
			_, err := f.deliver(msg)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, before, f.export(t))
			require.NoError(t, f.keeper.CheckInvariants(f.ctx))
		})
	}
}

func TestAnchorBatchRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fixture, *records.MsgAnchorBatch)
		err  error
	}{
		"a stranger":      {func(f *fixture, m *records.MsgAnchorBatch) { m.Vault = f.stranger }, errNoVault},
		"number zero":     {func(_ *fixture, m *records.MsgAnchorBatch) { m.Number = 0 }, records.ErrZeroNumber},
		"a used number":   {func(_ *fixture, m *records.MsgAnchorBatch) { m.Number = 1 }, records.ErrBatchExists},
		"a repeated root": {func(_ *fixture, m *records.MsgAnchorBatch) { m.Root = commitment(1) }, records.ErrRootExists},
		"a long root":     {func(_ *fixture, m *records.MsgAnchorBatch) { m.Root = make([]byte, 33) }, records.ErrInvalidCommitment},
		"no leaves":       {func(_ *fixture, m *records.MsgAnchorBatch) { m.Leaves = 0 }, records.ErrLeafCount},
		"too many leaves": {func(_ *fixture, m *records.MsgAnchorBatch) { m.Leaves = records.MaxBatchLeaves + 1 }, records.ErrLeafCount},
		"a channel":       {func(_ *fixture, m *records.MsgAnchorBatch) { m.Channel = 5 }, records.ErrUnknownChannel},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.anchor(t, f.batchOf(1, 1))
			before := f.export(t)

			msg := f.batchOf(2, 2)
			tc.edit(f, msg)
			_, err := f.deliver(msg)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, before, f.export(t))
			require.NoError(t, f.keeper.CheckInvariants(f.ctx))
		})
	}
}

func TestAVaultThatIsNoAddressIsRefused(t *testing.T) {
	f := newFixture(t)
	_, err := f.deliver(&records.MsgAnchorRecords{Vault: "vault", Number: 1, Records: leaves(7)})
	require.ErrorContains(t, err, `vault "vault" is not an account address`)
}

func onlyEvent(t *testing.T, events sdk.Events) any {
	t.Helper()
	require.Len(t, events, 1)
	event, err := sdk.ParseTypedEvent(events.ToABCIEvents()[0])
	require.NoError(t, err)
	return event
}
