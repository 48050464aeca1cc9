package consortium_test

import (
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// TestStoredMessagesAreDecoded checks every type that holds the messages of
// proposals: what is not decoded cannot be executed.
func TestStoredMessagesAreDecoded(t *testing.T) {
	registry := codectypes.NewInterfaceRegistry()
	consortium.RegisterInterfaces(registry)
	cdc := codec.NewProtoCodec(registry)
	p := proposal(t, 1)
	want := p.Messages[0].GetCachedValue()

	var submitted consortium.MsgSubmitProposal
	var stored consortium.Proposal
	var state consortium.GenesisState
	var one consortium.QueryProposalResponse
	var list consortium.QueryProposalsResponse
	for _, pair := range [][2]proto.Message{
		{&consortium.MsgSubmitProposal{Messages: p.Messages}, &submitted},
		{&p, &stored},
		{&consortium.GenesisState{Proposals: []consortium.Proposal{p}}, &state},
		{&consortium.QueryProposalResponse{Proposal: p}, &one},
		{&consortium.QueryProposalsResponse{Proposals: []consortium.Proposal{p}}, &list},
	} {
		bz, err := cdc.Marshal(pair[0])
		require.NoError(t, err)
		require.NoError(t, cdc.Unmarshal(bz, pair[1]))
	}
	for _, messages := range [][]*codectypes.Any{
		submitted.Messages, stored.Messages, state.Proposals[0].Messages, one.Proposal.Messages, list.Proposals[0].Messages,
	} {
		require.Equal(t, want, messages[0].GetCachedValue())
	}
}

func TestOnlyMessagesOfTheModuleItselfMayBeProposed(t *testing.T) {
	for _, msg := range []sdk.Msg{
		&consortium.MsgEnrolParticipants{}, &consortium.MsgWithdrawRoles{}, &consortium.MsgRotateConsensusKey{},
		&consortium.MsgReturnToDuty{}, &consortium.MsgChangeOperator{}, &consortium.MsgDeclareNodes{},
		&consortium.MsgSubmitProposal{}, &consortium.MsgCastVote{},
	} {
		require.NotContains(t, consortium.ProposalMessages, sdk.MsgTypeURL(msg))
	}
	require.NotContains(t, consortium.ProposalMessages, "/")
	for _, url := range consortium.ProposalMessages[:8] {
		require.NotNil(t, proto.MessageType(url[1:]), url)
	}
}
