package app_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// claims is the state of x/copyright.
func (n *network) claims() *copyright.GenesisState {
	n.t.Helper()
	state, err := n.Copyright.ExportGenesis(n.NewContext(true))
	require.NoError(n.t, err)
	return state
}

// A dataset has more derivatives than a notice reaches in a block, and the chain begins
// anew in between.
func TestANoticeReachesEveryWorkAlsoAfterARestart(t *testing.T) {
	const derivatives = copyright.MaxPerBlock + 5
	n := newNetwork(t)
	who, vault := n.ward(1).rights, n.members[0].vault
	n.mustBlock(n.hire(n.members[0]), n.sign(vault, listed(vault, careBatch, leaf(1, 1), leaf(2, 2))))
	n.mustBlock(n.sign(who, dataset(who, workRecords...)))
	derivative := program(who, copyright.Parent{Work: datasetWork, Relation: copyright.RELATION_DERIVED})
	for some := range slices.Chunk(slices.Repeat([]sdk.Msg{derivative}, derivatives), 10) {
		n.mustBlock(n.sign(who, some...))
	}
	n.mustBlock(n.sign(vault, &copyright.MsgNotifyWork{
		Vault: vault.Address(), Work: datasetWork, Cause: copyright.CAUSE_WITHDRAWN, Records: []copyright.WorkRecord{memberOf(workRecords, 0)},
	}))
	require.Len(t, n.claims().Notices, 1+copyright.MaxPerBlock)
	require.NotEmpty(t, n.claims().Pending)

	next := n.restart(t, "dmdl-test-2")
	for _, chain := range []*network{n, next} {
		for len(chain.claims().Pending) > 0 {
			chain.mustBlock()
		}
		require.Len(t, chain.claims().Notices, 1+derivatives)
		require.NoError(t, chain.Copyright.CheckInvariants(chain.NewContext(true)))
	}
	require.Equal(t, n.claims(), next.claims())
}

// What a restart is tried with leaves out nothing that stays.
func TestWorksBringSomethingIntoEveryPart(t *testing.T) {
	state := lived(t).claims()
	for name, count := range map[string]int{
		"works": len(state.Works), "contests": len(state.Contests), "offers": len(state.Offers), "licences": len(state.Licences),
		"notices": len(state.Notices), "strikes": len(state.Strikes),
	} {
		require.NotZero(t, count, name)
	}
	statuses := make(map[copyright.WorkStatus]bool)
	for _, w := range state.Works {
		statuses[w.Settled(begin.AddDate(1, 0, 0)).Status] = true
	}
	for _, status := range []copyright.WorkStatus{
		copyright.WORK_STATUS_CONTESTED, copyright.WORK_STATUS_UPHELD, copyright.WORK_STATUS_WITHDRAWN, copyright.WORK_STATUS_REJECTED,
	} {
		require.True(t, statuses[status], "no work is %s", status)
	}
}
