package module

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/dmdl-network/dmdl/args"
)

var transactions = []*autocliv1.RpcCommandOptions{
	// Only passed proposals decide on claims and change the parameters.
	{RpcMethod: "DecideWork", Skip: true},
	{RpcMethod: "UpdateParams", Skip: true},
	{
		RpcMethod: "RegisterWork",
		Use:       "register-work [kind] [right] [jurisdiction] [description]",
		Short:     "Claim a work for your institution",
		Long: "Claim a work for your institution. [kind] is such as dataset, [right] such as database, [jurisdiction] is a country\n" +
			"code or EU, [description] is the digest of the description. \"dmdld vault work make\" makes a root of records, with\n" +
			"their number. A work without records has a commitment to its content instead.\n\n" +
			"A contributor is JSON or the name of a .json file: {\"account\": \"dmdl1...\", \"credits\": [\"CREDIT_DATA_CURATION\"],\n" +
			"\"share\": 10000}. So is a parent: {\"work\": {\"institution\": \"4\", \"number\": \"1\"}, \"relation\": \"RELATION_DERIVED\",\n" +
			"\"licence\": \"1\"}.",
		Example:        "dmdld tx copyright register-work dataset database EU <32 bytes, hex> --root <32 bytes, hex> --size 120 --custodians 4 --contributors me.json --from officer",
		PositionalArgs: args.Fields("kind", "right", "jurisdiction", "description"),
		FlagOptions: args.Flags("",
			"contributors", "who made it, as JSON or as the name of a .json file (repeatable, at most 64; shares add up to 10000)",
			"root", "root of the tree of its records, 32 bytes",
			"size", "number of records",
			"custodians", "numbers of the institutions that keep the records, such as 1,4",
			"content", "commitment to a work without records, 32 bytes",
			"parents", "what it was made from, as JSON or as the name of a .json file (repeatable, at most 16)"),
	},
	{
		RpcMethod:      "AttestWork",
		Use:            "attest-work [institution] [number] [root] [claimant] [seed]",
		Short:          "Give a custodian's word for a work; \"dmdld vault work attest\" compares first",
		Example:        "dmdld tx copyright attest-work 4 1 <32 bytes, hex> dmdl1... <32 bytes, hex> --from vault",
		PositionalArgs: args.Fields("work.institution", "work.number", "root", "claimant", "seed"),
		FlagOptions:    args.Flags("work"),
	},
	{
		RpcMethod:      "WithdrawWork",
		Use:            "withdraw-work [institution] [number]",
		Short:          "Give a claim up for good",
		Example:        "dmdld tx copyright withdraw-work 4 1 --from officer",
		PositionalArgs: args.Fields("work.institution", "work.number"),
		FlagOptions:    args.Flags("work"),
	},
	{
		RpcMethod: "ContestWork",
		Use:       "contest-work [institution] [number] [ground] [evidence]",
		Short:     "Say that another institution's claim should not stand",
		Long: "Say that another institution's claim should not stand. [ground] is overlap, copy, hidden-parent or no-right,\n" +
			"[evidence] the commitment to what voters are shown. \"dmdld vault work prove\" proves a record in both works.",
		Example:        "dmdld tx copyright contest-work 4 1 overlap <32 bytes, hex> --other '{\"institution\":\"2\",\"number\":\"1\"}' --overlap overlap.json --from officer",
		PositionalArgs: args.Fields("work.institution", "work.number", "ground", "evidence"),
		FlagOptions: args.Flags("work",
			"other", `the earlier work, as JSON: {"institution": "2", "number": "1"}`,
			"overlap", "one record in both works, as JSON or as the name of a .json file"),
	},
	{
		RpcMethod:      "WithdrawContest",
		Use:            "withdraw-contest [institution] [number] [index]",
		Short:          "Take back what your institution said against a work",
		Example:        "dmdld tx copyright withdraw-contest 4 1 2 --from officer",
		PositionalArgs: args.Fields("work.institution", "work.number", "index"),
		FlagOptions:    args.Flags("work"),
	},
	{
		RpcMethod: "OfferLicence",
		Use:       "offer-licence [institution] [number] [terms]",
		Short:     "Offer licences for a work of your institution",
		Long: "Offer licences for a work of your institution. [terms] is JSON or the name of a .json file:\n\n" +
			`  {"spdx": "CC-BY-NC-4.0", "purposes": ["PURPOSE_HRESCH"], "data_uses": [{"code": 6}], "period": "31536000s",` + "\n" +
			`   "attribution": true, "derivatives": "DERIVATIVES_ALLOWED", "training": true, "evaluation": true,` + "\n" +
			`   "withdrawal": "WITHDRAWAL_REPLACE"}`,
		Example:        "dmdld tx copyright offer-licence 4 1 terms.json --from officer",
		PositionalArgs: args.Fields("work.institution", "work.number", "terms"),
		FlagOptions:    args.Flags("work"),
	},
	{
		RpcMethod:      "CloseOffer",
		Use:            "close-offer [institution] [number] [index]",
		Short:          "End an offer; licences go on",
		Example:        "dmdld tx copyright close-offer 4 1 2 --from officer",
		PositionalArgs: args.Fields("work.institution", "work.number", "index"),
		FlagOptions:    args.Flags("work"),
	},
	{
		RpcMethod:      "RequestLicence",
		Use:            "request-licence [institution] [number] [offer]",
		Short:          "Ask for a licence by an offer",
		Example:        "dmdld tx copyright request-licence 4 1 1 --from officer",
		PositionalArgs: args.Fields("work.institution", "work.number", "offer"),
		FlagOptions:    args.Flags("work"),
	},
	{
		RpcMethod:      "AnswerLicence",
		Use:            "answer-licence [institution] [number]",
		Short:          "Grant a licence that was asked for with --granted, or refuse it",
		Example:        "dmdld tx copyright answer-licence 4 1 --granted --from officer",
		PositionalArgs: args.Fields("licence.institution", "licence.number"),
		FlagOptions:    args.Flags("licence", "granted", "grant it; else it is refused"),
	},
	{
		RpcMethod:      "TerminateLicence",
		Use:            "terminate-licence [institution] [number]",
		Short:          "End a licence: by the licensee at will, by the licensor after a breach",
		Example:        "dmdld tx copyright terminate-licence 4 1 --from officer",
		PositionalArgs: args.Fields("licence.institution", "licence.number"),
		FlagOptions:    args.Flags("licence"),
	},
	{
		RpcMethod:      "ReportBreach",
		Use:            "report-breach [institution] [number] [evidence]",
		Short:          "Say that a licensee broke the terms",
		Example:        "dmdld tx copyright report-breach 4 1 <32 bytes, hex> --from officer",
		PositionalArgs: args.Fields("licence.institution", "licence.number", "evidence"),
		FlagOptions:    args.Flags("licence"),
	},
	{
		RpcMethod:      "ApproveDerivative",
		Use:            "approve-derivative [institution] [number] [description]",
		Short:          "Approve a derivative under a licence, by the digest of its description",
		Example:        "dmdld tx copyright approve-derivative 4 1 <32 bytes, hex> --from officer",
		PositionalArgs: args.Fields("licence.institution", "licence.number", "description"),
		FlagOptions:    args.Flags("licence"),
	},
	{
		RpcMethod:      "NotifyWork",
		Use:            "notify-work [institution] [number] [cause] [record]...",
		Short:          "Tell of records of a work; \"dmdld vault work notify\" finds and proves them",
		Example:        "dmdld tx copyright notify-work 4 1 erased record.json --from vault",
		PositionalArgs: args.Repeated("work.institution", "work.number", "cause", "records"),
		FlagOptions:    args.Flags("work"),
	},
}
