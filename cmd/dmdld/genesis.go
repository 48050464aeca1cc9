package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// genesisCmd is the ceremony.
func genesisCmd(chain *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "genesis",
		Short: "Begin a chain together: entries, document, hash",
		Long: `Begin a chain together, without anyone who must be trusted:

  1. each institution:  dmdld init NAME --chain-id ID && dmdld genesis entry ... > entry.json
  2. anyone:            dmdld genesis gather --chain-id ID entry1.json entry2.json ... > genesis.json
  3. all compare:       dmdld genesis verify genesis.json
  4. each institution:  dmdld init NAME --genesis genesis.json && dmdld start`,
		RunE: client.ValidateCmd,
	}
	cmd.AddCommand(entryCmd(), gatherCmd(chain), verifyCmd(chain), admissionCmd(chain), proveCmd(), restartCmd(chain))
	return cmd
}

// identity is the flags that describe an institution.
type identity struct{ name, kind, group, operator, chainID string }

func (i *identity) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&i.name, "name", "", "public name of the institution")
	cmd.Flags().StringVar(&i.kind, "kind", "hospital", "kind: hospital, laboratory, research, regulator, patient-organisation")
	cmd.Flags().StringVar(&i.group, "legal-group", "", "owner that ultimately controls the institution (default: its name)")
	cmd.Flags().StringVar(&i.operator, "operator", "", "address of the operator's account")
	cmd.Flags().StringVar(&i.chainID, flags.FlagChainID, "", "id of the chain")
	for _, required := range []string{"name", "operator", flags.FlagChainID} {
		_ = cmd.MarkFlagRequired(required) // the flags were added above
	}
}

// entry returns an unsigned entry for the institution.
func (i *identity) entry(node string) genesis.Entry {
	group := i.group
	if group == "" {
		group = i.name
	}
	kind := "INSTITUTION_KIND_" + strings.ToUpper(strings.ReplaceAll(i.kind, "-", "_"))
	return genesis.Entry{ChainID: i.chainID, Name: i.name, Kind: kind, LegalGroup: group, Operator: i.operator, Node: node}
}

// signedEntry completes an entry with the keys in the node's folder. Without
// an address the node's own port on this machine is named.
func (i *identity) signedEntry(home, address string) (genesis.Entry, error) {
	comet := cmtcfg.DefaultConfig()
	comet.SetRoot(home)
	nodeKey, err := p2p.LoadNodeKey(comet.NodeKeyFile())
	if err != nil {
		return genesis.Entry{}, fmt.Errorf("%w: run \"dmdld init\" first", err)
	}
	if _, err := os.Stat(comet.PrivValidatorKeyFile()); err != nil {
		return genesis.Entry{}, fmt.Errorf("%w: run \"dmdld init\" first", err)
	}
	entry := i.entry(fmt.Sprintf("%s@%s", nodeKey.ID(), address))
	key := privval.LoadFilePVEmptyState(comet.PrivValidatorKeyFile(), comet.PrivValidatorStateFile())
	return entry, entry.Sign(key.Key.PrivKey)
}

func entryCmd() *cobra.Command {
	var who identity
	var address string
	cmd := &cobra.Command{
		Use:     "entry",
		Short:   "Sign your institution's entry with the consensus key of this node",
		Example: `dmdld genesis entry --chain-id dmdl-1 --name "St. Elsewhere" --operator dmdl1... --address ledger.st-elsewhere.example:26656 > entry.json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entry, err := who.signedEntry(client.GetClientContextFromCmd(cmd).HomeDir, address)
			if err != nil {
				return err
			}
			return printJSON(cmd, entry)
		},
	}
	who.addFlags(cmd)
	cmd.Flags().StringVar(&address, "address", "", "host:port at which peers reach this node")
	_ = cmd.MarkFlagRequired("address") // the flag was added above
	return cmd
}

func gatherCmd(chain *app.App) *cobra.Command {
	var chainID, at string
	cmd := &cobra.Command{
		Use:   "gather [entry]...",
		Short: "Put the entries of all institutions together into a genesis document",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			begin, err := parseTime(at)
			if err != nil {
				return err
			}
			var entries []genesis.Entry
			for _, file := range args {
				entry, err := readEntry(file)
				if err != nil {
					return err
				}
				entries = append(entries, entry)
			}
			doc, err := genesis.Gather(ceremonyCodec(chain), chainID, begin, entries)
			if err != nil {
				return err
			}
			return printJSON(cmd, doc)
		},
	}
	cmd.Flags().StringVar(&chainID, flags.FlagChainID, "", "id of the chain")
	cmd.Flags().StringVar(&at, "time", "", "when the chain begins, in RFC 3339 (default: now)")
	_ = cmd.MarkFlagRequired(flags.FlagChainID) // the flag was added above
	return cmd
}

func verifyCmd(chain *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [document]",
		Short: "Check a genesis document and print the hash that all members compare",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			hash, err := genesis.Hash(raw)
			if err != nil {
				return err
			}
			doc, err := genutiltypes.AppGenesisFromFile(args[0])
			if err != nil {
				return err
			}
			state, err := genesis.State(ceremonyCodec(chain), doc)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			result := verified{Hash: hex.EncodeToString(hash), ChainID: doc.ChainID, Validating: len(consortium.Validating(state.Institutions))}
			return printResult(cmd, result, func() {
				printMembers(cmd, doc, state)
				cmd.Printf("sha256 %s\n", result.Hash)
			})
		},
	}
}

// verified is what verify prints with --output json.
type verified struct {
	Hash       string `json:"hash"`
	ChainID    string `json:"chain_id"`
	Validating int    `json:"validating"`
}

func printMembers(cmd *cobra.Command, doc *genutiltypes.AppGenesis, state *consortium.GenesisState) {
	cmd.Printf("chain %s begins at %s with height %d\n", doc.ChainID, doc.GenesisTime.Format(time.RFC3339), doc.InitialHeight)
	if p := state.Predecessor; p != nil {
		cmd.Printf("it goes on from chain %s at height %d; keys were proven there\n", p.ChainId, p.Height)
	}
	for _, i := range state.Institutions {
		key, _ := i.ConsensusAddress() // the state was checked
		cmd.Printf("%3d  %-32s %-12s group %q  key %s  operator %s\n",
			i.Number, i.Name, strings.ToLower(strings.TrimPrefix(i.Status.String(), "INSTITUTION_STATUS_")), i.LegalGroup, key, i.Operator)
	}
	cmd.Printf("%d validate\n", len(consortium.Validating(state.Institutions)))
}

func readEntry(file string) (genesis.Entry, error) {
	var entry genesis.Entry
	raw, err := os.ReadFile(file)
	if err != nil {
		return entry, err
	}
	if err := json.Unmarshal(raw, &entry); err != nil {
		return entry, fmt.Errorf("%s: %w", file, err)
	}
	return entry, nil
}

func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("time %q is not RFC 3339, such as 2026-11-22T08:00:00Z", text)
	}
	return at, nil
}
