package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/records"
)

// vaultWorkCmd keeps lists of records that are works.
func vaultWorkCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Keep lists of records that are claimed as works",
		Long: `Keep lists of records that are claimed as works, see x/copyright. The ledger holds a
root over the ids of a work's records, and who keeps them; the list itself is in the
vaults of the claimant and of the custodians, who attest it.`,
		RunE: client.ValidateCmd,
	}
	cmd.AddCommand(vaultWorkMakeCmd(), vaultWorkAddCmd(), vaultWorkListCmd(), vaultWorkShowCmd(), vaultWorkProveCmd(), vaultWorkAttestCmd(), vaultWorkNotifyCmd())
	return cmd
}

// shownWork is a work as commands print it.
type shownWork struct {
	Root        string          `json:"root"`
	Size        uint64          `json:"size,string"`
	Description string          `json:"description,omitempty"` // digest
	Document    json.RawMessage `json:"document,omitempty"`
}

func showWork(cmd *cobra.Command, w vault.Work, document []byte) error {
	shown := shownWork{Root: hex.EncodeToString(w.Root[:]), Size: w.Size, Description: hex.EncodeToString(w.Description), Document: document}
	return printResult(cmd, shown, func() {
		cmd.Printf("root         %s\nrecords      %d\n", shown.Root, shown.Size)
		if shown.Description != "" {
			cmd.Printf("description  %s\n", shown.Description)
		}
	})
}

func vaultWorkMakeCmd() *cobra.Command {
	var f vault.Filter
	var class, description string
	cmd := &cobra.Command{
		Use:   "make",
		Short: "Make a work of anchored records of this vault and print its root",
		Long: `Make a work of the anchored records of this vault, or of those of one class or patient,
and print its root, which "dmdld tx copyright register-work" takes. The description is
a file of JSON (DataCite 4); the claim holds its SHA-256 digest. The vault keeps it as
a document, which is public to the participants of all institutions, see
"dmdld vault document".`,
		Example:     "dmdld vault work make --class imaging --description dataset.json",
		Args:        cobra.NoArgs,
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, _ []string) error {
			document, err := readDescription(cmd, description)
			if err != nil {
				return err
			}
			if class != "" {
				var classes []records.RecordClass
				if err := parseCodes(&classes, "class", "RECORD_CLASS_", []string{class}, records.RecordClass_value); err != nil {
					return err
				}
				f.Class = classes[0]
			}
			f.State = vault.Anchored
			return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error {
				w, err := v.AddWork(ctx, document, anchoredRecords(ctx, v, f))
				if err != nil {
					return err
				}
				return showWork(cmd, w, document)
			})
		},
	}
	cmd.Flags().StringVar(&class, "class", "", "only records of this class")
	cmd.Flags().Uint64Var(&f.Subject, "subject", 0, "only records of this patient, by number")
	cmd.Flags().StringVar(&description, "description", "", "file of the description (DataCite 4 as JSON)")
	return cmd
}

// anchoredRecords visits the ids of records in ascending order: batches and leaves
// ascend with the numbers of a vault's records.
func anchoredRecords(ctx context.Context, v *vault.Vault, f vault.Filter) iter.Seq2[records.RecordId, error] {
	return func(yield func(records.RecordId, error) bool) {
		for after := uint64(0); ; {
			page, err := v.List(ctx, f, after, vault.MaxList)
			if err != nil {
				yield(records.RecordId{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, r := range page {
				after = r.ID
				if !yield(records.RecordId{Institution: v.Settings().Institution, Batch: r.Batch, Leaf: r.Leaf}, nil) {
					return
				}
			}
		}
	}
}

func readDescription(cmd *cobra.Command, path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(fileName(cmd, path))
	if err != nil {
		return nil, err
	}
	if err := rights.CheckDescription(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

func vaultWorkAddCmd() *cobra.Command {
	var description string
	cmd := &cobra.Command{
		Use:   "add LIST",
		Short: "Add the list of a work that somebody claims, to attest or hold it",
		Long: `Add the list of a work that somebody claims. The list has the id of one record a line,
institution-batch-leaf, in ascending order, as "dmdld vault work show" prints it; "-" is
the standard input. A description is kept as a document, which is public to the
participants of all institutions, see "dmdld vault document".`,
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := readDescription(cmd, description)
			if err != nil {
				return err
			}
			ids, err := readList(cmd, args[0])
			if err != nil {
				return err
			}
			return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error {
				w, err := v.AddWork(ctx, document, sliceOfIDs(ids))
				if err != nil {
					return err
				}
				return showWork(cmd, w, document)
			})
		},
	}
	cmd.Flags().StringVar(&description, "description", "", "file of the description (DataCite 4 as JSON)")
	return cmd
}

func vaultWorkListCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "list",
		Short:       "List the works of the vault",
		Args:        cobra.NoArgs,
		Annotations: itself,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				var works []vault.Work
				for page, err := v.Works(ctx, 0); len(page) > 0 || err != nil; page, err = v.Works(ctx, len(works)) {
					if err != nil {
						return err
					}
					works = append(works, page...)
				}
				all := make([]shownWork, len(works))
				for i, w := range works {
					all[i] = shownWork{Root: hex.EncodeToString(w.Root[:]), Size: w.Size}
				}
				return printResult(cmd, all, func() {
					for i, w := range works {
						cmd.Printf("%s  %8d records  %s\n", all[i].Root, w.Size, w.MadeAt.Format("2006-01-02 15:04"))
					}
				})
			})
		},
	}
}

func vaultWorkShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "show ROOT",
		Short:       "Print the list of a work, one record a line",
		Args:        cobra.ExactArgs(1),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := parseDigest("root", args[0])
			if err != nil {
				return err
			}
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				if _, err := v.Work(ctx, root[:]); err != nil {
					return err
				}
				for id, err := range v.WorkRecords(ctx, root[:]) {
					if err != nil {
						return err
					}
					cmd.Println(server.RecordName(id))
				}
				return nil
			})
		},
	}
}
