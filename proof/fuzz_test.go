package proof_test

import (
	"slices"
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
		proveNothingNew(t, bundle, chain.root, meanings)
	})
}

// proveNothingNew requires that a bundle is refused with an Error, or proves
// what is known already or less than that.
func proveNothingNew(t *testing.T, bundle []byte, root proof.Root, meanings map[string]bool) {
	t.Helper()
	report, err := proof.Verify(bundle, root, proof.Options{})
	if err != nil {
		var failure *proof.Error
		require.ErrorAs(t, err, &failure)
		return
	}
	if report.Standing == nil || report.Content == nil || report.Content.Descriptor == nil {
		return // less than a seed proves is no forgery
	}
	require.True(t, meanings[meaning(t, report)], report.String())
}

// FuzzParts overwrites bytes inside one part of a good bundle, which reaches the
// decoders that mutations of the text seldom reach.
func FuzzParts(f *testing.F) {
	chain := newFixture(f)
	good := chain.standard(f)
	report, err := proof.Verify(good, chain.root, proof.Options{})
	require.NoError(f, err)
	meanings := map[string]bool{meaning(f, report): true}
	for part := range byte(12) {
		f.Add(part, uint16(0), []byte{0xff}, false)
		f.Add(part, uint16(9), []byte{0x0a, 0x7f, 0x22}, true)
	}
	f.Fuzz(func(t *testing.T, part byte, at uint16, patch []byte, cut bool) {
		b, err := proof.Parse(good)
		require.NoError(t, err)
		parts := []*[]byte{
			&b.Leaf, &b.Path[0], &b.Batch.Value, &b.Batch.Proof, &b.Standing.Value, &b.Standing.Proof, &b.Store,
			&b.Blocks[0].Header, &b.Blocks[0].Commit, &b.Blocks[0].Validators[0], &b.Content.Opening, &b.Content.Sealed.Descriptor,
		}
		target := parts[int(part)%len(parts)]
		from := int(at) % (len(*target) + 1)
		patched := slices.Concat((*target)[:from], patch)
		if !cut && len(patched) < len(*target) {
			patched = append(patched, (*target)[len(patched):]...)
		}
		*target = patched
		bundle, err := b.Encode()
		require.NoError(t, err)
		proveNothingNew(t, bundle, chain.root, meanings)
	})
}
