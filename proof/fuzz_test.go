package proof_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
)

// FuzzVerify looks for bytes that verify and mean anything that the seeds do not
// mean, and for bytes that bring the verifier down.
func FuzzVerify(f *testing.F) {
	chain := newFixture(f)
	meanings := map[string]bool{}
	withoutStanding := chain.listed.request(f, 1, middle)
	withoutStanding.Standing = false
	for _, bundle := range [][]byte{
		chain.standard(f),
		chain.make(f, chain.listed.request(f, 1, early), nil),
		chain.make(f, chain.large.request(f, 777, late), chain.second.open()),
		chain.make(f, withoutStanding, nil),
	} {
		report, err := proof.Verify(bundle, chain.root, proof.Options{})
		require.NoError(f, err)
		meanings[meaning(f, report)] = true
		f.Add(bundle)
	}
	f.Fuzz(func(t *testing.T, bundle []byte) {
		report, err := proof.Verify(bundle, chain.root, proof.Options{})
		if err != nil {
			var failure *proof.Error
			require.ErrorAs(t, err, &failure)
			return
		}
		if b, err := proof.Parse(bundle); err == nil && (b.Standing == nil || b.Content == nil || b.Content.Sealed == nil) {
			return // less than a seed proves is no forgery
		}
		require.True(t, meanings[meaning(t, report)], report.String())
	})
}
