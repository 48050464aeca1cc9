package ante

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

func transaction(number int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(number)) }

func TestWhatWasVerifiedIsRememberedForAtLeastAGeneration(t *testing.T) {
	v := newVerified()
	const last = 3 * verifiedMax
	for number := range last {
		v.add(transaction(number))
		require.True(t, v.has(transaction(number)))
		require.True(t, v.has(transaction(max(0, number-verifiedMax+1))))
		require.False(t, v.has(transaction(number+1)))
	}
	require.False(t, v.has(transaction(0)))
	require.LessOrEqual(t, len(v.young)+len(v.older), 2*verifiedMax)
}
