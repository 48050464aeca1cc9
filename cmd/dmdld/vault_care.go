package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/hospital/vault"
)

func vaultBackupCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Bring a backup of the vault up to date",
		Long: `Bring a backup of the vault up to date, also while the vault serves. Nothing in it is
readable without the vault's keys or the recovery key. An erased record opens from
backups made before until the vault was rotated and its window has passed.`,
		Example:     "dmdld vault backup /media/backup",
		Args:        cobra.ExactArgs(1),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				progress := newMeter(cmd, "backing up")
				defer progress.end()
				return v.Backup(ctx, args[0], progress.count)
			})
		},
	}
}

func vaultRestoreCmd() *cobra.Command {
	var recovery, escrow string
	cmd := &cobra.Command{
		Use:   "restore BACKUP",
		Short: "Make a vault out of a backup",
		Long: `Make a vault out of a backup, in the folder that --vault names. With --recovery the
keys come out of the escrow; otherwise put vault.key there before the vault is
used. Then connect the vault, erase again what the ledger shows as erased since,
and run "dmdld vault doctor --repair".`,
		Example:     "dmdld vault restore /media/backup --vault /srv/vault --recovery /media/safe/recovery.key --escrow /media/safe/escrow.age",
		Args:        cobra.ExactArgs(1),
		Annotations: itself,
		RunE: func(cmd *cobra.Command, args []string) error {
			home, err := vaultHome(cmd)
			if err != nil {
				return err
			}
			var unlock *vault.Unlock
			if recovery != "" {
				if unlock, err = readUnlock(recovery, escrow); err != nil {
					return err
				}
			}
			progress := newMeter(cmd, "restoring")
			defer progress.end()
			return vault.Restore(cmd.Context(), args[0], home, unlock, progress.count)
		},
	}
	cmd.Flags().StringVar(&recovery, "recovery", "", "file of the offline recovery key")
	cmd.Flags().StringVar(&escrow, "escrow", "", "newest escrow.age; backups hold none, see escrow_copy in vault.json")
	cmd.MarkFlagsRequiredTogether("recovery", "escrow")
	return cmd
}

func readUnlock(recovery, escrow string) (*vault.Unlock, error) {
	text, err := os.ReadFile(recovery)
	if err != nil {
		return nil, err
	}
	identity, err := age.ParseHybridIdentity(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s holds no recovery key as \"dmdld vault recovery-key\" makes them", recovery)
	}
	return &vault.Unlock{Escrow: escrow, Recovery: identity}, nil
}

func vaultRotateCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Change the vault's key, and destroy keys whose window has passed",
		Long: `Change the vault's key and encrypt every envelope to the new one; bodies stay as they
are. Keys that were replaced longer ago than the window are destroyed: backups from
before then open nothing any more, and so nothing that was erased.`,
		Args:        cobra.NoArgs,
		Annotations: handedOver, // changes of keys exclude each other, see vault.ErrBusy
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error {
				if err := v.Rotate(ctx); err != nil {
					return err
				}
				fmt.Fprintln(cmd.ErrOrStderr(), "the vault has a new key; what was under the old one is encrypted to it")
				progress := newMeter(cmd, "encrypting envelopes")
				err := v.Rewrap(ctx, progress.count)
				progress.end()
				if err != nil {
					return err
				}
				return retireKeys(ctx, cmd, v)
			})
		},
	}
}

func vaultRetireKeysCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "retire-keys",
		Short: "Destroy the replaced keys whose window has passed",
		Long: `Destroy the keys that were replaced longer ago than the window in vault.json. Run it
daily: until then backups from before the rotation open what was erased since.`,
		Args:        cobra.NoArgs,
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error { return retireKeys(ctx, cmd, v) })
		},
	}
}

func retireKeys(ctx context.Context, cmd *cobra.Command, v *vault.Vault) error {
	destroyed, err := v.RetireKeys(ctx, time.Now())
	if err != nil {
		return err
	}
	return printResult(cmd, struct {
		Destroyed int `json:"keys_destroyed"`
	}{destroyed}, func() { cmd.Printf("%d keys whose window has passed were destroyed\n", destroyed) })
}

func vaultDoctorCmd() *cobra.Command {
	var c vault.Checkup
	cmd := &cobra.Command{
		Use:         "doctor",
		Short:       "Examine the vault and say what to mend",
		Args:        cobra.NoArgs,
		Annotations: alone, // with --repair, which removes files that serve may just be writing
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, !c.Repair, func(ctx context.Context, _ string, v *vault.Vault) error {
				progress := newMeter(cmd, "examining")
				report, err := v.Doctor(ctx, c, progress.count)
				progress.end()
				if err != nil {
					return err
				}
				err = printResult(cmd, report, func() {
					for _, f := range report.Findings {
						cmd.Printf("%s\n  %s\n", f.Problem, f.Mend)
					}
					cmd.Printf("examined %d records, %d bodies, %d batches; %d findings\n", report.Records, report.Bodies, report.Batches, len(report.Findings))
				})
				if !report.Healthy() {
					err = errors.Join(err, errors.New("the vault is not well: do what is said above"))
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&c.Deep, "deep", false, "open every envelope and read every body")
	cmd.Flags().BoolVar(&c.Repair, "repair", false, "mend what can be mended without a backup")
	return cmd
}
