package fingerprint

import "math"

const (
	// cells is how many cells a side of the square has.
	cells = 64
	// spread is half the side of the square in mean spreads of the object,
	// found by measuring: less sees less, more sees beyond the edge of a crop.
	spread = 1.8
	// grid is in how many steps of a pixel the square is placed.
	grid = 256
)

// square is the part of a raster that is looked at, in steps of 1/grid pixel. It
// may reach beyond the raster.
type square struct{ x, y, side int }

// threshold separates object from background by Otsu's criterion, over 256
// classes between the darkest value and the brightest but for a hundredth. No
// value of a flat raster is above it.
func (r raster) threshold() int {
	counts := r.levels()
	low, high := quantile(counts, 0, 1), quantile(counts, 99, 100)
	if high <= low {
		return low
	}
	var classes [256]float64
	for v, n := range counts {
		classes[min(max(v-low, 0)*255/(high-low), 255)] += float64(n)
	}
	var all, sum, below, sumBelow, best float64
	for i, n := range classes {
		all, sum = all+n, sum+n*float64(i)
	}
	at := 0
	for i, n := range classes {
		below, sumBelow = below+n, sumBelow+n*float64(i)
		if below == 0 || below == all {
			continue
		}
		apart := sumBelow/below - (sum-sumBelow)/(all-below)
		if score := below * (all - below) * apart * apart; score > best {
			best, at = score, i
		}
	}
	return low + (2*at+1)*(high-low)/510
}

// square returns the square around the object, or false if there is none of at
// least two pixels' spread.
func (r raster) square() (square, bool) {
	over := r.threshold()
	var n, sx, sy, sxx, syy int
	for at, v := range r.values {
		if int(v) > over {
			x, y := at%r.width, at/r.width
			n, sx, sy, sxx, syy = n+1, sx+x, sy+y, sxx+x*x, syy+y*y
		}
	}
	if n == 0 {
		return square{}, false
	}
	variance := func(sum, squares int) float64 {
		mean := float64(sum) / float64(n)
		return float64(squares)/float64(n) - float64(mean*mean) // converted, so that no machine fuses the two
	}
	dx, dy := math.Sqrt(max(variance(sx, sxx), 0)), math.Sqrt(max(variance(sy, syy), 0))
	if dx < 2 || dy < 2 {
		return square{}, false
	}
	half := int(math.Round(spread * grid * math.Sqrt(float64(dx*dy))))
	return square{x: (2*sx+n)*grid/(2*n) - half, y: (2*sy+n)*grid/(2*n) - half, side: 2 * half}, true
}

// sums is a raster's summed-area table: the sum of all values above and left of
// a corner of pixels.
type sums struct {
	width, height int
	at            []int
}

func (r raster) sums() sums {
	s := sums{r.width, r.height, make([]int, (r.width+1)*(r.height+1))}
	darkest := quantile(r.levels(), 0, 1)
	for y := range r.height {
		row := 0
		for x := range r.width {
			row += int(r.values[y*r.width+x]) - darkest
			s.at[(y+1)*(r.width+1)+x+1] = s.at[y*(r.width+1)+x+1] + row
		}
	}
	return s
}

// upTo returns grid*grid times the sum above and left of a place in steps of
// 1/grid pixel. Beyond the edge there is nothing to add.
func (s sums) upTo(x, y int) int {
	x, y = min(max(x, 0), s.width*grid), min(max(y, 0), s.height*grid)
	i, j := min(x/grid, s.width-1), min(y/grid, s.height-1)
	fx, fy := x-i*grid, y-j*grid
	top, bottom := s.at[j*(s.width+1)+i:], s.at[(j+1)*(s.width+1)+i:]
	return (top[0]*(grid-fx)+top[1]*fx)*(grid-fy) + (bottom[0]*(grid-fx)+bottom[1]*fx)*fy
}

// sample returns the sum in each cell of a square, row by row.
func (s sums) sample(q square) [cells * cells]int {
	var out [cells * cells]int
	for at := range out {
		x0, x1 := q.x+q.side*(at%cells)/cells, q.x+q.side*(at%cells+1)/cells
		y0, y1 := q.y+q.side*(at/cells)/cells, q.y+q.side*(at/cells+1)/cells
		out[at] = s.upTo(x1, y1) - s.upTo(x0, y1) - s.upTo(x1, y0) + s.upTo(x0, y0)
	}
	return out
}
