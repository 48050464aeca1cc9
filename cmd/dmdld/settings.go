package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	serverconfig "github.com/cosmos/cosmos-sdk/server/config"

	"github.com/dmdl-network/dmdl/app/ante"
)

// Profiles of nodes: what a node keeps and serves.
const (
	// profileValidator keeps 100 states and indexes nothing.
	profileValidator = "validator"
	// profileQuery keeps two days of states and indexes transactions.
	profileQuery = "query"
	// profileArchive keeps every state, for proofs of any height.
	profileArchive = "archive"
)

var profiles = []string{profileValidator, profileQuery, profileArchive}

func checkProfile(profile string) error {
	if !slices.Contains(profiles, profile) {
		return fmt.Errorf("profile %q is unknown, want one of %s", profile, strings.Join(profiles, ", "))
	}
	return nil
}

// cometSettings are the shipped settings of CometBFT. They are ours, not the
// framework's: a proposer that is gone costs about two seconds, peers are those
// that members declared, and nothing listens beyond the machine but the port
// for peers.
func cometSettings(profile string) *cmtcfg.Config {
	c := cmtcfg.DefaultConfig()
	c.FilterPeers = true

	c.Consensus.TimeoutPropose = time.Second
	c.Consensus.TimeoutProposeDelta = 250 * time.Millisecond
	c.Consensus.TimeoutPrevote = 500 * time.Millisecond
	c.Consensus.TimeoutPrevoteDelta = 250 * time.Millisecond
	c.Consensus.TimeoutPrecommit = 500 * time.Millisecond
	c.Consensus.TimeoutPrecommitDelta = 250 * time.Millisecond
	c.Consensus.TimeoutCommit = 900 * time.Millisecond // exactly 1 s would be rewritten to 5 s
	c.Consensus.PeerGossipSleepDuration = 50 * time.Millisecond

	c.Mempool.Size = 20_000 // the application's lanes are full long before
	c.Mempool.CacheSize = 40_000
	c.Mempool.RecheckTimeout = 10 * time.Second // past it transactions are dropped unsaid
	c.Mempool.MaxTxBytes = ante.MaxTxBytes
	c.Mempool.MaxTxsBytes = 64 << 20

	c.P2P.SendRate, c.P2P.RecvRate = 20<<20, 20<<20
	c.P2P.FlushThrottleTimeout = 10 * time.Millisecond

	c.RPC.MaxBodyBytes = 1 << 20
	c.RPC.MaxOpenConnections = 400
	c.RPC.TimeoutBroadcastTxCommit = 10 * time.Second

	c.TxIndex.Indexer = "null"
	if profile != profileValidator {
		c.TxIndex.Indexer = "kv"
	}
	return c
}

// appSettings are the shipped settings of the application.
func appSettings(profile string) *serverconfig.Config {
	c := serverconfig.DefaultConfig()
	c.MinGasPrices = "0none" // the framework insists on a price; nobody pays one
	c.QueryGasLimit = 50_000_000
	c.IAVLCacheSize = 100_000
	c.IAVLDisableFastNode = true // writes cost a fifth less, and proofs do not use it
	c.Pruning, c.PruningKeepRecent, c.PruningInterval = "custom", "100", "10"
	switch profile {
	case profileQuery:
		c.PruningKeepRecent = "172800"
	case profileArchive:
		c.Pruning = "nothing"
	}
	c.StateSync.SnapshotInterval = 1000
	c.StateSync.SnapshotKeepRecent = 2

	c.API.Enable = true
	c.API.Address = "tcp://localhost:1317"
	c.API.RPCWriteTimeout = 30
	c.GRPC.Address = "localhost:9090"
	c.GRPCWeb.Enable = false
	return c
}
