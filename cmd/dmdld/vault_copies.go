package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/dmdl-network/dmdl/hospital/copies"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// vaultCopiesCmd finds near-duplicates in vaults of other institutions.
func vaultCopiesCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "copies",
		Short: "Find near-duplicates of a work's records in vaults of other institutions",
		Long: `Find near-duplicates of a work's records in vaults of other institutions. Vaults compare
fingerprints of images, tables and texts with each other over mutual TLS; nothing of it
goes on the ledger. Both sides keep a report, which decides nothing: look into it, and
contest the work if need be.`,
		RunE: client.ValidateCmd,
	}
	cmd.AddCommand(vaultCopiesCertificateCmd(), vaultCopiesTrustCmd(), vaultCopiesAskCmd(), vaultCopiesReportsCmd())
	return cmd
}

func vaultCopiesCertificateCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "certificate CERT.pem KEY.pem",
		Short:       "Make a certificate for others to trust",
		Args:        cobra.ExactArgs(2),
		Annotations: itself,
		RunE: func(_ *cobra.Command, args []string) error {
			certificate, key, err := copies.NewCertificate()
			if err != nil {
				return err
			}
			for i, content := range [][]byte{certificate, key} {
				f, err := os.OpenFile(args[i], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				if err != nil {
					return err
				}
				_, err = f.Write(content)
				if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func vaultCopiesTrustCmd() *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:   "trust NUMBER CERT.pem",
		Short: "Pin the certificate of another institution's vault, and the key shared with it",
		Long: `Pin the certificate of another institution's vault, which it made itself, and the key
shared with it: 32 random bytes in hex that both hold and nobody else. Get both from
people you know. To trust it no more, remove NUMBER.pem and NUMBER.key from the folder
peers of the vault.`,
		Example:     "dmdld vault copies trust 4 douglas.pem --key-file shared.key",
		Args:        cobra.ExactArgs(2),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("institution %q: give its number on the ledger", args[0])
			}
			home, err := vaultHome(cmd)
			if err != nil {
				return err
			}
			settings, err := vault.ReadSettings(home)
			if err != nil {
				return err
			}
			if number == settings.Institution {
				return fmt.Errorf("institution %d is this vault's own", number)
			}
			certificate, err := os.ReadFile(args[1])
			if err != nil {
				return err
			}
			key, err := os.ReadFile(keyFile)
			if err != nil {
				return err
			}
			return copies.PeersIn(home).Trust(number, certificate, key)
		},
	}
	cmd.Flags().StringVar(&keyFile, "key-file", "", "file of the shared key, 64 hex digits")
	_ = cmd.MarkFlagRequired("key-file") // the flag was defined above
	return cmd
}

func vaultCopiesAskCmd() *cobra.Command {
	var a copies.Asker
	var work, certificate, key string
	cmd := &cobra.Command{
		Use:   "ask WORK-ROOT",
		Short: "Ask another institution's vault for copies of the records of a work",
		Long: `Ask another institution's vault for copies of those records of a work that are in this
vault. The work must be claimed on the ledger by this institution, as --work says.`,
		Example:     "dmdld vault copies ask 5f0c... --work 2/1 --peer 4 --address https://vault.douglas.example:8472 --copies-cert own.pem --copies-key own.key",
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := parseDigest("root", args[0])
			if err != nil {
				return err
			}
			id, err := parseWork(work)
			if err != nil {
				return err
			}
			if a.Own, err = tls.LoadX509KeyPair(fileName(cmd, certificate), fileName(cmd, key)); err != nil {
				return err
			}
			return withVault(cmd, false, func(ctx context.Context, home string, v *vault.Vault) error {
				a.Vault, a.Peers = v, copies.PeersIn(home)
				reports, err := a.Ask(ctx, id, root[:])
				if err != nil {
					return err
				}
				return printReports(cmd, reports)
			})
		},
	}
	cmd.Flags().StringVar(&work, "work", "", "the claim on the ledger, institution/number")
	cmd.Flags().Uint64Var(&a.Peer, "peer", 0, "number of the institution that is asked")
	cmd.Flags().StringVar(&a.Address, "address", "", "address of its vault, https://host:port")
	cmd.Flags().StringVar(&certificate, "copies-cert", "", "file of the own certificate, in PEM, which the other vault has pinned")
	cmd.Flags().StringVar(&key, "copies-key", "", "file of that certificate's key")
	for _, name := range []string{"work", "peer", "address", "copies-cert", "copies-key"} {
		_ = cmd.MarkFlagRequired(name) // the flag was defined above
	}
	return cmd
}

func vaultCopiesReportsCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "reports",
		Short:       "Print who asked about which work, and what near-duplicates were found",
		Args:        cobra.NoArgs,
		Annotations: itself,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				var all []vault.CopyReport
				for after := uint64(0); ; {
					page, err := v.Copies(ctx, after)
					if err != nil {
						return err
					}
					if len(page) == 0 {
						return printReports(cmd, all)
					}
					all, after = append(all, page...), page[len(page)-1].Number
				}
			})
		},
	}
}

// shownReport is a report as commands print it.
type shownReport struct {
	Number   uint64            `json:"number,string"`
	Asker    uint64            `json:"asker,string"`
	Answerer uint64            `json:"answerer,string"`
	Work     string            `json:"work"`
	Items    int               `json:"items"`
	At       time.Time         `json:"at"`
	Answered bool              `json:"answered"`
	Found    []vault.FoundCopy `json:"found"`

	asked bool
	peer  uint64
}

func printReports(cmd *cobra.Command, reports []vault.CopyReport) error {
	home, err := vaultHome(cmd)
	if err != nil {
		return err
	}
	settings, err := vault.ReadSettings(home)
	if err != nil {
		return err
	}
	all := make([]shownReport, len(reports))
	for i, r := range reports {
		all[i] = shownReport{
			Number: r.Number, Asker: settings.Institution, Answerer: r.Peer, Work: fmt.Sprintf("%d/%d", r.Claimant, r.Work),
			Items: r.Items, At: r.At, Answered: r.Answered, Found: r.Found, asked: r.Asked, peer: r.Peer,
		}
		if r.Asked {
			all[i].Asker, all[i].Answerer = r.Peer, settings.Institution
		}
	}
	return printResult(cmd, all, func() {
		for _, r := range all {
			printReport(cmd, r)
		}
	})
}

func printReport(cmd *cobra.Command, r shownReport) {
	who, whose := fmt.Sprintf("institution %d was asked", r.peer), "theirs"
	if r.asked {
		who, whose = fmt.Sprintf("institution %d asked", r.peer), "ours"
	}
	result := fmt.Sprintf("%d of %d items are near-duplicates of %s", len(r.Found), r.Items, whose)
	if !r.Answered {
		result = fmt.Sprintf("%d items, not answered", r.Items)
	}
	cmd.Printf("%d  %s  %s about work %s: %s\n", r.Number, r.At.Format("2006-01-02 15:04"), who, r.Work, result)
	for _, f := range r.Found {
		order := "not earlier"
		if f.Earlier {
			order = "earlier"
		}
		cmd.Printf("    record %d: similarity %.2f, part %.2f; the one of the institution that was asked is %s %s\n", f.Record, f.Similarity, f.Part, order, f.Theirs)
	}
}

// listenForCopies listens for other institutions that look for copies.
func (s serving) listenForCopies(peers copies.Peers) (net.Listener, error) {
	pair, err := tls.LoadX509KeyPair(s.copiesCertificate, s.copiesKey)
	if err != nil {
		return nil, fmt.Errorf("copies on %q need a certificate, give --copies-cert and --copies-key: %w", s.copies, err)
	}
	return tls.Listen("tcp", s.copies, peers.ServerTLS(pair))
}
