package keeper_test

import (
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// requireRoundTrip restarts the chain from its export and checks that nothing
// of it is lost, the validator set included.
func (f *fixture) requireRoundTrip() {
	f.t.Helper()
	gs, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	gs.Predecessor = &consortium.Predecessor{ChainId: "dmdl-earlier-1", Height: uint64(f.ctx.BlockHeight())}
	want, err := gs.Marshal()
	require.NoError(f.t, err)

	g := newChain(f.t, gs)
	require.Equal(f.t, want, g.export())
	require.Equal(f.t, f.sets[f.ctx.BlockHeight()+2].Hash(), g.sets[firstHeight].Hash())
}
