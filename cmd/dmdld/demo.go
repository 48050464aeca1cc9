package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/demo"
)

func demoCmd() *cobra.Command {
	var c demo.Config
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Tell the story of a consortium on this machine and check every sentence of it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.Binary, err = os.Executable(); err != nil {
				return err
			}
			if c.Successor == "" {
				c.Successor = c.Binary + "-rehearsal"
			}
			if _, err := os.Stat(c.Successor); err != nil {
				return errors.Join(err, fmt.Errorf("the upgrade needs a binary built with the tag rehearsal: run \"make build/dmdld-rehearsal\" or name it with --successor"))
			}
			c.Out = cmd.OutOrStdout()
			return demo.Run(cmd.Context(), c)
		},
	}
	cmd.Flags().StringVar(&c.Successor, "successor", "", "binary that the upgrade swaps in (default: this one's name with -rehearsal)")
	cmd.Flags().StringVar(&c.Keep, "keep", "", "folder to keep the genesis documents and evidence bundles in")
	cmd.Flags().StringVar(&c.Data, "data", "", "folder of medical files to tell the story on (default: the project's own sample)")
	return cmd
}
