package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// fetched is what "fetch" prints.
type fetched struct {
	Record  string `json:"record"`
	Kind    string `json:"kind"`
	Profile string `json:"profile"`
	Path    string `json:"path"`
	Bytes   int64  `json:"bytes"`
}

func fetchCmd() *cobra.Command {
	var l ledgerFlags
	var vault, authority, dir string
	var wanted []string
	cmd := &cobra.Command{
		Use:   "fetch TICKET",
		Short: "Get what a ticket opens: take it, sign for it, decrypt and verify",
		Long: `Get what a ticket opens from the custodian's vault. The release is on the ledger before
anything leaves; the encrypted bodies come, by parts if it must be; you sign for them on
the ledger; the keys come; everything is decrypted and compared with the commitments that
were anchored. Interrupted, it goes on where it stopped when it is run again with the same
folder.`,
		Example: "dmdld fetch 2/5 --identity ~/.dmdl-requester --chain-id dmdl-1 --from-vault https://vault.alder.example:8471 --out ./case-12",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parsePair("ticket", args[0])
			if err != nil {
				return err
			}
			ids := make([]records.RecordId, len(wanted))
			for i, name := range wanted {
				if ids[i], err = server.ParseRecord(name); err != nil {
					return fmt.Errorf("record %q: %w", name, err)
				}
			}
			return l.with(cmd.Context(), func(ctx context.Context, identity fetch.Identity, c *ledger.Client) error {
				v, err := vaultAt(vault, authority, identity)
				if err != nil {
					return err
				}
				m := newMeter(cmd, "fetch")
				f := &fetch.Fetch{
					Identity: identity, Ledger: c, ChainID: l.chainID, Ticket: access.TicketId{Institution: id[0], Number: id[1]}, Vault: v, Dir: dir,
					Progress: func(done, total int64) { m.show(float64(done), float64(total)) },
				}
				all, err := f.Run(ctx, ids)
				m.end()
				if err != nil {
					return err
				}
				return printFetched(cmd, all)
			})
		},
	}
	l.add(cmd)
	cmd.Flags().StringVar(&vault, "from-vault", "", "address of the custodian's vault")
	cmd.Flags().StringVar(&authority, "ca", "", "file of the certificate authority of the vault, if it is not one that this system trusts")
	cmd.Flags().StringVar(&dir, "out", "", "folder that everything goes into")
	cmd.Flags().StringSliceVar(&wanted, "records", nil, "records that are wanted, institution-batch-leaf (default: all that the ticket opens)")
	for _, name := range []string{"from-vault", "out"} {
		_ = cmd.MarkFlagRequired(name) // the flag was added above
	}
	return cmd
}

func printFetched(cmd *cobra.Command, all []fetch.Record) error {
	list := make([]fetched, len(all))
	for i, r := range all {
		list[i] = fetched{Record: server.RecordName(r.Record), Kind: r.Kind, Profile: r.Profile, Path: filepath.ToSlash(r.Path), Bytes: r.Bytes}
	}
	return printResult(cmd, list, func() {
		for _, r := range list {
			cmd.Printf("%-16s %-24s %10s  %s\n", r.Record, r.Kind, size(r.Bytes), r.Path)
		}
	})
}

// vaultAt is the vault at an address, as an identity reaches it.
func vaultAt(address, authority string, identity fetch.Identity) (*fetch.Vault, error) {
	client, err := httpClient(authority)
	if err != nil {
		return nil, err
	}
	return fetch.NewVault(address, client, identity.Account)
}

// httpClient returns a client that trusts an authority, or those of the system. A
// transfer may take as long as it takes.
func httpClient(authority string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS13}
	if authority != "" {
		text, err := os.ReadFile(authority)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca %s holds no certificate in PEM", authority)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	return &http.Client{Transport: transport}, nil
}
