package suite

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"strings"
	"syscall"

	"github.com/google/pprof/profile"
)

// parts are what the work of a vault is made of, by what stands in the names of
// functions. The first that matches a stack, from its inner end, has it.
var parts = []struct{ name, function string }{
	{"age", "filippo.io/age."},
	{"index", "database/sql."},
	{"blob store", "hospital/vault.(*store)."},
	{"canonical forms", "hospital/canonical"},
}

// shares runs something and says how its processor time was spent.
func shares(run func() error) (string, error) {
	var recorded bytes.Buffer
	if err := pprof.StartCPUProfile(&recorded); err != nil {
		return "", err
	}
	err := run()
	pprof.StopCPUProfile()
	if err != nil {
		return "", err
	}
	p, err := profile.Parse(&recorded)
	if err != nil {
		return "", err
	}
	spent := make(map[string]int64)
	total := int64(0)
	for _, sample := range p.Sample {
		spent[partOf(sample)] += sample.Value[0]
		total += sample.Value[0]
	}
	var text strings.Builder
	for _, part := range parts {
		fmt.Fprintf(&text, "%s %.0f %%, ", part.name, 100*float64(spent[part.name])/float64(max(total, 1)))
	}
	fmt.Fprintf(&text, "the rest %.0f %%", 100*float64(spent[""])/float64(max(total, 1)))
	return text.String(), nil
}

// partOf returns the part that a sample belongs to, or "".
func partOf(sample *profile.Sample) string {
	for _, location := range sample.Location {
		for _, line := range location.Line {
			for _, part := range parts {
				if strings.Contains(line.Function.Name, part.function) {
					return part.name
				}
			}
		}
	}
	return ""
}

// peakMemory is the most memory that this process ever had, in bytes.
func peakMemory() (int64, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return usage.Maxrss << 10, nil
}
