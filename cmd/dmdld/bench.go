package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/bench/suite"
)

func benchCmd() *cobra.Command {
	var c suite.Config
	var name, out string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure a consortium on this machine",
		Long:  benchHelp(),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.Binary, err = os.Executable(); err != nil {
				return err
			}
			c.Progress = cmd.ErrOrStderr()
			chosen, err := suite.Find(name)
			if err != nil {
				return err
			}
			var all []bench.Figure
			for _, b := range chosen {
				figures, err := b.Run(cmd.Context(), c)
				if err != nil {
					return err
				}
				all = append(all, figures...)
			}
			return report(cmd, all, out)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "benchmark to run (default: all)")
	cmd.Flags().IntVar(&c.Seconds, "seconds", 120, "how long each load lasts")
	cmd.Flags().IntVar(&c.Runs, "runs", 1, "how often each benchmark is run; medians are reported")
	cmd.Flags().StringVar(&c.Repository, "repository", ".", "folder of the sources, for the comparisons with CometBFT's kvstore and with tessera")
	cmd.Flags().StringVar(&out, "out", "", "file that the figures are written to as JSON")
	return cmd
}

func benchHelp() string {
	var text strings.Builder
	text.WriteString("Measure a consortium of four validators on this machine. Each benchmark starts a\nnetwork of its own on loopback and counts what was committed on the chain itself.\n\n")
	for _, b := range suite.All() {
		fmt.Fprintf(&text, "  %-14s %s\n", b.Name, b.About)
	}
	return text.String()
}

// report prints figures and writes them to a file, if one is named.
func report(cmd *cobra.Command, figures []bench.Figure, out string) error {
	err := printResult(cmd, figures, func() {
		for _, f := range figures {
			cmd.Printf("%-48s %12.2f %-10s median of %d, load %.1f\n", f.Name, f.Value, f.Unit, f.Runs, f.Load)
		}
	})
	if err != nil || out == "" {
		return err
	}
	raw, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out, append(raw, '\n'), 0o644)
}
