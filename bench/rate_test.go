package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSustainedRateLeavesOutStartAndEnd(t *testing.T) {
	begun := time.Unix(1_000, 0)
	at := func(second float64, committed uint64) sight {
		return sight{at: begun.Add(time.Duration(second * float64(time.Second))), committed: committed}
	}
	for name, tc := range map[string]struct {
		blocks []sight
		want   float64
	}{
		"no block":                  {nil, 0},
		"one block":                 {[]sight{at(1, 100)}, 0},
		"steady":                    {[]sight{at(1, 40), at(2, 100), at(3, 100), at(9.5, 650)}, 100},
		"empty blocks first":        {[]sight{at(0.5, 0), at(1, 40), at(2, 100), at(9, 700)}, 100},
		"clearing up":               {[]sight{at(1, 40), at(5, 400), at(9, 400), at(11, 5_000)}, 100},
		"a halt before the end":     {[]sight{at(1, 40), at(2, 450), at(3, 450)}, 100},
		"a halt in the middle":      {[]sight{at(1, 40), at(2, 100), at(9, 700), at(9.5, 50)}, 100},
		"seen together, no time":    {[]sight{at(10, 40), at(10, 100)}, 0},
		"blocks that commit nought": {[]sight{at(1, 40), at(5, 0), at(9, 0)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, tc.want, sustained(tc.blocks, begun.Add(10*time.Second)), 1e-9)
		})
	}
}
