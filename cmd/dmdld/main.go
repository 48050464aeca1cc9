// Command dmdld is the distributed medical data ledger: the node of a hospital,
// its command line, and the tools around them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		if !errors.Is(err, context.Canceled) {
			fmt.Fprintln(os.Stderr, "dmdld:", advised(err))
		}
		os.Exit(1)
	}
}

func run() error {
	if os.Getenv("GOGC") == "" {
		// A node's live memory is small beside what blocks allocate: collecting
		// less often saves a tenth of the processor for some hundred megabytes.
		debug.SetGCPercent(300)
	}
	root, err := newRootCmd()
	if err != nil {
		return err
	}
	if wantsOwnSignals(os.Args) {
		return root.ExecuteContext(withContexts(context.Background()))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return root.ExecuteContext(withContexts(ctx))
}

// wantsOwnSignals says whether the command listens for signals itself, as the
// node does: it stops its services in order and then ends without an error.
func wantsOwnSignals(args []string) bool { return len(args) > 1 && args[1] == "start" }
