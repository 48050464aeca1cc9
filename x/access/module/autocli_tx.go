package module

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/dmdl-network/dmdl/args"
)

// Texts that several commands share.
const (
	permitHelp = "A permit is JSON or the name of a .json file:\n\n" +
		`  {"grantee": {"institution": "2"}, "purposes": ["PURPOSE_TREAT"], "classes": ["RECORD_CLASS_RESULT"],` + "\n" +
		`   "actions": ["ACTION_ACCESS"], "valid_until": "2030-01-01T00:00:00Z"}`
	evidenceHelp = "commitment to the paper that was signed, 32 bytes, if a registrar signs"
)

// transactions are those of subjects and of what institutions publish.
var transactions = []*autocliv1.RpcCommandOptions{
	// Only a passed proposal changes the parameters.
	{RpcMethod: "UpdateParams", Skip: true},
	{
		RpcMethod:      "EnrolSubjects",
		Use:            "enrol-subjects [enrolment]...",
		Short:          "Say of patients of your institution who they are",
		Example:        `dmdld tx access enrol-subjects '{"number": "7", "identity": "<32 bytes, base64>"}' --from registrar`,
		PositionalArgs: args.Repeated("enrolments"),
	},
	{
		RpcMethod:      "ProposeController",
		Use:            "propose-controller [institution] [number] [evidence] [controller]",
		Short:          "Begin a change of who decides for a subject",
		Long:           "Begin a change of who decides for a subject. Without a controller, its registrars will.",
		Example:        "dmdld tx access propose-controller 1 7 <32 bytes, hex> dmdl1... --from registrar",
		PositionalArgs: args.Optional("subject.institution", "subject.number", "evidence", "controller"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod:      "ApproveController",
		Use:            "approve-controller [institution] [number] [controller]",
		Short:          "Approve a change of controller, as the second person",
		Example:        "dmdld tx access approve-controller 1 7 dmdl1... --from officer",
		PositionalArgs: args.Optional("subject.institution", "subject.number", "controller"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod:      "StopController",
		Use:            "stop-controller [institution] [number]",
		Short:          "Stop a change of controller that has not taken effect",
		Example:        "dmdld tx access stop-controller 1 7 --from patient",
		PositionalArgs: args.Fields("subject.institution", "subject.number"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod: "SetDelegate",
		Use:       "set-delegate [institution] [number] [account] [capacity] [ends-at]",
		Short:     "Add a delegate, change its end, or remove it",
		Long: "Add a delegate, change its end, or remove it. Capacity is guardian or proxy, or unspecified to remove.\n" +
			"The end is the beginning of a quarter of a year, UTC.",
		Example:        "dmdld tx access set-delegate 1 7 dmdl1... proxy 2027-01-01T00:00:00Z --from patient",
		PositionalArgs: args.Optional("subject.institution", "subject.number", "delegate.account", "delegate.capacity", "delegate.ends_at"),
		FlagOptions: map[string]*autocliv1.FlagOptions{
			"subject": {Hidden: true}, "delegate": {Hidden: true}, "evidence": {Usage: evidenceHelp},
		},
	},
	{
		RpcMethod: "GrantConsent",
		Use:       "grant-consent [institution] [number] [sealed]",
		Short:     "Grant a consent for a subject",
		Long: "Grant a consent for a subject. What it permits is public: give --permits once for each, or --template.\n" +
			"What it restricts is sealed, and [sealed] is the commitment to it. " + permitHelp,
		Example:        "dmdld tx access grant-consent 1 7 <32 bytes, hex> --permits treat.json --from patient",
		PositionalArgs: args.Fields("subject.institution", "subject.number", "sealed"),
		FlagOptions: args.Flags("subject",
			"permits", "what it permits, as JSON or as the name of a .json file (repeatable, at most 8)",
			"template", `the version of a template that is adopted, as JSON: {"institution": "1", "number": "3", "version": "2"}`,
			"grantee", `whom the template is adopted for, as JSON: {"institution": "2"}`,
			"supersedes", "indexes of the consents that it ends, such as 1,2",
			"evidence", evidenceHelp),
	},
	{
		RpcMethod:      "WithdrawConsents",
		Use:            "withdraw-consents [institution] [number] [index]...",
		Short:          "Withdraw the consents of a subject, all unless some are named",
		Example:        "dmdld tx access withdraw-consents 1 7 2 3 --from patient",
		PositionalArgs: args.Repeated("subject.institution", "subject.number", "consents"),
		FlagOptions:    args.Flags("subject"),
	},
	{
		RpcMethod:      "PublishTemplate",
		Use:            "publish-template [number] [version] [text] [permit]...",
		Short:          "Publish a version of a form of consent of your institution",
		Long:           "Publish a version of a form of consent of your institution. [text] is the SHA-256 digest of its words. " + permitHelp,
		Example:        "dmdld tx access publish-template 3 1 <32 bytes, hex> treat.json --from officer",
		PositionalArgs: args.Repeated("number", "version", "text", "permits"),
	},
	{
		RpcMethod:      "RetireTemplate",
		Use:            "retire-template [number] [version]",
		Short:          "End the adoption of a version of a template",
		Example:        "dmdld tx access retire-template 3 1 --from officer",
		PositionalArgs: args.Fields("number", "version"),
	},
	{
		RpcMethod: "SetPolicy",
		Use:       "set-policy [document] [permit]...",
		Short:     "Replace what your institution releases without consent",
		Long: "Replace what your institution releases without consent, all of it. [document] is the SHA-256 digest of\n" +
			`the published policy. Each permit has a basis: {"permit": {...}, "basis": "BASIS_POLICY"} or BASIS_LEGAL_DUTY.` + "\n" + permitHelp,
		Example:        "dmdld tx access set-policy <32 bytes, hex> notification.json --from officer",
		PositionalArgs: args.Repeated("document", "permits"),
	},
	{
		RpcMethod:      "ApproveStudy",
		Use:            "approve-study [number] [protocol] [expires-at] [institution]...",
		Short:          "Approve a study, or renew or end its approval, for an ethics board",
		Example:        "dmdld tx access approve-study 1 <32 bytes, hex> 2028-01-01T00:00:00Z 2 4 --from board",
		PositionalArgs: args.Repeated("number", "protocol", "expires_at", "institutions"),
	},
}
