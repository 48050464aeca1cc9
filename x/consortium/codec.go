package consortium

import (
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces registers the module's messages.
func RegisterInterfaces(r codectypes.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgEnrolParticipants{}, &MsgWithdrawRoles{}, &MsgRotateConsensusKey{}, &MsgReturnToDuty{},
		&MsgChangeOperator{}, &MsgDeclareNodes{}, &MsgSubmitProposal{}, &MsgCastVote{},
		&MsgAdmitInstitution{}, &MsgSuspendInstitution{}, &MsgReinstateInstitution{}, &MsgRemoveInstitution{},
		&MsgAppointValidator{}, &MsgReplaceOperator{}, &MsgUpdateParams{}, &MsgUpdateConsensusParams{},
	)
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}

// ProposalMessages are the types of messages that a proposal may hold. They are
// written out: names are not registered yet when a variable is set.
var ProposalMessages = []string{
	"/dmdl.consortium.v1.MsgAdmitInstitution",
	"/dmdl.consortium.v1.MsgSuspendInstitution",
	"/dmdl.consortium.v1.MsgReinstateInstitution",
	"/dmdl.consortium.v1.MsgRemoveInstitution",
	"/dmdl.consortium.v1.MsgAppointValidator",
	"/dmdl.consortium.v1.MsgReplaceOperator",
	"/dmdl.consortium.v1.MsgUpdateParams",
	"/dmdl.consortium.v1.MsgUpdateConsensusParams",
	"/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade",
	"/cosmos.upgrade.v1beta1.MsgCancelUpgrade",
	"/dmdl.access.v1.MsgUpdateParams",
	"/dmdl.copyright.v1.MsgDecideWork",
	"/dmdl.copyright.v1.MsgUpdateParams",
}

// UnpackInterfaces decodes the packed messages.
func (m MsgSubmitProposal) UnpackInterfaces(u codectypes.AnyUnpacker) error {
	return unpack(u, m.Messages)
}

// UnpackInterfaces decodes the packed messages.
func (p Proposal) UnpackInterfaces(u codectypes.AnyUnpacker) error {
	return unpack(u, p.Messages)
}

// UnpackInterfaces decodes the messages of every proposal.
func (gs GenesisState) UnpackInterfaces(u codectypes.AnyUnpacker) error {
	return unpackProposals(u, gs.Proposals)
}

// UnpackInterfaces decodes the messages of the proposal.
func (r QueryProposalResponse) UnpackInterfaces(u codectypes.AnyUnpacker) error {
	return r.Proposal.UnpackInterfaces(u)
}

// UnpackInterfaces decodes the messages of every proposal.
func (r QueryProposalsResponse) UnpackInterfaces(u codectypes.AnyUnpacker) error {
	return unpackProposals(u, r.Proposals)
}

func unpackProposals(u codectypes.AnyUnpacker, proposals []Proposal) error {
	for _, p := range proposals {
		if err := p.UnpackInterfaces(u); err != nil {
			return err
		}
	}
	return nil
}

func unpack(u codectypes.AnyUnpacker, messages []*codectypes.Any) error {
	for _, message := range messages {
		var msg sdk.Msg
		if err := u.UnpackAny(message, &msg); err != nil {
			return err
		}
	}
	return nil
}
