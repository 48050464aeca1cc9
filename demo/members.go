package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/privval"
	cmttypes "github.com/cometbft/cometbft/types"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// decide proposes a change and lets as many founders vote for it as it takes.
func (s *story) decide(ctx context.Context, change sdk.Msg) error {
	packed, err := codectypes.NewAnyWithValue(change)
	if err != nil {
		return err
	}
	proposer := s.net.Nodes[0].Operator
	if _, err := s.client.Submit(ctx, proposer, &consortium.MsgSubmitProposal{
		Operator: proposer.Address(), Messages: []*codectypes.Any{packed},
	}); err != nil {
		return err
	}
	query := consortium.NewQueryClient(s.client)
	page, err := query.Proposals(ctx, &consortium.QueryProposalsRequest{})
	if err != nil {
		return err
	}
	id := page.Proposals[len(page.Proposals)-1].Id
	for at, n := range s.net.Nodes {
		answer, err := query.Proposal(ctx, &consortium.QueryProposalRequest{Id: id})
		if err != nil {
			return err
		}
		switch status := answer.Proposal.Status; {
		case status == consortium.PROPOSAL_STATUS_EXECUTED:
			return nil
		case status != consortium.PROPOSAL_STATUS_OPEN:
			return fmt.Errorf("proposal %d is %s after %d votes: %s", id, status, at, answer.Proposal.Failure)
		}
		if _, err := s.client.Submit(ctx, n.Operator, &consortium.MsgCastVote{
			Operator: n.Operator.Address(), Proposal: id, Option: consortium.VOTE_OPTION_YES,
		}); err != nil {
			return fmt.Errorf("vote of %s: %w", n.Name, err)
		}
	}
	return fmt.Errorf("proposal %d is still open after all votes", id)
}

// admit lets a fifth hospital in by vote, starts its node and waits until it
// signs.
func (s *story) admit(ctx context.Context) (string, error) {
	fifth, file, err := s.net.Join(ctx)
	if err != nil {
		return "", err
	}
	s.fifth = fifth
	entry, err := readEntry(file)
	if err != nil {
		return "", err
	}
	admission, err := entry.Admission(app.Authority())
	if err != nil {
		return "", err
	}
	if err := s.decide(ctx, admission); err != nil {
		return "", err
	}
	if err := fifth.Start(); err != nil {
		return "", err
	}
	height, err := s.signs(ctx, fifth)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is institution 5; its signature is in the block of height %d", fifth.Name, height), s.connect()
}

// keyFile is where a node's consensus key is.
func keyFile(n *localnet.Node) string {
	return filepath.Join(n.Home, "config", "priv_validator_key.json")
}

// signs waits until a block carries the signature of a node's consensus key and
// returns the height that was signed.
func (s *story) signs(ctx context.Context, n *localnet.Node) (int64, error) {
	address := privval.LoadFilePVEmptyState(keyFile(n), "").GetAddress()
	node, err := ledger.NewNode(s.net.Nodes[0].RPC())
	if err != nil {
		return 0, err
	}
	defer node.Close()
	height, err := node.Height(ctx)
	if err != nil {
		return 0, err
	}
	const patience = 60 // blocks
	for last := height + patience; height < last; height++ {
		if err := s.net.Nodes[0].WaitHeight(ctx, height); err != nil {
			return 0, err
		}
		block, err := node.Block(ctx, height)
		if err != nil {
			return 0, err
		}
		for _, signature := range block.LastCommit.Signatures {
			if signature.BlockIDFlag == cmttypes.BlockIDFlagCommit && signature.ValidatorAddress.String() == address.String() {
				return block.LastCommit.Height, nil
			}
		}
	}
	return 0, fmt.Errorf("%s has signed none of %d blocks", n.Name, patience)
}

// rotate gives the second hospital another consensus key.
func (s *story) rotate(ctx context.Context) (string, error) {
	n := s.net.Nodes[1]
	state := filepath.Join(n.Home, "data", "priv_validator_state.json")
	old := privval.LoadFilePVEmptyState(keyFile(n), "").GetAddress()
	fresh := privval.GenFilePV(filepath.Join(n.Home, "next", "priv_validator_key.json"), "")
	entry := genesis.Entry{
		ChainID: s.net.ChainID, Name: n.Name, Kind: "INSTITUTION_KIND_HOSPITAL", LegalGroup: n.Name,
		Operator: n.Operator.Address(), Node: "0000000000000000000000000000000000000000@127.0.0.1:1",
	}
	if err := entry.Sign(fresh.Key.PrivKey); err != nil {
		return "", err
	}
	if _, err := s.client.Submit(ctx, n.Operator, &consortium.MsgRotateConsensusKey{
		Operator: n.Operator.Address(), ConsensusKey: *entry.ConsensusKey, Proof: entry.KeyProof,
	}); err != nil {
		return "", err
	}
	if err := n.Stop(); err != nil {
		return "", err
	}
	// The state of what was signed stays: the new key must not sign below it.
	last := privval.LoadFilePV(keyFile(n), state)
	next := privval.NewFilePV(fresh.Key.PrivKey, keyFile(n), state)
	next.LastSignState = last.LastSignState
	next.Key.Save()
	if err := n.Start(); err != nil {
		return "", err
	}
	height, err := s.signs(ctx, n)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s… gave way to %s…, which signed height %d", old.String()[:8], fresh.GetAddress().String()[:8], height), nil
}

func readEntry(file string) (genesis.Entry, error) {
	var entry genesis.Entry
	raw, err := os.ReadFile(file)
	if err != nil {
		return entry, err
	}
	return entry, json.Unmarshal(raw, &entry)
}
