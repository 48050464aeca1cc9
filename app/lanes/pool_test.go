package lanes

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/mempool"
)

func TestTheSameBytesAreKeptOnce(t *testing.T) {
	p := emptyPool()
	fill(t, p, ordinary(7), 3)
	fill(t, p, ordinary(7), 3)
	require.Equal(t, 3, p.CountTx())
	require.EqualValues(t, 300, p.lanes[ordinary(7).lane()].used.bytes)
}

func TestATransactionWithoutAnAdmissionIsRefused(t *testing.T) {
	p := emptyPool()
	err := p.Insert(checkCtx(nil).WithTxBytes(simple(1).raw()), simple(1), mempool.InsertOption{})
	require.ErrorIs(t, err, ErrNoAdmission)
	require.Error(t, p.Insert(WithAdmission(checkCtx(nil), ordinary(7)), simple(1), mempool.InsertOption{}), "no bytes")
	require.Zero(t, p.CountTx())
}

func TestRemovingFindsByBytesAndFreesTheLane(t *testing.T) {
	p := emptyPool()
	fill(t, p, ordinary(7), 2)
	ctx := checkCtx(nil).WithTxBytes(simple(7000).raw())
	require.NoError(t, p.RemoveWithReason(ctx, nil, mempool.RemoveReason{}))
	require.ErrorIs(t, p.RemoveWithReason(ctx, nil, mempool.RemoveReason{}), mempool.ErrTxNotFound)
	require.NoError(t, p.Remove(simple(7001)))
	require.ErrorIs(t, p.Remove(simple(7001)), mempool.ErrTxNotFound)
	require.Zero(t, p.CountTx())
	require.Empty(t, p.lanes)
}

func TestACommittedBlockDropsItsTransactionsAndTheExpired(t *testing.T) {
	p := emptyPool()
	fill(t, p, ordinary(7), 3)
	for i, timeout := range []time.Time{now.Add(-1), now, now.Add(1)} {
		require.NoError(t, insert(p, nil, ordinary(8), unordered(uint64(i), timeout)))
	}
	p.Committed(now, [][]byte{simple(7001).raw(), simple(99).raw()})
	var left []uint64
	p.SelectBy(checkCtx(nil), nil, func(tx mempool.PooledTx) bool {
		left = append(left, tx.Tx.(fakeTx).number)
		return true
	})
	require.Equal(t, []uint64{7000, 1, 7002, 2}, left, "a timeout equal to the block time has not expired")
}

func TestSelectVisitsASnapshot(t *testing.T) {
	p := emptyPool()
	require.Nil(t, p.Select(checkCtx(nil), nil))
	fill(t, p, lane7(Ordinary, 0), 3)
	var seen []uint64
	p.SelectBy(checkCtx(nil), nil, func(tx mempool.PooledTx) bool {
		seen = append(seen, tx.Tx.(fakeTx).number)
		require.NoError(t, p.Remove(tx.Tx))
		require.EqualValues(t, 1, tx.GasWanted)
		return len(seen) < 2
	})
	require.Equal(t, []uint64{7000, 7001}, seen)
	require.Equal(t, 1, p.CountTx())
}

func TestALaneTakesItsQuota(t *testing.T) {
	mib4 := params(4<<20, 4_000_000)
	for name, c := range map[string]struct {
		admission Admission
		tx        fakeTx
		count     int
	}{
		"bytes of few members":      {lane7(Ordinary, 1), fakeTx{size: 32 << 10}, 96},                 // 3 MiB
		"bytes of three hundred":    {lane7(Ordinary, 300), fakeTx{size: 1 << 10}, 40},                // 41,940 bytes
		"bytes of a release lane":   {lane7(Release, 4), fakeTx{size: 32 << 10, class: Release}, 96},  // 3 MiB
		"bytes of the reserved":     {lane7(Operator, 4), fakeTx{size: 32 << 10}, 6},                  // 192 KiB
		"gas":                       {lane7(Ordinary, 4), fakeTx{size: 100, gas: 1_000_000}, 3},       // 3,000,000
		"gas of the reserved":       {lane7(Operator, 4), fakeTx{size: 100, gas: 100_000}, 1},         // 187,500
		"one above the gas quota":   {lane7(Operator, 300), fakeTx{size: 100, gas: 4_000_000}, 1},     // 2,499
		"one above the bytes quota": {lane7(Operator, 300), fakeTx{size: aloneBytes, gas: 1}, 1},      // 2,621 bytes
		"members are four at least": {lane7(Ordinary, 0), fakeTx{size: 100, gas: 1_000_000}, 3},       // 3,000,000
		"many members":              {lane7(Ordinary, math.MaxUint64), fakeTx{size: 100, gas: 1}, 1},  // nothing
		"the quota to the last gas": {lane7(Ordinary, 4), fakeTx{size: 100, gas: 3_000_000 / 50}, 50}, // 3,000,000
	} {
		t.Run(name, func(t *testing.T) {
			p := emptyPool()
			for range c.count {
				require.NoError(t, insert(p, mib4, c.admission, c.tx))
				c.tx.number++
			}
			require.ErrorIs(t, p.Room(checkCtx(mib4), c.admission, c.tx.size, c.tx.gas), ErrLaneFull)
			require.ErrorIs(t, insert(p, mib4, c.admission, c.tx), ErrLaneFull)
			require.Equal(t, c.count, p.CountTx())

			other := c.admission
			other.Institution++
			require.NoError(t, insert(p, mib4, other, c.tx), "another lane has room")
		})
	}
}

func TestWhatNeverFitsIsNotCalledRetryable(t *testing.T) {
	p := emptyPool()
	for name, c := range map[string]struct {
		block int64
		gas   uint64
		a     Admission
		size  int
	}{
		"more bytes than a block":  {1000, 1, lane7(Ordinary, 4), 1001},
		"more gas than a block":    {1000, 4_000_001, lane7(Ordinary, 4), 100},
		"more bytes than the lane": {4 << 20, 1, lane7(Operator, 300), aloneBytes + 1},
	} {
		t.Run(name, func(t *testing.T) {
			tx := fakeTx{gas: c.gas, size: c.size}
			require.ErrorIs(t, p.Room(checkCtx(params(c.block, 4_000_000)), c.a, c.size, c.gas), sdkerrors.ErrTxTooLarge)
			require.ErrorIs(t, insert(p, params(c.block, 4_000_000), c.a, tx), sdkerrors.ErrTxTooLarge)
		})
	}
}

func TestUnboundedBlocksStillBoundThePool(t *testing.T) {
	p := emptyPool()
	tx := fakeTx{gas: math.MaxUint64, size: 32 << 20}
	require.NoError(t, insert(p, params(-1, -1), ordinary(7), tx), "an empty lane takes any gas")
	require.ErrorIs(t, insert(p, params(-1, -1), ordinary(7), simple(1)), ErrLaneFull)
	tx.gas = 0
	require.NoError(t, insert(p, params(-1, 0), ordinary(8), tx), "0 gas is unbounded, as in BaseApp")
	tx.number++
	require.NoError(t, insert(p, params(-1, 0), ordinary(8), tx))
	tx.number++
	require.ErrorIs(t, insert(p, nil, ordinary(8), tx), ErrLaneFull, "75 MB of 100")
}

func TestAFullLaneSaysWhichAndHowFull(t *testing.T) {
	p := emptyPool()
	block := params(4000, 400)
	require.NoError(t, insert(p, block, lane7(Ordinary, 4), fakeTx{gas: 300, size: 50}))
	err := p.Room(checkCtx(block), lane7(Ordinary, 4), 60, 5)
	require.True(t, errors.Is(err, ErrLaneFull))
	for _, part := range []string{"retryable", "institution 7", "1 of 7500 transactions", "50 of 3000 bytes", "300 of 300 gas", "send again"} {
		require.True(t, strings.Contains(err.Error(), part), "%q in %q", part, err)
	}
}

func TestRoomNeverDecidesWhatExecutes(t *testing.T) {
	p := emptyPool()
	block := params(4000, 400)
	require.NoError(t, insert(p, block, lane7(Ordinary, 4), fakeTx{gas: 300, size: 50}))
	ctx := checkCtx(block)
	require.ErrorIs(t, p.Room(ctx, lane7(Ordinary, 4), 60, 5), ErrLaneFull)
	for name, other := range map[string]sdk.Context{
		"recheck":                             ctx.WithIsReCheckTx(true),
		"simulate":                            ctx.WithExecMode(sdk.ExecModeSimulate),
		"finalize":                            ctx.WithIsCheckTx(false).WithExecMode(sdk.ExecModeFinalize),
		"finalize as BaseApp leaves the mode": ctx.WithIsCheckTx(false),
	} {
		require.NoError(t, p.Room(other, lane7(Ordinary, 4), 60, 5), name)
	}
}

func TestThePoolServesManyAtOnce(t *testing.T) {
	p := emptyPool()
	block := params(4<<20, 100_000_000)
	var group sync.WaitGroup
	for worker := range uint64(8) {
		group.Go(func() {
			for i := range uint64(200) {
				tx := simple(i) // all workers insert the same, so that they meet
				_ = p.Room(checkCtx(block), ordinary(i%3), tx.size, tx.gas)
				_ = insert(p, block, ordinary(i%3), tx)
				switch (worker + i) % 4 {
				case 0:
					_ = p.Remove(tx)
				case 1:
					_, _ = PrepareProposal(p)(checkCtx(block), &abci.RequestPrepareProposal{Height: int64(i), Time: now, MaxTxBytes: 1 << 20})
				case 2:
					p.Committed(now, [][]byte{tx.raw()})
				default:
					p.Select(checkCtx(block), nil)
				}
			}
		})
	}
	group.Wait()
	count, used := 0, load{}
	for _, l := range p.lanes {
		count += l.queue.Len()
		used = used.plus(l.used)
	}
	require.Equal(t, p.CountTx(), count)
	require.Equal(t, load{bytes: uint64(count) * 100, gas: uint64(count), txs: uint64(count)}, used)
}
