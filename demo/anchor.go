package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	// anchorers is how many hospitals anchor at once.
	anchorers = 3
	// explicitRecords is how many records get a state of their own.
	explicitRecords = 10_000
	// batchLeaves and batchCount make up a million records in batches.
	batchLeaves = 100_000
	batchCount  = 10
	// inFlight is how many transactions each hospital has on the way.
	inFlight = 40
)

// anchorRecords anchors explicit records and reads some of them back.
func (s *story) anchorRecords(ctx context.Context) (string, error) {
	begun := time.Now()
	if err := s.submit(ctx, bench.Records100OneSubject(), explicitRecords/100); err != nil {
		return "", err
	}
	took := time.Since(begun)
	query := records.NewQueryClient(s.client)
	for _, sender := range s.senders[:anchorers] {
		last := sender.NextBatch - 1
		answer, err := query.Record(ctx, &records.QueryRecordRequest{Institution: sender.Number, Batch: last, Leaf: 99})
		if err != nil {
			return "", fmt.Errorf("last record of batch %d of institution %d: %w", last, sender.Number, err)
		}
		s.known = append(s.known, answer.Record.Id)
		subject := answer.Record.Leaf.Descriptor_.Subject
		page, err := query.RecordsBySubject(ctx, &records.QueryRecordsBySubjectRequest{Institution: subject.Institution, Number: subject.Number})
		if err != nil {
			return "", err
		}
		if len(page.Records) == 0 {
			return "", fmt.Errorf("no record of subject %d/%d is listed", subject.Institution, subject.Number)
		}
	}
	return fmt.Sprintf("%d records, %.0f a second", explicitRecords, explicitRecords/took.Seconds()), nil
}

// anchorBatches anchors batches over real trees and reads them back.
func (s *story) anchorBatches(ctx context.Context) (string, error) {
	trees, err := os.MkdirTemp(s.home, "trees")
	if err != nil {
		return "", err
	}
	begun := time.Now()
	if err := s.submit(ctx, bench.Batch(batchLeaves, trees), batchCount); err != nil {
		return "", err
	}
	took := time.Since(begun)
	leaves := uint64(0)
	query := records.NewQueryClient(s.client)
	for _, sender := range s.senders[:anchorers] {
		page, err := query.Batches(ctx, &records.QueryBatchesRequest{Institution: sender.Number})
		if err != nil {
			return "", err
		}
		for _, batch := range page.Batches {
			if !batch.Listed {
				leaves += batch.Leaves
			}
		}
	}
	if leaves != batchLeaves*batchCount {
		return "", fmt.Errorf("the ledger holds %d leaves, want %d", leaves, batchLeaves*batchCount)
	}
	return fmt.Sprintf("%d records in %d batches, %.0f a second, trees included", leaves, batchCount, float64(leaves)/took.Seconds()), nil
}

// submit sends a number of transactions from three hospitals at once and waits
// until all are committed.
func (s *story) submit(ctx context.Context, workload bench.Workload, count int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(anchorers * inFlight)
	var done atomic.Int64
	for n := range count {
		sender := s.senders[n%anchorers]
		key := sender.Vaults[0]
		msg, err := workload.Message(sender, key.Address())
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error {
			if _, err := s.client.Submit(ctx, key, msg); err != nil {
				return fmt.Errorf("after %d of %d transactions: %w", done.Load(), count, err)
			}
			done.Add(1)
			return nil
		})
	}
	return group.Wait()
}

// floodSeconds is how long the others are measured, alone and beside a flood.
const floodSeconds = 12

// flood measures two hospitals alone, and again while a third one floods.
func (s *story) flood(ctx context.Context) (string, error) {
	target := func(senders ...*bench.Institution) *bench.Target {
		t := &bench.Target{ChainID: s.net.ChainID, Chain: s.client, Institutions: senders}
		for _, n := range s.net.Nodes {
			t.RPC = append(t.RPC, n.RPC())
		}
		return t
	}
	quiet := bench.Load{Workload: bench.OneRecord(), Rate: 10, Duration: floodSeconds * time.Second}
	alone, err := quiet.Run(ctx, target(s.senders[1:3]...))
	if err != nil {
		return "", err
	}
	var flooder, others *bench.Tally
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		flooder, err = bench.Load{Workload: bench.OneRecord(), Rate: 1500, Duration: floodSeconds * time.Second, InFlight: 256}.Run(groupCtx, target(s.senders[0]))
		return err
	})
	group.Go(func() (err error) {
		others, err = quiet.Run(groupCtx, target(s.senders[1:3]...))
		return err
	})
	if err := group.Wait(); err != nil {
		return "", err
	}
	before, beside := bench.Percentile(alone.Latencies, 50), bench.Percentile(others.Latencies, 50)
	figures := fmt.Sprintf("flooder offered %d and committed %d; the others' median latency was %d ms, then %d ms; of theirs %d were lost, refused: %v",
		flooder.Offered, flooder.Committed, before.Milliseconds(), beside.Milliseconds(), others.Lost, others.Refused)
	if others.Committed != others.Offered {
		return "", errors.New(figures)
	}
	return figures, nil
}
