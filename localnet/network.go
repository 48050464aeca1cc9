package localnet

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

// ChainID is the id of a local network unless another is given.
const ChainID = "dmdl-local-1"

// Options say what network to make.
type Options struct {
	// Binary is the dmdld binary.
	Binary string
	// Home is the folder that holds the nodes' folders. It must not hold a
	// network yet.
	Home string
	// ChainID is the chain's id, ChainID if empty.
	ChainID string
	// Validators is how many hospitals begin the chain.
	Validators int
	// BasePort is the first of the ports, four for each node, or 0 for free ones.
	BasePort int
}

// Network is a consortium on this machine.
type Network struct {
	Options
	// Nodes are the hospitals' nodes, in the order of their institutions' numbers
	// as long as nobody but Join adds to them.
	Nodes []*Node
}

// names are the names of the first hospitals, in the order of the alphabet, so
// that they get their numbers in this order.
var names = []string{"Alder Hospital", "Birch Hospital", "Cedar Hospital", "Douglas Hospital", "Elm Hospital", "Fir Hospital", "Ginkgo Hospital", "Hazel Hospital"}

func nameOf(n int) string {
	if n < len(names) {
		return names[n]
	}
	return fmt.Sprintf("Hospital %04d", n+1)
}

// GenesisFile is the document that the network began with.
func (net *Network) GenesisFile() string { return filepath.Join(net.Home, "genesis.json") }

// New makes the folders and holds the ceremony. It starts nothing.
func New(ctx context.Context, o Options) (*Network, error) {
	if o.ChainID == "" {
		o.ChainID = ChainID
	}
	if o.Validators < 1 {
		return nil, fmt.Errorf("%d validators: give at least 1", o.Validators)
	}
	net := &Network{Options: o}
	if _, err := os.Stat(net.GenesisFile()); err == nil {
		return nil, fmt.Errorf("%s holds a network: name another folder, or remove it", o.Home)
	}
	for range o.Validators {
		if _, err := net.prepare(); err != nil {
			return nil, err
		}
	}
	entries := make([]string, len(net.Nodes))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, n := range net.Nodes {
		group.Go(func() (err error) {
			entries[i], err = net.Enter(groupCtx, n)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := net.gather(ctx, entries); err != nil {
		return nil, err
	}
	group, groupCtx = errgroup.WithContext(ctx)
	for _, n := range net.Nodes {
		group.Go(func() error { return net.Adopt(groupCtx, n, net.GenesisFile()) })
	}
	return net, group.Wait()
}

// prepare adds a hospital with fresh keys and ports.
func (net *Network) prepare() (*Node, error) {
	at := len(net.Nodes)
	n := &Node{Name: nameOf(at), Binary: net.Binary, Home: filepath.Join(net.Home, "hospital-"+strconv.Itoa(at+1))}
	var err error
	if n.Ports, err = net.ports(at); err != nil {
		return nil, err
	}
	operator := secp256k1.GenPrivKey()
	n.operatorSecret = hex.EncodeToString(operator.Bytes())
	if n.Operator, err = ledger.KeyFromPrivate(operator); err != nil {
		return nil, err
	}
	if n.Vault, err = ledger.NewKey(); err != nil {
		return nil, err
	}
	net.Nodes = append(net.Nodes, n)
	return n, nil
}

// Enter makes a node's folder and its entry to the ceremony, and returns the
// entry's file.
func (net *Network) Enter(ctx context.Context, n *Node) (string, error) {
	if err := net.init(ctx, n, "--chain-id", net.ChainID); err != nil {
		return "", err
	}
	if _, err := n.Run(ctx, "keys", "import-hex", "operator", n.operatorSecret); err != nil {
		return "", err
	}
	entry, err := n.Run(ctx, "genesis", "entry", "--chain-id", net.ChainID, "--name", n.Name,
		"--operator", n.Operator.Address(), "--address", fmt.Sprintf("127.0.0.1:%d", n.Ports.Peers))
	if err != nil {
		return "", err
	}
	file := filepath.Join(n.Home, "entry.json")
	return file, os.WriteFile(file, entry, 0o600)
}

// Adopt gives a node a genesis document.
func (net *Network) Adopt(ctx context.Context, n *Node, genesis string) error {
	return net.init(ctx, n, "--genesis", genesis)
}

func (net *Network) init(ctx context.Context, n *Node, more ...string) error {
	listen := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	_, err := n.Run(ctx, append([]string{
		"init", strings.ReplaceAll(n.Name, " ", "-"), "--keyring-backend", "test", "--one-machine",
		"--listen-peers", listen(n.Ports.Peers), "--listen-rpc", listen(n.Ports.RPC),
		"--listen-grpc", listen(n.Ports.GRPC), "--listen-rest", listen(n.Ports.REST),
	}, more...)...)
	return err
}

// gather makes the genesis document out of the entries.
func (net *Network) gather(ctx context.Context, entries []string) error {
	document, err := run(ctx, net.Binary, append([]string{"genesis", "gather", "--chain-id", net.ChainID}, entries...)...)
	if err != nil {
		return err
	}
	return os.WriteFile(net.GenesisFile(), document, 0o600)
}

// Join adds a hospital that is not a member yet, makes its folder and returns
// it with its entry. It may start once a vote admitted it.
func (net *Network) Join(ctx context.Context) (*Node, string, error) {
	n, err := net.prepare()
	if err != nil {
		return nil, "", err
	}
	entry, err := net.Enter(ctx, n)
	if err != nil {
		return nil, "", err
	}
	return n, entry, net.Adopt(ctx, n, net.GenesisFile())
}

// Start starts all nodes that do not run and waits until each has a block.
func (net *Network) Start(ctx context.Context) error {
	for _, n := range net.Nodes {
		if n.Running() {
			continue
		}
		if err := n.Start(); err != nil {
			return err
		}
	}
	return net.WaitHeight(ctx, 2)
}

// WaitHeight waits until all nodes have reached a height.
func (net *Network) WaitHeight(ctx context.Context, height int64) error {
	for _, n := range net.Nodes {
		if err := n.WaitHeight(ctx, height); err != nil {
			return err
		}
	}
	return nil
}

// Stop stops all nodes in order, all at once.
func (net *Network) Stop() error {
	failures := make(chan error, len(net.Nodes))
	for _, n := range net.Nodes {
		go func() { failures <- n.Stop() }()
	}
	var all error
	for range net.Nodes {
		all = errors.Join(all, <-failures)
	}
	return all
}

// Client returns a client of the network's running nodes.
func (net *Network) Client(config ledger.Config) (*ledger.Client, error) {
	config.ChainID, config.Nodes = net.ChainID, nil
	for _, n := range net.Nodes {
		if n.Running() {
			config.Nodes = append(config.Nodes, n.Endpoint())
		}
	}
	if config.Lifetime == 0 {
		config.Lifetime = time.Minute
	}
	return ledger.Open(config)
}
