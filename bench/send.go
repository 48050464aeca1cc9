package bench

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

const (
	// grace is how long after the end of an open load a transaction that was due
	// before may still be sent.
	grace = time.Second
	// backOff is the pause of one sender of a closed load after a refusal that may
	// pass, so that it does not spend the machine on refusals.
	backOff = 50 * time.Millisecond
)

// NotSent is the reason of transactions that the generator itself could not send
// before the end of the run. No node refused them.
const NotSent = "not sent in time"

// job is a transaction and when it was due.
type job struct {
	signed
	number int
	due    time.Time
}

// shot is what is remembered of a sent transaction.
type shot struct {
	hash    [sha256.Size]byte
	due     time.Time
	refused string // why no node took it, or empty
	retry   bool   // the refusal may pass later
}

// sender spreads the transactions of one run over the nodes.
type sender struct {
	load   Load
	nodes  []*ledger.Node
	txs    *presigner
	window *watcher
	begun  time.Time
	end    time.Time
	jobs   chan job
}

func newSender(l Load, nodes []*ledger.Node, txs *presigner, window *watcher, begun time.Time) *sender {
	s := &sender{load: l, nodes: nodes, txs: txs, window: window, begun: begun, end: begun.Add(l.Duration)}
	if l.Rate > 0 { // the queue never makes the clock wait
		s.jobs = make(chan job, int(l.Rate*l.Duration.Seconds())+1)
	} else {
		s.jobs = make(chan job)
	}
	return s
}

// run sends until the load's duration is over and returns every transaction
// that was due.
func (s *sender) run(ctx context.Context) ([]shot, error) {
	shots := make([][]shot, s.load.InFlight)
	var wait sync.WaitGroup
	for i := range shots {
		wait.Go(func() {
			for j := range s.jobs {
				shots[i] = append(shots[i], s.send(ctx, s.backlog(j))...)
			}
		})
	}
	deal := s.dealAtRate
	if s.load.Rate == 0 {
		deal = s.dealWithinWindow
	}
	err := deal(ctx)
	close(s.jobs)
	wait.Wait()
	var all []shot
	for _, list := range shots {
		all = append(all, list...)
	}
	return all, err
}

// dealAtRate makes transactions due one after the other, whatever becomes of
// them. Latency counts from then, so that a slow network cannot hide by slowing
// the load.
func (s *sender) dealAtRate(ctx context.Context) error {
	for number := 0; ; number++ {
		due := s.begun.Add(time.Duration(float64(number) / s.load.Rate * float64(time.Second)))
		if !due.Before(s.end) {
			return nil
		}
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return ctx.Err()
		}
		tx, err := s.txs.take()
		if err != nil {
			return err
		}
		s.jobs <- job{signed: tx, number: number, due: due}
	}
}

// dealWithinWindow sends as soon as the window has room.
func (s *sender) dealWithinWindow(ctx context.Context) error {
	over := time.After(s.load.Duration)
	for number := 0; ; number++ {
		select {
		case s.window.open <- struct{}{}:
		case <-over:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		if time.Now().After(s.end) {
			return nil
		}
		tx, err := s.txs.take()
		if err != nil {
			return err
		}
		s.jobs <- job{signed: tx, number: number, due: time.Now()}
	}
}

// backlog returns a job and, if more are overdue, those that go in one call with
// it: whoever is behind by so much sends in batches. Jobs of one call go to one
// node.
func (s *sender) backlog(first job) []job {
	jobs := []job{first}
	for s.load.Rate > 0 && len(jobs) < ledger.MaxBatch {
		select {
		case j, more := <-s.jobs:
			if !more {
				return jobs
			}
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

func (s *sender) send(ctx context.Context, jobs []job) []shot {
	shots, raws := make([]shot, len(jobs)), make([][]byte, len(jobs))
	for i, j := range jobs {
		shots[i] = shot{hash: j.hash, due: j.due}
		raws[i] = j.raw
	}
	if time.Now().After(s.end.Add(grace)) {
		for i := range shots {
			shots[i].refused = NotSent
		}
		return shots
	}
	for i, err := range s.broadcast(ctx, s.nodes[jobs[0].number%len(s.nodes)], raws) {
		if err != nil {
			s.note(&shots[i], err)
		}
	}
	return shots
}

func (s *sender) broadcast(ctx context.Context, node *ledger.Node, raws [][]byte) []error {
	if len(raws) == 1 {
		return []error{node.Broadcast(ctx, raws[0])}
	}
	return node.BroadcastAll(ctx, raws)
}

// note remembers a refusal.
func (s *sender) note(refused *shot, err error) {
	refused.refused, refused.retry = reason(err), ledger.Retryable(err)
	if s.load.Rate == 0 {
		s.window.release(1)
		if refused.retry {
			time.Sleep(backOff)
		}
	}
}

// reason names a refusal without what differs between transactions.
func reason(err error) string {
	var refusal *ledger.Refusal
	if !errors.As(err, &refusal) {
		return "other"
	}
	return fmt.Sprintf("%s %d", refusal.Codespace, refusal.Code)
}

// accepted lists what a node took, by digest.
func accepted(shots []shot) map[[sha256.Size]byte]struct{} {
	taken := make(map[[sha256.Size]byte]struct{}, len(shots))
	for _, s := range shots {
		if s.refused == "" {
			taken[s.hash] = struct{}{}
		}
	}
	return taken
}
