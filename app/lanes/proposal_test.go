package lanes

import (
	"math"
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
)

// propose makes a block at the height and time of the tests.
func propose(t testing.TB, p *Pool, block *cmtproto.BlockParams, height, maxBytes int64) [][]byte {
	t.Helper()
	res, err := PrepareProposal(p)(checkCtx(block), &abci.RequestPrepareProposal{Height: height, Time: now, MaxTxBytes: maxBytes})
	require.NoError(t, err)
	return res.Txs
}

func process(t testing.TB, block *cmtproto.BlockParams, txs ...[]byte) abci.ResponseProcessProposal_ProposalStatus {
	t.Helper()
	res, err := ProcessProposal(fakeDecode)(checkCtx(block), &abci.RequestProcessProposal{Height: 1, Time: now, Txs: txs})
	require.NoError(t, err)
	return res.Status
}

func TestLanesTakeTurnsWithinTheirClass(t *testing.T) {
	p := emptyPool()
	fill(t, p, ordinary(1), 3)
	fill(t, p, ordinary(2), 1)
	fill(t, p, ordinary(3), 2)
	fill(t, p, of(Operator, 9), 2)
	fill(t, p, of(Operator, 8), 1)
	fill(t, p, of(Emergency, 6), 1)
	fill(t, p, of(Emergency, 7), 2)
	fill(t, p, of(Release, 4), 2)
	fill(t, p, of(Release, 5), 1)
	block := params(4<<20, -1)
	for height, want := range map[int64][]uint64{
		6: {6000, 7000, 7001, 8000, 9000, 9001, 1000, 2000, 3000, 1001, 3001, 1002, 4000, 5000, 4001},
		7: {7000, 6000, 7001, 9000, 8000, 9001, 2000, 3000, 1000, 3001, 1001, 1002, 5000, 4000, 4001},
		8: {6000, 7000, 7001, 8000, 9000, 9001, 3000, 1000, 2000, 3001, 1001, 1002, 4000, 5000, 4001},
	} {
		require.Equal(t, want, numbers(t, propose(t, p, block, height, 1<<20)), "height %d", height)
	}
	require.Equal(t, 15, p.CountTx(), "proposing removes nothing")
}

func TestAFloodDoesNotMoveTheOthers(t *testing.T) {
	position := func(flood int) (places []int) {
		p := emptyPool()
		fill(t, p, ordinary(1), flood)
		fill(t, p, ordinary(2), 3)
		fill(t, p, ordinary(3), 3)
		block := numbers(t, propose(t, p, params(4<<20, -1), 1, 4<<20))
		for _, number := range []uint64{2000, 2001, 2002, 3000, 3001, 3002} {
			places = append(places, slices.Index(block, number))
		}
		return places
	}
	require.Equal(t, position(3), position(900))
	require.NotContains(t, position(900), -1)
}

func TestATransactionThatDoesNotFitEndsItsLane(t *testing.T) {
	p := emptyPool()
	block := params(4<<20, 100)
	for i, gas := range []uint64{60, 50, 1} {
		require.NoError(t, insert(p, nil, ordinary(1), fakeTx{gas: gas, number: uint64(i), size: 100}))
	}
	require.NoError(t, insert(p, block, ordinary(2), fakeTx{gas: 40, number: 10, size: 100}))
	require.Equal(t, []uint64{0, 10}, numbers(t, propose(t, p, block, 2, 1<<20)), "number 2 must not overtake number 1")
}

func TestATransactionThatNoBlockHoldsDoesNotBlockItsLane(t *testing.T) {
	p := emptyPool()
	require.NoError(t, insert(p, params(4<<20, 100), ordinary(1), fakeTx{gas: 60, size: 100}))
	require.NoError(t, insert(p, params(4<<20, 100), ordinary(1), simple(1)))
	require.Equal(t, []uint64{1}, numbers(t, propose(t, p, params(4<<20, 59), 1, 1<<20)), "the gas limit was lowered since")
}

func TestExpiredTransactionsAreSkippedAndCostNoTurn(t *testing.T) {
	p := emptyPool()
	require.NoError(t, insert(p, nil, ordinary(1), unordered(0, now.Add(-1))))
	require.NoError(t, insert(p, nil, ordinary(1), unordered(1, now)))
	fill(t, p, ordinary(2), 2)
	require.Equal(t, []uint64{1, 2000, 2001}, numbers(t, propose(t, p, nil, 2, 1<<20)))
}

func TestABlockHoldsAtMostMaxTxs(t *testing.T) {
	p := emptyPool()
	for i := range uint64(MaxTxs + 1) {
		require.NoError(t, insert(p, nil, ordinary(i%5), simple(i)))
	}
	txs := propose(t, p, nil, 1, 100<<20)
	require.Len(t, txs, MaxTxs)
	require.Equal(t, abci.ResponseProcessProposal_ACCEPT, process(t, nil, txs...))
	require.Equal(t, abci.ResponseProcessProposal_REJECT, process(t, nil, append(txs, simple(MaxTxs+1).raw())...))
}

func TestTheBytesOfABlockAreCountedAsCometBFTDoes(t *testing.T) {
	p := emptyPool()
	for institution := range uint64(3) { // one transaction is never more than a lane's share
		fill(t, p, ordinary(institution+1), 1)
	}
	one := cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{simple(0).raw()})
	require.EqualValues(t, 102, one)
	require.Len(t, propose(t, p, nil, 1, 2*one), 2)
	require.Len(t, propose(t, p, nil, 1, 2*one-1), 1)
	require.Empty(t, propose(t, p, nil, 1, one-1))
	require.Empty(t, propose(t, p, nil, 1, -1))
}

func TestAFloodGetsAQuarterOfABlockThatNobodyElseWants(t *testing.T) {
	p := emptyPool()
	fill(t, p, ordinary(1), 100)
	one := cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{simple(0).raw()})
	require.Len(t, propose(t, p, nil, 1, 40*one), 10)
	fill(t, p, ordinary(2), 3)
	require.Len(t, propose(t, p, nil, 1, 40*one), 13)
}

func TestAPanicProposesAnEmptyBlock(t *testing.T) {
	req := &abci.RequestPrepareProposal{Height: 1, Time: now, MaxTxBytes: 1 << 20, Txs: [][]byte{simple(1).raw()}}
	res, err := PrepareProposal(nil)(checkCtx(nil), req)
	require.NoError(t, err)
	require.Empty(t, res.Txs)
}

func TestABadBlockIsRejected(t *testing.T) {
	gas := func(amount uint64, number uint64) []byte { return fakeTx{gas: amount, number: number, size: 100}.raw() }
	for name, c := range map[string]struct {
		block *cmtproto.BlockParams
		txs   [][]byte
	}{
		"a transaction that does not decode": {params(-1, -1), [][]byte{gas(1, 1), []byte("short")}},
		"the same bytes twice":               {params(-1, -1), [][]byte{gas(1, 1), gas(1, 2), gas(1, 1)}},
		"too many bytes":                     {params(203, -1), [][]byte{gas(1, 1), gas(1, 2)}},
		"too much gas":                       {params(-1, 99), [][]byte{gas(50, 1), gas(50, 2)}},
		"something after a release":          {params(-1, -1), [][]byte{releasing(1).raw(), gas(1, 2)}},
		"something between releases":         {params(-1, -1), [][]byte{gas(1, 1), releasing(2).raw(), gas(1, 3), releasing(4).raw()}},
		"gas that overflows":                 {params(-1, 99), [][]byte{gas(50, 1), gas(math.MaxUint64-10, 2)}},
		"gas that overflows without a limit": {params(-1, -1), [][]byte{gas(50, 1), gas(math.MaxUint64-10, 2)}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, abci.ResponseProcessProposal_REJECT, process(t, c.block, c.txs...))
			require.Equal(t, abci.ResponseProcessProposal_ACCEPT, process(t, c.block, c.txs[0]))
		})
	}
	require.Equal(t, abci.ResponseProcessProposal_ACCEPT, process(t, params(204, 100), gas(50, 1), gas(50, 2)), "exactly full")
	require.Equal(t, abci.ResponseProcessProposal_ACCEPT, process(t, nil), "empty")
	require.Equal(t, abci.ResponseProcessProposal_ACCEPT, process(t, nil, gas(1, 1), releasing(2).raw(), releasing(3).raw()), "releases last")
	require.Equal(t, abci.ResponseProcessProposal_ACCEPT, process(t, nil, releasing(2).raw()), "a release alone")
}
