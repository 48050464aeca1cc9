package main

import (
	"context"
	"testing"
	"time"

	"github.com/cometbft/cometbft/abci/example/kvstore"
	"github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"
)

func TestCommandLinesThatCannotRunAreRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"-home is missing":         nil,
		"-validators 0":            {"-home", "x", "-validators", "0"},
		"-size 17":                 {"-home", "x", "-size", "17"},
		"must be positive":         {"-home", "x", "-for", "0s"},
		"flag provided but not de": {"-home", "x", "-nonsense"},
	} {
		_, err := parse(args)
		require.ErrorContains(t, err, want)
	}
	o, err := parse([]string{"-home", "x"})
	require.NoError(t, err)
	require.Equal(t, options{
		home: "x", validators: 4, load: load{window: 6000, inFlight: 128, size: 330, duration: time.Minute},
	}, o)
}

func TestTheApplicationTakesTransactionsOfTheAskedSize(t *testing.T) {
	app := kvstore.NewInMemoryApplication()
	for _, size := range []int{minSize, 19, 330} {
		jobs := make(chan shot, 10)
		begun := time.Now()
		l := load{rate: 50, size: size}
		require.NoError(t, l.deal(context.Background(), jobs, nil, begun, begun.Add(100*time.Millisecond)))
		close(jobs)
		seen := make(map[string]bool)
		for job := range jobs {
			require.Len(t, job.tx, size)
			answer, err := app.CheckTx(context.Background(), &types.RequestCheckTx{Tx: job.tx})
			require.NoError(t, err)
			require.True(t, answer.IsOK())
			seen[string(job.tx)] = true
		}
		require.NotEmpty(t, seen)
		require.LessOrEqual(t, len(seen), 5)
	}
}

func TestFiguresUseTheSustainedRateAndNearestRanks(t *testing.T) {
	begun := time.Unix(1_000, 0)
	var blocks []sight
	for second := range 9 {
		blocks = append(blocks, sight{at: begun.Add(time.Duration(second+1) * time.Second), committed: 100})
	}
	require.InDelta(t, 100, sustained(blocks, begun.Add(10*time.Second)), 1e-9)
	require.InDelta(t, 800.0/19, sustained(blocks, begun.Add(20*time.Second)), 1e-9)
	require.Zero(t, sustained(blocks[:1], begun.Add(10*time.Second)))

	ranks := []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	require.EqualValues(t, 5, percentile(ranks, 50))
	require.EqualValues(t, 10, percentile(ranks, 95))
	require.Zero(t, percentile(nil, 50))
}

func TestAFullFolderIsNotUsed(t *testing.T) {
	home := t.TempDir()
	_, _, err := makeKeys(home)
	require.NoError(t, err)
	_, err = start(home, 1)
	require.ErrorContains(t, err, "is not empty")
}
