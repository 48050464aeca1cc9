package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/pruning"
	"github.com/cosmos/cosmos-sdk/client/snapshot"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/dmdl-network/dmdl/app"
)

// nodeCommands are the commands that work on a node's folder.
var nodeCommands = map[string]bool{
	"start": true, "comet": true, "export": true, "rollback": true, "prune": true, "snapshots": true,
}

// needsNode says whether a command works on a node's folder.
func needsNode(cmd *cobra.Command) bool { return nodeCommands[family(cmd)] }

// family is the name of the command below the root that a command belongs to.
func family(cmd *cobra.Command) string {
	for ; cmd.HasParent(); cmd = cmd.Parent() {
		if !cmd.Parent().HasParent() {
			return cmd.Name()
		}
	}
	return ""
}

// addNodeCommands adds start and what repairs, empties or copies a node.
func addNodeCommands(root *cobra.Command) {
	n := &node{}
	server.AddCommandsWithStartCmdOptions(root, defaultHome(), n.create, exportApp, server.StartCmdOptions{PostSetup: n.watch})
	root.AddCommand(pruning.Cmd(n.create, defaultHome()), snapshot.Cmd(n.create))
}

// node is the application that this process runs.
type node struct{ app *app.App }

// create implements servertypes.AppCreator, whose signature has no error.
func (n *node) create(logger log.Logger, db dbm.DB, options servertypes.AppOptions) servertypes.Application {
	created, err := app.New(logger, db, options, server.DefaultBaseappOptions(options)...)
	if err != nil {
		fmt.Fprintln(os.Stderr, "dmdld:", err)
		os.Exit(1)
	}
	n.app = created
	return created
}

// stopTime is how long a halted node may take to stop in order. Nothing is lost
// when it is cut short: the block that halted it was never committed.
const stopTime = 5 * time.Second

// passOn is how long a halted node goes on passing votes to its peers, which
// need them to come to the same height.
const passOn = 2 * time.Second

// watch ends the node when the application can go no further, so that whatever
// supervises it can start the binary that an upgrade asks for.
func (n *node) watch(_ *server.Context, _ client.Context, ctx context.Context, group *errgroup.Group) error {
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-n.app.Halted():
			time.Sleep(passOn)
			reason := fmt.Errorf("the node stops: %w", n.app.HaltReason())
			time.AfterFunc(stopTime, func() {
				fmt.Fprintln(os.Stderr, "dmdld:", reason)
				os.Exit(1)
			})
			return errors.Join(reason, signalSelf())
		}
	})
	return nil
}

// signalSelf ends the framework's wait for a signal, which nothing else does.
func signalSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(syscall.SIGTERM)
}

// exportApp implements servertypes.AppExporter.
func exportApp(_ log.Logger, db dbm.DB, height int64, _ bool, _ []string, options servertypes.AppOptions, _ []string) (servertypes.ExportedApp, error) {
	exported, err := app.New(log.NewLogger(io.Discard), db, options, server.DefaultBaseappOptions(options)...)
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	if exported.LastBlockHeight() == 0 {
		return servertypes.ExportedApp{}, errors.New("the node holds no state yet: start it, and export once it has a block")
	}
	if height != -1 {
		if err := exported.LoadVersion(height); err != nil {
			return servertypes.ExportedApp{}, err
		}
	}
	return exported.Export()
}
