package bench

import "time"

// sight is a block that was seen while transactions were sent.
type sight struct {
	at        time.Time
	committed uint64
}

// sustained is how many transactions a second blocks committed between the
// first block that held any and the last one seen before sending ended. So
// neither the start counts, when there was nothing to commit yet, nor the
// clearing up afterwards. If no block came before the end for longer than ever
// before, the time until the end counts too: a halt is no way to a good figure.
// Without two blocks it is 0.
func sustained(blocks []sight, end time.Time) float64 {
	for len(blocks) > 0 && blocks[0].committed == 0 {
		blocks = blocks[1:]
	}
	for len(blocks) > 0 && blocks[len(blocks)-1].at.After(end) {
		blocks = blocks[:len(blocks)-1]
	}
	if len(blocks) < 2 {
		return 0
	}
	var committed uint64
	var longest time.Duration
	for i, b := range blocks[1:] {
		committed += b.committed
		longest = max(longest, b.at.Sub(blocks[i].at))
	}
	first, last := blocks[0].at, blocks[len(blocks)-1].at
	if end.Sub(last) > longest {
		last = end
	}
	if !last.After(first) {
		return 0
	}
	return float64(committed) / last.Sub(first).Seconds()
}
