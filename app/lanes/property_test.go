package lanes

import (
	"math"
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cosmos/cosmos-sdk/types/mempool"
)

func drawBlock(t *rapid.T, label string) *cmtproto.BlockParams {
	bytes := rapid.OneOf(rapid.Just(int64(-1)), rapid.Int64Range(0, 300), rapid.Int64Range(300, 20_000)).Draw(t, label+" bytes")
	gas := rapid.OneOf(rapid.Just(int64(-1)), rapid.Int64Range(0, 50), rapid.Int64Range(50, 5000), rapid.Just(int64(math.MaxInt64))).Draw(t, label+" gas")
	return params(bytes, gas)
}

func drawTx(t *rapid.T) fakeTx {
	return fakeTx{
		gas:       rapid.OneOf(rapid.Uint64Range(0, 100), rapid.Uint64()).Draw(t, "gas"),
		timeout:   rapid.SampledFrom([]time.Time{{}, now.Add(-1), now, now.Add(time.Minute)}).Draw(t, "timeout"),
		number:    rapid.Uint64Range(0, 30).Draw(t, "number"),
		unordered: rapid.Bool().Draw(t, "unordered"),
		size:      rapid.OneOf(rapid.IntRange(fakeHeader, 200), rapid.IntRange(fakeHeader, 5000)).Draw(t, "size"),
	}
}

func drawAdmission(t *rapid.T) Admission {
	return Admission{
		Institution: rapid.Uint64Range(1, 6).Draw(t, "institution"),
		Class:       rapid.SampledFrom(serving[:]).Draw(t, "class"),
		Members:     rapid.Uint64Range(0, 300).Draw(t, "members"),
	}
}

// drawPool draws a pool. In an orderly one, as the ante chain makes it, releases are in
// release lanes, and nothing else is.
func drawPool(t *rapid.T, orderly bool) *Pool {
	p := emptyPool()
	block := drawBlock(t, "pool")
	for range rapid.IntRange(0, 60).Draw(t, "transactions") {
		tx, a := drawTx(t), drawAdmission(t)
		if tx.class = Ordinary; a.Class == Release {
			tx.class = Release
		}
		if !orderly {
			tx.class = rapid.SampledFrom([]Class{Ordinary, Release}).Draw(t, "holds")
		}
		if err := insert(p, block, a, tx); err == nil && rapid.Bool().Draw(t, "twice") {
			require.NoError(t, insert(p, block, a, tx))
		}
	}
	return p
}

func TestWhatPrepareMakesProcessAccepts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orderly := rapid.Bool().Draw(t, "orderly")
		p, block := drawPool(t, orderly), drawBlock(t, "block")
		maxBytes := rapid.OneOf(rapid.Int64Range(-1, 100), rapid.Int64Range(100, 50_000)).Draw(t, "MaxTxBytes")
		height, before := rapid.Int64Range(1, 1000).Draw(t, "height"), p.CountTx()

		res, err := PrepareProposal(p)(checkCtx(block), &abci.RequestPrepareProposal{Height: height, Time: now, MaxTxBytes: maxBytes})
		require.NoError(t, err)
		require.NoError(t, cmttypes.ToTxs(res.Txs).Validate(max(maxBytes, 0)), "CometBFT would halt")
		verdict, err := ProcessProposal(fakeDecode)(checkCtx(block), &abci.RequestProcessProposal{Height: height, Txs: res.Txs})
		require.NoError(t, err)
		require.Equal(t, abci.ResponseProcessProposal_ACCEPT, verdict.Status)
		require.Equal(t, before, p.CountTx())

		limit := blockLimits(cmtproto.ConsensusParams{Block: block})
		limit.bytes = min(limit.bytes, uint64(max(maxBytes, 0)))
		requireLaneOrder(t, p, res.Txs, limit)
		if orderly {
			requireClasses(t, p, res.Txs, limit)
		}
	})
}

// requireClasses checks that the classes stand in their order, and that each found
// free what was kept for it, but for the first transaction of each class before it.
func requireClasses(t *rapid.T, p *Pool, txs [][]byte, limit load) {
	entries := make([]*entry, len(txs))
	for i, raw := range txs {
		entries[i] = p.find(raw)
	}
	var before, firsts load
	queues := p.queues(1, now)
	for i, class := range serving {
		free := limit.minus(kept(queues[i:i+1], limit))
		require.True(t, free.plus(firsts).holds(load{}, before), "%s: %v of %v are taken, %v by the first", class, before, limit, firsts)
		first := load{}
		for len(entries) > 0 && entries[0].lane.class == class {
			size := sizeInBlock(entries[0].raw, entries[0].size.gas)
			if first == (load{}) {
				first = size
			}
			before, entries = before.plus(size), entries[1:]
		}
		firsts = firsts.plus(first)
	}
	require.Empty(t, entries, "out of order")
}

// requireLaneOrder checks that the block took from each lane, in order, a run of its
// entries that are neither expired nor too large for any block; and that it did not
// stay empty while there was such an entry.
func requireLaneOrder(t *rapid.T, p *Pool, txs [][]byte, limit load) {
	taken := map[laneKey][]cmttypes.TxKey{}
	for _, raw := range txs {
		e := p.find(raw)
		taken[e.lane] = append(taken[e.lane], e.key)
	}
	for key, l := range p.lanes {
		var eligible []cmttypes.TxKey
		for _, e := range l.live(now) {
			if limit.holds(load{}, sizeInBlock(e.raw, e.size.gas)) {
				eligible = append(eligible, e.key)
			}
		}
		require.LessOrEqual(t, len(taken[key]), len(eligible))
		require.True(t, slices.Equal(eligible[:len(taken[key])], taken[key]), "%v is served in order", key)
		if len(eligible) > 0 {
			require.NotEmpty(t, txs)
		}
	}
}

// model is the pool as a reader would describe it: a list of bytes per lane.
type model map[laneKey][]fakeTx

func (m model) remove(tx fakeTx) bool {
	for key, queue := range m {
		if i := slices.Index(queue, tx); i >= 0 {
			if m[key] = slices.Delete(queue, i, i+1); len(m[key]) == 0 {
				delete(m, key)
			}
			return true
		}
	}
	return false
}

func (m model) count() (count int) {
	for _, queue := range m {
		count += len(queue)
	}
	return count
}

func TestThePoolIsAListPerLaneWithinItsQuota(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, m := emptyPool(), model{}
		block := drawBlock(t, "pool")
		members := rapid.Uint64Range(0, 300).Draw(t, "members")
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				tx, a := drawTx(t), drawAdmission(t)
				a.Members = members
				before := p.CountTx()
				if insert(p, block, a, tx) == nil && p.CountTx() > before {
					m[a.lane()] = append(m[a.lane()], tx)
				}
			},
			"remove": func(t *rapid.T) {
				tx := drawTx(t)
				if len(m) > 0 && rapid.Bool().Draw(t, "known") {
					tx = drawKnown(t, p)
				}
				found := m.remove(tx)
				err := p.RemoveWithReason(checkCtx(nil).WithTxBytes(tx.raw()), tx, mempool.RemoveReason{})
				require.Equal(t, found, err == nil)
			},
			"commit": func(t *rapid.T) {
				var txs [][]byte
				if len(m) > 0 {
					tx := drawKnown(t, p)
					m.remove(tx)
					txs = append(txs, tx.raw())
				}
				p.Committed(now, txs)
				for _, queue := range m {
					for _, tx := range slices.Clone(queue) {
						if !tx.timeout.IsZero() && tx.timeout.Before(now) {
							m.remove(tx)
						}
					}
				}
			},
			"": func(t *rapid.T) { requireSame(t, p, m, block, members) },
		})
	})
}

func drawKnown(t *rapid.T, p *Pool) fakeTx {
	var all []fakeTx
	p.SelectBy(checkCtx(nil), nil, func(tx mempool.PooledTx) bool {
		all = append(all, tx.Tx.(fakeTx))
		return true
	})
	return rapid.SampledFrom(all).Draw(t, "known transaction")
}

func requireSame(t *rapid.T, p *Pool, m model, block *cmtproto.BlockParams, members uint64) {
	require.Len(t, p.lanes, len(m), "empty lanes are freed")
	require.Equal(t, m.count(), p.CountTx())
	for key, queue := range m {
		var used load
		live := p.lanes[key].live(time.Time{})
		require.Len(t, live, len(queue))
		for i, tx := range queue {
			require.Equal(t, tx.raw(), live[i].raw)
			used = used.plus(load{bytes: uint64(tx.size), gas: tx.gas, txs: 1})
		}
		require.Equal(t, used, p.lanes[key].used)
		quota := laneQuota(blockLimits(cmtproto.ConsensusParams{Block: block}), Admission{Class: key.class, Members: members})
		require.True(t, len(queue) == 1 || quota.holds(load{}, used), "%v holds %v of %v", key, used, quota)
	}
}
