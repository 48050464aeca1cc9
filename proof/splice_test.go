package proof_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
)

// splices is how many splices of each pair of bundles are tried.
const splices = 2500

// meaning is what a report proves, as text: all of it but the way to the header
// and what is not proven, the holder included.
func meaning(t testing.TB, r proof.Report) string {
	t.Helper()
	r.Steps, r.NotProven = nil, nil
	if r.Content != nil {
		content := *r.Content
		content.Holder = ""
		r.Content = &content
	}
	encoded, err := json.Marshal(r)
	require.NoError(t, err)
	return string(encoded)
}

// splicer mixes two documents with a generator of its own, so that a failure
// can be repeated.
type splicer struct{ *rand.Rand }

// value mixes two JSON values: objects field by field, lists by a cut, bytes by a
// cut, anything else as a whole.
func (s splicer) value(a, b any) any {
	if s.IntN(3) == 0 {
		return pick(s, a, b)
	}
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			return s.object(a, b)
		}
	case []any:
		if b, ok := b.([]any); ok {
			return s.list(a, b)
		}
	case string:
		if b, ok := b.(string); ok && s.IntN(4) == 0 {
			return s.bytes(a, b)
		}
	}
	return pick(s, a, b)
}

func (s splicer) object(a, b map[string]any) any {
	mixed := map[string]any{}
	keys := append(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b))...)
	slices.Sort(keys) // so that the generator is used in the same order every time
	for _, name := range slices.Compact(keys) {
		va, ina := a[name]
		vb, inb := b[name]
		switch {
		case ina && inb:
			mixed[name] = s.value(va, vb)
		case s.IntN(2) == 0 && ina:
			mixed[name] = va
		case s.IntN(2) == 0 && inb:
			mixed[name] = vb
		}
	}
	return mixed
}

func (s splicer) list(a, b []any) any {
	if len(a) == len(b) && s.IntN(2) == 0 {
		mixed := make([]any, len(a))
		for i := range a {
			mixed[i] = s.value(a[i], b[i])
		}
		return mixed
	}
	return append(slices.Clone(a[:s.IntN(len(a)+1)]), b[s.IntN(len(b)+1):]...)
}

// bytes mixes what two base64 strings encode, or the strings.
func (s splicer) bytes(a, b string) any {
	ba, erra := base64.StdEncoding.DecodeString(a)
	bb, errb := base64.StdEncoding.DecodeString(b)
	if erra != nil || errb != nil {
		return pick(s, a, b)
	}
	at := s.IntN(min(len(ba), len(bb)) + 1)
	return base64.StdEncoding.EncodeToString(append(slices.Clone(ba[:at]), bb[at:]...))
}

// graft takes one part of b, at any depth, into a.
func (s splicer) graft(a, b any) any {
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok && s.IntN(8) > 0 {
			mixed := maps.Clone(b)
			maps.Copy(mixed, a)
			names := slices.Sorted(maps.Keys(mixed))
			name := names[s.IntN(len(names))]
			mixed = maps.Clone(a)
			switch part, ok := b[name]; {
			case !ok:
				delete(mixed, name)
			case a[name] == nil:
				mixed[name] = part
			default:
				mixed[name] = s.graft(a[name], part)
			}
			return mixed
		}
	case []any:
		if b, ok := b.([]any); ok && len(a) > 0 && len(b) > 0 && s.IntN(4) > 0 {
			mixed, at := slices.Clone(a), s.IntN(min(len(a), len(b)))
			mixed[at] = s.graft(a[at], b[at])
			return mixed
		}
	case string:
		if b, ok := b.(string); ok && s.IntN(4) == 0 {
			return s.bytes(a, b)
		}
	}
	return b
}

func pick(s splicer, a, b any) any {
	if s.IntN(2) == 0 {
		return a
	}
	return b
}

// bundle mixes two bundles and writes the result in the encoding of bundles.
func (s splicer) bundle(t *testing.T, a, b []byte) []byte {
	t.Helper()
	if s.IntN(10) == 0 { // cut the texts
		return append(slices.Clone(a[:s.IntN(len(a)+1)]), b[s.IntN(len(b)+1):]...)
	}
	var va, vb map[string]any
	require.NoError(t, json.Unmarshal(a, &va))
	require.NoError(t, json.Unmarshal(b, &vb))
	mix := s.graft
	if s.IntN(3) == 0 {
		mix = s.value
	}
	mixed, err := json.Marshal(mix(va, vb))
	require.NoError(t, err)
	var out proof.Bundle
	if json.Unmarshal(mixed, &out) != nil {
		return mixed
	}
	encoded, err := out.Encode()
	require.NoError(t, err)
	return encoded
}

func TestASpliceOfTwoBundlesMeansWhatOneOfThemMeans(t *testing.T) {
	f := newFixture(t)
	first := f.make(t, f.listed.request(t, 1, middle), f.first.open())
	for name, pair := range map[string][2][]byte{
		"two records of an institution": {first, f.make(t, f.large.request(t, 777, middle), f.second.open())},
		"two institutions":              {first, f.make(t, f.other.request(t, 0, middle), f.third.open())},
		"one record before and after":   {f.make(t, f.listed.request(t, 1, early), f.first.open()), first},
		"one record over a long path":   {f.make(t, f.listed.request(t, 1, late), f.first.open()), first},
		"two records at two heights":    {first, f.make(t, f.large.request(t, 777, late), f.second.open())},
	} {
		t.Run(name, func(t *testing.T) {
			meanings := map[string]bool{}
			for _, bundle := range pair {
				report, err := proof.Verify(bundle, f.root, proof.Options{})
				require.NoError(t, err)
				meanings[meaning(t, report)] = true
			}
			verified := 0
			for seed := range uint64(splices) {
				s := splicer{rand.New(rand.NewPCG(seed, 1))}
				spliced := s.bundle(t, pair[seed%2], pair[1-seed%2])
				report, err := proof.Verify(spliced, f.root, proof.Options{})
				if err != nil {
					continue
				}
				verified++
				require.True(t, meanings[meaning(t, report)], "seed %d proves something new: %s", seed, report)
			}
			require.Positive(t, verified, "no splice is good: it is not tried what a good one means")
			t.Logf("%d of %d splices verify", verified, splices)
		})
	}
}

// TestAnExistenceBundleGainsNothingFromAnotherRecord splices bundles that show
// different things: what is left out is not made up for by another record's.
func TestAnExistenceBundleGainsNothingFromAnotherRecord(t *testing.T) {
	f := newFixture(t)
	q := f.large.request(t, 777, middle)
	q.Standing = false
	a, b := f.make(t, q, nil), f.standard(t)
	records := map[proof.RecordID]proof.Report{}
	for _, bundle := range [][]byte{a, b} {
		report, err := proof.Verify(bundle, f.root, proof.Options{})
		require.NoError(t, err)
		records[report.Record] = report
	}
	for seed := range uint64(splices) {
		s := splicer{rand.New(rand.NewPCG(seed, 2))}
		report, err := proof.Verify(s.bundle(t, a, b), f.root, proof.Options{})
		if err != nil {
			continue
		}
		of, known := records[report.Record]
		require.True(t, known, "seed %d", seed)
		if report.Standing != nil {
			require.Equal(t, of.Standing, report.Standing, "seed %d", seed)
		}
		if report.Content != nil && report.Content.Descriptor != nil {
			require.Equal(t, of.Content.Descriptor, report.Content.Descriptor, "seed %d", seed)
		}
		require.Equal(t, fmt.Sprint(of.Public, of.Batch, of.Checkpoint), fmt.Sprint(report.Public, report.Batch, report.Checkpoint), "seed %d", seed)
	}
}
