package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"google.golang.org/grpc"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// pollEvery is the pause between two looks at the height while a transaction is
// in flight: short beside a block of about a second.
const pollEvery = 100 * time.Millisecond

// Endpoint says where one node listens.
type Endpoint struct {
	// RPC is the CometBFT RPC, such as http://127.0.0.1:26657.
	RPC string
	// GRPC is the application's gRPC without TLS, such as 127.0.0.1:9090. It may be empty if
	// neither queries nor account numbers are asked of the node.
	GRPC string
}

// Config says which chain a client speaks to, and how.
type Config struct {
	// ChainID is signed into every transaction.
	ChainID string
	// Nodes are tried in order; the first that answers is kept until it fails.
	// Put the own node first.
	Nodes []Endpoint
	// Lifetime is how long a transaction may wait for its block: one minute if
	// zero, at most MaxLifetime. The local clock should keep time within the
	// rest of MaxLifetime.
	Lifetime time.Duration
	// Gas is the chain's schedule: the gas of a transaction of a size in bytes. If
	// nil, a node simulates the first transaction of each shape.
	Gas func(msgs []sdk.Msg, size int) (uint64, error)
}

// Result is a transaction that a block holds and that succeeded.
type Result struct {
	// Hash is the SHA-256 digest of the signed transaction.
	Hash [sha256.Size]byte
	// Height is the block's.
	Height int64
	// Data is an encoded TxMsgData with the messages' responses.
	Data []byte
}

// Answer reads the response of the transaction's only message.
func (r Result) Answer(into interface{ Unmarshal([]byte) error }) error {
	var data sdk.TxMsgData
	if err := data.Unmarshal(r.Data); err != nil {
		return fmt.Errorf("the answer of transaction %X does not read: %w", r.Hash, err)
	}
	if n := len(data.MsgResponses); n != 1 {
		return fmt.Errorf("transaction %X has %d answers, want one", r.Hash, n)
	}
	return into.Unmarshal(data.MsgResponses[0].Value)
}

// Client speaks to the nodes of one chain. It may be used by many goroutines
// at once, and is itself a gRPC connection for the modules' query clients.
type Client struct {
	chainID  string
	lifetime time.Duration
	schedule func(msgs []sdk.Msg, size int) (uint64, error)
	members  []member
	current  atomic.Int64 // index of the member that answered last
	follower *follower
	end      context.CancelFunc

	firstPause time.Duration

	accounts sync.Map // address -> account number
	gas      sync.Map // shape of messages -> gas
}

// member is one node of the chain.
type member struct {
	node *Node
	conn *grpc.ClientConn // nil without a gRPC address
}

// Open prepares a client. It connects when first used. Close it after use.
func Open(config Config) (*Client, error) {
	switch {
	case config.ChainID == "":
		return nil, errors.New("no chain id given")
	case len(config.Nodes) == 0:
		return nil, errors.New("no node given: name at least one")
	case config.Lifetime < 0 || config.Lifetime > MaxLifetime:
		return nil, fmt.Errorf("lifetime of %s is out of range: at most %s", config.Lifetime, MaxLifetime)
	}
	if config.Lifetime == 0 {
		config.Lifetime = time.Minute
	}
	life, end := context.WithCancel(context.Background())
	c := &Client{
		chainID: config.ChainID, lifetime: config.Lifetime, schedule: config.Gas, end: end, firstPause: firstPause,
	}
	c.follower = newFollower(life, c, pollEvery)
	for _, endpoint := range config.Nodes {
		m, err := connect(endpoint)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.members = append(c.members, m)
	}
	return c, nil
}

// Close ends all waits and closes the connections.
func (c *Client) Close() error {
	c.end()
	var err error
	for _, m := range c.members {
		m.node.Close()
		if m.conn != nil {
			err = errors.Join(err, m.conn.Close())
		}
	}
	return err
}

// ChainID is the chain that the client signs for.
func (c *Client) ChainID() string { return c.chainID }

// Height is the last height that the current node's application has committed.
func (c *Client) Height(ctx context.Context) (int64, error) {
	return ask(c, func(n *Node) (int64, error) { return n.Height(ctx) })
}

// Block is the block of a height.
func (c *Client) Block(ctx context.Context, height int64) (*cmttypes.Block, error) {
	return ask(c, func(n *Node) (*cmttypes.Block, error) { return n.Block(ctx, height) })
}

// Results are the results of a block's transactions, in the block's order.
func (c *Client) Results(ctx context.Context, height int64) ([]*abci.ExecTxResult, error) {
	return ask(c, func(n *Node) ([]*abci.ExecTxResult, error) { return n.Results(ctx, height) })
}

// ask calls the current node, and the others in turn if it does not answer.
func ask[T any](c *Client, call func(*Node) (T, error)) (answer T, err error) {
	first := int(c.current.Load())
	for i := range c.members {
		at := (first + i) % len(c.members)
		if answer, err = call(c.members[at].node); err == nil || answered(err) {
			c.current.Store(int64(at))
			return answer, err
		}
	}
	return answer, err
}
