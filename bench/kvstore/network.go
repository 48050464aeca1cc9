package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/types"
)

const (
	maxBlockBytes = 4 << 20
	// startTimeout bounds the wait for the first blocks, stopTimeout the wait for
	// one process to end by itself.
	startTimeout = time.Minute
	stopTimeout  = 15 * time.Second
)

// network is the running validators.
type network struct {
	rpc     []string
	process []*exec.Cmd
	life    []io.Closer // closing one asks its process to stop
}

// start writes the files of all validators and starts a process for each.
func start(home string, validators int) (*network, error) {
	if entries, err := os.ReadDir(home); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: name another folder or remove it", home)
	}
	addresses, err := freeAddresses(2 * validators)
	if err != nil {
		return nil, err
	}
	homes, peers := make([]string, validators), make([]string, validators)
	genesis := &types.GenesisDoc{
		ChainID: "kvstore-bench", GenesisTime: time.Now(), ConsensusParams: types.DefaultConsensusParams(),
	}
	genesis.ConsensusParams.Block.MaxBytes = maxBlockBytes
	for i := range homes {
		homes[i] = filepath.Join(home, fmt.Sprintf("node%d", i))
		id, validator, err := makeKeys(homes[i])
		if err != nil {
			return nil, err
		}
		peers[i] = fmt.Sprintf("%s@%s", id, addresses[2*i])
		genesis.Validators = append(genesis.Validators, validator)
	}
	n := &network{}
	for i := range homes {
		if err := genesis.SaveAs(filepath.Join(homes[i], "config", "genesis.json")); err != nil {
			return nil, errors.Join(err, n.stop())
		}
		others := append(append([]string{}, peers[:i]...), peers[i+1:]...)
		if err := n.launch(homes[i], addresses[2*i], addresses[2*i+1], others); err != nil {
			return nil, errors.Join(err, n.stop())
		}
	}
	return n, nil
}

// makeKeys makes the folders and keys of one node.
func makeKeys(home string) (p2p.ID, types.GenesisValidator, error) {
	for _, folder := range []string{"config", "data"} {
		if err := os.MkdirAll(filepath.Join(home, folder), 0o755); err != nil {
			return "", types.GenesisValidator{}, err
		}
	}
	c := config.DefaultConfig()
	c.SetRoot(home)
	validator := privval.GenFilePV(c.PrivValidatorKeyFile(), c.PrivValidatorStateFile())
	validator.Save()
	key, err := p2p.LoadOrGenNodeKey(c.NodeKeyFile())
	if err != nil {
		return "", types.GenesisValidator{}, err
	}
	public, err := validator.GetPubKey()
	if err != nil {
		return "", types.GenesisValidator{}, err
	}
	return key.ID(), types.GenesisValidator{Address: public.Address(), PubKey: public, Power: 1}, nil
}

// launch starts one validator as a process of this program.
func (n *network) launch(home, p2pAddress, rpcAddress string, peers []string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, nodeCommand,
		"-home", home, "-p2p", p2pAddress, "-rpc", rpcAddress, "-peers", strings.Join(peers, ","))
	cmd.Stderr = os.Stderr
	life, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	n.process, n.life = append(n.process, cmd), append(n.life, life)
	n.rpc = append(n.rpc, "http://"+rpcAddress)
	return nil
}

// ready waits until every node has made two blocks.
func (n *network) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for _, address := range n.rpc {
		c, err := connect(address)
		if err != nil {
			return err
		}
		for height := int64(0); height < 2; {
			if info, err := c.ABCIInfo(ctx); err == nil {
				height = info.Response.LastBlockHeight
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return fmt.Errorf("%s made no blocks: %w; see node.log in its folder", address, ctx.Err())
			}
		}
	}
	return nil
}

// stop ends every process: it asks all, then kills what does not listen.
func (n *network) stop() error {
	var err error
	for _, life := range n.life {
		err = errors.Join(err, life.Close())
	}
	for _, cmd := range n.process {
		kill := time.AfterFunc(stopTimeout, func() { _ = cmd.Process.Kill() }) // an ended process needs none
		if ended := cmd.Wait(); ended != nil {
			err = errors.Join(err, fmt.Errorf("validator process %d: %w", cmd.Process.Pid, ended))
		}
		kill.Stop()
	}
	return err
}

// freeAddresses returns loopback addresses that nobody listens on.
func freeAddresses(count int) ([]string, error) {
	addresses := make([]string, count)
	for i := range addresses {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // held until all are found, so that all differ
		addresses[i] = listener.Addr().String()
	}
	return addresses, nil
}
