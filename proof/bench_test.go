package proof_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
)

// BenchmarkVerify measures the verification of a content bundle with standing,
// of a leaf among 1,024, over four ed25519 validators.
func BenchmarkVerify(b *testing.B) {
	f := newFixture(b)
	pinned := f.headerRoot(b, late+1)
	for _, row := range []struct {
		name string
		root proof.Root
	}{{"trusted header", pinned}, {"genesis and three changes of the set", f.root}} {
		b.Run(row.name, func(b *testing.B) {
			bundle := f.makeFrom(b, row.root, f.large.request(b, 777, late), f.second.open())
			var before time.Time
			for before = time.Now(); b.Loop(); {
				if _, err := proof.Verify(bundle, row.root, proof.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(time.Since(before).Microseconds())/1000/float64(b.N), "proof_verify_ms")
			b.ReportMetric(float64(len(bundle)), "bundle_bytes")
		})
	}
}

func TestBundlesAreSmall(t *testing.T) {
	f := newFixture(t)
	for name, root := range map[string]proof.Root{"a trusted header": f.headerRoot(t, late+1), "the genesis and three changes": f.root} {
		bundle := f.makeFrom(t, root, f.large.request(t, 777, late), f.second.open())
		require.Less(t, len(bundle), 32<<10, name)
	}
}
