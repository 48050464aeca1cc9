package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/records"
)

func (f *fixture) export(t testing.TB) *records.GenesisState {
	t.Helper()
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	return gs
}

func TestGenesisRoundTrip(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, 300, 2)
	for _, msg := range []*records.MsgAnchorBatch{f.batchOf(300, 1), f.batchOf(2, 2)} {
		_, err := f.deliver(msg)
		require.NoError(t, err)
	}
	_, err := f.deliver(&records.MsgAnchorRecords{Vault: f.vault2, Records: []records.NewRecord{{Sequence: 1, Leaf: dataset()}}})
	require.NoError(t, err)
	before := f.export(t)
	require.Len(t, before.Records, 3)
	require.Len(t, before.Batches, 2)
	require.NoError(t, before.Validate())

	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, before))
	require.NoError(t, g.keeper.CheckInvariants(g.ctx))
	require.Equal(t, before, g.export(t))

	_, err = g.deliver(g.batchOf(3, 1))
	require.ErrorIs(t, err, records.ErrRootExists, "indexes are rebuilt")
}

func TestAnInvalidGenesisIsNotWritten(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, 1, 2)
	gs := f.export(t)
	gs.Records[0], gs.Records[1] = gs.Records[1], gs.Records[0]

	g := newFixture(t)
	require.ErrorIs(t, g.keeper.InitGenesis(g.ctx, gs), records.ErrGenesisOrder)
	require.Empty(t, g.export(t).Records)
}

func TestGenesisDoesNotOverwriteAStore(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, 1)
	require.ErrorIs(t, f.keeper.InitGenesis(f.ctx, f.export(t)), records.ErrRecordExists)
}
