package keeper

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// executionGas bounds the work of a proposal apart from the gas of the vote
// that executes it, so that the last voter cannot make it fail by giving
// little gas.
const executionGas = 20_000_000

// SubmitProposal implements consortium.MsgServer.
func (s msgServer) SubmitProposal(ctx context.Context, msg *consortium.MsgSubmitProposal) (*consortium.MsgSubmitProposalResponse, error) {
	i, err := s.k.voter(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	params, err := s.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	last, err := lastKey(ctx, s.k.proposals)
	if err != nil {
		return nil, err
	}
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	p := consortium.Proposal{
		Id: last + 1, Proposer: i.Number, Messages: msg.Messages, Document: msg.Document,
		Status: consortium.PROPOSAL_STATUS_OPEN, SubmittedAt: now, Deadline: now.Add(params.VotingPeriod),
	}
	if err := s.k.propose(ctx, p); err != nil {
		return nil, err
	}
	return &consortium.MsgSubmitProposalResponse{Id: p.Id}, emit(ctx, &consortium.EventProposalSubmitted{Id: p.Id, Proposer: p.Proposer})
}

// propose checks every rule and stores a new proposal. It is the one way in.
func (k Keeper) propose(ctx context.Context, p consortium.Proposal) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := k.checkRoom(ctx, p.Proposer); err != nil {
		return err
	}
	for at, message := range p.Messages {
		if err := k.checkProposable(message); err != nil {
			return errorsmod.Wrapf(err, "messages[%d]", at)
		}
	}
	if err := k.proposals.Set(ctx, p.Id, p); err != nil {
		return err
	}
	return k.deadlines.Set(ctx, collections.Join(uint64(p.Deadline.Unix()), p.Id), p.Proposer)
}

// checkRoom refuses a proposal above MaxOpenProposals or above the proposer's equal
// share of them: else one member could keep all others from proposing, its own
// suspension too.
func (k Keeper) checkRoom(ctx context.Context, proposer uint64) error {
	electorate, err := k.electorate(ctx)
	if err != nil {
		return err
	}
	open, own, share := 0, 0, max(1, consortium.MaxOpenProposals/max(1, len(electorate)))
	if err := k.deadlines.Walk(ctx, nil, func(_ collections.Pair[uint64, uint64], of uint64) (bool, error) {
		open++
		if of == proposer {
			own++
		}
		return false, nil
	}); err != nil {
		return err
	}
	if open >= consortium.MaxOpenProposals || own >= share {
		return errorsmod.Wrapf(consortium.ErrTooManyProposals, "%d, of which institution %d has %d and may have %d; wait until one closes",
			open, proposer, own, share)
	}
	return nil
}

// checkProposable checks that a proposal may hold a message: it is on the list
// and only the module's own account signs it.
func (k Keeper) checkProposable(message *codectypes.Any) error {
	if !slices.Contains(consortium.ProposalMessages, message.GetTypeUrl()) {
		return errorsmod.Wrapf(consortium.ErrMessageNotAllowed, "%q; allowed are %v", message.GetTypeUrl(), consortium.ProposalMessages)
	}
	signers, _, err := k.cdc.GetMsgAnySigners(message)
	if err != nil {
		return errorsmod.Wrapf(consortium.ErrInvalid, "signer of %s: %s", message.TypeUrl, err)
	}
	if len(signers) != 1 || !bytes.Equal(signers[0], consortium.Authority) {
		return errorsmod.Wrapf(consortium.ErrAuthority, "%s must name the authority %s", message.TypeUrl, k.text(consortium.Authority))
	}
	return nil
}

// voter returns the institution of an operator if it has a vote.
func (k Keeper) voter(ctx context.Context, operator string) (consortium.Institution, error) {
	i, err := k.operated(ctx, operator)
	if err != nil {
		return i, err
	}
	electorate, err := k.electorate(ctx)
	if err != nil {
		return i, err
	}
	if !electorate[i.Number] {
		return i, errorsmod.Wrapf(consortium.ErrNotValidator, "%d; only those who validate decide", i.Number)
	}
	return i, nil
}

// electorate is the set of institutions that may vote at this moment: those
// that validate, as changed by this block so far.
func (k Keeper) electorate(ctx context.Context) (map[uint64]bool, error) {
	all, err := k.allInstitutions(ctx)
	if err != nil {
		return nil, err
	}
	voters := make(map[uint64]bool)
	for _, i := range consortium.Validating(all) {
		voters[i.Number] = true
	}
	return voters, nil
}

// CastVote implements consortium.MsgServer.
func (s msgServer) CastVote(ctx context.Context, msg *consortium.MsgCastVote) (*consortium.MsgCastVoteResponse, error) {
	i, err := s.k.voter(ctx, msg.Operator)
	if err != nil {
		return nil, err
	}
	p, err := s.k.proposal(ctx, msg.Proposal)
	if err != nil {
		return nil, err
	}
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	if p.Status != consortium.PROPOSAL_STATUS_OPEN || !now.Before(p.Deadline) {
		return nil, errorsmod.Wrapf(consortium.ErrProposalClosed, "%d is %s, its deadline was %s", p.Id, p.Status, p.Deadline)
	}
	vote := consortium.Vote{Proposal: p.Id, Institution: i.Number, Option: msg.Option}
	if err := vote.Validate(); err != nil {
		return nil, err
	}
	if err := s.k.votes.Set(ctx, collections.Join(p.Id, i.Number), vote); err != nil {
		return nil, err
	}
	if err := emit(ctx, &consortium.EventVoteCast{Proposal: p.Id, Institution: i.Number, Option: msg.Option}); err != nil {
		return nil, err
	}
	passed, err := s.k.passed(ctx, p.Id)
	if err != nil {
		return nil, err
	}
	if passed {
		if p, err = s.k.execute(ctx, p); err != nil {
			return nil, err
		}
	}
	return &consortium.MsgCastVoteResponse{Status: p.Status}, nil
}

// passed says whether more than two thirds of the present electorate are for a
// proposal. Votes of institutions that no longer validate do not count.
func (k Keeper) passed(ctx context.Context, id uint64) (bool, error) {
	electorate, err := k.electorate(ctx)
	if err != nil {
		return false, err
	}
	votes, err := k.votesOn(ctx, id)
	if err != nil {
		return false, err
	}
	yes := 0
	for _, vote := range votes {
		if vote.Option == consortium.VOTE_OPTION_YES && electorate[vote.Institution] {
			yes++
		}
	}
	return 3*yes > 2*len(electorate), nil
}

// votesOn returns the votes on a proposal by institution: one for each at most.
func (k Keeper) votesOn(ctx context.Context, id uint64) ([]consortium.Vote, error) {
	var votes []consortium.Vote
	err := k.votes.Walk(ctx, collections.NewPrefixedPairRange[uint64, uint64](id),
		func(_ collections.Pair[uint64, uint64], vote consortium.Vote) (bool, error) {
			votes = append(votes, vote)
			return false, nil
		})
	return votes, err
}

// execute runs the messages of a proposal that passed, all or none, and closes
// it. A message that fails is an outcome, not an error.
func (k Keeper) execute(ctx context.Context, p consortium.Proposal) (consortium.Proposal, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	branch, write := sdkCtx.WithGasMeter(storetypes.NewGasMeter(executionGas)).
		WithKVGasConfig(storetypes.KVGasConfig()).CacheContext()
	status, failure := consortium.PROPOSAL_STATUS_EXECUTED, ""
	if err := k.runAll(branch, p.Messages); err != nil {
		status, failure = consortium.PROPOSAL_STATUS_FAILED, errorCode(err)
		sdkCtx.Logger().Debug("proposal failed", "id", p.Id, "err", err)
	} else {
		write()
	}
	return k.closeProposal(ctx, p, status, failure)
}

// runAll runs messages in order until one fails. Running out of gas is a
// failure like any other; any other panic is a bug and goes on.
func (k Keeper) runAll(ctx sdk.Context, messages []*codectypes.Any) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case storetypes.ErrorOutOfGas:
			err = errorsmod.Wrapf(sdkerrors.ErrOutOfGas, "%s", r.Descriptor)
		default:
			panic(r)
		}
	}()
	for at, message := range messages {
		msg, ok := message.GetCachedValue().(sdk.Msg)
		if !ok {
			return fmt.Errorf("messages[%d]: %s is not decoded", at, message.TypeUrl)
		}
		if err := k.executor.Execute(ctx, msg); err != nil {
			return errorsmod.Wrapf(err, "messages[%d]", at)
		}
	}
	return nil
}

// closeProposal ends a proposal for good.
func (k Keeper) closeProposal(ctx context.Context, p consortium.Proposal, status consortium.ProposalStatus, failure string) (consortium.Proposal, error) {
	p.Status, p.Failure = status, failure
	if err := k.proposals.Set(ctx, p.Id, p); err != nil {
		return p, err
	}
	if err := k.deadlines.Remove(ctx, collections.Join(uint64(p.Deadline.Unix()), p.Id)); err != nil {
		return p, err
	}
	return p, emit(ctx, &consortium.EventProposalClosed{Id: p.Id, Status: status, Failure: failure})
}

// expireProposals closes the open proposals whose deadline has passed, at most
// MaxPerBlock of them: nobody can vote on the others either.
func (k Keeper) expireProposals(ctx context.Context) error {
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	var due []uint64
	err := k.deadlines.Walk(ctx, nil, func(key collections.Pair[uint64, uint64], _ uint64) (bool, error) {
		if key.K1() > uint64(now.Unix()) || len(due) == consortium.MaxPerBlock {
			return true, nil
		}
		due = append(due, key.K2())
		return false, nil
	})
	if err != nil {
		return err
	}
	for _, id := range due {
		p, err := k.proposal(ctx, id)
		if err != nil {
			return err
		}
		if now.Before(p.Deadline) {
			continue
		}
		if _, err := k.closeProposal(ctx, p, consortium.PROPOSAL_STATUS_EXPIRED, ""); err != nil {
			return err
		}
	}
	return nil
}
