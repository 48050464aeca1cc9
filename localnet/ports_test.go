package localnet

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNoPortIsGivenTwice(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		free, err := freePorts(portsEach)
		require.NoError(t, err)
		require.Len(t, free, portsEach)
		for _, port := range free {
			require.False(t, seen[port], "port %d", port)
			seen[port] = true
			require.GreaterOrEqual(t, port, firstPort)
			require.Less(t, port, endPort)
		}
	}
}

func TestATakenPortIsPassedOver(t *testing.T) {
	before := given.ports
	t.Cleanup(func() { given.ports = before })
	free, err := freePorts(1)
	require.NoError(t, err)
	given.ports = map[int]bool{}
	for port := firstPort; port < endPort; port++ {
		given.ports[port] = port != free[0]
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(free[0]))
	require.NoError(t, err)
	_, err = freePorts(1)
	require.ErrorContains(t, err, "name a base port")

	require.NoError(t, listener.Close())
	again, err := freePorts(1)
	require.NoError(t, err)
	require.Equal(t, free, again)
}

func TestPortsFollowABasePort(t *testing.T) {
	n := &Network{Options: Options{BasePort: 26_000}}
	first, err := n.ports(0)
	require.NoError(t, err)
	require.Equal(t, Ports{Peers: 26_000, RPC: 26_001, GRPC: 26_002, REST: 26_003}, first)
	second, err := n.ports(1)
	require.NoError(t, err)
	require.Equal(t, 26_004, second.Peers)

	n.BasePort = 65_533
	_, err = n.ports(0)
	require.ErrorContains(t, err, "give a lower base port")
}
