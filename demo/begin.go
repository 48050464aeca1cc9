package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// founders is how many hospitals begin the chain.
const founders = 4

// begin makes the hospitals, holds the ceremony and starts the nodes.
func (s *story) begin(ctx context.Context) (string, error) {
	net, err := localnet.New(ctx, localnet.Options{Binary: s.Binary, Home: filepath.Join(s.home, "net"), Validators: founders})
	if err != nil {
		return "", err
	}
	s.net = net
	hash, err := s.compareHashes(ctx)
	if err != nil {
		return "", err
	}
	if err := s.keep(net.GenesisFile(), "genesis.json"); err != nil {
		return "", err
	}
	begun := time.Now()
	if err := net.Start(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("genesis %s…, first block after %.1f s", hash[:16], time.Since(begun).Seconds()), s.connect()
}

// compareHashes lets every hospital verify the document in its own folder.
func (s *story) compareHashes(ctx context.Context) (string, error) {
	var common string
	for _, n := range s.net.Nodes {
		out, err := n.Run(ctx, "genesis", "verify", filepath.Join(n.Home, "config", "genesis.json"))
		if err != nil {
			return "", err
		}
		_, hash, found := strings.Cut(string(out), "sha256 ")
		hash = strings.TrimSpace(hash)
		if !found || common != "" && hash != common {
			return "", fmt.Errorf("%s reads hash %q, the others %q", n.Name, hash, common)
		}
		common = hash
	}
	return common, nil
}

// agree compares the state that all nodes signed at one height.
func (s *story) agree(ctx context.Context) (string, error) {
	height, err := s.net.Nodes[0].Height(ctx)
	if err != nil {
		return "", err
	}
	s.height = height + 2
	if err := s.net.WaitHeight(ctx, s.height); err != nil {
		return "", err
	}
	hash, err := s.appHash(ctx, s.height)
	return fmt.Sprintf("app hash %X… at height %d on %d nodes", hash[:8], s.height-1, len(s.net.Nodes)), err
}

// appHash is the state's hash in the header at a height, the same on all nodes
// that run.
func (s *story) appHash(ctx context.Context, height int64) ([]byte, error) {
	var common []byte
	for _, n := range s.net.Nodes {
		if !n.Running() {
			continue
		}
		node, err := ledger.NewNode(n.RPC())
		if err != nil {
			return nil, err
		}
		block, err := node.Block(ctx, height)
		node.Close()
		if err != nil {
			return nil, err
		}
		if common != nil && !bytes.Equal(common, block.AppHash) {
			return nil, fmt.Errorf("%s has app hash %X at height %d, the others %X", n.Name, block.AppHash, height, common)
		}
		common = block.AppHash
	}
	if common == nil {
		return nil, errors.New("no node runs")
	}
	return common, nil
}

// enrol makes the vaults and some people participants.
func (s *story) enrol(ctx context.Context) (string, error) {
	if err := s.net.Enrol(ctx, s.client); err != nil {
		return "", err
	}
	for at, n := range s.net.Nodes {
		s.senders = append(s.senders, &bench.Institution{Number: uint64(at) + 1, Vaults: []ledger.Key{n.Vault}})
	}
	clinician, err := ledger.NewKey()
	if err != nil {
		return "", err
	}
	msg := &consortium.MsgEnrolParticipants{Operator: s.net.Nodes[0].Operator.Address(), Enrolments: []consortium.Enrolment{{
		Address: clinician.Address(), Person: make([]byte, consortium.PersonSize),
		Roles: []consortium.RoleGrant{{Role: consortium.ROLE_EMERGENCY_CLINICIAN, ExpiresAt: time.Now().AddDate(0, 3, 0)}},
	}}}
	if _, err := s.client.Submit(ctx, s.net.Nodes[0].Operator, msg); err != nil {
		return "", err
	}
	stranger, err := ledger.NewKey()
	if err != nil {
		return "", err
	}
	msg.Operator = stranger.Address()
	if _, err := s.client.Submit(ctx, stranger, msg); err == nil {
		return "", errors.New("a stranger enrolled a participant")
	}
	answer, err := consortium.NewQueryClient(s.client).Participants(ctx, &consortium.QueryParticipantsRequest{Institution: 1})
	if err != nil {
		return "", err
	}
	if len(answer.Participants) != 2 {
		return "", fmt.Errorf("institution 1 has %d participants, want 2", len(answer.Participants))
	}
	return fmt.Sprintf("%d vaults and a clinician", len(s.net.Nodes)), nil
}

// writeFile writes a file that the story hands from one command to the next.
func (s *story) writeFile(name string, content []byte) (string, error) {
	file := filepath.Join(s.home, name)
	return file, os.WriteFile(file, content, 0o600)
}
