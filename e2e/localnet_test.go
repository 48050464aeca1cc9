package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
)

// command is a network that runs as a process of its own, "dmdld localnet
// start", and what it said of its nodes. Its methods fail the test.
type command struct {
	t     *testing.T
	ctx   context.Context
	cmd   *exec.Cmd
	said  bytes.Buffer // standard error, complete once the process has ended
	nodes []*localnet.Node
	rpc   *ledger.Node // of the first hospital
}

// startLocalnet runs the command until it has described four nodes.
func startLocalnet(t *testing.T) *command {
	t.Helper()
	ctx, home := newStory(t)
	c := &command{t: t, ctx: ctx}
	c.cmd = exec.CommandContext(ctx, binary, "localnet", "start", "--validators", "4", "--home", home) // its nodes end with it
	c.cmd.Stderr = &c.said
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	t.Cleanup(func() {
		if c.cmd.ProcessState == nil { // the story failed before its end
			_ = c.cmd.Process.Signal(os.Interrupt)
			_ = c.cmd.Wait()
		}
	})
	lines := bufio.NewScanner(out)
	for len(c.nodes) < 4 && lines.Scan() {
		c.nodes = append(c.nodes, readNode(t, lines.Text()))
	}
	if len(c.nodes) < 4 {
		require.Fail(t, "the network did not start", "%v: %s", c.cmd.Wait(), &c.said)
	}
	c.rpc, err = ledger.NewNode(c.nodes[0].RPC())
	require.NoError(t, err)
	t.Cleanup(c.rpc.Close)
	return c
}

// described is the line that "dmdld localnet start" prints of a node.
var described = regexp.MustCompile(`^(\S.*?) +peers (\d+)  rpc http://127\.0\.0\.1:(\d+)  grpc 127\.0\.0\.1:(\d+)  rest http://127\.0\.0\.1:(\d+)  home (\S+)$`)

func readNode(t *testing.T, line string) *localnet.Node {
	t.Helper()
	found := described.FindStringSubmatch(line)
	require.NotNil(t, found, "line %q", line)
	var ports [4]int
	for n := range ports {
		var err error
		ports[n], err = strconv.Atoi(found[n+2])
		require.NoError(t, err)
	}
	return &localnet.Node{
		Name: found[1], Home: found[6], Binary: binary,
		Ports: localnet.Ports{Peers: ports[0], RPC: ports[1], GRPC: ports[2], REST: ports[3]},
	}
}

// interrupt ends the network and checks that all of it ends, and well.
func (c *command) interrupt() {
	c.t.Helper()
	require.NoError(c.t, c.cmd.Process.Signal(os.Interrupt))
	require.NoError(c.t, c.cmd.Wait(), "%s", &c.said)
	require.NotContains(c.t, c.said.String(), "dmdld:")
	for _, n := range c.nodes {
		left, err := processes(n.Home)
		require.NoError(c.t, err)
		require.Empty(c.t, left)
		for _, port := range []int{n.Ports.Peers, n.Ports.RPC, n.Ports.GRPC, n.Ports.REST} {
			requireFree(c.t, port)
		}
	}
}

// run runs a command in the first hospital's folder and returns its output.
func (c *command) run(args ...string) string {
	c.t.Helper()
	out, err := c.nodes[0].Run(c.ctx, args...)
	require.NoError(c.t, err)
	return string(bytes.TrimSpace(out))
}

// read runs a command with --output json and reads what it prints.
func (c *command) read(into any, args ...string) {
	c.t.Helper()
	out := c.run(append(args, "--output", "json")...)
	require.NoError(c.t, json.Unmarshal([]byte(out), into), out)
}

// refused runs a command that must fail, and returns its complaint.
func (c *command) refused(args ...string) string {
	c.t.Helper()
	out, err := c.nodes[0].Run(c.ctx, args...)
	var exit *exec.ExitError
	require.ErrorAs(c.t, err, &exit, "%v printed %s", args, out)
	return err.Error()
}

// answer is what a command prints of a transaction that it sent.
type answer struct {
	Code      uint32 `json:"code"`
	Codespace string `json:"codespace"`
	Log       string `json:"raw_log"`
	Hash      string `json:"txhash"`
}

// send sends a transaction and waits for the block that holds it.
func (c *command) send(args ...string) {
	c.t.Helper()
	height, err := c.rpc.Height(c.ctx)
	require.NoError(c.t, err)
	var sent answer
	c.read(&sent, append(args, "--yes")...)
	require.Zero(c.t, sent.Code, sent.Log)
	const most = 30 // blocks
	for last := height + most; height < last; height++ {
		waitHeight(c.ctx, c.t, c.rpc, height)
		block, err := c.rpc.Block(c.ctx, height)
		require.NoError(c.t, err)
		for at, tx := range block.Txs {
			if sent.Hash == fmt.Sprintf("%X", tx.Hash()) {
				results, err := c.rpc.Results(c.ctx, height)
				require.NoError(c.t, err)
				require.Zero(c.t, results[at].Code, results[at].Log)
				return
			}
		}
	}
	require.Fail(c.t, "no block holds the transaction", "%v", args)
}

// waitHeight waits until a node has committed a height.
func waitHeight(ctx context.Context, t *testing.T, node *ledger.Node, height int64) {
	t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		reached, err := node.Height(ctx)
		if err == nil && reached >= height {
			return
		}
		select {
		case <-ctx.Done():
			require.Fail(t, "hung", "height %d, waiting for %d: %v", reached, height, err)
		case <-ticker.C:
		}
	}
}
