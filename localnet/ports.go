package localnet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// portsEach is how many ports a node takes.
const portsEach = 4

// Ports that are found for nodes lie below those that systems give to outgoing
// connections and to listeners on port 0 (Linux 32768, RFC 6335 49152), so that
// none is taken while a node is stopped.
const (
	firstPort = 16_384
	endPort   = 32_768
)

// given are the ports that this process has found for somebody.
var given = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// ports returns the ports of a node: the given ones in order, or free ones.
func (n *Network) ports(at int) (Ports, error) {
	if n.BasePort != 0 {
		first := n.BasePort + portsEach*at
		if first+portsEach > 1<<16 {
			return Ports{}, fmt.Errorf("port %d of node %d is above 65535: give a lower base port", first+portsEach-1, at+1)
		}
		return Ports{Peers: first, RPC: first + 1, GRPC: first + 2, REST: first + 3}, nil
	}
	free, err := freePorts(portsEach)
	if err != nil {
		return Ports{}, err
	}
	return Ports{Peers: free[0], RPC: free[1], GRPC: free[2], REST: free[3]}, nil
}

// freePorts finds ports that nobody listens on, and never the same one twice in
// a process. Another process may take one before the node does; the node then
// says so and ends.
func freePorts(n int) ([]int, error) {
	given.Lock()
	defer given.Unlock()
	var free []int
	for _, at := range rand.Perm(endPort - firstPort) {
		port := firstPort + at
		if given.ports[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue // somebody else's
		}
		if err := listener.Close(); err != nil {
			return nil, err
		}
		given.ports[port] = true
		if free = append(free, port); len(free) == n {
			return free, nil
		}
	}
	return nil, errors.New("no port from 16384 to 32767 is free: name a base port")
}
