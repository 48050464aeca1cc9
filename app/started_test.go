package app_test

import (
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/app/lanes"
)

// expectToWait offers a transaction to a node that was just started.
func (n *network) expectToWait(raw []byte) {
	n.t.Helper()
	early := n.check(raw)
	require.Equal(n.t, lanes.Codespace, early.Codespace, early.Log)
	require.Equal(n.t, lanes.ErrNoBlockYet.ABCICode(), early.Code, early.Log)
}

// A node does not know height and time before its first block since its start, so
// it cannot tell whether a timeout is too far ahead or a signature good.
func TestANodeWithoutABlockSinceItsStartAsksToWait(t *testing.T) {
	db := dbm.NewMemDB()
	n := newNetworkOver(t, db, options{}, 4)
	operator := n.members[2].operator
	n.App = newApp(t, db, options{}, chainID)
	for _, d := range []*draft{n.draft(operator, declareNodes(operator)), n.ordered(operator, 0, declareNodes(operator))} {
		raw := d.sign(t)
		n.expectToWait(raw)
		n.mustBlock()
		require.Zero(t, n.check(raw).Code)
		n.App = newApp(t, db, options{}, chainID)
	}
}

// A signature for the account number 0 is good at height 0 alone. A node that took
// it for good there and remembered it would part from all others in its block.
func TestAStartingNodeRemembersNoSignatureThatIsGoodInNoBlock(t *testing.T) {
	db := dbm.NewMemDB()
	n, other := newNetworkOver(t, db, options{}, 4), newNetworkOver(t, dbm.NewMemDB(), options{}, 4)
	require.Equal(t, other.LastCommitID(), n.LastCommitID())
	operator := n.members[2].operator
	d := n.ordered(operator, 0, declareNodes(operator))
	require.NotZero(t, d.number)
	d.number = 0
	raw := d.sign(t)

	n.App = newApp(t, db, options{}, chainID)
	n.expectToWait(raw)
	n.block(raw)
	other.block(raw)
	require.Equal(t, other.LastCommitID(), n.LastCommitID())
}
