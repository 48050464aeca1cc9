package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

var _ grpc.ClientConnInterface = (*Client)(nil)

// connect prepares the connections to one node.
func connect(endpoint Endpoint) (member, error) {
	node, err := NewNode(endpoint.RPC)
	if err != nil || endpoint.GRPC == "" {
		return member{node: node}, err
	}
	conn, err := grpc.NewClient(endpoint.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(codec.NewProtoCodec(registry()).GRPCCodec())))
	if err != nil {
		return member{}, fmt.Errorf("gRPC address %q: %w; give it as host:port", endpoint.GRPC, err)
	}
	return member{node: node, conn: conn}, nil
}

// registry knows the types that answers carry packed: accounts, public keys,
// and the messages of proposals.
func registry() codectypes.InterfaceRegistry {
	r := codectypes.NewInterfaceRegistry()
	register(r)
	return r
}

func register(r codectypes.InterfaceRegistry) {
	cryptocodec.RegisterInterfaces(r)
	authtypes.RegisterInterfaces(r)
	records.RegisterInterfaces(r)
	access.RegisterInterfaces(r)
	copyright.RegisterInterfaces(r)
	consortium.RegisterInterfaces(r)
	upgradetypes.RegisterInterfaces(r) // proposals hold them
}

// Invoke makes one gRPC call to the current node, or to another if that one
// cannot be reached. It makes the client a connection for query clients, as in
// records.NewQueryClient(client).
func (c *Client) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	first := int(c.current.Load())
	err := errors.New("no node with a gRPC address given")
	for i := range c.members {
		m := c.members[(first+i)%len(c.members)]
		if m.conn == nil {
			continue
		}
		if err = m.conn.Invoke(ctx, method, args, reply, opts...); status.Code(err) != codes.Unavailable {
			return err
		}
	}
	return err
}

// NewStream opens a gRPC stream to the current node. It does not try others.
func (c *Client) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	m := c.members[c.current.Load()]
	if m.conn == nil {
		return nil, errors.New("the current node has no gRPC address")
	}
	return m.conn.NewStream(ctx, desc, method, opts...)
}

// AccountNumber is the number that an account's signatures are bound to. It
// never changes and is asked for once.
func (c *Client) AccountNumber(ctx context.Context, address string) (uint64, error) {
	if number, ok := c.accounts.Load(address); ok {
		return number.(uint64), nil
	}
	answer, err := authtypes.NewQueryClient(c).AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: address})
	if status.Code(err) == codes.NotFound {
		return 0, fmt.Errorf("account %s: %w; only enrolled accounts exist: its operator enrols it with \"dmdld tx consortium enrol\"", address, err)
	}
	if err != nil {
		return 0, fmt.Errorf("asking the own node for account %s: %w", address, err)
	}
	c.accounts.Store(address, answer.Info.AccountNumber)
	return answer.Info.AccountNumber, nil
}

// Gas is what a transaction of these messages declares: what the configured
// schedule or else a node's simulation asks for, and a twentieth more. The chain
// lets a transaction declare up to twice what it needs, and the twentieth covers
// the bytes by which numbers of the same messages differ, so that each shape is
// asked for once. If a simulation fails, the error is the *Refusal that the
// transaction would meet.
func (c *Client) Gas(ctx context.Context, key Key, msgs ...sdk.Msg) (uint64, error) {
	shape, fixed := shapeOf(msgs)
	if gas, ok := c.gas.Load(shape); ok && fixed {
		return gas.(uint64), nil
	}
	// Only its size matters, and its signature is not checked.
	raw, err := SignUnordered(c.chainID, 0, key, 0, time.Now().Add(c.lifetime), msgs...)
	if err != nil {
		return 0, err
	}
	var gas uint64
	if c.schedule != nil {
		gas, err = c.schedule(msgs, len(raw))
	} else {
		gas, err = ask(c, func(n *Node) (uint64, error) { return n.Simulate(ctx, raw) })
	}
	if err != nil {
		return 0, err
	}
	gas += gas / 20
	if fixed {
		c.gas.Store(shape, gas)
	}
	return gas, nil
}

// shapeOf names what the gas of messages depends on: their types and how many
// records of how many subjects they anchor. Other messages may hold messages themselves, so their
// shape is not fixed and each is asked for.
func shapeOf(msgs []sdk.Msg) (shape string, fixed bool) {
	var text strings.Builder
	for _, msg := range msgs {
		count, subjects := 1, 0
		switch m := msg.(type) {
		case *records.MsgAnchorRecords:
			count, subjects = len(m.Records), len(records.PlacesBySubject(m.Records))
		case *records.MsgAnchorBatch:
		default:
			return "", false
		}
		fmt.Fprintf(&text, "%s*%d/%d;", sdk.MsgTypeURL(msg), count, subjects)
	}
	return text.String(), true
}

// answered reports whether err came from a node that was reached.
func answered(err error) bool {
	var refusal *Refusal
	var answer *rpctypes.RPCError
	return errors.As(err, &refusal) || errors.As(err, &answer)
}
