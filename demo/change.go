package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"golang.org/x/sync/errgroup"

	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// upgradeAhead is how many blocks ahead the upgrade is planned: time enough to
// vote.
const upgradeAhead = 12

// running lists the nodes that run.
func (s *story) running() []*localnet.Node {
	var nodes []*localnet.Node
	for _, n := range s.net.Nodes {
		if n.Running() {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// upgrade decides an upgrade, waits until the nodes stop for it, and starts
// them with the binary that knows it.
func (s *story) upgrade(ctx context.Context) (string, error) {
	height, err := s.client.Height(ctx)
	if err != nil {
		return "", err
	}
	plan := upgradetypes.Plan{Name: "rehearsal", Height: height + upgradeAhead, Info: "swap of binaries"}
	if err := s.decide(ctx, &upgradetypes.MsgSoftwareUpgrade{Authority: app.Authority(), Plan: plan}); err != nil {
		return "", err
	}
	nodes := s.running()
	begun := time.Now()
	group, groupCtx := errgroup.WithContext(ctx)
	for _, n := range nodes { // each on its own, as supervisors do: a late node needs the others to go on
		group.Go(func() error { return s.swap(groupCtx, n) })
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	for _, n := range nodes {
		if err := n.WaitHeight(ctx, plan.Height+1); err != nil {
			return "", err
		}
	}
	if err := s.connect(); err != nil {
		return "", err
	}
	applied, err := upgradetypes.NewQueryClient(s.client).AppliedPlan(ctx, &upgradetypes.QueryAppliedPlanRequest{Name: plan.Name})
	if err != nil {
		return "", err
	}
	if applied.Height != plan.Height {
		return "", fmt.Errorf("the plan was applied at height %d, not %d", applied.Height, plan.Height)
	}
	return fmt.Sprintf("all stopped at height %d and went on with the other binary, %.1f s after the vote", plan.Height, time.Since(begun).Seconds()), nil
}

// swap waits until a node has stopped for the upgrade and starts the binary that
// knows it.
func (s *story) swap(ctx context.Context, n *localnet.Node) error {
	err := n.WaitExit(ctx)
	switch {
	case ctx.Err() != nil:
		return err
	case err == nil:
		return fmt.Errorf("%s stopped for the upgrade without saying why", n.Name)
	}
	n.Binary = s.Successor
	return n.Start()
}

// restart exports the state, begins a new chain with it and compares answers.
func (s *story) restart(ctx context.Context) (string, error) {
	before, err := s.answers(ctx)
	if err != nil {
		return "", err
	}
	old := s.running()
	if err := s.net.Stop(); err != nil {
		return "", err
	}
	document, err := s.succeed(ctx, old[0])
	if err != nil {
		return "", err
	}
	next := &localnet.Network{Options: s.net.Options}
	next.ChainID, next.Binary = "dmdl-local-2", s.Successor
	for _, n := range old {
		moved, err := moveKeys(n)
		if err != nil {
			return "", err
		}
		if err := next.Adopt(ctx, moved, document); err != nil {
			return "", err
		}
		next.Nodes = append(next.Nodes, moved)
	}
	s.net = next
	if err := next.Start(ctx); err != nil {
		return "", err
	}
	if err := s.connect(); err != nil {
		return "", err
	}
	after, err := s.answers(ctx)
	if err != nil {
		return "", err
	}
	for at := range before {
		if !bytes.Equal(before[at], after[at]) {
			return "", fmt.Errorf("answer %d was %x, and is %x", at, before[at], after[at])
		}
	}
	if _, err := s.client.Submit(ctx, old[0].Operator, &consortium.MsgDeclareNodes{Operator: old[0].Operator.Address()}); err != nil {
		return "", fmt.Errorf("the new chain takes no transaction: %w", err)
	}
	height, err := s.client.Height(ctx)
	return fmt.Sprintf("%s goes on at height %d; %d answers are the same", next.ChainID, height, len(before)), err
}

// succeed exports a stopped node's state and makes the new chain's document.
func (s *story) succeed(ctx context.Context, n *localnet.Node) (string, error) {
	export, err := n.Run(ctx, "export")
	if err != nil {
		return "", err
	}
	exported, err := s.writeFile("export.json", export)
	if err != nil {
		return "", err
	}
	document, err := n.Run(ctx, "genesis", "restart", exported, "--chain-id", "dmdl-local-2")
	if err != nil {
		return "", err
	}
	file, err := s.writeFile("genesis-2.json", document)
	if err != nil {
		return "", err
	}
	return file, s.keep(file, "genesis-2.json")
}

// moveKeys gives a node a fresh folder with its keys.
func moveKeys(n *localnet.Node) (*localnet.Node, error) {
	moved := &localnet.Node{
		Name: n.Name, Home: n.Home + "-2", Binary: n.Binary, Ports: n.Ports, Operator: n.Operator, Vault: n.Vault,
	}
	if err := os.MkdirAll(filepath.Join(moved.Home, "config"), 0o700); err != nil {
		return nil, err
	}
	for _, key := range []string{"node_key.json", "priv_validator_key.json"} {
		if err := os.Rename(filepath.Join(n.Home, "config", key), filepath.Join(moved.Home, "config", key)); err != nil {
			return nil, err
		}
	}
	// On the new chain the keys have signed nothing yet.
	if err := os.MkdirAll(filepath.Join(moved.Home, "data"), 0o700); err != nil {
		return nil, err
	}
	state := []byte(`{"height":"0","round":0,"step":0}`)
	return moved, os.WriteFile(filepath.Join(moved.Home, "data", "priv_validator_state.json"), state, 0o600)
}

// answers asks the chain what a user would ask and returns the encoded answers.
func (s *story) answers(ctx context.Context) ([][]byte, error) {
	members, anchors := consortium.NewQueryClient(s.client), records.NewQueryClient(s.client)
	institutions, err := members.Institutions(ctx, &consortium.QueryInstitutionsRequest{})
	all := []proto.Message{institutions}
	for _, sender := range s.senders {
		participants, failure := members.Participants(ctx, &consortium.QueryParticipantsRequest{Institution: sender.Number})
		batches, failure2 := anchors.Batches(ctx, &records.QueryBatchesRequest{Institution: sender.Number})
		all, err = append(all, participants, batches), errors.Join(err, failure, failure2)
	}
	for _, id := range s.known {
		record, failure := anchors.Record(ctx, &records.QueryRecordRequest{Institution: id.Institution, Batch: id.Batch, Leaf: id.Leaf})
		all, err = append(all, record), errors.Join(err, failure)
	}
	proposals, failure := members.Proposals(ctx, &consortium.QueryProposalsRequest{})
	if err := errors.Join(err, failure); err != nil {
		return nil, err
	}
	var encoded [][]byte
	for _, answer := range append(all, proposals) {
		bz, err := proto.Marshal(answer)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, bz)
	}
	return encoded, nil
}
