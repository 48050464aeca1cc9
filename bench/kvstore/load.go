package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	"github.com/cometbft/cometbft/types"
)

const (
	// minSize is a key of 16 digits, the equals sign and one byte of value.
	minSize = 18
	// grace is how long after the end a transaction that was due may be sent.
	grace = time.Second
	// backOff is one sender's pause after a refusal when the load is closed.
	backOff = 50 * time.Millisecond
)

// load says what is sent: at a rate whatever becomes of it (open loop), or as
// many as the window lets in if the rate is 0 (closed loop).
type load struct {
	rate     float64
	window   int
	inFlight int
	size     int
	duration time.Duration
}

// shot is one transaction that was due.
type shot struct {
	tx      types.Tx
	number  int
	due     time.Time
	refused string // why no node took it, or empty
}

// connect keeps enough connections open for all calls in flight.
func connect(address string) (*rpchttp.HTTP, error) {
	transport := &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, DisableCompression: true}
	return rpchttp.NewWithClient(address, "/websocket", &http.Client{Transport: transport, Timeout: 10 * time.Second})
}

// run sends to the nodes in turn and reads the blocks back from the first.
func (l load) run(ctx context.Context, rpc []string) (*result, error) {
	nodes := make([]*rpchttp.HTTP, len(rpc))
	for i, address := range rpc {
		node, err := connect(address)
		if err != nil {
			return nil, err
		}
		nodes[i] = node
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	blocks, err := newWatcher(running, nodes[0], l.window)
	if err != nil {
		return nil, err
	}
	go blocks.run(running)
	begun := time.Now()
	sent, err := l.send(running, nodes, blocks, begun)
	if err != nil {
		return nil, err
	}
	blocks.drain(running, sent)
	stop()
	<-blocks.done
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return account(ctx, nodes[0], blocks, sent, begun.Add(l.duration))
}

// send deals transactions to the senders until the duration is over.
func (l load) send(ctx context.Context, nodes []*rpchttp.HTTP, blocks *watcher, begun time.Time) ([]shot, error) {
	end := begun.Add(l.duration)
	jobs := make(chan shot, int(l.rate*l.duration.Seconds())+1) // an open load's clock never waits
	sent := make([][]shot, l.inFlight)
	var wait sync.WaitGroup
	for i := range sent {
		wait.Go(func() {
			for job := range jobs {
				if time.Now().After(end.Add(grace)) {
					job.refused = "not sent in time"
				} else if job.refused = broadcast(ctx, nodes[job.number%len(nodes)], job.tx); job.refused != "" && l.rate == 0 {
					blocks.release(1)
					time.Sleep(backOff)
				}
				sent[i] = append(sent[i], job)
			}
		})
	}
	err := l.deal(ctx, jobs, blocks, begun, end)
	close(jobs)
	wait.Wait()
	var all []shot
	for _, list := range sent {
		all = append(all, list...)
	}
	return all, err
}

// deal makes transactions due, at the rate or as the window opens.
func (l load) deal(ctx context.Context, jobs chan<- shot, blocks *watcher, begun, end time.Time) error {
	filler := make([]byte, l.size)
	if _, err := rand.Read(filler); err != nil {
		return err
	}
	value := hex.EncodeToString(filler)[:l.size-minSize+1]
	var open chan<- struct{}
	if l.rate == 0 {
		open = blocks.open
	}
	for number := 0; ; number++ {
		due := time.Now()
		var tick <-chan time.Time
		if l.rate > 0 {
			due = begun.Add(time.Duration(float64(number) / l.rate * float64(time.Second)))
			tick = time.After(time.Until(due))
		}
		if !due.Before(end) {
			return nil
		}
		select {
		case open <- struct{}{}:
			due = time.Now()
		case <-tick:
		case <-time.After(time.Until(end)):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		jobs <- shot{tx: fmt.Appendf(nil, "%016x=%s", number, value), number: number, due: due}
	}
}

// broadcast returns why the node did not take the transaction, or nothing.
func broadcast(ctx context.Context, node *rpchttp.HTTP, tx types.Tx) string {
	answer, err := node.BroadcastTxSync(ctx, tx)
	var refusal *rpctypes.RPCError
	switch {
	case errors.As(err, &refusal):
		return "mempool"
	case err != nil:
		return "rpc"
	case answer.Code != 0:
		return fmt.Sprintf("kvstore %d", answer.Code)
	}
	return ""
}
