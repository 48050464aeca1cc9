package fingerprint

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// testKey is the key of all tests.
var testKey = bytes.Repeat([]byte{7}, KeySize)

// sketchOf returns the sketch of sources of a profile.
func sketchOf(t testing.TB, profile string, sources ...string) Text {
	t.Helper()
	s, err := NewSketcher(testKey)
	require.NoError(t, err)
	for _, source := range sources {
		require.NoError(t, s.Add(profile, format.Bytes([]byte(source), "")))
	}
	f, err := s.Text()
	require.NoError(t, err)
	return f
}

// ofNumbers returns the sketch of the numbers from one to another.
func ofNumbers(t require.TestingT, salt, from, to uint64) Text {
	s, err := NewSketcher(testKey)
	require.NoError(t, err)
	for n := from; n < to; n++ {
		s.element(mix(mix(salt) ^ n))
	}
	f, err := s.Text()
	require.NoError(t, err)
	return f
}

func overlap(t require.TestingT, a, b Text) Overlap {
	o, err := Compare(a, b)
	require.NoError(t, err)
	return o
}

// resemblance is the similarity as the permutations estimate it.
func resemblance(f, g Text) float64 {
	n := 0
	for i := range f.mins {
		if f.mins[i] == g.mins[i] {
			n++
		}
	}
	return float64(n) / lanes
}

func TestEstimatesAreWithinSixStandardErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt := rapid.Uint64().Draw(t, "salt")
		onlyA := rapid.Uint64Range(0, 4000).Draw(t, "only in a")
		both := rapid.Uint64Range(MinShingles, 4000).Draw(t, "in both")
		onlyB := rapid.Uint64Range(0, 4000).Draw(t, "only in b")
		a, b := ofNumbers(t, salt, 0, onlyA+both), ofNumbers(t, salt, onlyA, onlyA+both+onlyB)
		o := overlap(t, a, b)
		within := func(want, got float64, sample int) {
			require.InDelta(t, want, got, 0.01+6*math.Sqrt(want*(1-want)/float64(sample)))
		}
		union := float64(onlyA + both + onlyB)
		within(float64(both)/union, o.Similarity, o.Sample)
		within(float64(both)/float64(onlyA+both), o.OfFirst, o.FirstSample)
		within(float64(both)/float64(both+onlyB), o.OfSecond, o.SecondSample)
		within(float64(both)/union, resemblance(a, b), lanes)
		if union < kept {
			require.InDelta(t, float64(both)/union, o.Similarity, 1e-12)
		}
		require.InEpsilon(t, float64(onlyA+both), float64(a.Shingles()), 0.2)
	})
}

func TestOverlapIsSymmetricAndOneForEqualSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(MinShingles, 3000)
		a, b := ofNumbers(t, 1, 0, n.Draw(t, "a")), ofNumbers(t, 1, 20, 20+n.Draw(t, "b"))
		ab, ba := overlap(t, a, b), overlap(t, b, a)
		require.Equal(t, ab.Similarity, ba.Similarity)
		require.Equal(t, ab.OfFirst, ba.OfSecond)
		require.Equal(t, ab.OfSecond, ba.OfFirst)
		same := overlap(t, a, a)
		require.Equal(t, []float64{1, 1, 1}, []float64{same.Similarity, same.OfFirst, same.OfSecond})
	})
}

func TestASketchDependsOnTheSetAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfNDistinct(rapid.Uint64(), MinShingles, 2000, rapid.ID[uint64]).Draw(t, "set")
		var prints []Text
		for range 2 {
			s, err := NewSketcher(testKey)
			require.NoError(t, err)
			for _, n := range numbers {
				s.element(n)
				s.element(numbers[0])
			}
			f, err := s.Text()
			require.NoError(t, err)
			prints = append(prints, f)
			slices.Reverse(numbers)
		}
		require.Equal(t, prints[0], prints[1])
	})
}

// estimate is what the k smallest hashes of each set say.
func estimate(a, b Text, k int) Overlap {
	cut := func(f Text) Text { return Text{low: f.low[:min(k, len(f.low))]} }
	a, b = cut(a), cut(b)
	bound := min(a.low[len(a.low)-1], b.low[len(b.low)-1])
	for _, f := range []*Text{&a, &b} {
		n, _ := slices.BinarySearch(f.low, bound+1)
		f.low = f.low[:n]
	}
	o, err := Compare(a, b)
	if err != nil {
		panic(err) // both keys are empty
	}
	return o
}

// measured are the sketches that are compared: by so many smallest hashes.
var measured = []int{128, 256, 512, kept}

// errorsOf returns the root mean square errors over trials of what the 128
// permutations and then the sketches say of a set of numbers and a whole: the
// similarity, or which part of the whole it is.
func errorsOf(t *testing.T, truth float64, from, to, whole uint64, contained bool) []float64 {
	t.Helper()
	const trials = 25
	errs := make([]float64, 1+len(measured))
	for trial := range uint64(trials) {
		a, w := ofNumbers(t, trial, from, to), ofNumbers(t, trial, 0, whole)
		got := resemblance(a, w)
		if contained { // solved for the part, the sizes being known
			n := float64(to - from)
			got = min(1, got*(n+float64(whole))/((1+got)*n)) * n / float64(whole)
		}
		errs[0] += (got - truth) * (got - truth)
		for i, k := range measured {
			o := estimate(a, w, k)
			got = o.Similarity
			if contained {
				got = o.OfSecond
			}
			errs[1+i] += (got - truth) * (got - truth)
		}
	}
	for i := range errs {
		errs[i] = math.Sqrt(errs[i] / trials)
	}
	return errs
}

func TestTheSketchWasChosenByMeasuring(t *testing.T) {
	const size = 6000
	var b strings.Builder
	fmt.Fprintf(&b, "\nroot mean square error\n%-28s %14s", "", "128 permuted")
	for _, k := range measured {
		fmt.Fprintf(&b, " %14s", fmt.Sprintf("%d smallest", k))
	}
	row := func(name string, errs []float64) {
		fmt.Fprintf(&b, "\n%-28s", name)
		for _, e := range errs {
			fmt.Fprintf(&b, " %14.4f", e)
		}
		require.Less(t, errs[len(errs)-1], errs[0], "the sketch was chosen because it is nearer")
	}
	for _, j := range []float64{0.1, 0.3, 0.5, 0.7, 0.9} {
		shift := uint64(size * (1 - j) / (1 + j))
		truth := float64(size-shift) / float64(size+shift)
		row(fmt.Sprintf("similarity %.1f", j), errorsOf(t, truth, shift, size+shift, size, false))
	}
	for _, p := range []float64{0.5, 0.1, 0.02} {
		row(fmt.Sprintf("part of %.2f of a whole", p), errorsOf(t, p, 0, uint64(p*size), size, true))
	}
	t.Log(b.String())
}

// table is a synthetic one of patients, who do not exist.
func table(seed uint64, rows int) [][]string {
	r := rand.New(rand.NewPCG(seed, 1))
	out := [][]string{{"number", "born", "sex", "postcode", "code", "systolic", "diastolic", "haemoglobin"}}
	for range rows {
		out = append(out, []string{
			fmt.Sprintf("P%06d", r.IntN(1e6)), fmt.Sprintf("%d-%02d-%02d", 1930+r.IntN(80), 1+r.IntN(12), 1+r.IntN(28)),
			[]string{"female", "male"}[r.IntN(2)], fmt.Sprintf("%05d", 10000+r.IntN(300)),
			fmt.Sprintf("%c%02d.%d", 'A'+rune(r.IntN(20)), r.IntN(100), r.IntN(10)),
			fmt.Sprint(100 + r.IntN(60)), fmt.Sprint(60 + r.IntN(40)), fmt.Sprintf("%.2f", 11+6*r.Float64()),
		})
	}
	return out
}

// written returns a table as CSV.
func written(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return b.String()
}
