package bench

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPercentilesAreByNearestRank(t *testing.T) {
	values := []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for p, want := range map[float64]time.Duration{0: 1, 10: 1, 11: 2, 50: 5, 95: 10, 100: 10} {
		require.Equal(t, want, Percentile(values, p), "p%g", p)
	}
	require.Zero(t, Percentile(nil, 50))
	require.EqualValues(t, 7, Percentile([]time.Duration{7}, 50))
}

func TestAPercentileIsTheLeastValueThatCoversItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 50), func(n int64) time.Duration { return time.Duration(n) }), 1, 60).Draw(t, "values")
		p := float64(rapid.IntRange(1, 100).Draw(t, "p"))
		slices.Sort(values)
		got := Percentile(values, p)
		require.Contains(t, values, got)
		covered := func(limit time.Duration) float64 {
			n := 0
			for _, v := range values {
				if v <= limit {
					n++
				}
			}
			return 100 * float64(n) / float64(len(values))
		}
		require.GreaterOrEqual(t, covered(got)+1e-9, p)
		if at := slices.Index(values, got); at > 0 {
			require.Less(t, covered(values[at-1]), p+1e-9)
		}
	})
}

func TestFiguresNameEveryReason(t *testing.T) {
	tally := &Tally{
		Offered: 100, Committed: 80, RecordsEach: 2, Lost: 1, Rate: 20, Load: 1.5,
		Failed:    map[string]uint64{"records 5": 3},
		Refused:   map[string]uint64{"mempool 0": 6, "lanes 2": 10},
		Latencies: []time.Duration{time.Second, 2 * time.Second},
		Intervals: []time.Duration{1500 * time.Millisecond},
	}
	type entry struct {
		name  string
		value float64
		unit  string
	}
	var got []entry
	for _, f := range tally.Figures("x") {
		require.Equal(t, 1, f.Runs)
		require.InDelta(t, 1.5, f.Load, 0)
		got = append(got, entry{f.Name, f.Value, f.Unit})
	}
	require.Equal(t, []entry{
		{"x/committed", 20, "tx/s"},
		{"x/records", 40, "records/s"},
		{"x/offered", 100, "tx"},
		{"x/latency-p50", 1, "s"},
		{"x/latency-p95", 2, "s"},
		{"x/latency-p99", 2, "s"},
		{"x/latency-max", 2, "s"},
		{"x/block-interval-p50", 1.5, "s"},
		{"x/block-interval-p95", 1.5, "s"},
		{"x/block-interval-max", 1.5, "s"},
		{"x/lost", 1, "tx"},
		{"x/failed", 3, "tx"},
		{"x/failed/records 5", 3, "tx"},
		{"x/refused", 16, "tx"},
		{"x/refused/lanes 2", 10, "tx"},
		{"x/refused/mempool 0", 6, "tx"},
	}, got)
}

func TestMediansMergeRunsByName(t *testing.T) {
	run := func(committed, load float64, more ...Figure) []Figure {
		return append([]Figure{{Name: "x/committed", Value: committed, Unit: "tx/s", Runs: 1, Load: load}}, more...)
	}
	refused := Figure{Name: "x/refused/lanes 2", Value: 8, Unit: "tx", Runs: 1}
	require.Equal(t, []Figure{
		{Name: "x/committed", Value: 300, Unit: "tx/s", Runs: 3, Load: 2},
		{Name: "x/refused/lanes 2", Value: 0, Unit: "tx", Runs: 3, Load: 2},
	}, Medians(run(300, 1), run(500, 2), run(100, 0, refused)))
	require.InDelta(t, 250, Medians(run(200, 0), run(300, 0))[0].Value, 0)
	require.Empty(t, Medians())
}
