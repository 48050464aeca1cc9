package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/libs/cli/flags"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/node"
)

// nodeCommand is the first argument of a process that is one validator.
const nodeCommand = "node"

// runNode is one validator. It runs until life ends, which it does with the
// parent, however the parent ends.
func runNode(args []string, life io.Reader) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // a terminal sends them to all; the parent decides
	set := flag.NewFlagSet(nodeCommand, flag.ContinueOnError)
	home := set.String("home", "", "folder of the node")
	p2p := set.String("p2p", "", "address for peers")
	rpc := set.String("rpc", "", "address for clients")
	peers := set.String("peers", "", "the other validators")
	if err := set.Parse(args); err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(*home, "node.log"))
	if err != nil {
		return err
	}
	defer out.Close()
	logger, err := flags.ParseLogLevel("error", log.NewTMLogger(log.NewSyncWriter(out)), "error")
	if err != nil {
		return err
	}
	n, err := node.DefaultNewNode(configure(*home, *p2p, *rpc, *peers), logger)
	if err != nil {
		return fmt.Errorf("make the node of %s: %w", *home, err)
	}
	if err := n.Start(); err != nil {
		return fmt.Errorf("start the node of %s: %w", *home, err)
	}
	_, _ = io.Copy(io.Discard, life) // the end of the pipe or its failure: both mean stop
	if err := n.Stop(); err != nil {
		return fmt.Errorf("stop the node of %s: %w", *home, err)
	}
	n.Wait()
	return nil
}

// configure sets what the ledger ships, so that only the application differs.
func configure(home, p2p, rpc, peers string) *config.Config {
	c := config.DefaultConfig()
	c.SetRoot(home)
	c.ProxyApp = "persistent_kvstore"
	c.TxIndex.Indexer = "null"

	c.P2P.ListenAddress = "tcp://" + p2p
	c.P2P.PersistentPeers = peers
	c.P2P.AddrBookStrict = false
	c.P2P.AllowDuplicateIP = true
	c.P2P.PexReactor = false

	c.RPC.ListenAddress = "tcp://" + rpc

	c.Mempool.Size = 10_000

	c.Consensus.TimeoutPropose = time.Second
	c.Consensus.TimeoutPrevote = 500 * time.Millisecond
	c.Consensus.TimeoutPrecommit = 500 * time.Millisecond
	c.Consensus.TimeoutCommit = 900 * time.Millisecond
	return c
}
