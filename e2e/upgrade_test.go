package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/consortium"
)

func TestAVoteSwapsTheBinary(t *testing.T) {
	ctx, net, client := startNetwork(t, 1)
	node := net.Nodes[0]
	height, err := node.Height(ctx)
	require.NoError(t, err)
	due := height + 20

	// The plan is proposed and decided on the command line.
	file := filepath.Join(node.Home, "proposal.json")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil,
		`{"messages": [{"@type": "/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade", "plan": {"name": "rehearsal", "height": "%d"}}]}`, due), 0o600))
	_, err = node.Run(ctx, "tx", "consortium", "propose", file, "--from", "operator", "--yes")
	require.NoError(t, err)
	query := consortium.NewQueryClient(client)
	status := func() consortium.ProposalStatus {
		page, err := query.Proposals(ctx, &consortium.QueryProposalsRequest{})
		require.NoError(t, err)
		if len(page.Proposals) == 0 {
			return consortium.PROPOSAL_STATUS_UNSPECIFIED
		}
		return page.Proposals[0].Status
	}
	for ; status() != consortium.PROPOSAL_STATUS_OPEN; height++ {
		require.Less(t, height, due, "the proposal is %s", status())
		require.NoError(t, node.WaitHeight(ctx, height+1))
	}
	_, err = node.Run(ctx, "tx", "consortium", "vote", "1", "yes", "--from", "operator", "--yes")
	require.NoError(t, err)

	// The node stops for the plan, says why, and does not go on by itself.
	requireHalted(t, node, node.WaitExit(ctx), due)
	require.NoError(t, node.Start())
	requireHalted(t, node, node.WaitExit(ctx), due)

	// The binary that knows the upgrade goes on.
	node.Binary = successor
	require.NoError(t, node.Start())
	require.NoError(t, node.WaitHeight(ctx, due+2))
	applied, err := upgradetypes.NewQueryClient(client).AppliedPlan(ctx, &upgradetypes.QueryAppliedPlanRequest{Name: "rehearsal"})
	require.NoError(t, err)
	require.Equal(t, due, applied.Height)
	require.Equal(t, consortium.PROPOSAL_STATUS_EXECUTED, status())
}

// requireHalted checks that a node ended with an error that its log explains.
func requireHalted(t *testing.T, node *localnet.Node, exit error, height int64) {
	t.Helper()
	require.ErrorContains(t, exit, "exit status")
	log, err := os.ReadFile(node.LogFile())
	require.NoError(t, err)
	require.Contains(t, string(log), fmt.Sprintf(`UPGRADE "rehearsal" NEEDED at height: %d`, height))
}
