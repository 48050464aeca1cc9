package module

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/dmdl-network/dmdl/args"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// AutoCLIOptions names the module's commands.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:           consortium.Query_serviceDesc.ServiceName,
			RpcCommandOptions: queries,
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:           consortium.Msg_serviceDesc.ServiceName,
			RpcCommandOptions: append(transactions, byProposal()...),
		},
	}
}

var queries = []*autocliv1.RpcCommandOptions{
	{
		RpcMethod: "Institution", Use: "institution [number]", Short: "Show one institution",
		Example:        "dmdld query consortium institution 1",
		PositionalArgs: args.Fields("number"),
	},
	{RpcMethod: "Institutions", Use: "institutions", Short: "List all institutions, removed ones included"},
	{RpcMethod: "Validators", Use: "validators", Short: "List who validates, as CometBFT was last told"},
	{
		RpcMethod: "Participant", Use: "participant [address]", Short: "Show one participant and its roles",
		PositionalArgs: args.Fields("address"),
	},
	{
		RpcMethod: "Participants", Use: "participants [institution]", Short: "List the participants of an institution",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod: "Proposal", Use: "proposal [id]", Short: "Show one proposal and its votes",
		PositionalArgs: args.Fields("id"),
	},
	{RpcMethod: "Proposals", Use: "proposals", Short: "List all proposals"},
	{RpcMethod: "Params", Use: "params", Short: "Show the parameters and the account that proposals act as"},
}

var transactions = []*autocliv1.RpcCommandOptions{
	{
		RpcMethod: "EnrolParticipants", Use: "enrol [enrolment]...", Short: "Make accounts participants of your institution",
		Example:        `dmdld tx consortium enrol '{"address":"dmdl1...","roles":[{"role":"ROLE_VAULT","expires_at":"2030-01-01T00:00:00Z"}],"person":"<32 bytes, base64>"}' --from operator`,
		PositionalArgs: args.Repeated("enrolments"),
	},
	{
		RpcMethod: "WithdrawRoles", Use: "withdraw [participant]", Short: "Take roles from a participant, all unless --roles names some",
		Example:        "dmdld tx consortium withdraw dmdl1... --roles clinician --from operator",
		PositionalArgs: args.Fields("participant"),
	},
	{
		RpcMethod: "RotateConsensusKey", Use: "rotate-consensus-key [key] [proof]", Short: "Validate with another key",
		Long:           "Replaces the key that your institution validates with. \"dmdld genesis prove\" makes the proof on the node that holds the new key.",
		Example:        `dmdld tx consortium rotate-consensus-key '{"type":"ed25519","value":"<base64>"}' <proof, base64> --from operator`,
		PositionalArgs: args.Fields("consensus_key", "proof"),
	},
	{RpcMethod: "ReturnToDuty", Use: "return-to-duty", Short: "Validate again after having been set idle"},
	{
		RpcMethod: "ChangeOperator", Use: "change-operator [new-operator]", Short: "Hand your institution to another operator account",
		PositionalArgs: args.Fields("new_operator"),
	},
	{
		RpcMethod: "DeclareNodes", Use: "declare-nodes [ID@host:port]...", Short: "Replace the list of your nodes that peers accept",
		PositionalArgs: args.Repeated("nodes"),
	},
	// A proposal is written as a file: see "dmdld tx consortium propose".
	{RpcMethod: "SubmitProposal", Skip: true},
	{
		RpcMethod: "CastVote", Use: "vote [proposal] [option]", Short: "Vote on a proposal",
		Example:        "dmdld tx consortium vote 3 yes --from operator",
		PositionalArgs: args.Fields("proposal", "option"),
	},
}

// byProposal leaves out the messages that only proposals execute: a
// transaction cannot carry them, since nobody holds the key of their signer.
func byProposal() []*autocliv1.RpcCommandOptions {
	methods := []string{
		"AdmitInstitution", "SuspendInstitution", "ReinstateInstitution", "RemoveInstitution",
		"AppointValidator", "ReplaceOperator", "UpdateParams", "UpdateConsensusParams",
	}
	skipped := make([]*autocliv1.RpcCommandOptions, 0, len(methods))
	for _, method := range methods {
		skipped = append(skipped, &autocliv1.RpcCommandOptions{RpcMethod: method, Skip: true})
	}
	return skipped
}
