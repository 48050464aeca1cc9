package ledgertest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/libs/bytes"
	"github.com/cometbft/cometbft/libs/log"
	ctypes "github.com/cometbft/cometbft/rpc/core/types"
	rpcserver "github.com/cometbft/cometbft/rpc/jsonrpc/server"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// Lies say how a node departs from its chain. The zero value is honest.
type Lies struct {
	// Block changes a block before it is shown; the block is a copy.
	Block func(*cmttypes.LightBlock)
	// Answer changes the answer to a query for a key at a height.
	Answer func(store string, key []byte, height int64, answer *abci.ResponseQuery)
	// Newest is the highest block that it shows; 0 shows all.
	Newest int64
	// Missed is called when a block above Newest was asked for; it may be nil.
	Missed func()
	// Oldest is the lowest block, and the lowest state, that it keeps.
	Oldest int64
	// Raw answers every call in place of a node; nil leaves that to the node.
	Raw http.HandlerFunc
}

// Node serves a Signed chain over the real node's JSON-RPC, honestly or not.
type Node struct {
	// Address is where it listens.
	Address string
	// Accused counts the evidence that it was sent.
	Accused atomic.Int64

	chain *Signed
	lies  atomic.Pointer[Lies]
	calls atomic.Int64
}

// Serve starts an honest node of the chain. It stops with the test.
func (c *Signed) Serve(t testing.TB) *Node {
	t.Helper()
	n := &Node{chain: c}
	n.Lie(Lies{})
	mux := http.NewServeMux()
	rpcserver.RegisterRPCFuncs(mux, map[string]*rpcserver.RPCFunc{
		"commit":             rpcserver.NewRPCFunc(n.commit, "height"),
		"validators":         rpcserver.NewRPCFunc(n.validators, "height,page,per_page"),
		"abci_query":         rpcserver.NewRPCFunc(n.query, "path,data,height,prove"),
		"broadcast_evidence": rpcserver.NewRPCFunc(n.accuse, "evidence"),
	}, log.NewNopLogger())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.calls.Add(1)
		if raw := n.lies.Load().Raw; raw != nil {
			raw(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	n.Address = server.URL
	return n
}

// Lie tells the node how to lie from now on.
func (n *Node) Lie(lies Lies) { n.lies.Store(&lies) }

// Calls counts the calls that it got.
func (n *Node) Calls() int64 { return n.calls.Load() }

// block is a copy of what the node shows at a height, or the newest.
func (n *Node) block(height *int64) (*cmttypes.LightBlock, error) {
	n.chain.mu.Lock()
	defer n.chain.mu.Unlock()
	lies := n.lies.Load()
	newest := n.chain.height()
	if lies.Newest > 0 {
		newest = min(newest, lies.Newest)
	}
	at := newest
	if height != nil {
		at = *height
	}
	switch {
	case at > newest:
		if lies.Missed != nil {
			lies.Missed()
		}
		return nil, fmt.Errorf("height %d must be less than or equal to the current blockchain height %d", at, newest)
	case at < max(lies.Oldest, 1):
		return nil, fmt.Errorf("height %d is not available, lowest height is %d", at, lies.Oldest)
	}
	encoded, err := n.chain.blocks[at-1].ToProto()
	if err != nil {
		return nil, err
	}
	block, err := cmttypes.LightBlockFromProto(encoded)
	if err == nil && lies.Block != nil {
		lies.Block(block)
	}
	return block, err
}

func (n *Node) commit(_ *rpctypes.Context, height *int64) (*ctypes.ResultCommit, error) {
	block, err := n.block(height)
	if err != nil {
		return nil, err
	}
	return ctypes.NewResultCommit(block.Header, block.Commit, true), nil
}

func (n *Node) validators(_ *rpctypes.Context, height *int64, _, _ *int) (*ctypes.ResultValidators, error) {
	block, err := n.block(height)
	if err != nil {
		return nil, err
	}
	set := block.ValidatorSet.Validators
	return &ctypes.ResultValidators{BlockHeight: block.Height, Validators: set, Count: len(set), Total: len(set)}, nil
}

func (n *Node) query(_ *rpctypes.Context, path string, key bytes.HexBytes, height int64, prove bool) (*ctypes.ResultABCIQuery, error) {
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[1] != "store" || parts[3] != "key" || !prove {
		return nil, fmt.Errorf("path %q with proof %t: want /store/NAME/key with proof", path, prove)
	}
	lies := n.lies.Load()
	asked := height
	if height < lies.Oldest {
		asked = 1 << 40 // to the store, a state that it never had is as one that was pruned
	}
	answer := n.chain.query(parts[2], key, asked)
	if lies.Answer != nil {
		lies.Answer(parts[2], key, height, &answer)
	}
	return &ctypes.ResultABCIQuery{Response: answer}, nil
}

func (n *Node) accuse(_ *rpctypes.Context, evidence cmttypes.Evidence) (*ctypes.ResultBroadcastEvidence, error) {
	if evidence == nil {
		return nil, errors.New("no evidence was given")
	}
	n.Accused.Add(1)
	return &ctypes.ResultBroadcastEvidence{Hash: evidence.Hash()}, nil
}

// Query answers for a key of a store at a height as an honest node does.
func (n *Node) Query(store string, key []byte, height int64) abci.ResponseQuery {
	return n.chain.query(store, key, height)
}
