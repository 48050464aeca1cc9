package account_test

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/account"
	"github.com/dmdl-network/dmdl/proof"
)

// known are the reports of good bundles of one chain.
type known struct {
	root    proof.Root
	reports []account.Report
}

// learn notes what a bundle proves.
func (k *known) learn(t testing.TB, bundle []byte) {
	t.Helper()
	report, err := account.Verify(bundle, k.root)
	require.NoError(t, err)
	k.reports = append(k.reports, report)
}

// isKnown says whether a report says no more than one that is known. It may give fewer
// classes of records and another path of headers.
func (k *known) isKnown(t testing.TB, report account.Report) bool {
	t.Helper()
	return slices.ContainsFunc(k.reports, func(good account.Report) bool {
		if len(good.Entries) != len(report.Entries) {
			return false
		}
		for i, e := range report.Entries {
			for j, r := range e.Records {
				if r.Class == "" {
					good = without(good, i, j)
				}
			}
		}
		return claims(t, good) == claims(t, report)
	})
}

// without is a report without the class of a record.
func without(r account.Report, entry, record int) account.Report {
	r.Entries = slices.Clone(r.Entries)
	list := slices.Clone(r.Entries[entry].Records)
	if record < len(list) {
		list[record].Class = ""
	}
	r.Entries[entry].Records = list
	return r
}

// claims is what a report says, but for the path of headers and the sentences.
func claims(t testing.TB, r account.Report) string {
	t.Helper()
	r.Steps, r.Proven, r.NotProven = nil, nil, nil
	text, err := json.Marshal(r)
	require.NoError(t, err)
	return string(text)
}

// provesNothingNew requires that bytes are refused with an Error, or are the one encoding
// of a bundle that proves what is known already.
func (k *known) provesNothingNew(t testing.TB, bundle []byte) {
	t.Helper()
	report, err := account.Verify(bundle, k.root)
	if err != nil {
		isRefused(t, err)
		return
	}
	require.True(t, k.isKnown(t, report), report.String())
	require.NoError(t, report.FHIR(io.Discard))
	require.NoError(t, report.Page().HTML(io.Discard))
}

// FuzzVerify looks for bytes that verify and mean anything that the seeds do not mean,
// for bytes that are no encoding and are read as one, and for bytes that bring the
// verifier down.
func FuzzVerify(f *testing.F) {
	whole, part := newLedger(f, chainID, 0), newLedger(f, chainID, 2)
	require.Equal(f, whole.root, part.root, "they begin with the same block")
	chain := &known{root: whole.root}
	stranger, neighbour := whole.request(late, nil), whole.request(late, story(other)[:4])
	stranger.Subject.Number = 1000
	neighbour.Subject, neighbour.Leaf = other, nil
	seeds := [][]byte{whole.make(f, early, story(patient)), whole.make(f, late, story(patient)), part.make(f, late, story(patient)[2:])}
	for _, q := range []account.Request{stranger, neighbour} {
		bundle, _, err := account.Make(context.Background(), whole, whole.root, q)
		require.NoError(f, err)
		seeds = append(seeds, bundle)
	}
	for _, bundle := range seeds {
		chain.learn(f, bundle)
		f.Add(bundle)
	}
	f.Fuzz(func(t *testing.T, bundle []byte) {
		if b, err := account.Parse(bundle); err == nil {
			again, err := b.Encode()
			require.NoError(t, err)
			require.JSONEq(t, string(bundle), string(again))
		} else {
			isRefused(t, err)
		}
		chain.provesNothingNew(t, bundle)
	})
}

// FuzzParts overwrites bytes inside one part of a good bundle, which reaches the
// decoders that mutations of the text seldom reach.
func FuzzParts(f *testing.F) {
	whole, part := newLedger(f, chainID, 0), newLedger(f, chainID, 2)
	chain := &known{root: whole.root}
	good := [][]byte{whole.make(f, late, story(patient)), part.make(f, late, story(patient)[2:])}
	for _, bundle := range good {
		chain.learn(f, bundle)
	}
	for at := range byte(40) {
		f.Add(at, uint16(0), []byte{0xff}, false)
		f.Add(at, uint16(9), []byte{0x0a, 0x7f, 0x22}, true)
	}
	f.Fuzz(func(t *testing.T, which byte, at uint16, patch []byte, cut bool) {
		b, err := account.Parse(good[int(which)%len(good)])
		require.NoError(t, err)
		parts := partsOf(b)
		target := parts[int(which)/len(good)%len(parts)]
		from := int(at) % (len(*target) + 1)
		patched := slices.Concat((*target)[:from], patch)
		if !cut && len(patched) < len(*target) {
			patched = append(patched, (*target)[len(patched):]...)
		}
		*target = patched
		bundle, err := b.Encode()
		require.NoError(t, err)
		chain.provesNothingNew(t, bundle)
	})
}

// partsOf are all bytes of a bundle.
func partsOf(b *account.Bundle) []*[]byte {
	parts := []*[]byte{&b.Entry.Value, &b.Entry.Proof, &b.Stores.Access, &b.Stores.Consortium}
	for i := range b.Entries {
		parts = append(parts, &b.Entries[i])
	}
	for i := range b.Proofs {
		parts = append(parts, &b.Proofs[i])
	}
	for i := range b.Institutions {
		parts = append(parts, &b.Institutions[i].Entry.Value, &b.Institutions[i].Entry.Proof)
	}
	for i := range b.Batches {
		parts = append(parts, &b.Stores.Records, &b.Batches[i].Entry.Value, &b.Batches[i].Entry.Proof)
		for j := range b.Batches[i].Leaves {
			parts = append(parts, &b.Batches[i].Leaves[j].Leaf)
		}
	}
	for i := range b.Blocks {
		parts = append(parts, &b.Blocks[i].Header, &b.Blocks[i].Commit)
	}
	return parts
}
