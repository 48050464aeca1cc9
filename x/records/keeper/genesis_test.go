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
	f.anchor(t, f.batchOf(300, 1), f.batchOf(2, 2), f.listed(3, leaves(7, 8, 7)...),
		&records.MsgAnchorRecords{Vault: f.vault2, Number: 1, Records: []records.Leaf{dataset()}})
	before := f.export(t)
	require.Len(t, before.Batches, 4)
	require.NoError(t, before.Validate())

	g := newFixture(t)
	require.NoError(t, g.keeper.InitGenesis(g.ctx, before))
	require.NoError(t, g.keeper.CheckInvariants(g.ctx))
	require.Equal(t, before, g.export(t))

	_, err := g.deliver(g.batchOf(4, 1))
	require.ErrorIs(t, err, records.ErrRootExists, "indexes are rebuilt")
}

func TestAnInvalidGenesisIsNotWritten(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.batchOf(1, 1), f.batchOf(2, 2))
	gs := f.export(t)
	gs.Batches[0], gs.Batches[1] = gs.Batches[1], gs.Batches[0]

	g := newFixture(t)
	require.ErrorIs(t, g.keeper.InitGenesis(g.ctx, gs), records.ErrGenesisOrder)
	require.Empty(t, g.export(t).Batches)
}

func TestGenesisDoesNotOverwriteAStore(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.listed(1, leaf(7)))
	require.ErrorIs(t, f.keeper.InitGenesis(f.ctx, f.export(t)), records.ErrBatchExists)
}
