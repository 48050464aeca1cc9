package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/dmdl-network/dmdl/account"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// verifiedAccount verifies a file from the root of trust that flags choose.
func verifiedAccount(path string, r roots) (account.Report, error) {
	root, err := r.root()
	if err != nil {
		return account.Report{}, err
	}
	bundle, err := os.ReadFile(path)
	if err != nil {
		return account.Report{}, err
	}
	return account.Verify(bundle, root)
}

func accountVerifyCmd() *cobra.Command {
	var r roots
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify an account of disclosures without a network",
		Long: `Verify an account of disclosures, without a network and without asking anyone, from a
root of trust that you choose and have got in another way: the genesis document, a
header's hash, or a checkpoint. It says whether the account is complete.`,
		Example: "dmdld account verify account.json --genesis genesis.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := verifiedAccount(args[0], r)
			if err != nil {
				return err
			}
			return printResult(cmd, report, func() { cmd.Print(report) })
		},
	}
	r.addFlags(cmd)
	return cmd
}

func accountPrintCmd() *cobra.Command {
	var r roots
	var format string
	cmd := &cobra.Command{
		Use:   "print FILE",
		Short: "Print an account of disclosures for a patient or a system",
		Long: `Verify an account of disclosures and print it: as text, as an HTML page that a patient
can read and print, or as AuditEvents of FHIR R4 in the patterns of IHE BALP. What does
not verify is not printed.`,
		Example: "dmdld account print account.json --genesis genesis.json --format html > account.html",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "fhir" {
				if err := checkPageFormat(format, "text, html or fhir"); err != nil {
					return err
				}
			}
			report, err := verifiedAccount(args[0], r)
			if err != nil {
				return err
			}
			if format == "fhir" {
				return report.FHIR(cmd.OutOrStdout())
			}
			return printPage(cmd, report.Page(), format)
		},
	}
	r.addFlags(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text, html or fhir")
	return cmd
}

func checkPageFormat(format, want string) error {
	if format != "text" && format != "html" {
		return fmt.Errorf("format %q is unknown, want %s", format, want)
	}
	return nil
}

func printPage(cmd *cobra.Command, page account.Page, format string) error {
	if format == "html" {
		return page.HTML(cmd.OutOrStdout())
	}
	return page.Text(cmd.OutOrStdout())
}

func accountConsentCmd() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "consent SUBJECT INDEX",
		Short: "Print a receipt of one consent for the patient",
		Long: `Print a receipt of one consent, in plain words, after ISO/IEC TS 27560: what is permitted
to whom, for what and until when, that a sealed part belongs to it, and how to withdraw it.
It is what the own node shows; a subject is institution/number.`,
		Example: "dmdld account consent 1/7 3 --format html > consent.html",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkPageFormat(format, "text or html"); err != nil {
				return err
			}
			subject, err := parseSubjectID(0, args[0])
			if err != nil {
				return err
			}
			index, err := strconv.ParseUint(args[1], 10, 64)
			if err != nil {
				return fmt.Errorf("index %q: give the consent's number, from 1", args[1])
			}
			ctx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			answer, err := access.NewQueryClient(ctx).Consent(cmd.Context(), &access.QueryConsentRequest{Institution: subject.Institution, Number: subject.Number, Index: index})
			if err != nil {
				return err
			}
			receipt, err := receiptOf(cmd, ctx, answer.Consent)
			if err != nil {
				return err
			}
			return printPage(cmd, receipt.Page(), format)
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text or html")
	return cmd
}

// receiptOf reads what else belongs to a receipt: the chain's id as the node says
// it, the template, and the names of the institutions.
func receiptOf(cmd *cobra.Command, ctx client.Context, c access.Consent) (account.Receipt, error) {
	r := account.Receipt{Consent: c, Names: make(map[uint64]string), At: time.Now()}
	node, err := ctx.GetNode()
	if err != nil {
		return r, err
	}
	status, err := node.Status(cmd.Context())
	if err != nil {
		return r, err
	}
	r.ChainID = status.NodeInfo.Network
	if t := c.Template; t != nil {
		answer, err := access.NewQueryClient(ctx).Template(cmd.Context(), &access.QueryTemplateRequest{Institution: t.Institution, Number: t.Number, Version: t.Version})
		if err != nil {
			return r, err
		}
		r.Template = &answer.Template
	}
	for _, number := range r.Institutions() {
		answer, err := consortium.NewQueryClient(ctx).Institution(cmd.Context(), &consortium.QueryInstitutionRequest{Number: number})
		if err != nil {
			return r, err
		}
		r.Names[number] = answer.Institution.Name
	}
	return r, nil
}
