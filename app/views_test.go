package app_test

import (
	"sync"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// marked runs a block whose height is then in the state: in the node that the second
// member declares.
func (n *network) marked() {
	n.t.Helper()
	second := n.members[1].operator
	node := nodeOf(uint64(n.LastBlockHeight()) + 1)
	n.mustBlock(n.sign(second, &consortium.MsgDeclareNodes{Operator: second.Address(), Nodes: []string{node}}))
}

// mark returns the node that is in the state of a height, 0 for the newest, and the
// height that answered.
func mark(t *testing.T, a *app.App, height int64) (string, int64) {
	t.Helper()
	question, err := (&consortium.QueryInstitutionRequest{Number: 2}).Marshal()
	require.NoError(t, err)
	res, err := a.Query(t.Context(), &abci.RequestQuery{Path: "/dmdl.consortium.v1.Query/Institution", Data: question, Height: height})
	require.NoError(t, err)
	require.True(t, res.IsOK(), res.Log)
	var answer consortium.QueryInstitutionResponse
	require.NoError(t, answer.Unmarshal(res.Value))
	require.Len(t, answer.Institution.Nodes, 1)
	return answer.Institution.Nodes[0], res.Height
}

func TestQuestionsAreAnsweredFromOneBlockWhileBlocksCommit(t *testing.T) {
	n := newNetwork(t)
	n.marked()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			var last int64
			for {
				select {
				case <-done:
					return
				default:
				}
				node, height := mark(t, n.App, 0)
				require.Equal(t, nodeOf(uint64(height)), node)
				require.GreaterOrEqual(t, height, last, "a newer block was seen already")
				last = height

				ctx, err := n.CreateQueryContext(0, false)
				require.NoError(t, err)
				require.GreaterOrEqual(t, ctx.BlockHeight(), last)
				require.Equal(t, ctx.BlockHeight(), ctx.BlockHeader().Height)
				last = ctx.BlockHeight()
			}
		})
	}
	for range 100 {
		n.marked()
		node, height := mark(t, n.App, 0)
		require.Equal(t, n.LastBlockHeight(), height, "who waited for a block sees it")
		require.Equal(t, nodeOf(uint64(height)), node)
	}
	close(done)
	readers.Wait()
}

func TestOlderBlocksAreAnsweredUntilTheyArePruned(t *testing.T) {
	db := dbm.NewMemDB()
	keep := baseapp.SetPruning(pruningtypes.NewCustomPruningOptions(5, 10))
	n := newNetworkOver(t, db, options{}, 4, keep)
	for range 30 {
		n.marked()
	}
	newest := n.LastBlockHeight()
	for height := newest - 4; height <= newest; height++ {
		node, _ := mark(t, n.App, height)
		require.Equal(t, nodeOf(uint64(height)), node)
	}
	for _, height := range []int64{3, newest + 1} {
		res, err := n.Query(t.Context(), &abci.RequestQuery{Path: "/dmdl.consortium.v1.Query/Institution", Height: height})
		require.NoError(t, err)
		require.False(t, res.IsOK(), "height %d", height)
	}

	n.App = newApp(t, db, options{}, chainID, keep)
	node, height := mark(t, n.App, newest)
	require.Equal(t, nodeOf(uint64(newest)), node, "a node that starts again has no view yet")
	require.Equal(t, newest, height)
}
