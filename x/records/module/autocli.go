package module

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/dmdl-network/dmdl/args"
	"github.com/dmdl-network/dmdl/x/records"
)

// AutoCLIOptions names the module's commands. Vaults anchor by themselves; the
// two transactions are here for tests and for repair by hand.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:           records.Query_serviceDesc.ServiceName,
			RpcCommandOptions: queryCommands(),
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:           records.Msg_serviceDesc.ServiceName,
			RpcCommandOptions: txCommands(),
		},
	}
}

func queryCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod:      "Record",
			Use:            "record [institution] [batch] [leaf]",
			Short:          "Show one explicit record",
			Example:        "dmdld query records record 1 42 0",
			PositionalArgs: args.Fields("institution", "batch", "leaf"),
		},
		{
			RpcMethod:      "Standing",
			Use:            "standing [institution] [batch] [leaf]",
			Short:          "Show what became of one record",
			Example:        "dmdld query records standing 1 42 0",
			PositionalArgs: args.Fields("institution", "batch", "leaf"),
		},
		{
			RpcMethod:      "Offers",
			Use:            "offers [institution]",
			Short:          "List the records whose custody is offered to one institution",
			Example:        "dmdld query records offers 2",
			PositionalArgs: args.Fields("institution"),
		},
		{
			RpcMethod:      "RecordsBySubject",
			Use:            "by-subject [institution] [number]",
			Short:          "List the explicit records of one subject",
			Example:        "dmdld query records by-subject 1 7 --page-limit 200",
			PositionalArgs: args.Fields("institution", "number"),
		},
		{
			RpcMethod:      "Batch",
			Use:            "batch [institution] [number]",
			Short:          "Show one batch",
			Example:        "dmdld query records batch 1 3",
			PositionalArgs: args.Fields("institution", "number"),
		},
		{
			RpcMethod:      "Leaves",
			Use:            "leaves [institution] [number]",
			Short:          "List the leaves of one listed batch",
			Example:        "dmdld query records leaves 1 42",
			PositionalArgs: args.Fields("institution", "number"),
		},
		{
			RpcMethod:      "Batches",
			Use:            "batches [institution]",
			Short:          "List the batches of one institution",
			Example:        "dmdld query records batches 1",
			PositionalArgs: args.Fields("institution"),
		},
	}
}

func txCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "AnchorRecords",
			Use:       "anchor-records [number]",
			Short:     "Anchor a listed batch of explicit records of the vault's institution",
			Long: "Anchor explicit records as a listed batch, all or none. Give --records once for each record, as JSON\n" +
				"or as the name of a .json file. Commitments are base64 there.",
			Example:        "dmdld tx records anchor-records 42 --from vault --records result.json --records image.json",
			PositionalArgs: args.Fields("number"),
			FlagOptions: map[string]*autocliv1.FlagOptions{
				"records": {Usage: "a record to anchor, as JSON or as the name of a .json file (repeatable, at most 100)"},
			},
		},
		{
			RpcMethod:      "AnchorBatch",
			Use:            "anchor-batch [number] [root] [leaves]",
			Short:          "Anchor one batch of the vault's institution by the root of its tree",
			Example:        "dmdld tx records anchor-batch 3 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 1000 --from vault",
			PositionalArgs: args.Fields("number", "root", "leaves"),
			FlagOptions: map[string]*autocliv1.FlagOptions{
				"channel": {Usage: "number of the channel of all leaves; 0 is public"},
			},
		},
		{
			RpcMethod: "ReplaceRecord",
			Use:       "replace-record [record] [successor] [status] [reason]",
			Short:     "Amend or supersede a record by another",
			Long: "Amend or supersede a record by another of the same subject and class. " + refHelp + "\n" +
				"Status is amended or superseded.",
			Example:        `dmdld tx records replace-record '{"id": {"institution": 1, "batch": 42}}' successor.json amended correction --from vault`,
			PositionalArgs: args.Fields("record", "successor", "status", "reason"),
		},
		{
			RpcMethod:      "RetractRecord",
			Use:            "retract-record [record] [reason]",
			Short:          "Declare a record void",
			Long:           "Declare a record void. " + refHelp,
			Example:        `dmdld tx records retract-record '{"id": {"institution": 1, "batch": 42}}' wrong-subject --from vault`,
			PositionalArgs: args.Fields("record", "reason"),
		},
		{
			RpcMethod:      "OfferCustody",
			Use:            "offer-custody [record] [to]",
			Short:          "Offer a record to another institution, or to 0 to take the offer back",
			Long:           "Offer a record to another institution, or to 0 to take the offer back. " + refHelp,
			Example:        `dmdld tx records offer-custody '{"id": {"institution": 1, "batch": 42}}' 2 --from vault`,
			PositionalArgs: args.Fields("record", "to"),
		},
		{
			RpcMethod:      "AcceptCustody",
			Use:            "accept-custody [record]",
			Short:          "Become the custodian of a record that was offered",
			Example:        `dmdld tx records accept-custody '{"institution": 1, "batch": 42}' --from vault`,
			PositionalArgs: args.Fields("record"),
		},
		{
			RpcMethod:      "EraseRecord",
			Use:            "erase-record [record] [basis]",
			Short:          "Record that key and body of a record were destroyed",
			Long:           "Record that key and body of a record were destroyed. \"dmdld vault erase\" destroys them and calls this. " + refHelp,
			Example:        `dmdld tx records erase-record '{"id": {"institution": 1, "batch": 42}}' consent-withdrawn --from vault`,
			PositionalArgs: args.Fields("record", "basis"),
		},
	}
}

// refHelp says how a record is referred to.
const refHelp = "A record is JSON or the name of a .json file: its id, and leaf and path\n" +
	"if the ledger knows the root of its batch alone."
