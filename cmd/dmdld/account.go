package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/account"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// accountCmd tells patients who received their records.
func accountCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "Show patients who received their records, with proof", RunE: client.ValidateCmd}
	cmd.AddCommand(accountExportCmd(), accountVerifyCmd(), accountPrintCmd(), accountConsentCmd(), accountSchemaCmd())
	handOver(cmd)
	return cmd
}

func accountExportCmd() *cobra.Command {
	var kept string
	cmd := &cobra.Command{
		Use:   "export SUBJECT FILE",
		Short: "Make a bundle of a patient's account of disclosures",
		Long: `Make a bundle that proves, without asking anyone, who received a patient's records,
and that nothing was left out. It verifies from the genesis document. A subject is
institution/number, or the number alone for a patient of this institution.

It is made by the vault, which compares the own node with those of others, so that no
newer entry is hidden from it, and shows of which kind its own records are.

The ledger drops entries after some years. With --kept an earlier bundle gives those,
and the account stays complete.`,
		Example:     "dmdld account export 7 account.json --kept last-year.json",
		Args:        cobra.ExactArgs(2),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOffice(cmd, func(ctx context.Context, v *vault.Vault, o *clerk.Office) error {
				subject, err := parseSubjectID(v.Settings().Institution, args[0])
				if err != nil {
					return err
				}
				entries, err := keptEntries(fileName(cmd, kept))
				if err != nil {
					return err
				}
				bundle, report, err := makeAccount(ctx, v, o, subject, entries)
				if err != nil {
					return err
				}
				if err := writeWhole(fileName(cmd, args[1]), bytes.NewReader(bundle)); err != nil {
					return err
				}
				return printResult(cmd, report, func() { cmd.Printf("%s: %s\n", args[1], report.Proven[0]) })
			})
		},
	}
	cmd.Flags().String(flagVault, defaultVault(), "folder of the vault")
	cmd.Flags().StringVar(&kept, "kept", "", "an earlier bundle of the same account")
	return cmd
}

// parseSubjectID reads institution/number, or a number of the own institution.
func parseSubjectID(own uint64, text string) (records.SubjectId, error) {
	institution, number, other := strings.Cut(text, "/")
	if !other {
		institution, number = strconv.FormatUint(own, 10), text
	}
	id := records.SubjectId{}
	var err, failure error
	id.Institution, err = strconv.ParseUint(institution, 10, 64)
	id.Number, failure = strconv.ParseUint(number, 10, 64)
	if errors.Join(err, failure) != nil || id.Institution == 0 || id.Number == 0 {
		return id, fmt.Errorf("subject %q: give institution/number, both from 1", text)
	}
	return id, nil
}

// keptEntries are those of an earlier bundle. They are verified with the new one.
func keptEntries(path string) ([]access.Disclosure, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	bundle, err := account.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return bundle.Disclosures()
}

func makeAccount(ctx context.Context, v *vault.Vault, o *clerk.Office, subject records.SubjectId, kept []access.Disclosure) ([]byte, account.Report, error) {
	root, err := proof.GenesisRoot(o.Genesis)
	if err != nil {
		return nil, account.Report{}, err
	}
	newest, err := o.Verifier.LightBlock(ctx, 0)
	if err != nil {
		return nil, account.Report{}, err
	}
	listed, err := listAccount(ctx, access.NewQueryClient(o.Client), subject)
	if err != nil {
		return nil, account.Report{}, err
	}
	return account.Make(ctx, o.Verifier, root, account.Request{
		Subject: subject, Height: newest.Height - 1, Entries: append(kept, listed...),
		Leaf: func(ctx context.Context, id records.RecordId) ([]byte, [][]byte, error) { return ownLeaf(ctx, v, id) },
	})
}

// listAccount reads all entries of an account that a node still has.
func listAccount(ctx context.Context, node access.QueryClient, subject records.SubjectId) ([]access.Disclosure, error) {
	var all []access.Disclosure
	page := &query.PageRequest{Limit: paging.MaxLimit}
	for {
		answer, err := node.Account(ctx, &access.QueryAccountRequest{Institution: subject.Institution, Number: subject.Number, Pagination: page})
		if err != nil {
			return nil, err
		}
		all = append(all, answer.Disclosures...)
		if answer.Pagination == nil || len(answer.Pagination.NextKey) == 0 {
			return all, nil
		}
		page.Key = answer.Pagination.NextKey
	}
}

// ownLeaf returns the leaf of a record with its path, or nothing if the record is
// not one of this vault.
func ownLeaf(ctx context.Context, v *vault.Vault, id records.RecordId) ([]byte, [][]byte, error) {
	if id.Institution != v.Settings().Institution {
		return nil, nil, nil
	}
	r, err := v.ByLeaf(ctx, id.Batch, id.Leaf)
	if errors.Is(err, vault.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	p, err := v.Proof(ctx, r.ID)
	if err != nil {
		return nil, nil, err
	}
	return records.LeafBytes(p.Leaf), p.Path, nil
}

func accountSchemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of bundles of accounts",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { cmd.Print(string(account.Schema())) },
	}
}
