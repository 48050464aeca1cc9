package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

func requesterEmergencyCmd() *cobra.Command {
	var a asking
	var vault, authority, dir, reason string
	var subject uint64
	cmd := &cobra.Command{
		Use:   "emergency",
		Short: "Get a patient's records from a vault while the ledger is out of reach",
		Long: `Get a patient's records from a vault that cannot reach the ledger, as an emergency
clinician whom it knew when it last could. The vault writes it into a journal first and
tells the ledger afterwards; then it is reviewed as every broken glass is. While the ledger
is in reach the vault refuses: use "break-glass".`,
		Example: `dmdld requester emergency --identity ~/.dmdl-requester --chain-id dmdl-1 --from-vault https://vault.alder.example:8471 --subject 7 --classes result --reason "unconscious" --out ./now`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reason == "" {
				return errors.New("--reason is empty: say in words why it cannot wait")
			}
			identity, err := fetch.OpenIdentity(a.identity)
			if err != nil {
				return err
			}
			var classes []records.RecordClass
			if err := parseCodes(&classes, "class", "RECORD_CLASS_", a.classes, records.RecordClass_value); err != nil {
				return err
			}
			client, err := httpClient(authority)
			if err != nil {
				return err
			}
			v, err := fetch.NewVault(vault, client, identity.Account)
			if err != nil {
				return err
			}
			var opening [32]byte
			_, _ = rand.Read(opening[:]) // never fails: the runtime aborts if the system has no randomness
			all, err := fetch.Emergency(cmd.Context(), v, identity, subject, classes, access.ReasonCommitment(a.chainID, reason, opening), dir)
			if err != nil {
				return err
			}
			cmd.PrintErrf("for the privacy officer: %q, opening %s\n", reason, base64.StdEncoding.EncodeToString(opening[:]))
			return printFetched(cmd, all)
		},
	}
	cmd.Flags().StringVar(&a.chainID, flags.FlagChainID, "", "id of the chain")
	cmd.Flags().StringVar(&a.identity, "identity", "", `folder that "dmdld requester init" made`)
	cmd.Flags().Uint64Var(&subject, "subject", 0, "the vault's number of the patient")
	cmd.Flags().StringSliceVar(&a.classes, "classes", nil, "classes of records, such as result,imaging")
	cmd.Flags().StringVar(&reason, "reason", "", "why, in words, for the privacy officer")
	cmd.Flags().StringVar(&vault, "from-vault", "", "address of the custodian's vault")
	cmd.Flags().StringVar(&authority, "ca", "", "file of the certificate authority of the vault, if it is not one that this system trusts")
	cmd.Flags().StringVar(&dir, "out", "", "folder that everything goes into")
	for _, name := range []string{flags.FlagChainID, "identity", "subject", "from-vault", "out"} {
		_ = cmd.MarkFlagRequired(name) // the flag was added above
	}
	return cmd
}
