package app_test

import (
	"context"
	"net"
	"strconv"
	"sync"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/cosmos/cosmos-sdk/baseapp"
	grpccodec "github.com/cosmos/cosmos-sdk/codec"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// marked runs a block whose height is then in the state: in the node that the second
// member declares.
func (n *network) marked() {
	n.t.Helper()
	second := n.members[1].operator
	node := nodeOf(uint64(n.LastBlockHeight()) + 1)
	n.mustBlock(n.sign(second, &consortium.MsgDeclareNodes{Operator: second.Address(), Nodes: []string{node}}))
}

// mark returns the node that is in the state of a height, 0 for the newest, and the
// height that answered.
func mark(t *testing.T, a *app.App, height int64) (string, int64) {
	t.Helper()
	question, err := (&consortium.QueryInstitutionRequest{Number: 2}).Marshal()
	require.NoError(t, err)
	res, err := a.Query(t.Context(), &abci.RequestQuery{Path: "/dmdl.consortium.v1.Query/Institution", Data: question, Height: height})
	require.NoError(t, err)
	require.True(t, res.IsOK(), res.Log)
	var answer consortium.QueryInstitutionResponse
	require.NoError(t, answer.Unmarshal(res.Value))
	require.Len(t, answer.Institution.Nodes, 1)
	return answer.Institution.Nodes[0], res.Height
}

// dial serves the queries of an application over gRPC, as a node does, and returns a
// connection to them.
func dial(t *testing.T, a *app.App) *grpc.ClientConn {
	t.Helper()
	protocol := grpccodec.NewProtoCodec(a.Codec.InterfaceRegistry()).GRPCCodec()
	server := grpc.NewServer(grpc.ForceServerCodec(protocol))
	a.RegisterGRPCServerWithSkipCheckHeader(server, false)
	listener := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(listener) }() // it ends when it is stopped
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:node", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(protocol)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// markOver does as mark, over gRPC.
func markOver(t *testing.T, client consortium.QueryClient) (string, int64) {
	t.Helper()
	var header metadata.MD
	answer, err := client.Institution(t.Context(), &consortium.QueryInstitutionRequest{Number: 2}, grpc.Header(&header))
	require.NoError(t, err)
	require.Len(t, answer.Institution.Nodes, 1)
	require.Len(t, header.Get(grpctypes.GRPCBlockHeightHeader), 1)
	height, err := strconv.ParseInt(header.Get(grpctypes.GRPCBlockHeightHeader)[0], 10, 64)
	require.NoError(t, err)
	return answer.Institution.Nodes[0], height
}

func TestQuestionsAreAnsweredFromOneBlockWhileBlocksCommit(t *testing.T) {
	n := newNetwork(t)
	n.marked()
	client := consortium.NewQueryClient(dial(t, n.App))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, read := range []func() (string, int64){
		func() (string, int64) { return mark(t, n.App, 0) },
		func() (string, int64) { return markOver(t, client) },
		func() (string, int64) { return markOver(t, client) },
	} {
		readers.Go(func() {
			var last int64
			for {
				select {
				case <-done:
					return
				default:
				}
				node, height := read()
				require.Equal(t, nodeOf(uint64(height)), node)
				require.GreaterOrEqual(t, height, last, "a newer block was seen already")
				last = height
			}
		})
	}
	for range 200 {
		n.marked()
		node, height := markOver(t, client)
		require.Equal(t, n.LastBlockHeight(), height, "who waited for a block sees it")
		require.Equal(t, nodeOf(uint64(height)), node)
	}
	close(done)
	readers.Wait()
}

func TestOlderBlocksAreAnsweredUntilTheyArePruned(t *testing.T) {
	db := dbm.NewMemDB()
	keep := baseapp.SetPruning(pruningtypes.NewCustomPruningOptions(5, 10))
	n := newNetworkOver(t, db, options{}, 4, keep)
	for range 30 {
		n.marked()
	}
	newest := n.LastBlockHeight()
	for height := newest - 4; height <= newest; height++ {
		node, _ := mark(t, n.App, height)
		require.Equal(t, nodeOf(uint64(height)), node)
	}
	for _, height := range []int64{3, newest + 1} {
		res, err := n.Query(t.Context(), &abci.RequestQuery{Path: "/dmdl.consortium.v1.Query/Institution", Height: height})
		require.NoError(t, err)
		require.False(t, res.IsOK(), "height %d", height)
	}

	n.App = newApp(t, db, options{}, chainID, keep)
	node, height := mark(t, n.App, newest)
	require.Equal(t, nodeOf(uint64(newest)), node, "a node that starts again has no view yet")
	require.Equal(t, newest, height)
}
