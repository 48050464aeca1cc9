package localnet

import (
	"fmt"
	"net"
)

// portsEach is how many ports a node takes.
const portsEach = 4

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

// freePorts asks the kernel for ports that nobody listens on. Somebody else may
// take one before the node does; the node then says so and ends.
func freePorts(n int) ([]int, error) {
	var free []int
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // all at once, so that none is given twice
		free = append(free, listener.Addr().(*net.TCPAddr).Port)
	}
	return free, nil
}
