package lp_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/lp"
)

func TestConcat(t *testing.T) {
	require.Empty(t, lp.Concat())
	require.Equal(t, []byte("\x00\x00\x00\x02ab\x00\x00\x00\x00\x00\x00\x00\x01c"), lp.Concat([]byte("ab"), nil, []byte("c")))
}

func TestDifferentListsHaveDifferentEncodings(t *testing.T) {
	list := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2}), 0, 6), 0, 4)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := list.Draw(rt, "a"), list.Draw(rt, "b")
		same := slices.EqualFunc(a, b, slices.Equal[[]byte])
		require.Equal(rt, same, slices.Equal(lp.Concat(a...), lp.Concat(b...)))
	})
}
