package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/vault"
	_ "github.com/dmdl-network/dmdl/hospital/vault/cloud" // blob stores by URL
	"github.com/dmdl-network/dmdl/x/records"
)

const flagVault = "vault"

// vaultCmd is a hospital's vault: its store of encrypted records.
func vaultCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "vault", Short: "Keep a hospital's records and anchor them", RunE: client.ValidateCmd}
	cmd.PersistentFlags().String(flagVault, defaultVault(), "folder of the vault")
	cmd.AddCommand(
		vaultRecoveryKeyCmd(), vaultInitCmd(), vaultConnectCmd(), vaultIngestCmd(), vaultAnchorCmd(), vaultServeCmd(),
		vaultListCmd(), vaultShowCmd(), vaultExportCmd(), vaultEraseCmd(), vaultHoldCmd(), vaultReleaseHoldCmd(),
		vaultBackupCmd(), vaultRestoreCmd(), vaultRotateCmd(), vaultRetireKeysCmd(), vaultDoctorCmd(), vaultConsentCmd(), vaultWorkCmd(), vaultDocumentCmd(), vaultCopiesCmd(),
	)
	handOver(cmd)
	return cmd
}

// defaultVault is the folder of the vault unless --vault or DMDLD_VAULT names
// another.
func defaultVault() string {
	if home := os.Getenv("DMDLD_VAULT"); home != "" {
		return home
	}
	return defaultHome() + "-vault"
}

func vaultHome(cmd *cobra.Command) (string, error) {
	if s := servedIn(cmd.Context()); s != nil {
		return s.home, nil
	}
	home, err := cmd.Flags().GetString(flagVault)
	if err != nil {
		return "", err
	}
	return filepath.Abs(home)
}

// withVault runs with the open vault, or with the one that this process serves.
func withVault(cmd *cobra.Command, readOnly bool, run func(ctx context.Context, home string, v *vault.Vault) error) error {
	if s := servedIn(cmd.Context()); s != nil {
		return run(cmd.Context(), s.home, s.vault)
	}
	home, err := vaultHome(cmd)
	if err != nil {
		return err
	}
	v, err := vault.Open(cmd.Context(), home, vault.Options{ReadOnly: readOnly, Resolver: files{}})
	if err != nil {
		return err
	}
	return errors.Join(run(cmd.Context(), home, v), v.Close())
}

// withOffice runs with the vault and its connection to the ledger.
func withOffice(cmd *cobra.Command, run func(ctx context.Context, v *vault.Vault, o *clerk.Office) error) error {
	return withVault(cmd, false, func(ctx context.Context, home string, v *vault.Vault) error {
		return connected(cmd, home, v, func(o *clerk.Office) error { return run(ctx, v, o) })
	})
}

// connected runs with the connection of an open vault to the ledger.
func connected(cmd *cobra.Command, home string, v *vault.Vault, run func(o *clerk.Office) error) error {
	if s := servedIn(cmd.Context()); s != nil {
		return run(s.office)
	}
	o, err := openOffice(cmd, home, v)
	if err != nil {
		return err
	}
	return errors.Join(run(o), o.Close())
}

func openOffice(cmd *cobra.Command, home string, v *vault.Vault) (*clerk.Office, error) {
	return clerk.Open(home, v, ante.Schedule, func(err error) { fmt.Fprintln(cmd.ErrOrStderr(), "dmdld: a witness:", err) })
}

func vaultRecoveryKeyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "recovery-key FILE",
		Short: "Make an offline key that opens a vault's escrow",
		Long: `Make an offline key that opens a vault's escrow, and print its public half for
"dmdld vault init --recovery". Keep the file away from the vault, on paper or on a
medium in a safe: with it and a backup the vault can be restored when its own
keys are lost, and whoever has both can read everything.`,
		Example:     "dmdld vault recovery-key /media/safe/recovery.key",
		Args:        cobra.ExactArgs(1),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			identity, err := age.GenerateHybridIdentity()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(f, identity)
			if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
				return err
			}
			return printResult(cmd, struct {
				Recipient string `json:"recipient"`
			}{identity.Recipient().String()}, func() { cmd.Println(identity.Recipient()) })
		},
	}
}

func vaultInitCmd() *cobra.Command {
	var s vault.Settings
	var recovery string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a vault",
		Long: `Make a vault in the folder that --vault names. Its records are committed to in the
scope of one chain and one institution, which cannot change later.`,
		Example:     "dmdld vault init --chain-id dmdl-1 --institution 3 --recovery age1pq1...",
		Args:        cobra.NoArgs,
		Annotations: itself,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := vaultHome(cmd)
			if err != nil {
				return err
			}
			recipient, err := textOrFile(recovery)
			if err != nil {
				return err
			}
			if err := vault.Create(cmd.Context(), home, s, recipient); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "made a vault in %s; next: dmdld vault connect\n", home)
			return nil
		},
	}
	cmd.Flags().StringVar(&s.ChainID, "chain-id", "", "id of the chain")
	cmd.Flags().Uint64Var(&s.Institution, "institution", 0, "number of the institution on the ledger")
	cmd.Flags().StringVar(&s.Name, "name", "vault", "name of the vault, for people")
	cmd.Flags().StringVar(&s.Blobs, "blobs", "", "URL of the store of bodies, such as s3://bucket?region=eu-central-1 (a folder in the vault if empty)")
	cmd.Flags().IntVar(&s.WindowDays, "window-days", vault.DefaultWindowDays, "for how many days after a rotation the old key opens backups")
	cmd.Flags().StringVar(&recovery, "recovery", "", "public half of the offline recovery key, or a file that holds it")
	for _, name := range []string{"chain-id", "institution", "recovery"} {
		_ = cmd.MarkFlagRequired(name) // the flag was defined above
	}
	return cmd
}

// textOrFile returns a value that was given as it is or as the name of a file.
func textOrFile(value string) (string, error) {
	if strings.HasPrefix(value, "age1") {
		return value, nil
	}
	text, err := os.ReadFile(value)
	return strings.TrimSpace(string(text)), err
}

func vaultConnectCmd() *cobra.Command {
	var c clerk.Config
	var genesis string
	cmd := &cobra.Command{
		Use:   "connect",
		Short: "Connect the vault to the ledger",
		Long: `Connect the vault to the ledger: say which node is the own one and which nodes of
other institutions are witnesses to what it shows, pin the genesis document, and
make the vault's account. The institution's operator must enrol the printed
address with the role vault, see "dmdld tx consortium enrol --help". Again, it changes
the addresses of the nodes and where trust begins; account and genesis document stay.`,
		Example:     "dmdld vault connect --node http://127.0.0.1:26657 --grpc 127.0.0.1:9090 --witness https://node.other.example:26657 --genesis genesis.json",
		Args:        cobra.NoArgs,
		Annotations: alone, // serve uses what it would write
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, false, func(_ context.Context, home string, v *vault.Vault) error {
				document, err := os.ReadFile(genesis)
				if err != nil {
					return err
				}
				address, err := clerk.Setup(home, v.Settings().ChainID, c, document)
				if err != nil {
					return err
				}
				return printResult(cmd, struct {
					Address string `json:"address"`
				}{address}, func() { cmd.Println(address) })
			})
		},
	}
	cmd.Flags().StringVar(&c.Node.RPC, "node", "http://127.0.0.1:26657", "RPC address of the own node")
	cmd.Flags().StringVar(&c.Node.GRPC, "grpc", "127.0.0.1:9090", "gRPC address of the own node")
	cmd.Flags().StringArrayVar(&c.Witnesses, "witness", nil, "RPC address of a node of another institution (repeatable)")
	cmd.Flags().StringVar(&genesis, "genesis", "", "genesis document that all members have compared")
	cmd.Flags().Int64Var(&c.TrustHeight, "trust-height", 0, "begin trust at the header of this height instead: for a chain older than two weeks")
	cmd.Flags().StringVar(&c.TrustHash, "trust-hash", "", "that header's hash, learned from people you trust")
	cmd.MarkFlagsRequiredTogether("trust-height", "trust-hash")
	for _, name := range []string{"witness", "genesis"} {
		_ = cmd.MarkFlagRequired(name) // the flag was defined above
	}
	return cmd
}

// parseDigest reads 32 bytes, such as a SHA-256 digest, a root or a commitment, in hex, or
// in base64 as queries print them.
func parseDigest(what, text string) (digest [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(raw) != len(digest) {
		return digest, fmt.Errorf("%s %q: give it as 64 hex digits, or in base64 as queries print it", what, text)
	}
	return [sha256.Size]byte(raw), nil
}

// parseID reads a record: its number in the vault, or its id on the ledger,
// "institution/batch/leaf".
func parseID(ctx context.Context, v *vault.Vault, text string) (uint64, error) {
	parts := strings.Split(text, "/")
	numbers := make([]uint64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("record %q: give its number in the vault, or institution/batch/leaf", text)
		}
		numbers[i] = n
	}
	switch {
	case len(numbers) == 1:
		return numbers[0], nil
	case len(numbers) != 3:
		return 0, fmt.Errorf("record %q: give its number in the vault, or institution/batch/leaf", text)
	case numbers[0] != v.Settings().Institution:
		return 0, fmt.Errorf("record %q: this is the vault of institution %d", text, v.Settings().Institution)
	}
	r, err := v.ByLeaf(ctx, numbers[1], numbers[2])
	return r.ID, err
}

// ledgerID is a record's id on the ledger, or "".
func ledgerID(v *vault.Vault, r vault.Record) string {
	if r.Batch == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d/%d", v.Settings().Institution, r.Batch, r.Leaf)
}

func className(c records.RecordClass) string {
	return strings.ToLower(strings.TrimPrefix(c.String(), "RECORD_CLASS_"))
}
