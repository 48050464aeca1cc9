package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Load is one run of a workload against a target.
type Load struct {
	// Workload makes the messages.
	Workload Workload
	// Rate is how many transactions a second are due, whether or not the network
	// keeps up (open loop). Zero keeps Window transactions in the network
	// instead, which saturates it (closed loop).
	Rate float64
	// Ahead is how much of an open load is signed before it is due: 30 s if zero.
	Ahead time.Duration
	// Duration is how long transactions are sent.
	Duration time.Duration
	// InFlight is how many calls to nodes may be open at once: 128 if zero.
	InFlight int
	// Window is how many transactions of a closed load may be accepted and not
	// yet in a block: 1,500 if zero. A window below what two blocks take is the
	// limit itself; one far above makes nodes check the waiting again and again.
	Window int
	// Drain is how long to wait at most, once nothing more is sent, for what was
	// accepted to be committed: a minute if zero. It ends early when blocks stay
	// empty.
	Drain time.Duration
}

// Run loads the target and reads back what came of it. It ends early with an
// error when ctx ends or the first node cannot be read.
func (l Load) Run(ctx context.Context, t *Target) (*Tally, error) {
	if err := l.complete(); err != nil {
		return nil, err
	}
	nodes, err := t.nodes()
	if err != nil {
		return nil, err
	}
	defer closeAll(nodes)
	running, stop := context.WithCancel(ctx)
	defer stop()
	txs, err := newPresigner(running, l, t, int(l.Rate*l.Duration.Seconds()))
	if err != nil {
		return nil, err
	}
	defer txs.end(stop)
	first, err := nodes[0].Height(ctx)
	if err != nil {
		return nil, err
	}
	average := LoadAverage()
	blocks := newWatcher(nodes[0], first, l.Window)
	go blocks.run(running)
	begun := time.Now()
	sent, err := newSender(l, nodes, txs, blocks, begun).run(running)
	if err == nil {
		err = blocks.drain(running, first, accepted(sent), l.Drain)
	}
	stop()
	<-blocks.done
	if err != nil {
		return nil, err
	}
	tally, err := account(ctx, nodes[0], first, blocks.seen, sent, begun.Add(l.Duration))
	if err == nil {
		tally.Load, tally.RecordsEach = average, l.Workload.Records()
	}
	return tally, err
}

// complete checks the load and fills in what was left open.
func (l *Load) complete() error {
	switch {
	case l.Workload == nil:
		return errors.New("the load has no workload")
	case l.Rate < 0:
		return fmt.Errorf("rate %g is negative: give transactions a second, or 0 to saturate", l.Rate)
	case l.Duration <= 0:
		return fmt.Errorf("duration %s is not positive", l.Duration)
	}
	if l.InFlight == 0 {
		l.InFlight = 128
	}
	if l.Window == 0 {
		l.Window = 1_500
	}
	if l.Drain == 0 {
		l.Drain = time.Minute
	}
	return nil
}
