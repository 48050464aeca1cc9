package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// proposal is the file that a proposal is written as.
type proposal struct {
	// Messages are the changes, each with its type under "@type". The authority
	// may be left out.
	Messages []json.RawMessage `json:"messages"`
	// Document is the SHA-256 digest of the explaining paper, or empty.
	Document []byte `json:"document,omitempty"`
}

// addProposeCommand adds "tx consortium propose" beside the generated commands.
func addProposeCommand(root *cobra.Command, chain *app.App) error {
	parent, _, err := root.Find([]string{"tx", consortium.ModuleName})
	if err != nil {
		return err
	}
	cmd := &cobra.Command{
		Use:   "propose [file]",
		Short: "Put changes to the vote",
		Long: `Put changes to the vote. The file holds them as JSON, executed together or not
at all:

  {"messages": [{"@type": "/dmdl.consortium.v1.MsgSuspendInstitution", "institution": "3"}]}

"dmdld genesis admission" writes such a file for an institution that wants to
join.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, err := client.GetClientTxContext(cmd)
			if err != nil {
				return err
			}
			msg, err := readProposal(chain, args[0], ctx.GetFromAddress().String())
			if err != nil {
				return err
			}
			return clienttx.GenerateOrBroadcastTxCLI(ctx, cmd.Flags(), msg)
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	parent.AddCommand(cmd)
	return nil
}

// readProposal reads the file of a proposal and fills the authority in.
func readProposal(chain *app.App, file, operator string) (*consortium.MsgSubmitProposal, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var p proposal
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	msg := &consortium.MsgSubmitProposal{Operator: operator, Document: p.Document}
	for n, message := range p.Messages {
		packed, err := readMessage(chain, message)
		if err != nil {
			return nil, fmt.Errorf("%s: messages[%d]: %w", file, n, err)
		}
		msg.Messages = append(msg.Messages, packed)
	}
	return msg, nil
}

func readMessage(chain *app.App, raw json.RawMessage) (*codectypes.Any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	if _, given := fields["authority"]; !given {
		authority, err := json.Marshal(app.Authority())
		if err != nil {
			return nil, err
		}
		fields["authority"] = authority
	}
	complete, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	var msg sdk.Msg
	if err := chain.Codec.UnmarshalInterfaceJSON(complete, &msg); err != nil {
		return nil, err
	}
	return codectypes.NewAnyWithValue(msg)
}

func admissionCmd(chain *app.App) *cobra.Command {
	return &cobra.Command{
		Use:     "admission [entry]",
		Short:   "Turn the entry of an institution that wants to join into a proposal",
		Example: "dmdld genesis admission entry.json > proposal.json && dmdld tx consortium propose proposal.json --from operator",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			entry, err := readEntry(args[0])
			if err != nil {
				return err
			}
			msg, err := entry.Admission(app.Authority())
			if err != nil {
				return err
			}
			raw, err := chain.Codec.MarshalInterfaceJSON(msg)
			if err != nil {
				return err
			}
			return printJSON(cmd, proposal{Messages: []json.RawMessage{raw}})
		},
	}
}

func proveCmd() *cobra.Command {
	var who identity
	cmd := &cobra.Command{
		Use:   "prove",
		Short: "Prove that this node holds its consensus key, to rotate to it or be appointed with it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entry, err := who.signedEntry(client.GetClientContextFromCmd(cmd).HomeDir, "localhost:26656")
			if err != nil {
				return err
			}
			return printJSON(cmd, map[string]any{
				"consensus_key": entry.ConsensusKey,
				"proof":         base64.StdEncoding.EncodeToString(entry.KeyProof),
			})
		},
	}
	who.addFlags(cmd)
	return cmd
}

func restartCmd(chain *app.App) *cobra.Command {
	var chainID, at string
	var keep []uint
	cmd := &cobra.Command{
		Use:   "restart [export]",
		Short: "Make the genesis document of a new chain that goes on from an export",
		Long: `Make the genesis document of a new chain that goes on from an export, for when
more than a third of the validators are lost for good. All members compare its
hash as they did at first.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			begin, err := parseTime(at)
			if err != nil {
				return err
			}
			export, err := genutiltypes.AppGenesisFromFile(args[0])
			if err != nil {
				return err
			}
			var numbers []uint64
			for _, n := range keep {
				numbers = append(numbers, uint64(n))
			}
			doc, err := genesis.Restart(ceremonyCodec(chain), export, chainID, begin, numbers)
			if err != nil {
				return err
			}
			return printJSON(cmd, doc)
		},
	}
	cmd.Flags().StringVar(&chainID, flags.FlagChainID, "", "id of the new chain")
	cmd.Flags().StringVar(&at, "time", "", "when the new chain begins, in RFC 3339 (default: now)")
	cmd.Flags().UintSliceVar(&keep, "keep", nil, "numbers of the institutions that validate from the start (default: all that did)")
	_ = cmd.MarkFlagRequired(flags.FlagChainID) // the flag was added above
	return cmd
}
