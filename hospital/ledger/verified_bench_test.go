package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkProvenRead reads a value with proof from a node of this process, with
// four validators: one that no other has asked for in a block that was verified
// already, as most reads are, and one in a new block, which a witness must confirm.
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
				w.verifier.shared = nil // what one has read the others get for nothing
				err := w.read(b.Context(), firstBatch)
				require.NoError(b, err)
			}
		})
	}
}
