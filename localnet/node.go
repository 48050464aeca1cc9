package localnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

// stopTime is how long a node may take to stop in order before it is killed.
const stopTime = 15 * time.Second

// Node is one hospital's node.
type Node struct {
	// Name is the institution's name.
	Name string
	// Home is the node's folder.
	Home string
	// Binary is the dmdld binary that Start runs. Change it to swap binaries.
	Binary string
	// Ports are where the node listens.
	Ports Ports
	// Operator is the key of the institution's operator. The folder's keyring
	// holds it too, under the name operator.
	Operator ledger.Key
	// Vault is the key of the account that anchors for the institution.
	Vault ledger.Key

	operatorSecret string
	cmd            *exec.Cmd
	exited         chan struct{}
	exit           error
}

// Ports are the ports of a node on 127.0.0.1.
type Ports struct{ Peers, RPC, GRPC, REST int }

// RPC is the address of CometBFT's RPC.
func (n *Node) RPC() string { return fmt.Sprintf("http://127.0.0.1:%d", n.Ports.RPC) }

// GRPC is the address of the application's gRPC.
func (n *Node) GRPC() string { return fmt.Sprintf("127.0.0.1:%d", n.Ports.GRPC) }

// REST is the address of the application's REST.
func (n *Node) REST() string { return fmt.Sprintf("http://127.0.0.1:%d", n.Ports.REST) }

// Endpoint is the node as a client names it.
func (n *Node) Endpoint() ledger.Endpoint { return ledger.Endpoint{RPC: n.RPC(), GRPC: n.GRPC()} }

// LogFile is where the node's output goes.
func (n *Node) LogFile() string { return filepath.Join(n.Home, "node.log") }

// Start starts the node's process. It does not wait for blocks.
func (n *Node) Start() error {
	if n.Running() {
		return fmt.Errorf("%s runs already", n.Name)
	}
	log, err := os.OpenFile(n.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	n.cmd = exec.Command(n.Binary, "start", "--home", n.Home, "--log_level", "warn", "--log_no_color")
	n.cmd.Stdout, n.cmd.Stderr = log, log
	if err := StartBound(n.cmd); err != nil {
		return fmt.Errorf("start %s: %w", n.Name, err)
	}
	n.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		n.exit = cmd.Wait()
		close(exited)
	}(n.cmd, n.exited)
	return nil
}

// Running says whether the node's process runs.
func (n *Node) Running() bool {
	if n.exited == nil {
		return false
	}
	select {
	case <-n.exited:
		return false
	default:
		return true
	}
}

// Stop asks the node to stop in order and waits until it has; a node that does
// not is killed, which is an error.
func (n *Node) Stop() error {
	if !n.Running() {
		return nil
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-n.exited:
		return nil
	case <-time.After(stopTime):
		n.Kill()
		return fmt.Errorf("%s did not stop in %s and was killed", n.Name, stopTime)
	}
}

// Kill ends the node at once, as a power cut would.
func (n *Node) Kill() {
	if n.Running() {
		_ = n.cmd.Process.Kill() // it may have ended meanwhile
		<-n.exited
	}
}

// WaitExit waits until the node's process has ended and returns how.
func (n *Node) WaitExit(ctx context.Context) error {
	select {
	case <-n.exited:
		return n.exit
	case <-ctx.Done():
		return fmt.Errorf("%s still runs: %w", n.Name, ctx.Err())
	}
}

// Height is the node's latest height.
func (n *Node) Height(ctx context.Context) (int64, error) {
	node, err := ledger.NewNode(n.RPC())
	if err != nil {
		return 0, err
	}
	defer node.Close()
	return node.Height(ctx)
}

// WaitHeight waits until the node has reached a height.
func (n *Node) WaitHeight(ctx context.Context, height int64) error {
	node, err := ledger.NewNode(n.RPC())
	if err != nil {
		return err
	}
	defer node.Close()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		reached, err := node.Height(ctx)
		if err == nil && reached >= height {
			return nil
		}
		if !n.Running() {
			return fmt.Errorf("%s ended at height %d: %w; %s", n.Name, reached, n.exit, n.lastLog())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is at height %d, not %d: %w", n.Name, reached, height, ctx.Err())
		case <-ticker.C:
		}
	}
}

// lastLog returns the end of the node's output, for errors.
func (n *Node) lastLog() string {
	const most = 600
	raw, err := os.ReadFile(n.LogFile())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(raw[max(0, len(raw)-most):]))
}

// Run runs a dmdld command in the node's folder and returns what it prints on
// standard output.
func (n *Node) Run(ctx context.Context, args ...string) ([]byte, error) {
	return run(ctx, n.Binary, append(args, "--home", n.Home)...)
}

// run runs a command to its end.
func run(ctx context.Context, binary string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("dmdld %s: %w: %s", strings.Join(args[:min(2, len(args))], " "), err, strings.TrimSpace(failure.String()))
	}
	return out.Bytes(), nil
}
