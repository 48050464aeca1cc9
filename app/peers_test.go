package app_test

import (
	"fmt"
	"sync"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/server/config"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// admits asks as CometBFT does before it accepts a peer.
func (n *network) admits(node string) bool {
	n.t.Helper()
	res, err := n.Query(n.t.Context(), &abci.RequestQuery{Path: "/p2p/filter/id/" + node})
	require.NoError(n.t, err)
	if !res.IsOK() {
		require.Contains(n.t, res.Log, node)
	}
	return res.IsOK()
}

func nodeOf(number uint64) string { return fmt.Sprintf("%040d", number) }

func TestPeersAreThoseThatActiveMembersDeclared(t *testing.T) {
	db := dbm.NewMemDB()
	n := newNetworkOver(t, db, options{}, 6)
	second := newMember(t, 2)
	require.True(t, n.admits(nodeOf(2)))
	require.False(t, n.admits(nodeOf(99)))
	require.False(t, n.admits(""))

	n.mustBlock(n.sign(second.operator, &consortium.MsgDeclareNodes{
		Operator: second.operator.Address(), Nodes: []string{nodeOf(99), nodeOf(98) + "@localhost:26656"},
	}))
	require.True(t, n.admits(nodeOf(99)), "declared without an address")
	require.True(t, n.admits(nodeOf(98)))
	require.False(t, n.admits(nodeOf(2)), "declared no longer")

	n.decide(&consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 5})
	require.False(t, n.admits(nodeOf(5)), "of a suspended member")
	n.decide(&consortium.MsgReinstateInstitution{Authority: app.Authority(), Institution: 5})
	require.True(t, n.admits(nodeOf(5)))
	n.decide(&consortium.MsgRemoveInstitution{Authority: app.Authority(), Institution: 6})
	require.False(t, n.admits(nodeOf(6)), "of a removed member")

	n.App = newApp(t, db, options{}, chainID)
	require.True(t, n.admits(nodeOf(5)), "a node that starts again has no block yet")
	require.False(t, n.admits(nodeOf(6)))
}

func TestBeforeTheFirstBlockEveryPeerIsAdmitted(t *testing.T) {
	n := newGenesis(t, dbm.NewMemDB(), options{}, 4)
	require.True(t, n.admits(nodeOf(99)))
	n.mustBlock()
	require.False(t, n.admits(nodeOf(99)))
}

// The framework starts a node before it registers the services that need one, and
// a peer that connects at that moment is asked about. Two of these at once on one
// map end the process.
func TestServicesAreRegisteredWhilePeersConnect(t *testing.T) {
	db := dbm.NewMemDB()
	n := newNetworkOver(t, db, options{}, 4)
	n.App = newApp(t, db, options{}, chainID)
	done := make(chan struct{})
	var peers sync.WaitGroup
	for range 2 {
		peers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					n.admits(nodeOf(2))
				}
			}
		})
	}
	n.RegisterTxService(client.Context{})
	n.RegisterTendermintService(client.Context{})
	n.RegisterNodeService(client.Context{}, config.Config{})
	close(done)
	peers.Wait()
	require.True(t, n.admits(nodeOf(2)))
	res, err := n.Query(t.Context(), &abci.RequestQuery{Path: "/cosmos.base.node.v1beta1.Service/Config"})
	require.NoError(t, err)
	require.True(t, res.IsOK(), res.Log)
}
