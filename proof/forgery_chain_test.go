package proof_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
)

// blockOf encodes a light block as bundles hold it.
func blockOf(t testing.TB, lb *types.LightBlock) proof.Block {
	t.Helper()
	header, err := lb.Header.ToProto().Marshal()
	require.NoError(t, err)
	commit, err := lb.Commit.ToProto().Marshal()
	require.NoError(t, err)
	b := proof.Block{Header: header, Commit: commit}
	for _, v := range lb.ValidatorSet.Validators {
		b.Validators = append(b.Validators, v.Bytes())
	}
	return b
}

// only lets the first n validators sign; the rest vote as the flag says.
func only(n int, rest types.BlockIDFlag) func(int) types.BlockIDFlag {
	return func(i int) types.BlockIDFlag {
		if i < n {
			return types.BlockIDFlagCommit
		}
		return rest
	}
}

// resigned replaces the last block by one whose header was altered, signed by
// the keys that hold office at its height.
func resigned(alter func(*types.Header), vote func(int) types.BlockIDFlag) func(*testing.T, *fixture, *proof.Bundle) {
	return func(t *testing.T, f *fixture, b *proof.Bundle) {
		t.Helper()
		header := *f.blocks[middle+1].Header
		alter(&header)
		b.Blocks = []proof.Block{blockOf(t, sign(t, &header, validators(f.setAt(middle+1)), vote))}
	}
}

func unaltered(*types.Header) {}

// recommitted alters the commit of the last block without signing it again.
func recommitted(alter func(*cmtproto.Commit)) func(*testing.T, *fixture, *proof.Bundle) {
	return func(t *testing.T, f *fixture, b *proof.Bundle) {
		t.Helper()
		commit := f.blocks[middle+1].Commit.ToProto()
		alter(commit)
		var err error
		b.Blocks[len(b.Blocks)-1].Commit, err = commit.Marshal()
		require.NoError(t, err)
	}
}

func TestForgedHeadersAndCommitsAreRefused(t *testing.T) {
	refuse(t, []forgery{
		{"half of the power signed", proof.PartCommit, resigned(unaltered, only(2, types.BlockIDFlagAbsent))},
		{"half of the power voted for no block", proof.PartCommit, resigned(unaltered, only(2, types.BlockIDFlagNil))},
		{"votes for no block passed off as signatures", proof.PartCommit, func(t *testing.T, f *fixture, b *proof.Bundle) {
			resigned(unaltered, only(2, types.BlockIDFlagNil))(t, f, b)
			var commit cmtproto.Commit
			require.NoError(t, commit.Unmarshal(b.Blocks[0].Commit))
			for i := range commit.Signatures {
				commit.Signatures[i].BlockIdFlag = cmtproto.BlockIDFlagCommit
			}
			var err error
			b.Blocks[0].Commit, err = commit.Marshal()
			require.NoError(t, err)
		}},
		{"one signature twice", proof.PartCommit, recommitted(func(c *cmtproto.Commit) { c.Signatures[1] = c.Signatures[0] })},
		{"signatures exchanged", proof.PartCommit, recommitted(func(c *cmtproto.Commit) {
			c.Signatures[0].Signature, c.Signatures[1].Signature = c.Signatures[1].Signature, c.Signatures[0].Signature
		})},
		{"one signature more than validators", proof.PartCommit, recommitted(func(c *cmtproto.Commit) { c.Signatures = append(c.Signatures, c.Signatures[0]) })},
		{"a false signature although enough are good", proof.PartCommit, recommitted(func(c *cmtproto.Commit) { c.Signatures[3].Signature = make([]byte, 64) })},
		{"another round", proof.PartCommit, recommitted(func(c *cmtproto.Commit) { c.Round++ })},
		{"another time of a signature", proof.PartCommit, recommitted(func(c *cmtproto.Commit) {
			c.Signatures[0].Timestamp = c.Signatures[0].Timestamp.Add(time.Second)
		})},
		{"the commit of another height", proof.PartCommit, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Blocks[0].Commit = blockOf(t, f.blocks[middle]).Commit
		}},
		{"the header of another chain", proof.PartHeader, resigned(func(h *types.Header) { h.ChainID = "dmdl-twin-1" }, everyone)},
		{"another chain with the same validators", proof.PartHeader, func(t *testing.T, _ *fixture, b *proof.Bundle) {
			twin := newFixtureOf(t, "dmdl-twin-1")
			forged, err := proof.Parse(twin.standard(t))
			require.NoError(t, err)
			*b = *forged
		}},
		{"another app hash", proof.PartCommit, func(t *testing.T, f *fixture, b *proof.Bundle) {
			header := *f.blocks[middle+1].Header
			header.AppHash = f.states[early]
			b.Blocks[0].Header = blockOf(t, &types.LightBlock{
				SignedHeader: &types.SignedHeader{Header: &header, Commit: f.blocks[middle+1].Commit}, ValidatorSet: f.blocks[middle+1].ValidatorSet,
			}).Header
		}},
		{"the header of another height", proof.PartHeader, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Blocks = []proof.Block{blockOf(t, f.blocks[retracted])}
		}},
		{"header and height of another state", proof.PartStore, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Blocks, b.Height = []proof.Block{blockOf(t, f.blocks[retracted])}, retracted-1
		}},
		{"another height", proof.PartHeader, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Height++ }},
		{"the height of the header", proof.PartHeader, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Height = middle + 1 }},
		{"a header with an unknown field", proof.PartHeader, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Blocks[0].Header = append(b.Blocks[0].Header, 0xf8, 0x07, 0x01)
		}},
		{"time that goes back", proof.PartHeader, resigned(func(h *types.Header) { h.Time = genesisTime.Add(-time.Hour) }, everyone)},
		{"no block", proof.PartHeader, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Blocks = []proof.Block{} }},
	})
}

// usurped replaces the last block by one that strangers signed.
func usurped(keys []ed25519.PrivKey, height int64) func(*testing.T, *fixture, *proof.Bundle) {
	return func(t *testing.T, f *fixture, b *proof.Bundle) {
		t.Helper()
		header := *f.blocks[height].Header
		b.Blocks, b.Height = []proof.Block{blockOf(t, sign(t, &header, keys, everyone))}, height-1
	}
}

func TestForgedValidatorSetsAreRefused(t *testing.T) {
	refuse(t, []forgery{
		{"strangers", proof.PartValidators, usurped(validators([]int{11, 12, 13, 14}), middle+1)},
		{"strangers and a quarter of the trusted power", proof.PartValidators, usurped(validators([]int{1, 12, 13, 14}), middle+1)},
		{"a stranger at a height whose set is announced", proof.PartValidators, func(t *testing.T, f *fixture, b *proof.Bundle) {
			usurped(validators([]int{2, 3, 4, 14}), middle+1)(t, f, b)
			b.Blocks = append([]proof.Block{blockOf(t, f.blocks[middle])}, b.Blocks...)
		}},
		{"blocks exchanged", proof.PartHeader, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Blocks = append(b.Blocks, blockOf(t, f.blocks[middle]))
		}},
		{"the same block twice", proof.PartHeader, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Blocks = append(b.Blocks, b.Blocks[0])
		}},
		{"the set of another height", proof.PartValidators, func(t *testing.T, f *fixture, b *proof.Bundle) {
			b.Blocks[0].Validators = blockOf(t, f.blocks[early]).Validators
		}},
		{"a validator twice", proof.PartValidators, func(_ *testing.T, _ *fixture, b *proof.Bundle) {
			b.Blocks[0].Validators[1] = b.Blocks[0].Validators[0]
		}},
		{"validators out of order", proof.PartValidators, func(_ *testing.T, _ *fixture, b *proof.Bundle) { slices.Reverse(b.Blocks[0].Validators) }},
		{"more power for one", proof.PartValidators, func(t *testing.T, _ *fixture, b *proof.Bundle) {
			var v cmtproto.SimpleValidator
			require.NoError(t, v.Unmarshal(b.Blocks[0].Validators[0]))
			v.VotingPower = 100
			var err error
			b.Blocks[0].Validators[0], err = v.Marshal()
			require.NoError(t, err)
		}},
		{"power below zero", proof.PartValidators, func(t *testing.T, _ *fixture, b *proof.Bundle) {
			var v cmtproto.SimpleValidator
			require.NoError(t, v.Unmarshal(b.Blocks[0].Validators[0]))
			v.VotingPower = -1
			var err error
			b.Blocks[0].Validators[0], err = v.Marshal()
			require.NoError(t, err)
		}},
		{"no validators", proof.PartValidators, func(_ *testing.T, _ *fixture, b *proof.Bundle) { b.Blocks[0].Validators = [][]byte{} }},
	})
}

func TestExactlyTwoThirdsAreNotEnough(t *testing.T) {
	three := newChain(t, chainID, map[int64][]int{1: {1, 2, 3}})
	s := newSecret(t, chainID, 1, "first")
	b := newBatch(t, chainID, listedID, 1, map[int]secret{0: s})
	b.anchor(t, three)
	three.seal(t, 3)
	f := &fixture{chain: three}
	var err error
	f.root, err = proof.GenesisRoot(three.genesis(t))
	require.NoError(t, err)
	q := b.request(t, 0, 2)
	q.Standing = false
	good, err := proof.Parse(f.make(t, q, nil))
	require.NoError(t, err)

	header := *three.blocks[3].Header
	good.Blocks = []proof.Block{blockOf(t, sign(t, &header, validators([]int{1, 2, 3}), only(2, types.BlockIDFlagAbsent)))}
	encoded, err := good.Encode()
	require.NoError(t, err)
	_, err = proof.Verify(encoded, f.root, proof.Options{})
	failsIn(t, proof.PartCommit, err)
}

func TestExactlyAThirdOfTheTrustedDoesNotVouch(t *testing.T) {
	three := newChain(t, chainID, map[int64][]int{1: {1, 2, 3}, 5: {1, 12, 13}})
	s := newSecret(t, chainID, 1, "first")
	b := newBatch(t, chainID, listedID, 1, map[int]secret{0: s})
	b.anchor(t, three)
	three.seal(t, 9)
	f := &fixture{chain: three}
	var err error
	f.root, err = proof.GenesisRoot(three.genesis(t))
	require.NoError(t, err)
	q := b.request(t, 0, 7)
	q.Standing = false
	bundle, err := proof.Parse(f.make(t, q, nil))
	require.NoError(t, err)
	require.Len(t, bundle.Blocks, 3, "the block that announces the change, the one that makes it, the last")

	bundle.Blocks = bundle.Blocks[2:]
	encoded, err := bundle.Encode()
	require.NoError(t, err)
	_, err = proof.Verify(encoded, f.root, proof.Options{})
	failsIn(t, proof.PartValidators, err)
}

func TestThreeQuartersAreEnough(t *testing.T) {
	f := newFixture(t)
	b, err := proof.Parse(f.standard(t))
	require.NoError(t, err)
	resigned(unaltered, only(3, types.BlockIDFlagNil))(t, f, b)
	encoded, err := b.Encode()
	require.NoError(t, err)
	report, err := proof.Verify(encoded, f.root, proof.Options{})
	require.NoError(t, err)
	require.Equal(t, []proof.Step{{Height: middle + 1, Signed: 3, Power: 4, Vouching: report.Steps[0].Vouching, Before: 4}}, report.Steps)
	require.Contains(t, report.String(), "(3 of 4)")
}
