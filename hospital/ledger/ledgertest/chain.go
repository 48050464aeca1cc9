// Package ledgertest is a chain of one node without consensus, for tests of
// whoever sends transactions. It speaks the real node's JSON-RPC.
package ledgertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/libs/bytes"
	"github.com/cometbft/cometbft/libs/log"
	ctypes "github.com/cometbft/cometbft/rpc/core/types"
	rpcserver "github.com/cometbft/cometbft/rpc/jsonrpc/server"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// Chain keeps blocks in memory. A block is made when a client asks for the
// height, so a test that waits never sleeps. Set the fields before first use.
type Chain struct {
	// Start and Interval are the time of block 1 and between two blocks.
	Start    time.Time
	Interval time.Duration
	// Check answers a broadcast; nil takes everything. An error is an answer of
	// the node itself, such as a full pool.
	Check func(tx []byte) (*abci.ResponseCheckTx, error)
	// Drop says that a checked transaction is lost on the way; nil loses none.
	Drop func(tx []byte) bool
	// Execute gives the result of a transaction in its block; nil succeeds.
	Execute func(tx []byte) *abci.ExecTxResult
	// Query answers abci_query; nil answers with nothing.
	Query func(path string, data []byte) abci.ResponseQuery

	mu      sync.Mutex
	pool    []cmttypes.Tx
	blocks  []*cmttypes.Block
	results [][]*abci.ExecTxResult
}

// Serve starts the node and returns its RPC address. It stops with the test.
func (c *Chain) Serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	rpcserver.RegisterRPCFuncs(mux, map[string]*rpcserver.RPCFunc{
		"abci_info":         rpcserver.NewRPCFunc(c.info, ""),
		"abci_query":        rpcserver.NewRPCFunc(c.query, "path,data,height,prove"),
		"block":             rpcserver.NewRPCFunc(c.block, "height"),
		"block_results":     rpcserver.NewRPCFunc(c.blockResults, "height"),
		"blockchain":        rpcserver.NewRPCFunc(c.blockchain, "minHeight,maxHeight"),
		"broadcast_tx_sync": rpcserver.NewRPCFunc(c.broadcast, "tx"),
	}, log.NewNopLogger())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// Txs are the transactions of all blocks, in order.
func (c *Chain) Txs() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var txs [][]byte
	for _, block := range c.blocks {
		for _, tx := range block.Txs {
			txs = append(txs, tx)
		}
	}
	return txs
}

// info makes a block of all that is in the pool, then tells its height.
func (c *Chain) info(*rpctypes.Context) (*ctypes.ResultABCIInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	height := int64(len(c.blocks) + 1)
	block := &cmttypes.Block{
		Header: cmttypes.Header{Height: height, Time: c.Start.Add(time.Duration(height-1) * c.Interval)},
		Data:   cmttypes.Data{Txs: c.pool},
	}
	results := make([]*abci.ExecTxResult, len(c.pool))
	for i, tx := range c.pool {
		results[i] = &abci.ExecTxResult{}
		if c.Execute != nil {
			results[i] = c.Execute(tx)
		}
	}
	c.blocks, c.results, c.pool = append(c.blocks, block), append(c.results, results), nil
	return &ctypes.ResultABCIInfo{Response: abci.ResponseInfo{LastBlockHeight: height}}, nil
}

func (c *Chain) broadcast(_ *rpctypes.Context, tx cmttypes.Tx) (*ctypes.ResultBroadcastTx, error) {
	answer := &abci.ResponseCheckTx{}
	if c.Check != nil {
		var err error
		if answer, err = c.Check(tx); err != nil {
			return nil, err
		}
	}
	if answer.Code == abci.CodeTypeOK && (c.Drop == nil || !c.Drop(tx)) {
		c.mu.Lock()
		c.pool = append(c.pool, tx)
		c.mu.Unlock()
	}
	return &ctypes.ResultBroadcastTx{Code: answer.Code, Codespace: answer.Codespace, Log: answer.Log, Hash: tx.Hash()}, nil
}

func (c *Chain) query(_ *rpctypes.Context, path string, data bytes.HexBytes, _ int64, _ bool) (*ctypes.ResultABCIQuery, error) {
	if c.Query == nil {
		return &ctypes.ResultABCIQuery{}, nil
	}
	return &ctypes.ResultABCIQuery{Response: c.Query(path, data)}, nil
}

func (c *Chain) block(_ *rpctypes.Context, height int64) (*ctypes.ResultBlock, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if height < 1 || height > int64(len(c.blocks)) {
		return nil, fmt.Errorf("height %d must be between 1 and %d", height, len(c.blocks))
	}
	return &ctypes.ResultBlock{Block: c.blocks[height-1]}, nil
}

func (c *Chain) blockResults(_ *rpctypes.Context, height int64) (*ctypes.ResultBlockResults, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if height < 1 || height > int64(len(c.blocks)) {
		return nil, fmt.Errorf("could not find results for height #%d", height)
	}
	return &ctypes.ResultBlockResults{Height: height, TxsResults: c.results[height-1]}, nil
}

// blockchain returns headers, highest first and at most twenty, as a node does.
func (c *Chain) blockchain(_ *rpctypes.Context, minHeight, maxHeight int64) (*ctypes.ResultBlockchainInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := int64(len(c.blocks))
	maxHeight = min(maxHeight, last)
	minHeight = max(minHeight, maxHeight-19)
	answer := &ctypes.ResultBlockchainInfo{LastHeight: last}
	for height := maxHeight; height >= minHeight; height-- {
		block := c.blocks[height-1]
		answer.BlockMetas = append(answer.BlockMetas, &cmttypes.BlockMeta{Header: block.Header, NumTxs: len(block.Txs)})
	}
	return answer, nil
}
