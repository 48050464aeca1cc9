package fingerprint

import (
	"math"
	"math/rand/v2"
)

// The phantoms are heads as magnetic resonance shows them: ellipsoids in the
// same places for everybody, each patient's own in size, turn, signal and folds.
// Neighbouring slices of a patient differ by a step of a fortieth of the head.
const (
	phantomWidth, phantomHeight = 160, 192
	phantomStep                 = 0.05
)

// ellipsoid is one organ, in units of half the head.
type ellipsoid struct{ x, y, z, rx, ry, rz, signal, sharp float64 }

// head is what all patients have in common.
var head = []ellipsoid{
	{0, 0, 0, 0.80, 0.95, 1.00, 0.85, 0},           // scalp
	{0, 0, 0, 0.74, 0.89, 0.94, 0.10, 0},           // skull
	{0, 0, 0.02, 0.69, 0.84, 0.90, 0.50, 0},        // grey matter
	{0.30, -0.02, 0.15, 0.30, 0.62, 0.60, 0.72, 1}, // white matter, both sides
	{-0.30, -0.02, 0.15, 0.30, 0.62, 0.60, 0.72, 1},
	{0.10, -0.05, 0.12, 0.07, 0.32, 0.22, 0.12, 0}, // ventricles
	{-0.10, -0.05, 0.12, 0.07, 0.32, 0.22, 0.12, 0},
	{0.22, 0.02, 0.0, 0.10, 0.17, 0.16, 0.58, 0}, // nuclei
	{-0.22, 0.02, 0.0, 0.10, 0.17, 0.16, 0.58, 0},
	{0, 0.48, -0.45, 0.42, 0.28, 0.28, 0.60, 1},     // cerebellum
	{0, 0.15, -0.50, 0.13, 0.13, 0.35, 0.70, 0},     // brain stem
	{0.30, -0.66, -0.45, 0.15, 0.17, 0.15, 0.22, 0}, // eyes
	{-0.30, -0.66, -0.45, 0.15, 0.17, 0.15, 0.22, 0},
}

// wave is one term of a patient's folds.
type wave struct{ kx, ky, kz, phase, amplitude float64 }

// patient is one phantom.
type patient struct {
	organs    []ellipsoid
	waves     []wave
	cos, sin  float64
	dx, dy    float64
	gain      float64
	noiseSeed uint64
}

// newPatient draws the patient of a number.
func newPatient(number uint64) patient {
	r := rand.New(rand.NewPCG(5, number))
	about := func(v, spread float64) float64 { return v * (1 + spread*r.NormFloat64()) }
	turn := 0.06 * r.NormFloat64()
	p := patient{
		cos: math.Cos(turn), sin: math.Sin(turn), dx: 0.03 * r.NormFloat64(), dy: 0.03 * r.NormFloat64(),
		gain: about(1200, 0.1), noiseSeed: number,
	}
	wide, long := about(1, 0.04), about(1, 0.04)
	for _, o := range head {
		o.x, o.y, o.z = o.x+0.02*r.NormFloat64(), o.y+0.02*r.NormFloat64(), o.z+0.03*r.NormFloat64()
		o.rx, o.ry, o.rz = about(o.rx, 0.04)*wide, about(o.ry, 0.04)*long, about(o.rz, 0.05)
		o.signal = about(o.signal, 0.06)
		p.organs = append(p.organs, o)
	}
	for range 2 { // lesions or cysts, anywhere in the brain
		p.organs = append(p.organs, ellipsoid{
			0.35 * r.NormFloat64(), 0.4 * r.NormFloat64(), 0.4 * r.NormFloat64(),
			0.03 + 0.08*r.Float64(), 0.03 + 0.08*r.Float64(), 0.03 + 0.08*r.Float64(), 0.1 + 0.8*r.Float64(), 0,
		})
	}
	for range 40 {
		k := 6 + 22*r.Float64()
		a, b := 2*math.Pi*r.Float64(), math.Acos(2*r.Float64()-1)
		p.waves = append(p.waves, wave{
			k * math.Sin(b) * math.Cos(a), k * math.Sin(b) * math.Sin(a), k * math.Cos(b),
			2 * math.Pi * r.Float64(), 0.5 / math.Sqrt(40),
		})
	}
	return p
}

// folds is the patient's texture at a place, about -1 to 1.
func (p *patient) folds(x, y, z float64) (sum float64) {
	for _, w := range p.waves {
		sum += w.amplitude * math.Cos(w.kx*x+w.ky*y+w.kz*z+w.phase)
	}
	return sum
}

// slice draws the slice of a number; slice 0 is below the middle of the head.
func (p *patient) slice(number int) raster {
	z := -0.45 + phantomStep*float64(number)
	r := rand.New(rand.NewPCG(p.noiseSeed, uint64(number)))
	out := raster{width: phantomWidth, height: phantomHeight, values: make([]uint16, phantomWidth*phantomHeight)}
	for at := range out.values {
		u := (float64(at%phantomWidth)/phantomWidth-0.5)*2*phantomWidth/phantomHeight - p.dx
		v := (float64(at/phantomWidth)/phantomHeight-0.5)*2 - p.dy
		x, y := u*p.cos-v*p.sin, u*p.sin+v*p.cos
		signal := p.signal(x, y, z)
		n1, n2 := 0.02*r.NormFloat64(), 0.02*r.NormFloat64()
		out.values[at] = uint16(p.gain * math.Hypot(signal+n1, n2))
	}
	return out
}

// signal is what the organs at a place give: of those that hold it, the last.
func (p *patient) signal(x, y, z float64) (signal float64) {
	folds := p.folds(x, y, z)
	for _, o := range p.organs {
		dx, dy, dz := (x-o.x)/o.rx, (y-o.y)/o.ry, (z-o.z)/o.rz
		if dx*dx+dy*dy+dz*dz < 1+o.sharp*folds {
			signal = o.signal * (1 + 0.12*folds)
		}
	}
	return max(signal, 0)
}
