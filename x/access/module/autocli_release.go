package module

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/dmdl-network/dmdl/args"
)

// releases are those of requesters and custodians.
var releases = []*autocliv1.RpcCommandOptions{
	{
		RpcMethod: "RequestAccess",
		Use:       "request-access [request] [recipient]",
		Short:     "Ask for data of a subject",
		Long: "Ask for data of a subject. [recipient] is the SHA-256 digest of your age recipient. A request is JSON or\n" +
			"the name of a .json file, the same that \"dmdld query access check\" takes:\n\n" +
			`  {"subject": {"institution": "1", "number": "7"}, "custodian": "1", "purpose": "PURPOSE_TREAT",` + "\n" +
			`   "action": "ACTION_ACCESS", "role": "ROLE_CLINICIAN", "classes": ["RECORD_CLASS_RESULT"]}`,
		Example:        "dmdld tx access request-access request.json <32 bytes, hex> --accepts noredisclose --from clinician",
		PositionalArgs: args.Fields("request", "recipient"),
		FlagOptions: map[string]*autocliv1.FlagOptions{
			"accepts": {Usage: "a duty that you accept: norelink, noredisclose or delau (repeatable, in this order)"},
		},
	},
	{
		RpcMethod: "BreakGlass",
		Use:       "break-glass [institution] [number] [custodian] [recipient] [reason] [class]...",
		Short:     "Ask for data in an emergency, whatever was consented to",
		Long: "Ask for data in an emergency, whatever was consented to. The custodian reviews it. [recipient] is the\n" +
			"SHA-256 digest of your age recipient, [reason] the commitment to the reason in words.",
		Example:        "dmdld tx access break-glass 1 7 1 <32 bytes, hex> <32 bytes, hex> document result --from emergency",
		PositionalArgs: args.Repeated("subject.institution", "subject.number", "custodian", "recipient", "reason", "classes"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod:      "ReviewEmergency",
		Use:            "review-emergency [institution] [number] [disclosure] [outcome]",
		Short:          "Review a broken glass: justified, unjustified or undetermined",
		Example:        "dmdld tx access review-emergency 1 7 4 justified --from officer",
		PositionalArgs: args.Fields("subject.institution", "subject.number", "disclosure", "outcome"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod: "Release",
		Use:       "release [institution] [number] [item]...",
		Short:     "Say which bodies are about to leave the vault on a ticket",
		Long: "Say which bodies are about to leave the vault on the ticket (institution, number). An item is JSON or\n" +
			"the name of a .json file: the record, with leaf and path if the ledger knows the root of its batch alone,\n" +
			"and the SHA-256 digest of the encrypted body. A release stands alone in an unordered transaction.",
		Example:        `dmdld tx access release 2 5 '{"record": {"id": {"institution": "1", "batch": "42"}}, "body": "<32 bytes, base64>"}' --unordered --timeout-duration 1m --from vault`,
		PositionalArgs: args.Repeated("ticket.institution", "ticket.number", "items"),
		FlagOptions:    args.Flags("ticket"),
	},
	{
		RpcMethod:      "Receive",
		Use:            "receive [institution] [number] [disclosure]",
		Short:          "Sign for the bodies of a release",
		Example:        "dmdld tx access receive 1 7 4 --from clinician",
		PositionalArgs: args.Fields("subject.institution", "subject.number", "disclosure"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod:      "Refuse",
		Use:            "refuse [institution] [number] [ground]",
		Short:          "Withhold what a patient asked for, on a legal ground",
		Long:           "Withhold what a patient asked for on the ticket (institution, number), on a legal ground: harm, others,\nproceedings or identity.",
		Example:        "dmdld tx access refuse 1 6 harm --from officer",
		PositionalArgs: args.Fields("ticket.institution", "ticket.number", "ground"),
		FlagOptions:    args.Flags("ticket"),
	},
	{
		RpcMethod: "Dispute",
		Use:       "dispute [institution] [number] [disclosure] [reason]",
		Short:     "Say that the other side of a release did not do what is recorded",
		Long: "Say that the other side of a release did not do what is recorded. A requester says not-received, no-key,\n" +
			"wrong-content or not-asked; a custodian says no-receipt or obligation.",
		Example:        "dmdld tx access dispute 1 7 4 no-key --from clinician",
		PositionalArgs: args.Fields("subject.institution", "subject.number", "disclosure", "reason"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod: "ReportEmergencies",
		Use:       "report-emergencies [entry]...",
		Short:     "Tell of releases in emergencies while the ledger was out of reach",
		Long: "Tell of releases in emergencies while the ledger was out of reach, in the order of the vault's journal.\n" +
			"An entry is JSON or the name of a .json file.",
		Example:        "dmdld tx access report-emergencies first.json second.json --previous <32 bytes, hex> --from vault",
		PositionalArgs: args.Repeated("entries"),
		FlagOptions: map[string]*autocliv1.FlagOptions{
			"previous": {Usage: "the journal's head before them, 32 bytes; left out before the first"},
		},
	},
}
