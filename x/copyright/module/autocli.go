package module

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/dmdl-network/dmdl/args"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// AutoCLIOptions names the module's commands. Vaults attest and notify by themselves;
// their transactions are here for tests and for repair by hand.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:           copyright.Query_serviceDesc.ServiceName,
			RpcCommandOptions: queries,
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:           copyright.Msg_serviceDesc.ServiceName,
			RpcCommandOptions: transactions,
		},
	}
}

var queries = []*autocliv1.RpcCommandOptions{
	{
		RpcMethod: "Params",
		Use:       "params",
		Short:     "Show the parameters",
		Example:   "dmdld query copyright params",
	},
	{
		RpcMethod:      "Work",
		Use:            "work [institution] [number]",
		Short:          "Show one work with its status now",
		Example:        "dmdld query copyright work 4 1",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Works",
		Use:            "works [institution]",
		Short:          "List the works that one institution claims",
		Example:        "dmdld query copyright works 4",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "WorksByRoot",
		Use:            "works-by-root [root]",
		Short:          "List the works of all institutions on one set of records",
		Example:        "dmdld query copyright works-by-root <64 hex digits>",
		PositionalArgs: args.Fields("root"),
	},
	{
		RpcMethod:      "Children",
		Use:            "children [institution] [number]",
		Short:          "List the works that were made from one",
		Example:        "dmdld query copyright children 4 1",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Contests",
		Use:            "contests [institution] [number]",
		Short:          "List what was said against one work",
		Example:        "dmdld query copyright contests 4 1",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Offers",
		Use:            "offers [institution] [number]",
		Short:          "List the terms that one work is licensed on",
		Example:        "dmdld query copyright offers 4 1",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Notices",
		Use:            "notices [institution] [number]",
		Short:          "List what happened to one work and to those that it was made from",
		Example:        "dmdld query copyright notices 4 1",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Licence",
		Use:            "licence [institution] [number]",
		Short:          "Show one licence of a licensor",
		Example:        "dmdld query copyright licence 4 1",
		PositionalArgs: args.Fields("institution", "number"),
	},
	{
		RpcMethod:      "Licences",
		Use:            "licences [institution]",
		Short:          "List the licences of one licensor",
		Example:        "dmdld query copyright licences 4",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "LicencesHeld",
		Use:            "licences-held [institution]",
		Short:          "List the licences that one institution asked for",
		Example:        "dmdld query copyright licences-held 2",
		PositionalArgs: args.Fields("institution"),
	},
	{
		RpcMethod:      "Strikes",
		Use:            "strikes [institution]",
		Short:          "Show what became of one institution's claims and contests",
		Example:        "dmdld query copyright strikes 2",
		PositionalArgs: args.Fields("institution"),
	},
}
