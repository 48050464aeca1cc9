package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// doubleSign lets the fifth hospital's key sign two blocks at one height, hands
// the evidence to another hospital's node and waits for the verdict.
func (s *story) doubleSign(ctx context.Context) (string, error) {
	evidence, err := s.conflictingVotes(ctx)
	if err != nil {
		return "", err
	}
	witness, err := rpchttp.New(s.net.Nodes[2].RPC(), "/websocket")
	if err != nil {
		return "", err
	}
	if _, err := witness.BroadcastEvidence(ctx, evidence); err != nil {
		return "", err
	}
	query := consortium.NewQueryClient(s.client)
	for blocks := 0; ; blocks++ {
		answer, err := query.Institution(ctx, &consortium.QueryInstitutionRequest{Number: founders + 1})
		if err != nil {
			return "", err
		}
		if answer.Institution.Status == consortium.INSTITUTION_STATUS_SUSPENDED && !answer.Validating {
			return s.refused(ctx, fmt.Sprintf("suspended after %d blocks, cause %s", blocks, answer.Institution.Suspension))
		}
		if blocks == 20 {
			return "", errors.New("20 blocks after the evidence the double signer still validates")
		}
		if s.height, err = s.client.Height(ctx); err != nil {
			return "", err
		}
		if err := s.net.Nodes[0].WaitHeight(ctx, s.height+1); err != nil {
			return "", err
		}
	}
}

// refused checks that the suspended hospital's operator can do nothing.
func (s *story) refused(ctx context.Context, figures string) (string, error) {
	_, err := s.client.Submit(ctx, s.fifth.Operator, &consortium.MsgReturnToDuty{Operator: s.fifth.Operator.Address()})
	if !errors.Is(err, consortium.ErrSuspended) {
		return "", fmt.Errorf("the suspended operator was answered: %w", err)
	}
	// It is out of the set two heights after the verdict. Until then it counts.
	height, err := s.client.Height(ctx)
	if err != nil {
		return "", err
	}
	if err := s.net.Nodes[0].WaitHeight(ctx, height+3); err != nil {
		return "", err
	}
	return figures + "; its operator is refused", s.fifth.Stop()
}

// conflictingVotes signs two precommits for one height with the fifth
// hospital's key.
func (s *story) conflictingVotes(ctx context.Context) (cmttypes.Evidence, error) {
	client, err := rpchttp.New(s.net.Nodes[0].RPC(), "/websocket")
	if err != nil {
		return nil, err
	}
	status, err := client.Status(ctx)
	if err != nil {
		return nil, err
	}
	height := status.SyncInfo.LatestBlockHeight - 1
	block, err := client.Block(ctx, &height)
	if err != nil {
		return nil, err
	}
	page, perPage := 1, 100
	answer, err := client.Validators(ctx, &height, &page, &perPage)
	if err != nil {
		return nil, err
	}
	set := cmttypes.NewValidatorSet(answer.Validators)
	key := privval.LoadFilePVEmptyState(keyFile(s.fifth), "").Key
	index, _ := set.GetByAddress(key.Address)
	if index < 0 {
		return nil, fmt.Errorf("%s does not validate at height %d", s.fifth.Name, height)
	}
	votes := make([]*cmttypes.Vote, 2)
	for n := range votes {
		vote := &cmttypes.Vote{
			Type: cmtproto.PrecommitType, Height: height, Timestamp: block.Block.Time,
			ValidatorAddress: key.Address, ValidatorIndex: index,
			BlockID: cmttypes.BlockID{Hash: hash32(byte(n)), PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: hash32(byte(n))}},
		}
		if vote.Signature, err = key.PrivKey.Sign(cmttypes.VoteSignBytes(s.net.ChainID, vote.ToProto())); err != nil {
			return nil, err
		}
		votes[n] = vote
	}
	return cmttypes.NewDuplicateVoteEvidence(votes[0], votes[1], block.Block.Time, set)
}

// hash32 is a made-up block hash.
func hash32(fill byte) []byte {
	hash := make([]byte, 32)
	hash[0] = fill + 1
	return hash
}

// kill ends one validator as a power cut would, and brings it back.
func (s *story) kill(ctx context.Context) (string, error) {
	victim := s.net.Nodes[2]
	before, err := s.net.Nodes[0].Height(ctx)
	if err != nil {
		return "", err
	}
	victim.Kill()
	const without = 8 // blocks: each validator's turn to propose comes twice
	if err := s.net.Nodes[0].WaitHeight(ctx, before+without); err != nil {
		return "", err
	}
	longest, err := s.longestInterval(ctx, before, before+without)
	if err != nil {
		return "", err
	}
	begun := time.Now()
	if err := victim.Start(); err != nil {
		return "", err
	}
	height, err := s.net.Nodes[0].Height(ctx)
	if err != nil {
		return "", err
	}
	if err := victim.WaitHeight(ctx, height); err != nil {
		return "", err
	}
	back := time.Since(begun)
	if _, err := s.signs(ctx, victim); err != nil {
		return "", err
	}
	if _, err := s.appHash(ctx, height); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d blocks without it, the longest interval %.1f s; caught up %.1f s after its start", without, longest.Seconds(), back.Seconds()), nil
}

// longestInterval is the longest time between two blocks of a range of heights.
func (s *story) longestInterval(ctx context.Context, from, to int64) (time.Duration, error) {
	node, err := ledger.NewNode(s.net.Nodes[0].RPC())
	if err != nil {
		return 0, err
	}
	defer node.Close()
	var last time.Time
	var longest time.Duration
	for height := from; height <= to; height++ {
		block, err := node.Block(ctx, height)
		if err != nil {
			return 0, err
		}
		if !last.IsZero() {
			longest = max(longest, block.Time.Sub(last))
		}
		last = block.Time
	}
	return longest, nil
}
