package bench

import (
	"bytes"
	"context"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/mempool"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
	"github.com/dmdl-network/dmdl/x/records"
)

// fixed is a chain on which every account has the number 3 and gas is 1000.
type fixed struct{}

func (fixed) AccountNumber(context.Context, string) (uint64, error) { return 3, nil }

func (fixed) Gas(context.Context, ledger.Key, ...sdk.Msg) (uint64, error) { return 1000, nil }

// newTarget has three institutions with two vaults each.
func newTarget(t *testing.T, rpc ...string) *Target {
	t.Helper()
	target := &Target{ChainID: "dmdl-test-1", RPC: rpc, Chain: fixed{}}
	for n := range byte(3) {
		institution := &Institution{Number: uint64(n) + 1}
		for v := range byte(2) {
			key, err := ledger.KeyFromSeed(bytes.Repeat([]byte{10*n + v}, 32))
			require.NoError(t, err)
			institution.Vaults = append(institution.Vaults, key)
		}
		target.Institutions = append(target.Institutions, institution)
	}
	return target
}

// anchored decodes the message of a transaction.
func anchored(t *testing.T, raw []byte) *records.MsgAnchorRecords {
	t.Helper()
	var tx txtypes.TxRaw
	require.NoError(t, tx.Unmarshal(raw))
	var body txtypes.TxBody
	require.NoError(t, body.Unmarshal(tx.BodyBytes))
	var msg records.MsgAnchorRecords
	require.NoError(t, msg.Unmarshal(body.Messages[0].Value))
	return &msg
}

// fate decides what becomes of a transaction, by its number.
func fate(t *testing.T, raw []byte) uint64 { return anchored(t, raw).Number % 10 }

func TestEveryTransactionIsAccountedForByItsBlock(t *testing.T) {
	chain := &ledgertest.Chain{Start: time.Now(), Interval: time.Second}
	chain.Check = func(tx []byte) (*abci.ResponseCheckTx, error) {
		switch fate(t, tx) {
		case 1:
			return &abci.ResponseCheckTx{Codespace: "lanes", Code: 2}, nil
		case 2:
			return nil, mempool.ErrMempoolIsFull{}
		}
		return &abci.ResponseCheckTx{}, nil
	}
	chain.Drop = func(tx []byte) bool { return fate(t, tx) == 3 }
	chain.Execute = func(tx []byte) *abci.ExecTxResult {
		if fate(t, tx) == 4 {
			return &abci.ExecTxResult{Codespace: "records", Code: 5}
		}
		return &abci.ExecTxResult{}
	}
	address := chain.Serve(t)
	target := newTarget(t, address, address)
	tally, err := Load{Workload: OneRecord(), Rate: 900, Duration: 200 * time.Millisecond}.Run(t.Context(), target)
	require.NoError(t, err)

	// 180 transactions, 60 of each institution, 6 of each with each fate.
	require.EqualValues(t, 180, tally.Offered)
	require.Equal(t, map[string]uint64{"lanes 2": 18, "mempool 0": 18}, tally.Refused)
	require.Equal(t, map[string]uint64{"records 5": 18}, tally.Failed)
	require.EqualValues(t, 18, tally.Lost)
	require.EqualValues(t, 180-4*18, tally.Committed)
	require.Len(t, tally.Latencies, int(tally.Committed))
	require.Positive(t, tally.Latencies[0])
	require.Equal(t, time.Second, Percentile(tally.Intervals, 100))
}

func TestNoInstitutionRepeatsANumber(t *testing.T) {
	chain := &ledgertest.Chain{Start: time.Now(), Interval: time.Second}
	target := newTarget(t, chain.Serve(t))
	target.Institutions[1].NextBatch = 1_000
	for range 2 {
		_, err := Load{Workload: Records100(), Rate: 300, Duration: 40 * time.Millisecond}.Run(t.Context(), target)
		require.NoError(t, err)
	}
	seen := make(map[uint64]map[uint64]bool)
	senders := make(map[string]bool)
	for _, raw := range chain.Txs() {
		msg := anchored(t, raw)
		senders[msg.Vault] = true
		subjects := make(map[uint64]bool)
		institution := msg.Records[0].Descriptor_.Subject.Institution
		if seen[institution] == nil {
			seen[institution] = make(map[uint64]bool)
		}
		require.False(t, seen[institution][msg.Number], "%d/%d repeats", institution, msg.Number)
		seen[institution][msg.Number] = true
		for _, leaf := range msg.Records {
			require.NoError(t, leaf.Validate())
			subjects[leaf.Descriptor_.Subject.Number] = true
		}
		require.Len(t, subjects, 100)
	}
	require.Len(t, senders, 6)
	require.True(t, seen[1][1])
	require.True(t, seen[2][1_000])
	require.False(t, seen[2][999])
}

func TestAClosedLoadKeepsItsWindow(t *testing.T) {
	largest, pooled := 0, make(chan struct{}, 100)
	chain := &ledgertest.Chain{Start: time.Now(), Interval: time.Second}
	chain.Check = func([]byte) (*abci.ResponseCheckTx, error) {
		pooled <- struct{}{} // blocks a test that sends more than a hundred
		largest = max(largest, len(pooled))
		return &abci.ResponseCheckTx{}, nil
	}
	chain.Execute = func([]byte) *abci.ExecTxResult { <-pooled; return &abci.ExecTxResult{} }
	const window = 5 // so few that a busy machine sends more of them in time
	load := Load{Workload: OneRecord(), Duration: time.Second, Window: window, InFlight: 1}
	tally, err := load.Run(t.Context(), newTarget(t, chain.Serve(t)))
	require.NoError(t, err)
	require.Equal(t, tally.Offered, tally.Committed)
	require.Zero(t, tally.Lost)
	require.Greater(t, tally.Committed, uint64(window), "the window opened again")
	require.LessOrEqual(t, largest, window+1)
}

func TestLoadsThatCannotRunAreRefused(t *testing.T) {
	target := newTarget(t, "http://127.0.0.1:1")
	whole := Load{Workload: OneRecord(), Rate: 1, Duration: time.Second}
	for want, run := range map[string]func() (*Tally, error){
		"no workload":      func() (*Tally, error) { return Load{}.Run(t.Context(), target) },
		"rate -1":          func() (*Tally, error) { return Load{Workload: OneRecord(), Rate: -1}.Run(t.Context(), target) },
		"duration 0s":      func() (*Tally, error) { return Load{Workload: OneRecord()}.Run(t.Context(), target) },
		"no RPC address":   func() (*Tally, error) { return whole.Run(t.Context(), newTarget(t)) },
		"no vault":         func() (*Tally, error) { return whole.Run(t.Context(), &Target{RPC: []string{"http://a"}}) },
		"height of http:/": func() (*Tally, error) { return whole.Run(t.Context(), target) },
	} {
		_, err := run()
		require.ErrorContains(t, err, want)
	}
}
