package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// files resolves references to files of this machine.
type files struct{}

// Resolve implements vault.Resolver.
func (files) Resolve(_ context.Context, reference string) (format.Source, error) {
	return format.File(reference, reference), nil
}

// ingested is what "vault ingest" prints.
type ingested struct {
	Files    int            `json:"files"`
	Bytes    int64          `json:"bytes"`
	Records  int            `json:"records"`
	Known    int            `json:"known"`
	Kinds    map[string]int `json:"kinds"`
	Failures []failure      `json:"failures"`
	Anchored uint64         `json:"anchored"`
	Seconds  float64        `json:"seconds"`
}

type failure struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

func vaultIngestCmd() *cobra.Command {
	var o ingest.Options
	var anchor bool
	cmd := &cobra.Command{
		Use:   "ingest PATH...",
		Short: "Take files and folders into the vault, and anchor what is in them",
		Long: `Take files and folders into the vault: find the records in them, commit to them,
encrypt and store them. With --anchor the vault's batches are sealed and anchored
on the ledger at once; otherwise "dmdld vault serve" does it on its cadence.

Doing it again changes nothing, so go on after an interruption by running it
again. What is wrong with one file stops no other; the failures are listed.`,
		Example:     "dmdld vault ingest /srv/export --anchor",
		Args:        cobra.MinimumNArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withVault(cmd, false, func(ctx context.Context, home string, v *vault.Vault) error {
				begun := time.Now()
				result := ingested{Kinds: make(map[string]int), Failures: []failure{}}
				o.Vault = home
				paths, err := namesOf(cmd, args)
				if err != nil {
					return err
				}
				for _, path := range paths {
					if err := takePath(cmd, v, path, o, &result); err != nil {
						return err
					}
				}
				if anchor {
					if result.Anchored, err = sealAndAnchor(cmd, home, v); err != nil {
						return err
					}
				}
				result.Seconds = time.Since(begun).Seconds()
				return errors.Join(printIngested(cmd, result), failed(result))
			})
		},
	}
	cmd.Flags().BoolVar(&anchor, "anchor", false, "seal and anchor everything that is staged when done")
	addIngestFlags(cmd, &o)
	return cmd
}

// namesOf returns the files and folders that are named, or fails before anything is taken
// in of the others if one is not there.
func namesOf(cmd *cobra.Command, args []string) (paths []string, err error) {
	for _, name := range args {
		path := fileName(cmd, name)
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%w: name a file or folder that is there", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func addIngestFlags(cmd *cobra.Command, o *ingest.Options) {
	cmd.Flags().StringVar(&o.Patient, "patient", "", "whom records are about whose source does not say it, as the hospital identifies patients")
	cmd.Flags().BoolVar(&o.Reference, "reference", false, "leave the files where they are: keep only commitments and where they are")
}

// takePath takes in one file or folder.
func takePath(cmd *cobra.Command, v *vault.Vault, path string, o ingest.Options, result *ingested) error {
	progress := newMeter(cmd, "taking in")
	s, err := ingest.Path(cmd.Context(), v, path, o, func(done, total int64) { progress.show(float64(done), float64(total)) })
	progress.end()
	result.Files += s.Files
	result.Bytes += s.Bytes
	result.Records += s.Records
	result.Known += s.Known
	for kind, n := range s.Kinds {
		result.Kinds[strings.Join(kind[:], " ")] += n
	}
	for _, f := range s.Failures {
		result.Failures = append(result.Failures, failure{Path: f.Path, Error: f.Err.Error()})
	}
	return err
}

func failed(r ingested) error {
	if len(r.Failures) == 0 {
		return nil
	}
	return fmt.Errorf("%d failures; everything else is in the vault", len(r.Failures))
}

func printIngested(cmd *cobra.Command, r ingested) error {
	return printResult(cmd, r, func() {
		for _, kind := range slices.Sorted(maps.Keys(r.Kinds)) {
			cmd.Printf("%8d  %s\n", r.Kinds[kind], kind)
		}
		cmd.Printf("%8d  records in %d files of %s, %d known already; %.0f records a second\n",
			r.Records, r.Files, size(r.Bytes), r.Known, float64(r.Records)/r.Seconds)
		if r.Anchored > 0 {
			cmd.Printf("%8d  records anchored\n", r.Anchored)
		}
		for _, f := range r.Failures {
			cmd.Printf("failed: %s: %s\n", f.Path, f.Error)
		}
	})
}

func vaultAnchorCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "anchor",
		Short:       "Seal what is staged and anchor all batches that the ledger does not hold",
		Args:        cobra.NoArgs,
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, false, func(_ context.Context, home string, v *vault.Vault) error {
				count, err := sealAndAnchor(cmd, home, v)
				if err != nil {
					return err
				}
				return printResult(cmd, struct {
					Anchored uint64 `json:"anchored"`
				}{count}, func() { cmd.Printf("%d records anchored\n", count) })
			})
		},
	}
}

// sealAndAnchor seals all staged records and anchors every batch.
func sealAndAnchor(cmd *cobra.Command, home string, v *vault.Vault) (uint64, error) {
	var count uint64
	err := connected(cmd, home, v, func(o *clerk.Office) (err error) {
		count, err = sealAll(cmd.Context(), v, o)
		return err
	})
	return count, err
}

func sealAll(ctx context.Context, v *vault.Vault, o *clerk.Office) (uint64, error) {
	for {
		if _, more, err := v.Seal(ctx, tree.MaxLeaves); err != nil || !more {
			if err != nil {
				return 0, err
			}
			break
		}
	}
	return o.Anchor(ctx, nil)
}
