package bench

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"time"
)

// Figure is one measured number, as the results file keeps it.
type Figure struct {
	// Name is the workload's name, a slash and what was measured.
	Name string `json:"name"`
	// Value is in Unit.
	Value float64 `json:"value"`
	// Unit is one of tx/s, records/s, tx, s.
	Unit string `json:"unit"`
	// Runs is how many runs the value is the median of.
	Runs int `json:"runs"`
	// Load is the machine's load average before the run, the highest of several.
	Load float64 `json:"load"`
}

// Figures are the numbers of a run, in a fixed order.
func (t *Tally) Figures(name string) []Figure {
	var list []Figure
	add := func(what string, value float64, unit string) {
		list = append(list, Figure{Name: name + "/" + what, Value: value, Unit: unit, Runs: 1, Load: t.Load})
	}
	add("committed", t.Rate, "tx/s")
	add("records", t.Rate*float64(t.RecordsEach), "records/s")
	add("offered", float64(t.Offered), "tx")
	for _, p := range []float64{50, 95, 99, 100} {
		add("latency-"+label(p), Percentile(t.Latencies, p).Seconds(), "s")
	}
	for _, p := range []float64{50, 95, 100} {
		add("block-interval-"+label(p), Percentile(t.Intervals, p).Seconds(), "s")
	}
	add("lost", float64(t.Lost), "tx")
	count := func(what string, counts map[string]uint64) {
		add(what, float64(sum(counts)), "tx")
		for _, reason := range slices.Sorted(maps.Keys(counts)) {
			add(what+"/"+reason, float64(counts[reason]), "tx")
		}
	}
	count("failed", t.Failed)
	count("refused", t.Refused)
	return list
}

// Percentile is the smallest of the values, given in rising order, that p per
// cent of them do not exceed (nearest rank); 100 is the largest. Without values
// it is 0.
func Percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Medians merges the figures of several runs by name. A figure that a run lacks
// counts as 0 there, such as a reason for which it refused nothing.
func Medians(runs ...[]Figure) []Figure {
	var merged []Figure
	values := make(map[string][]float64)
	for _, run := range runs {
		for _, f := range run {
			if values[f.Name] == nil {
				merged = append(merged, f)
			}
			values[f.Name] = append(values[f.Name], f.Value)
		}
	}
	for i := range merged {
		f := &merged[i]
		all := slices.Concat(values[f.Name], make([]float64, len(runs)-len(values[f.Name])))
		slices.Sort(all)
		f.Value, f.Runs = (all[(len(all)-1)/2]+all[len(all)/2])/2, len(runs)
		for _, run := range runs {
			for _, other := range run {
				f.Load = max(f.Load, other.Load)
			}
		}
	}
	return merged
}

func label(p float64) string {
	if p == 100 {
		return "max"
	}
	return fmt.Sprintf("p%g", p)
}

func sum(counts map[string]uint64) (total uint64) {
	for count := range maps.Values(counts) {
		total += count
	}
	return total
}

// LoadAverage is the machine's load average of the last minute: the first number of /proc/loadavg, or 0 where there is none.
func LoadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	var minute float64
	if _, err := fmt.Sscan(string(text), &minute); err != nil {
		return 0
	}
	return minute
}
