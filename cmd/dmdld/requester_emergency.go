package main

import (
	"encoding/base64"
	"errors"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/dmdl-network/dmdl/hospital/fetch"
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
is in reach the vault refuses: use "break-glass". Beside the records, emergency.json keeps
what they can be compared with the ledger by, later, and the words with their opening for
the privacy officer. Interrupted, it goes on where it stopped when it is run again with the
same folder.`,
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
			v, err := vaultAt(vault, authority, identity)
			if err != nil {
				return err
			}
			m := newMeter(cmd, "emergency")
			e := &fetch.Emergency{
				Identity: identity, ChainID: a.chainID, Vault: v, Subject: subject, Classes: classes, Reason: reason, Dir: dir,
				Progress: func(done, total int64) { m.show(float64(done), float64(total)) },
			}
			served, err := e.Run(cmd.Context())
			m.end()
			if len(served.Records) == 0 {
				return err
			}
			cmd.PrintErrf("for the privacy officer: %q, opening %s\n", reason, base64.StdEncoding.EncodeToString(served.Opening[:]))
			return errors.Join(printFetched(cmd, served.Records), err) // what came counts, whatever failed
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
