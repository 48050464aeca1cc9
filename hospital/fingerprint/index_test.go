package fingerprint

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// randomImage is a fingerprint without any image; near is one that differs from
// another in so many bits.
func randomImage(r *rand.Rand) (f Image) {
	for i := range f.bits {
		f.bits[i] = r.Uint64()
	}
	return f
}

func near(f Image, bits int, r *rand.Rand) Image {
	for _, b := range r.Perm(ImageBits)[:bits] {
		f.bits[b/64] ^= 1 << (b % 64)
	}
	return f
}

// compared is what comparing with each finds.
func compared(prints []Image, f Image, distance int) (want []ImageMatch) {
	for n, g := range prints {
		if d := f.Distance(g); d <= distance {
			want = append(want, ImageMatch{fmt.Sprintf("%05d", n), f.Similarity(g), d})
		}
	}
	slices.SortFunc(want, func(a, b ImageMatch) int { return cmp.Or(a.Distance-b.Distance, cmp.Compare(a.ID, b.ID)) })
	return want
}

func TestTheIndexFindsWhatComparingWithEachFinds(t *testing.T) {
	const size = 12000
	r := rand.New(rand.NewPCG(1, 1))
	var x Images
	var prints []Image
	for n := range size {
		f := randomImage(r)
		if n%3 == 0 && n > 0 {
			f = near(prints[r.IntN(n)], r.IntN(80), r)
		}
		prints = append(prints, f)
		x.Add(fmt.Sprintf("%05d", n), f)
	}
	rapid.Check(t, func(t *rapid.T) {
		f := near(prints[rapid.IntRange(0, size-1).Draw(t, "print")], rapid.IntRange(0, 60).Draw(t, "bits"), r)
		distance := rapid.IntRange(0, 70).Draw(t, "distance")
		want := compared(prints, f, distance)
		found, err := x.Near(f, distance, MaxMatches)
		require.NoError(t, err)
		require.Equal(t, len(want), len(found))
		if len(want) > 0 {
			require.Equal(t, want, found)
			first, err := x.Near(f, distance, 1)
			require.NoError(t, err)
			require.Equal(t, want[:1], first)
		}
		var probed int
		seen := make(map[int]bool)
		for n := range x.probe(f, distance) {
			require.False(t, seen[n], "each once")
			seen[n] = true
			if f.Distance(prints[n]) <= distance {
				probed++
			}
		}
		require.Equal(t, len(want), probed)
	})
	require.Less(t, len(slices.Collect(x.candidates(prints[0], 15))), size/10, "it must not go through all")
	require.Len(t, slices.Collect(x.candidates(prints[0], ImageDistance)), size, "of so few all are gone through")
}

func TestCopiesAreLookedUpAmongMany(t *testing.T) {
	var x Texts
	const others = 300
	for n := range uint64(others) {
		require.NoError(t, x.Add(fmt.Sprintf("other %d", n), ofNumbers(t, n+1, 0, 3000)))
	}
	original := ofNumbers(t, 0, 0, 5000)
	require.NoError(t, x.Add("original", original))
	require.NoError(t, x.Add("part", ofNumbers(t, 0, 1000, 1500)))
	require.NoError(t, x.Add("whole", ofNumbers(t, 0, 0, 50000)))

	ids := func(f Text) (ids []string) {
		found, err := x.Near(f, 0.5, 0.8, 10)
		require.NoError(t, err)
		for _, m := range found {
			ids = append(ids, m.ID)
		}
		return ids
	}
	require.ElementsMatch(t, []string{"original", "part", "whole"}, ids(original))
	require.Equal(t, "original", ids(original)[0])
	require.ElementsMatch(t, []string{"original", "part", "whole"}, ids(ofNumbers(t, 0, 600, 5200)))
	require.ElementsMatch(t, []string{"original", "whole"}, ids(ofNumbers(t, 0, 1800, 5200)))
	require.Equal(t, []string{"part", "original"}, ids(ofNumbers(t, 0, 1000, 1500))[:2])
	require.Empty(t, ids(ofNumbers(t, others+5, 0, 3000)))
}

func TestBandsFindSimilarSets(t *testing.T) {
	const trials = 300
	missed := 0
	for n := range uint64(trials) {
		var x Texts
		require.NoError(t, x.Add("original", ofNumbers(t, n, 0, 600)))
		found, err := x.Near(ofNumbers(t, n, 150, 750), 0.4, 1, 1) // similar by 0.6
		require.NoError(t, err)
		if len(found) == 0 {
			missed++
		}
	}
	require.LessOrEqual(t, missed, trials/100)
}

func TestALookUpThatCannotBeAnsweredIsRefused(t *testing.T) {
	var images Images
	for _, row := range [][2]int{{-1, 1}, {129, 1}, {10, 0}, {10, MaxMatches + 1}} {
		_, err := images.Near(Image{}, row[0], row[1])
		require.Error(t, err)
	}
	var texts Texts
	f := ofNumbers(t, 1, 0, 100)
	require.NoError(t, texts.Add("a", f))
	for _, row := range []struct{ similarity, part float64 }{{0, 0.5}, {0.5, 0}, {1.1, 0.5}, {0.5, 1.1}} {
		_, err := texts.Near(f, row.similarity, row.part, 1)
		require.ErrorContains(t, err, "above 0")
	}
	_, err := texts.Near(f, 0.5, 0.5, 0)
	require.ErrorContains(t, err, "limit 0")
	f.key[0]++
	require.ErrorIs(t, texts.Add("b", f), ErrOtherKey)
	_, err = texts.Near(f, 0.5, 0.5, 1)
	require.ErrorIs(t, err, ErrOtherKey)
}

// BenchmarkLookUp compares the index with going through all.
func BenchmarkLookUp(b *testing.B) {
	for _, size := range []int{10_000, 100_000, 1_000_000} {
		r := rand.New(rand.NewPCG(1, 1))
		var x Images
		for range size {
			x.Add("", randomImage(r))
		}
		for _, distance := range []int{15, 31, 47, ImageDistance} {
			b.Run(fmt.Sprintf("%d/distance=%d", size, distance), func(b *testing.B) {
				for b.Loop() {
					_, err := x.Near(randomImage(r), distance, 10)
					require.NoError(b, err)
				}
			})
		}
		b.Run(fmt.Sprintf("%d/each", size), func(b *testing.B) {
			for b.Loop() {
				f, n := randomImage(r), 0
				for _, g := range x.prints {
					if f.Distance(g) <= ImageDistance {
						n++
					}
				}
				require.Zero(b, n)
			}
		})
	}
}
