package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/dmdl-network/dmdl/x/access"
)

// addCheckCommand adds "query access check" beside the generated commands: they
// cannot sign a question.
func addCheckCommand(root *cobra.Command) error {
	parent, _, err := root.Find([]string{"query", access.ModuleName})
	if err != nil {
		return err
	}
	var requester string
	cmd := &cobra.Command{
		Use:   "check [request]",
		Short: "Ask how a request would be decided, without making it",
		Long: `Ask how a request would be decided, without making it. It is answered for those
whom it concerns, so the key of --from signs the question: the requester, who
acts for the subject, or vault and privacy officer of the custodian. A request is
JSON or the name of a .json file, the same that "dmdld tx access request-access"
takes:

  {"subject": {"institution": "1", "number": "7"}, "custodian": "1", "purpose": "PURPOSE_TREAT",
   "action": "ACTION_ACCESS", "role": "ROLE_CLINICIAN", "classes": ["RECORD_CLASS_RESULT"]}

The custodian's vault also applies what is sealed, and can only permit less.`,
		Example: "dmdld query access check request.json --requester dmdl1... --from officer",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, err := signingContext(cmd)
			if err != nil {
				return err
			}
			question, err := readQuestion(ctx, args[0], requester)
			if err != nil {
				return err
			}
			if err := signQuestion(ctx, question, time.Now()); err != nil {
				return err
			}
			res, err := access.NewQueryClient(ctx).CheckAccess(cmd.Context(), question)
			if err != nil {
				return err
			}
			return ctx.PrintProto(res)
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	flags.AddKeyringFlags(cmd.Flags())
	cmd.Flags().String(flags.FlagFrom, "", "name or address of the key that signs the question")
	cmd.Flags().String(flags.FlagChainID, "", "id of the chain, if the folder's client.toml does not say")
	cmd.Flags().StringVar(&requester, "requester", "", "account that would ask for the data (default: that of --from)")
	_ = cmd.MarkFlagRequired(flags.FlagFrom) // the flag was added above
	parent.AddCommand(cmd)
	return nil
}

// signingContext returns the context of a query with the key of --from.
func signingContext(cmd *cobra.Command) (client.Context, error) {
	ctx, err := client.GetClientQueryContext(cmd)
	if err != nil {
		return ctx, err
	}
	name, err := cmd.Flags().GetString(flags.FlagFrom)
	if err != nil {
		return ctx, err
	}
	from, name, _, err := client.GetFromFields(ctx, ctx.Keyring, name)
	if err != nil {
		return ctx, err
	}
	if ctx.ChainID == "" {
		return ctx, errors.New("name the chain with --chain-id: the signature is for one chain")
	}
	return ctx.WithFrom(name).WithFromAddress(from).WithFromName(name), nil
}

// readQuestion reads a request from JSON, or from a file whose name ends so.
func readQuestion(ctx client.Context, text, requester string) (*access.QueryCheckAccessRequest, error) {
	raw := []byte(text)
	if strings.HasSuffix(text, ".json") {
		var err error
		if raw, err = os.ReadFile(text); err != nil {
			return nil, err
		}
	}
	question := &access.QueryCheckAccessRequest{Asker: ctx.FromAddress.String(), Requester: requester}
	if requester == "" {
		question.Requester = question.Asker
	}
	if err := ctx.Codec.UnmarshalJSON(raw, &question.Request); err != nil {
		return nil, fmt.Errorf("request %s: %w", text, err)
	}
	return question, nil
}

// signQuestion signs a question with the key that the context names.
func signQuestion(ctx client.Context, question *access.QueryCheckAccessRequest, at time.Time) error {
	question.SignedAt = at.UTC().Truncate(time.Second)
	signed, err := access.CheckBytes(ctx.ChainID, question.Requester, question.Request, question.SignedAt)
	if err != nil {
		return err
	}
	signature, key, err := ctx.Keyring.Sign(ctx.FromName, signed, signing.SignMode_SIGN_MODE_DIRECT)
	if err != nil {
		return err
	}
	question.Signature = signature
	question.PublicKey, err = codectypes.NewAnyWithValue(key)
	return err
}
