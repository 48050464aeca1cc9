package module

import (
	"slices"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/dmdl-network/dmdl/args"
	"github.com/dmdl-network/dmdl/x/access"
)

// AutoCLIOptions names the module's commands. Vaults release and report by
// themselves; their transactions are here for tests and for repair by hand.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:           access.Query_serviceDesc.ServiceName,
			RpcCommandOptions: queries,
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:           access.Msg_serviceDesc.ServiceName,
			RpcCommandOptions: slices.Concat(transactions, releases),
		},
	}
}

var queries = []*autocliv1.RpcCommandOptions{
	// The question is signed: see "dmdld query access check".
	{RpcMethod: "CheckAccess", Skip: true},
	{
		RpcMethod: "Params",
		Use:       "params",
		Short:     "Show the parameters, the table of purposes among them",
		Example:   "dmdld query access params",
	},
	{
		RpcMethod:      "Subject",
		Use:            "subject [institution] [number]",
		Short:          "Show the entry of one subject",
		Example:        "dmdld query access subject 1 7",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Consent",
		Use:            "consent [institution] [number] [index]",
		Short:          "Show one consent of a subject",
		Example:        "dmdld query access consent 1 7 2",
		PositionalArgs: args.Fields("institution", "number", "index"),
	},
	{
		RpcMethod:      "Consents",
		Use:            "consents [institution] [number]",
		Short:          "List the consents of one subject, ended ones too",
		Example:        "dmdld query access consents 1 7",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Account",
		Use:            "account [institution] [number]",
		Short:          "List the account of disclosures of one subject",
		Example:        "dmdld query access account 1 7 --page-limit 200",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Disclosure",
		Use:            "disclosure [institution] [number] [index]",
		Short:          "Show one entry of the account of disclosures of a subject",
		Example:        "dmdld query access disclosure 1 7 4",
		PositionalArgs: args.Fields("institution", "number", "index"),
	},
	{
		RpcMethod:      "Ticket",
		Use:            "ticket [institution] [number]",
		Short:          "Show one ticket of an institution's requesters",
		Example:        "dmdld query access ticket 2 5",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Tickets",
		Use:            "tickets [institution]",
		Short:          "List the tickets of one institution's requesters",
		Example:        "dmdld query access tickets 2",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "Reviews",
		Use:            "reviews [institution]",
		Short:          "List the broken glasses that one custodian has to review",
		Example:        "dmdld query access reviews 1",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "Unreceipted",
		Use:            "unreceipted [institution]",
		Short:          "List the releases that one institution's requesters have not signed for",
		Example:        "dmdld query access unreceipted 2",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod: "Conducts",
		Use:       "conducts",
		Short:     "List what each institution did: releases, receipts, emergencies, disputes",
		Example:   "dmdld query access conducts",
	},
	{
		RpcMethod:      "Template",
		Use:            "template [institution] [number] [version]",
		Short:          "Show one version of a template",
		Example:        "dmdld query access template 1 3 2",
		PositionalArgs: args.Fields("institution", "number", "version"),
	},
	{
		RpcMethod:      "Templates",
		Use:            "templates [institution]",
		Short:          "List the versions of one institution's templates",
		Example:        "dmdld query access templates 1",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "Policy",
		Use:            "policy [institution]",
		Short:          "Show what one custodian releases without consent",
		Example:        "dmdld query access policy 1",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "Study",
		Use:            "study [institution] [number]",
		Short:          "Show one study",
		Example:        "dmdld query access study 3 1",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Studies",
		Use:            "studies [institution]",
		Short:          "List the studies that one institution's ethics board approved",
		Example:        "dmdld query access studies 3",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "Journal",
		Use:            "journal [vault]",
		Short:          "Show how far a vault has reported its emergencies",
		Example:        "dmdld query access journal dmdl1...",
		PositionalArgs: args.Fields("vault"),
	},
}
