package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// listed is a record as "vault list" prints it: nothing of it needs a key.
type listed struct {
	Number  uint64 `json:"number,string"`
	ID      string `json:"id,omitempty"`
	State   string `json:"state"`
	Subject uint64 `json:"subject,string"`
	Class   string `json:"class"`
	Height  uint64 `json:"height,string,omitempty"`
	Hold    string `json:"hold,omitempty"`
	Basis   string `json:"basis,omitempty"`
}

func listedOf(v *vault.Vault, r vault.Record) listed {
	return listed{
		Number: r.ID, ID: ledgerID(v, r), State: r.State.String(), Subject: r.Subject, Class: className(r.Class),
		Height: r.Height, Hold: r.Hold, Basis: r.Basis,
	}
}

func vaultListCmd() *cobra.Command {
	var f vault.Filter
	var after uint64
	var limit int
	cmd := &cobra.Command{
		Use:         "list",
		Short:       "List the records of the vault by number",
		Example:     "dmdld vault list --subject 7",
		Args:        cobra.NoArgs,
		Annotations: itself,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > vault.MaxList {
				return fmt.Errorf("limit %d: give 1 to %d, and go on with --after", limit, vault.MaxList)
			}
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				found, err := v.List(ctx, f, after, limit)
				if err != nil {
					return err
				}
				list := make([]listed, len(found))
				for i, r := range found {
					list[i] = listedOf(v, r)
				}
				return printResult(cmd, list, func() {
					for _, l := range list {
						cmd.Printf("%8d  %-14s  %-8s  subject %-6d  %s\n", l.Number, l.ID, l.State, l.Subject, l.Class)
					}
				})
			})
		},
	}
	cmd.Flags().Uint64Var(&f.Subject, "subject", 0, "only records of this subject")
	cmd.Flags().Uint64Var(&f.Batch, "batch", 0, "only records of this batch")
	cmd.Flags().Uint64Var(&after, "after", 0, "begin behind this number")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many records at most, up to 1000; go on with --after")
	return cmd
}

func vaultShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "show RECORD",
		Short: "Show one record with its sealed descriptor",
		Long: `Show one record with its sealed descriptor, which the vault's key opens. A record is
its number in the vault, or its id on the ledger, institution/batch/leaf.`,
		Example:     "dmdld vault show 1/3/17",
		Args:        cobra.ExactArgs(1),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				id, err := parseID(ctx, v, args[0])
				if err != nil {
					return err
				}
				r, err := v.Get(ctx, id)
				if err != nil {
					return err
				}
				shown := struct {
					listed
					Descriptor json.RawMessage   `json:"descriptor,omitempty"`
					Recipients []vault.Recipient `json:"recipients,omitempty"`
				}{listed: listedOf(v, r)}
				if r.State < vault.Erasing {
					e, err := v.Envelope(ctx, id)
					if err != nil {
						return err
					}
					shown.Descriptor = e.Openings.Descriptor
				}
				if shown.Recipients, err = v.Recipients(ctx, id); err != nil {
					return err
				}
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(shown)
			})
		},
	}
}

func vaultExportCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "export RECORD FILE",
		Short:       "Decrypt one record into a new file",
		Example:     "dmdld vault export 1/3/17 report.dcm",
		Args:        cobra.ExactArgs(2),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				id, err := parseID(ctx, v, args[0])
				if err != nil {
					return err
				}
				body, err := v.Read(ctx, id)
				if err != nil {
					return err
				}
				return errors.Join(writeWhole(args[1], body), body.Close())
			})
		},
	}
}

// writeWhole writes a file that must not be there yet. What could not be read
// to its end is taken away again.
func writeWhole(path string, from io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// erased is what "vault erase" prints.
type erased struct {
	Record     string      `json:"record"`
	Recipients []recipient `json:"recipients"`
}

type recipient struct {
	Address string    `json:"address"`
	At      time.Time `json:"at"`
}

func vaultEraseCmd() *cobra.Command {
	var basis string
	var yes bool
	cmd := &cobra.Command{
		Use:   "erase RECORD",
		Short: "Destroy one record for good and record its tombstone on the ledger",
		Long: `Destroy one record for good: its key first, then its body, then the ledger is told
with the legal ground. Nothing can bring it back, except that backups open it
until the window of the vault's keys has passed, see "dmdld vault rotate".

Whoever the record was disclosed to is listed: they are to be told. Running it
again ends what was interrupted.`,
		Example:     "dmdld vault erase 1/3/17 --basis consent-withdrawn --yes",
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			ground, err := clerk.ParseBasis(basis)
			if err != nil {
				return err
			}
			if !yes {
				return errors.New("this cannot be undone: give --yes to do it")
			}
			return withOffice(cmd, func(ctx context.Context, v *vault.Vault, o *clerk.Office) error {
				id, err := parseID(ctx, v, args[0])
				if err != nil {
					return err
				}
				recipients, err := o.Erase(ctx, id, ground)
				if err != nil {
					return err
				}
				result := erased{Record: args[0], Recipients: []recipient{}}
				for _, r := range recipients {
					result.Recipients = append(result.Recipients, recipient{r.Address, r.At})
				}
				return printResult(cmd, result, func() {
					cmd.Printf("record %s is erased\n", args[0])
					for _, r := range recipients {
						cmd.Printf("tell %s, who received it on %s\n", r.Address, r.At.Format(time.RFC3339))
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&basis, "basis", "", "legal ground: no-longer-necessary, consent-withdrawn, objection, unlawful-processing, legal-obligation")
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	_ = cmd.MarkFlagRequired("basis") // the flag was defined above
	return cmd
}

func vaultHoldCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "hold RECORD REASON",
		Short:       "Put a record under a legal hold, which keeps it from being erased",
		Example:     "dmdld vault hold 1/3/17 litigation",
		Args:        cobra.ExactArgs(2),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			return onRecord(cmd, args[0], func(ctx context.Context, v *vault.Vault, id uint64) error { return v.Hold(ctx, id, args[1]) })
		},
	}
}

func vaultReleaseHoldCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "release-hold RECORD",
		Short:       "End the legal hold of a record",
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			return onRecord(cmd, args[0], func(ctx context.Context, v *vault.Vault, id uint64) error { return v.ReleaseHold(ctx, id) })
		},
	}
}

// onRecord does one thing with one record.
func onRecord(cmd *cobra.Command, record string, do func(ctx context.Context, v *vault.Vault, id uint64) error) error {
	return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error {
		id, err := parseID(ctx, v, record)
		if err != nil {
			return err
		}
		if err := do(ctx, v, id); err != nil {
			return err
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "done")
		return nil
	})
}
