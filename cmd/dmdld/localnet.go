package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
)

func localnetCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "localnet", Short: "Run a consortium on this machine", RunE: client.ValidateCmd}
	cmd.AddCommand(localnetStartCmd())
	return cmd
}

// localnetStartCmd runs a network until it is interrupted.
func localnetStartCmd() *cobra.Command {
	var o localnet.Options
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Start validators on loopback and run until interrupted",
		Long: `Start a consortium of hospitals on loopback, each a process of its own with a
folder below --home, and run until interrupted. Nothing is left running.

Each node listens on four ports of 127.0.0.1: for peers, CometBFT's RPC, gRPC
and REST. With --base-port P, node N (from 1) takes P+4(N-1) to P+4(N-1)+3 in
this order; otherwise free ports are taken and printed. The operator's key is
in each folder's unprotected keyring under the name operator:

  dmdld query consortium institutions --home HOME/hospital-1
  dmdld tx consortium declare-nodes ID@host:port --from operator --home HOME/hospital-1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			binary, err := os.Executable()
			if err != nil {
				return err
			}
			o.Binary = binary
			if o.Home, err = localnetHome(cmd); err != nil {
				return err
			}
			return runLocalnet(cmd, o)
		},
	}
	cmd.Flags().IntVar(&o.Validators, "validators", 4, "how many hospitals")
	cmd.Flags().StringVar(&o.ChainID, flags.FlagChainID, localnet.ChainID, "id of the chain")
	cmd.Flags().IntVar(&o.BasePort, "base-port", 0, "first port, four for each node; 0 takes free ones")
	return cmd
}

// localnetHome is the folder that --home names: never the folder of a node.
func localnetHome(cmd *cobra.Command) (string, error) {
	home, err := cmd.Flags().GetString(flags.FlagHome)
	if err != nil {
		return "", err
	}
	if home == "" || !cmd.Flags().Changed(flags.FlagHome) {
		return "", errors.New("name an empty folder with --home")
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", err
	}
	return filepath.Abs(home)
}

// runLocalnet makes a network, starts it and waits for the interrupt.
func runLocalnet(cmd *cobra.Command, o localnet.Options) error {
	ctx := cmd.Context()
	begun := time.Now()
	fmt.Fprintf(cmd.ErrOrStderr(), "making %d hospitals in %s\n", o.Validators, o.Home)
	net, err := localnet.New(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		fmt.Fprintln(cmd.ErrOrStderr(), "stopping")
		if err := net.Stop(); err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "dmdld:", err)
		}
	}()
	if err := net.Start(ctx); err != nil {
		return err
	}
	ledgerClient, err := net.Client(ledger.Config{Gas: ante.Schedule})
	if err != nil {
		return err
	}
	defer ledgerClient.Close()
	if err := net.Enrol(ctx, ledgerClient); err != nil {
		return err
	}
	for _, n := range net.Nodes {
		cmd.Printf("%-18s peers %d  rpc %s  grpc %s  rest %s  home %s\n", n.Name, n.Ports.Peers, n.RPC(), n.GRPC(), n.REST(), n.Home)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s is running after %s, interrupt to stop it\n", net.ChainID, time.Since(begun).Round(time.Second))
	<-ctx.Done()
	return nil
}
