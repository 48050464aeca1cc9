package lanes

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/mempool"
)

// BenchmarkInsert inserts transactions of 100 bytes of twenty institutions and, once
// there are 10,000, commits them, which is counted too.
func BenchmarkInsert(b *testing.B) {
	p := emptyPool()
	ctxs, txs, raws := make([]sdk.Context, MaxTxs), make([]fakeTx, MaxTxs), make([][]byte, MaxTxs)
	for i := range txs {
		txs[i] = simple(uint64(i))
		raws[i] = txs[i].raw()
		ctxs[i] = WithAdmission(checkCtx(params(4<<20, -1)), ordinary(uint64(i%20))).WithTxBytes(raws[i])
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%MaxTxs == 0 {
			p.Committed(now, raws)
		}
		if err := p.Insert(ctxs[i%MaxTxs], txs[i%MaxTxs], mempool.InsertOption{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkProposal makes and checks a block of 10,000 transactions; the checking
// decodes fakes, so it measures the accounting alone.
func BenchmarkProposal(b *testing.B) {
	p := emptyPool()
	ctx := checkCtx(params(4<<20, -1))
	for i := range uint64(MaxTxs) {
		require.NoError(b, insert(p, params(4<<20, -1), ordinary(i%20), simple(i)))
	}
	req := &abci.RequestPrepareProposal{Height: 1, Time: now, MaxTxBytes: 4 << 20}
	res, err := PrepareProposal(p)(ctx, req)
	require.NoError(b, err)
	require.Len(b, res.Txs, MaxTxs)
	b.Run("prepare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = PrepareProposal(p)(ctx, req)
		}
	})
	b.Run("process", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = ProcessProposal(fakeDecode)(ctx, &abci.RequestProcessProposal{Height: 1, Txs: res.Txs})
		}
	})
}

// BenchmarkRecheck answers for one unordered transaction of 10,000.
func BenchmarkRecheck(b *testing.B) {
	p := emptyPool()
	for i := range uint64(MaxTxs) {
		require.NoError(b, insert(p, params(4<<20, -1), ordinary(i%20), unordered(i, now)))
	}
	req := &abci.RequestCheckTx{Tx: unordered(1, now).raw(), Type: abci.CheckTxType_Recheck}
	b.ReportAllocs()
	for b.Loop() {
		if res, _ := CheckTx(p)(nil, req); res.Code != 0 {
			b.Fatal(res.Log)
		}
	}
}
