package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/proof"
)

// proofCmd makes and verifies evidence bundles.
func proofCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "proof", Short: "Make and verify evidence about records", RunE: client.ValidateCmd}
	cmd.AddCommand(proofExportCmd(), proofVerifyCmd(), proofSchemaCmd())
	handOver(cmd)
	return cmd
}

func proofExportCmd() *cobra.Command {
	var holder string
	var opening bool
	cmd := &cobra.Command{
		Use:   "export RECORD FILE",
		Short: "Make an evidence bundle about a record of the vault",
		Long: `Make a bundle that proves, without asking anyone, that the ledger holds a record, and
what had become of it. It verifies from the genesis document. Without an opening it
shows nothing of what the record is and survives its erasure. With --with-opening
it shows what the record is, and whoever it is for is put on record as a recipient.`,
		Example:     "dmdld proof export 1/3/17 bundle.json",
		Args:        cobra.ExactArgs(2),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			if opening != (holder != "") {
				return errors.New("--with-opening and --holder go together: name the account that the bundle is for")
			}
			return withOffice(cmd, func(ctx context.Context, v *vault.Vault, o *clerk.Office) error {
				id, err := parseID(ctx, v, args[0])
				if err != nil {
					return err
				}
				bundles, err := o.Bundles(ctx)
				if err != nil {
					return err
				}
				bundle, report, err := bundles.Make(ctx, id, holder)
				if err != nil {
					return err
				}
				if err := writeWhole(fileName(cmd, args[1]), bytes.NewReader(bundle)); err != nil {
					return err
				}
				return printResult(cmd, report, func() { cmd.Printf("%s: %s\n", args[1], size(int64(len(bundle)))) })
			})
		},
	}
	cmd.Flags().String(flagVault, defaultVault(), "folder of the vault")
	cmd.Flags().BoolVar(&opening, "with-opening", false, "open the commitments")
	cmd.Flags().StringVar(&holder, "holder", "", "address of the account that a bundle with opening is for")
	return cmd
}

// roots are the ways to choose a root of trust.
type roots struct {
	genesis, checkpoint, header string
	height                      int64
}

func (r roots) root() (proof.Root, error) {
	given := 0
	for _, value := range []string{r.genesis, r.checkpoint, r.header} {
		if value != "" {
			given++
		}
	}
	if given != 1 {
		return proof.Root{}, errors.New("choose one root of trust: --genesis FILE, --checkpoint FILE, or --header HASH with --height")
	}
	switch {
	case r.genesis != "":
		document, err := os.ReadFile(r.genesis)
		if err != nil {
			return proof.Root{}, err
		}
		return proof.GenesisRoot(document)
	case r.checkpoint != "":
		text, err := os.ReadFile(r.checkpoint)
		if err != nil {
			return proof.Root{}, err
		}
		c, err := proof.ParseCheckpoint(text)
		if err != nil {
			return proof.Root{}, err
		}
		return proof.CheckpointRoot(c), nil
	}
	return proof.HeaderRoot(r.height, r.header)
}

func (r *roots) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.genesis, "genesis", "", "root of trust: a genesis document")
	cmd.Flags().StringVar(&r.checkpoint, "checkpoint", "", "root of trust: a checkpoint")
	cmd.Flags().StringVar(&r.header, "header", "", "root of trust: the hash of a header")
	cmd.Flags().Int64Var(&r.height, "height", 0, "height of the header")
}

func proofVerifyCmd() *cobra.Command {
	var r roots
	var original string
	var predecessors []string
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Verify an evidence bundle without a network",
		Long: `Verify an evidence bundle, without a network and without asking anyone, from a root of
trust that you choose and have got in another way: the genesis document, a header's
hash, or a checkpoint. With --original a document is compared with the record:
EXACT, SAME CONTENT or DIFFERENT, for which the bundle must hold the opening.`,
		Example: "dmdld proof verify bundle.json --genesis genesis.json --original report.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := r.root()
			if err != nil {
				return err
			}
			bundle, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			o := proof.Options{Predecessors: predecessors}
			if original != "" {
				o.Original = clerk.Original{Source: format.File(original, original)}
			}
			report, err := proof.Verify(bundle, root, o)
			if err != nil {
				return err
			}
			if err := printResult(cmd, report, func() { cmd.Print(report) }); err != nil {
				return err
			}
			if c := report.Original; c != nil && c.Result == proof.Different {
				return fmt.Errorf("%s is not what was recorded", original)
			}
			return nil
		},
	}
	r.addFlags(cmd)
	cmd.Flags().StringArrayVar(&predecessors, "predecessor", nil, "id of a chain that the bundle's chain is known to continue (repeatable)")
	cmd.Flags().StringVar(&original, "original", "", "document to compare with the record")
	return cmd
}

func proofSchemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of evidence bundles",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { cmd.Print(string(proof.Schema())) },
	}
}
