package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	cmttypes "github.com/cometbft/cometbft/types"
)

const (
	// callTimeout bounds one RPC call; a block of 4 MiB takes far less.
	callTimeout = 10 * time.Second
	// idleConns is how many connections to one node are kept open between
	// calls. Each call in flight uses one.
	idleConns = 512
	// maxAnswer bounds one answer in bytes, so that no node can fill the memory:
	// a block of 4 MiB and its results take a fraction of it.
	maxAnswer = 64 << 20
)

// Node is the CometBFT RPC of one node. It keeps its connections open and may
// be used by many goroutines at once.
type Node struct {
	address string
	rpc     *rpchttp.HTTP
	calls   *http.Client
	idle    func()
}

// NewNode prepares calls to an address such as http://127.0.0.1:26657, over TLS
// if it begins with https. It does not connect yet. No proxy is used.
func NewNode(address string) (*Node, error) {
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: callTimeout}).DialContext,
		MaxIdleConns:        idleConns,
		MaxIdleConnsPerHost: idleConns,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	calls := &http.Client{Transport: bounded{transport}, Timeout: callTimeout}
	rpc, err := rpchttp.NewWithClient(address, "/websocket", calls)
	if err != nil {
		return nil, fmt.Errorf("RPC address %q: %w; give it as http://host:port", address, err)
	}
	return &Node{address: address, rpc: rpc, calls: calls, idle: transport.CloseIdleConnections}, nil
}

// bounded is a transport whose answers end with an error after maxAnswer bytes.
type bounded struct{ http.RoundTripper }

// RoundTrip makes one call.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(request)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	}
	return answer, err
}

// Close closes the connections that are not in use.
func (n *Node) Close() { n.idle() }

// Broadcast hands a signed transaction to the node and returns when the node
// has checked it. Every error is a *Refusal. A transaction that the node holds
// already counts as taken.
func (n *Node) Broadcast(ctx context.Context, raw []byte) error {
	answer, err := n.rpc.BroadcastTxSync(ctx, raw)
	if err != nil {
		return refusedByRPC(err)
	}
	if answer.Code != abci.CodeTypeOK {
		return refusedBy(answer.Codespace, answer.Code, answer.Log)
	}
	return nil
}

// Height is the last height that the node's application has committed. Unlike
// the height of a node's status, queries to the node see its effects.
func (n *Node) Height(ctx context.Context) (int64, error) {
	answer, err := n.rpc.ABCIInfo(ctx)
	if err != nil {
		return 0, fmt.Errorf("height of %s: %w", n.address, err)
	}
	return answer.Response.LastBlockHeight, nil
}

// Block is the block of a height.
func (n *Node) Block(ctx context.Context, height int64) (*cmttypes.Block, error) {
	answer, err := n.rpc.Block(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("block %d of %s: %w", height, n.address, err)
	}
	if answer.Block == nil {
		return nil, fmt.Errorf("%s does not have block %d", n.address, height)
	}
	return answer.Block, nil
}

// Results are the results of a block's transactions, in the block's order. The
// application must have executed the block, see Height.
func (n *Node) Results(ctx context.Context, height int64) ([]*abci.ExecTxResult, error) {
	answer, err := n.rpc.BlockResults(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("results of block %d of %s: %w", height, n.address, err)
	}
	return answer.TxsResults, nil
}

// Metas are the headers and sizes of the blocks from one height to another,
// both included, in rising order; the node returns at most the last 20.
func (n *Node) Metas(ctx context.Context, from, to int64) ([]*cmttypes.BlockMeta, error) {
	answer, err := n.rpc.BlockchainInfo(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("headers %d to %d of %s: %w", from, to, n.address, err)
	}
	metas := answer.BlockMetas
	for i, j := 0, len(metas)-1; i < j; i, j = i+1, j-1 {
		metas[i], metas[j] = metas[j], metas[i]
	}
	return metas, nil
}

// Simulate runs a transaction on the node's last state and returns the gas it
// used. The signature is not checked and nothing is kept. If the transaction
// would fail, the error is a *Refusal.
func (n *Node) Simulate(ctx context.Context, raw []byte) (uint64, error) {
	answer, err := n.rpc.ABCIQueryWithOptions(ctx, "/app/simulate", raw, rpcclient.DefaultABCIQueryOptions)
	if err != nil {
		return 0, fmt.Errorf("simulate on %s: %w", n.address, err)
	}
	if r := answer.Response; r.Code != abci.CodeTypeOK {
		return 0, refusedBy(r.Codespace, r.Code, r.Log)
	}
	var simulated struct {
		GasInfo struct {
			GasUsed uint64 `json:"gas_used,string"`
		} `json:"gas_info"`
	}
	if err := json.Unmarshal(answer.Response.Value, &simulated); err != nil {
		return 0, fmt.Errorf("read the simulation of %s: %w", n.address, err)
	}
	return simulated.GasInfo.GasUsed, nil
}
