package proof_test

import (
	"context"
	"testing"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestAPathHoldsOnlyTheBlocksItNeeds(t *testing.T) {
	f := newFixture(t)
	for _, row := range []struct{ height, blocks int64 }{
		{early, 1}, {middle, 1}, {18, 1}, {late, 2},
	} {
		b, err := proof.Parse(f.make(t, f.listed.request(t, 0, row.height), nil))
		require.NoError(t, err)
		require.Len(t, b.Blocks, int(row.blocks), "height %d", row.height)
	}
}

func TestALongPathIsFoundByHalving(t *testing.T) {
	sets := map[int64][]int{}
	for n := range 20 { // one of three changes every ten blocks, so each step reaches two changes at most
		sets[int64(n)*10+1] = []int{n + 1, n + 2, n + 3}
	}
	c := newChain(t, chainID, sets)
	b := newBatch(t, chainID, listedID, 2, nil)
	b.anchor(t, c)
	c.seal(t, 201)
	f := &fixture{chain: c}
	var err error
	f.root, err = proof.GenesisRoot(c.genesis(t))
	require.NoError(t, err)
	q := b.request(t, 0, 200)
	q.Standing = false
	report, err := proof.Verify(f.make(t, q, nil), f.root, proof.Options{})
	require.NoError(t, err)
	require.LessOrEqual(t, len(report.Steps), 20)
	require.Less(t, c.asked, 150)
	for _, step := range report.Steps {
		require.Greater(t, 3*step.Signed, 2*step.Power)
	}
}

// liar answers otherwise than the chain does.
type liar struct {
	*fixture
	block func(*types.LightBlock) *types.LightBlock
	prove func(value []byte, ops *cmtcrypto.ProofOps) ([]byte, *cmtcrypto.ProofOps)
	shift int64
}

func (l liar) LightBlock(ctx context.Context, height int64) (*types.LightBlock, error) {
	lb, err := l.fixture.LightBlock(ctx, height)
	if l.block != nil && err == nil {
		lb = l.block(lb)
	}
	return lb, err
}

func (l liar) Prove(ctx context.Context, store string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error) {
	if key[0] == records.StandingsPrefix[0] {
		height += l.shift
	}
	value, ops, err := l.fixture.Prove(ctx, store, key, height)
	if l.prove != nil {
		value, ops = l.prove(value, ops)
	}
	return value, ops, err
}

func TestASourceThatLiesMakesNoBundle(t *testing.T) {
	f := newFixture(t)
	for name, row := range map[string]struct {
		source liar
		part   proof.Part
	}{
		"no block": {liar{block: func(*types.LightBlock) *types.LightBlock { return nil }}, proof.PartSource},
		"half a block": {liar{block: func(lb *types.LightBlock) *types.LightBlock {
			return &types.LightBlock{ValidatorSet: lb.ValidatorSet}
		}}, proof.PartSource},
		"another block":  {liar{block: func(*types.LightBlock) *types.LightBlock { return f.blocks[5] }}, proof.PartSource},
		"no operators":   {liar{prove: func(v []byte, _ *cmtcrypto.ProofOps) ([]byte, *cmtcrypto.ProofOps) { return v, nil }}, proof.PartSource},
		"two states":     {liar{shift: -5}, proof.PartSource},
		"no value":       {liar{prove: func(_ []byte, p *cmtcrypto.ProofOps) ([]byte, *cmtcrypto.ProofOps) { return nil, p }}, proof.PartBatch},
		"made-up values": {liar{prove: func(v []byte, p *cmtcrypto.ProofOps) ([]byte, *cmtcrypto.ProofOps) { return append(v, 0), p }}, proof.PartBatch},
		"strangers' block": {liar{block: func(lb *types.LightBlock) *types.LightBlock {
			header := *lb.Header
			return sign(t, &header, validators([]int{11, 12, 13, 14}), everyone)
		}}, proof.PartValidators},
		"an operator more": {liar{prove: func(v []byte, p *cmtcrypto.ProofOps) ([]byte, *cmtcrypto.ProofOps) {
			return v, &cmtcrypto.ProofOps{Ops: append(p.Ops, p.Ops[1])}
		}}, proof.PartSource},
	} {
		t.Run(name, func(t *testing.T) {
			row.source.fixture = f
			_, _, err := proof.Make(context.Background(), row.source, f.root, f.listed.request(t, 1, middle))
			failsIn(t, row.part, err)
		})
	}
}

func TestABundleThatWouldNotVerifyIsNotMade(t *testing.T) {
	f := newFixture(t)
	for name, row := range map[string]struct {
		root  proof.Root
		alter func(*proof.Request)
		part  proof.Part
	}{
		"a record of another place": {f.root, func(q *proof.Request) { q.Record.Leaf = 0 }, proof.PartPath},
		"openings of another":       {f.root, func(q *proof.Request) { q.Content = f.second.open() }, proof.PartOpening},
		"a height to come":          {f.root, func(q *proof.Request) { q.Height = end }, proof.PartSource},
		"no root of trust":          {proof.Root{}, func(*proof.Request) {}, proof.PartRoot},
		"a root that is too young":  {f.headerRoot(t, late), func(*proof.Request) {}, proof.PartRoot},
		"a batch that is too young": {f.root, func(q *proof.Request) { q.Height = 2 }, proof.PartBatch},
	} {
		t.Run(name, func(t *testing.T) {
			q := f.listed.request(t, 1, middle)
			row.alter(&q)
			_, _, err := proof.Make(context.Background(), f, row.root, q)
			failsIn(t, row.part, err)
		})
	}
}
