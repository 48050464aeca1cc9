package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// actions are what somebody may want to do with a work.
var actions = map[string]rights.Action{
	"use": rights.ActionUse, "publish": rights.ActionPublish, "distribute": rights.ActionDistribute, "derive": rights.ActionDerive,
	"train": rights.ActionTrain, "fine-tune": rights.ActionFineTune, "evaluate": rights.ActionEvaluate,
}

// intent is a use as the command line says it.
type intent struct{ action, purpose, at, description string }

func licenceAllowsCmd() *cobra.Command {
	var i intent
	var u rights.Use
	var heeds []uint
	cmd := &cobra.Command{
		Use:   "licence-allows INSTITUTION/NUMBER",
		Short: "Say whether a licence allows a use by its licensee, or why not",
		Long: `Say whether a licence allows a use by its licensee: whether it is in force, and what its terms
and its data use codes say of it. It is an answer about the licence alone: what patients consented to is
decided apart from it, and must permit as well. The command fails if the use is not allowed.`,
		Example: "dmdld query copyright licence-allows 2/1 --action train --purpose hresch --country DE --heeds 21",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, code := range heeds {
				u.Heeds = append(u.Heeds, uint32(min(code, 1<<32-1)))
			}
			if err := i.read(&u); err != nil {
				return err
			}
			pair, err := parsePair("licence", args[0])
			if err != nil {
				return err
			}
			return allows(cmd, access.LicenceId{Institution: pair[0], Number: pair[1]}, u)
		},
	}
	f := cmd.Flags()
	f.StringVar(&i.action, "action", "use", "what is done with the work: "+strings.Join(slices.Sorted(maps.Keys(actions)), ", "))
	f.StringVar(&i.purpose, "purpose", "hresch", "what for: a code of v3-ActReason, such as treat or hresch")
	f.StringVar(&i.at, "at", "", "when, such as 2027-06-30T12:00:00Z; now if empty")
	f.StringVar(&i.description, "description", "", "SHA-256 digest of the description of the work that is made")
	f.BoolVar(&u.Commercial, "commercial", false, "the use is for profit")
	f.StringVar(&u.Country, "country", "", "where: an ISO 3166-1 alpha-2 code")
	f.StringVar(&u.Disease, "disease", "", "which disease is studied: a MONDO id, such as MONDO:0005148")
	f.UintSliceVar(&heeds, "heeds", nil, "numbers of the data use codes that the user fulfils, such as 21 with the approval of an ethics board")
	return cmd
}

// read reads what is not of its type yet.
func (i intent) read(u *rights.Use) (err error) {
	u.Action = actions[i.action]
	if u.Action == 0 {
		return fmt.Errorf("action %q is not listed: give one of %s", i.action, strings.Join(slices.Sorted(maps.Keys(actions)), ", "))
	}
	if err := parseCode(&u.Purpose, "purpose", "PURPOSE_", i.purpose, access.Purpose_value); err != nil {
		return err
	}
	if i.description != "" {
		digest, err := parseDigest("description", i.description)
		if err != nil {
			return err
		}
		u.Description = digest[:]
	}
	u.At, err = parseTime(i.at)
	return err
}

// allows prints the answer for the licensee, or fails with the reason.
func allows(cmd *cobra.Command, id access.LicenceId, u rights.Use) error {
	ctx, err := client.GetClientQueryContext(cmd)
	if err != nil {
		return err
	}
	params, err := access.NewQueryClient(ctx).Params(cmd.Context(), &access.QueryParamsRequest{})
	if err != nil {
		return err
	}
	q := copyright.NewQueryClient(ctx)
	answer, err := q.Licence(cmd.Context(), &copyright.QueryLicenceRequest{Institution: id.Institution, Number: id.Number})
	if err != nil {
		return err
	}
	work, err := works{q}.Work(cmd.Context(), answer.Licence.Work)
	if err != nil {
		return err
	}
	u.Institution = answer.Licence.Licensee
	if err := rights.Decide(work, answer.Licence, u, params.Params); err != nil {
		return err
	}
	if ctx.OutputFormat == "json" {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]bool{"allowed": true})
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), "allowed, as far as the licence goes: what patients consented to must permit it as well")
	return err
}
