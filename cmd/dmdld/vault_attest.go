package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func vaultWorkProveCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "prove ROOT RECORD",
		Short:       "Print the place and the inclusion path of a record in a work",
		Example:     "dmdld vault work prove 5f0c... 1/3/17",
		Args:        cobra.ExactArgs(2),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := parseDigest("root", args[0])
			if err != nil {
				return err
			}
			id, err := server.ParseRecord(strings.ReplaceAll(args[1], "/", "-"))
			if err != nil {
				return fmt.Errorf("record %q: %w", args[1], err)
			}
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				w, err := v.Work(ctx, root[:])
				if err != nil {
					return err
				}
				place, path, err := v.WorkPath(ctx, w, id)
				if err != nil {
					return err
				}
				return printJSON(cmd, struct {
					Place uint64   `json:"place,string"`
					Path  [][]byte `json:"path"`
				}{place, path})
			})
		},
	}
}

func vaultWorkAttestCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "attest INSTITUTION/NUMBER",
		Short:       "Give this custodian's word for a work, after comparing it with the vault",
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseWork(args[0])
			if err != nil {
				return err
			}
			return withOffice(cmd, func(ctx context.Context, _ *vault.Vault, o *clerk.Office) error {
				m := newMeter(cmd, "records looked at")
				compared, err := o.Attest(ctx, id, func(done, total int) { m.show(float64(done), float64(total)) })
				if err != nil {
					return err
				}
				return printResult(cmd, struct {
					Compared int `json:"compared"`
				}{compared}, func() { cmd.Printf("attested: %d records that were drawn are what was committed to\n", compared) })
			})
		},
	}
}

func vaultWorkNotifyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "notify INSTITUTION/NUMBER",
		Short: "Tell the ledger of records of a work that were erased or withdrawn",
		Long: `Tell the ledger of those records of a work, of this institution, that were erased, or
whose patients withdrew the consent that named a licence of the work. Whoever made
something from the work is told. "dmdld vault serve" does so every day.`,
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseWork(args[0])
			if err != nil {
				return err
			}
			return withOffice(cmd, func(ctx context.Context, _ *vault.Vault, o *clerk.Office) error {
				told, err := o.Notify(ctx, id)
				if err != nil {
					return err
				}
				return printResult(cmd, struct {
					Records int `json:"records"`
				}{told}, func() { cmd.Printf("told of %d records\n", told) })
			})
		},
	}
}

// parseWork reads "institution/number".
func parseWork(text string) (copyright.WorkId, error) {
	institution, number, _ := strings.Cut(text, "/")
	var id copyright.WorkId
	var first, second error
	id.Institution, first = strconv.ParseUint(institution, 10, 64)
	id.Number, second = strconv.ParseUint(number, 10, 64)
	if errors.Join(first, second, id.Validate()) != nil {
		return id, fmt.Errorf("work %q: give it as institution/number, such as 4/1", text)
	}
	return id, nil
}
