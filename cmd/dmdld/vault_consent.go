package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
)

// vaultConsentCmd keeps what is sealed of consents.
func vaultConsentCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "consent", Short: "Keep the sealed parts of consents", RunE: client.ValidateCmd}
	cmd.AddCommand(vaultConsentSealCmd(), vaultConsentShowCmd())
	return cmd
}

func vaultConsentSealCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "seal SUBJECT [FILE]",
		Short: "Keep the sealed part of a consent and print the commitment to it",
		Long: `Keep the sealed part of a consent of a patient of this institution, and print the
commitment to it, which "dmdld tx access grant-consent" takes. Without a file the
part restricts nothing: every consent has a sealed part, so that nobody sees which ones do.

The file is JSON: {"version": 1, "exceptions": [RULE...], "denials": [RULE...]}. A rule
matches what all of its fields match: requesters, purposes, classes, kinds, codes, labels,
records, occurred_from, occurred_until. docs/decision.md says what each means.`,
		Example:     "dmdld vault consent seal 7 no-psychiatry.json",
		Args:        cobra.RangeArgs(1, 2),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			subject, err := parseSubject(args[0])
			if err != nil {
				return err
			}
			part, err := gate.EncodeSealed(access.Sealed{})
			if len(args) == 2 {
				if part, err = os.ReadFile(fileName(cmd, args[1])); err == nil {
					if err = checkSealed(part); err != nil {
						err = fmt.Errorf("%s: %w: \"dmdld vault consent seal --help\" says what is in it", args[1], err)
					}
				}
			}
			if err != nil {
				return err
			}
			return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error {
				shown, err := v.SealConsent(ctx, subject, part)
				if err != nil {
					return err
				}
				text := hex.EncodeToString(shown[:])
				return printResult(cmd, struct {
					Sealed string `json:"sealed"`
				}{text}, func() { cmd.Println(text) })
			})
		},
	}
}

func checkSealed(part []byte) error {
	s, err := gate.ParseSealed(part)
	if err != nil {
		return err
	}
	return s.Check()
}

func parseSubject(text string) (uint64, error) {
	subject, err := strconv.ParseUint(text, 10, 64)
	if err != nil || subject == 0 {
		return 0, fmt.Errorf("subject %q: give the number that the vault gave the patient, from 1", text)
	}
	return subject, nil
}

func vaultConsentShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "show SUBJECT COMMITMENT",
		Short:       "Print the sealed part behind a commitment",
		Args:        cobra.ExactArgs(2),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			subject, err := parseSubject(args[0])
			if err != nil {
				return err
			}
			shown, err := parseDigest("commitment", args[1])
			if err != nil {
				return err
			}
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				part, err := v.OpenConsent(ctx, subject, shown[:])
				if err != nil {
					return err
				}
				cmd.Println(string(part))
				return nil
			})
		},
	}
}
