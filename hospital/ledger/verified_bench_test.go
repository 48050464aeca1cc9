package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkProvenRead reads one batch with proof from a node of this process,
// with four validators: in a block that was verified already, as most reads are,
// and in a new one, which a witness must confirm.
func BenchmarkProvenRead(b *testing.B) {
	for name, blocks := range map[string]int{"verified block": 0, "new block": 1} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, 1)
			require.Equal(b, uint64(10), w.leaves(b))
			for b.Loop() {
				if blocks > 0 {
					b.StopTimer()
					w.chain.Grow(b, blocks)
					b.StartTimer()
				}
				_, _, _, err := w.verifier.Batch(b.Context(), firstBatch)
				require.NoError(b, err)
			}
		})
	}
}
