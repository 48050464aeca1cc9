package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/app"
)

// planned returns a chain on which an upgrade is due in the next block, with
// its database and its node's home.
func planned(t *testing.T, plan string) (n *network, db *dbm.MemDB, home string) {
	t.Helper()
	db, home = dbm.NewMemDB(), t.TempDir()
	n = newNetworkOver(t, db, options{flags.FlagHome: home}, 4)
	n.decide(&upgradetypes.MsgSoftwareUpgrade{Authority: app.Authority(), Plan: upgradetypes.Plan{
		Name: plan, Height: n.LastBlockHeight() + 5, Info: "https://example.org/dmdld",
	}}) // one block to submit, three to vote
	return n, db, home
}

// next tries the next block.
func (n *network) next() (*abci.ResponseFinalizeBlock, error) {
	return n.FinalizeBlock(&abci.RequestFinalizeBlock{Height: n.LastBlockHeight() + 1, Time: n.now.Add(time.Second)})
}

func TestANodeThatLacksAnUpgradeHaltsAndSaysWhich(t *testing.T) {
	n, _, home := planned(t, "unheard-of")
	select {
	case <-n.Halted():
		require.Fail(t, "halted too early", n.HaltReason())
	default:
	}
	_, err := n.next()
	require.ErrorContains(t, err, "unheard-of")
	select {
	case <-n.Halted():
		require.ErrorContains(t, n.HaltReason(), "unheard-of")
		require.ErrorContains(t, n.HaltReason(), "https://example.org/dmdld")
	default:
		require.Fail(t, "not halted")
	}
	_, err = n.next()
	require.Error(t, err, "it stays halted")
	info, err := os.ReadFile(filepath.Join(home, "data", upgradetypes.UpgradeInfoFilename))
	require.NoError(t, err)
	require.Contains(t, string(info), "unheard-of")
}

func TestAnOperatorMaySkipAnUpgrade(t *testing.T) {
	n, db, home := planned(t, "unheard-of")
	due := n.LastBlockHeight() + 1
	n.App = newApp(t, db, options{flags.FlagHome: home, server.FlagUnsafeSkipUpgrades: []int{int(due)}}, chainID)
	n.mustBlock()
	n.mustBlock(n.sign(n.members[0].operator, declareNodes(n.members[0].operator)))
}

func TestAnUpgradeThatTheBinaryKnowsIsApplied(t *testing.T) {
	n, db, home := planned(t, "known")
	restore := app.Teach("known")
	defer restore()
	_, err := n.next() // the old binary stops here
	require.Error(t, err)
	n.App = newApp(t, db, options{flags.FlagHome: home}, chainID)
	n.mustBlock()
	n.mustBlock(n.sign(n.members[0].operator, declareNodes(n.members[0].operator)))
}

func TestABinaryThatKnowsAnUpgradeTooEarlyHalts(t *testing.T) {
	db, home := dbm.NewMemDB(), t.TempDir()
	n := newNetworkOver(t, db, options{flags.FlagHome: home}, 4)
	n.decide(&upgradetypes.MsgSoftwareUpgrade{Authority: app.Authority(), Plan: upgradetypes.Plan{Name: "known", Height: 1000}})
	restore := app.Teach("known")
	defer restore()
	n.App = newApp(t, db, options{flags.FlagHome: home}, chainID)
	_, err := n.next()
	require.ErrorContains(t, err, "known")
	<-n.Halted()
	require.ErrorContains(t, n.HaltReason(), "known")
}

func TestAnApplicationWithoutAHomeMakesNoFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	newNetwork(t)
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, entries)
}
