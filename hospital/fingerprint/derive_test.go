package fingerprint

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"slices"

	"golang.org/x/image/draw"
)

// derivation is one way to make another image of the same slice.
type derivation struct {
	name string
	make func(raster, *rand.Rand) raster
}

// derivations are the ways that the table measures.
var derivations = []derivation{
	{"window/level", rewindow},
	{"crop 5 %", cropped},
	{"rescale", rescaled},
	{"JPEG 80", asJPEG},
	{"noise", noisy},
	{"all of them", func(f raster, r *rand.Rand) raster {
		return asJPEG(noisy(rescaled(cropped(rewindow(f, r), r), r), r), r)
	}},
}

// top is the value under which all but a thousandth of the pixels lie.
func top(f raster) float64 {
	sorted := slices.Sorted(slices.Values(f.values))
	return max(1, float64(sorted[len(sorted)-1-len(sorted)/1000]))
}

func mapped(f raster, change func(float64) float64) raster {
	out := raster{width: f.width, height: f.height, values: make([]uint16, len(f.values))}
	for i, v := range f.values {
		out.values[i] = uint16(min(max(change(float64(v)), 0), 65535))
	}
	return out
}

// rewindow shows 60 to 100 % of the range in 256 levels and cuts off the rest.
func rewindow(f raster, r *rand.Rand) raster {
	whole := top(f)
	width := (0.6 + 0.4*r.Float64()) * whole
	low := r.Float64() * 0.4 * (whole - width) // more is lost above than below, as readers choose
	return mapped(f, func(v float64) float64 { return min(max((v-low)/width, 0), 1) * 255 })
}

// cropped takes a twentieth off both directions, more from one side than from
// the other.
func cropped(f raster, r *rand.Rand) raster {
	dx, dy := f.width/20, f.height/20
	left, up := r.IntN(dx+1), r.IntN(dy+1)
	out := raster{width: f.width - dx, height: f.height - dy}
	for y := range out.height {
		from := (y+up)*f.width + left
		out.values = append(out.values, f.values[from:from+out.width]...)
	}
	return out
}

// rescaled has half to one and a half times as many columns and rows.
func rescaled(f raster, r *rand.Rand) raster {
	factor := []float64{0.5, 0.75, 1.5}[r.IntN(3)]
	from := picture(f)
	to := image.NewGray16(image.Rect(0, 0, int(factor*float64(f.width)), int(factor*float64(f.height))))
	draw.BiLinear.Scale(to, to.Rect, from, from.Rect, draw.Src, nil)
	return grey(to)
}

func asJPEG(f raster, _ *rand.Rand) raster {
	whole := top(f)
	from := image.NewGray(image.Rect(0, 0, f.width, f.height))
	for i, v := range f.values {
		from.Pix[i] = uint8(min(float64(v)/whole, 1) * 255)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, from, &jpeg.Options{Quality: 80}); err != nil {
		panic(err) // memory takes everything
	}
	back, err := jpeg.Decode(&b)
	if err != nil {
		panic(err) // it was just written
	}
	return grey(back)
}

// grey returns the luminance of a picture.
func grey(img image.Image) raster {
	box := img.Bounds()
	return render(box.Dx(), box.Dy(), func(x, y int) uint16 {
		return color.Gray16Model.Convert(img.At(box.Min.X+x, box.Min.Y+y)).(color.Gray16).Y
	})
}

// noisy adds noise of three hundredths of the range.
func noisy(f raster, r *rand.Rand) raster {
	sigma := 0.03 * top(f)
	return mapped(f, func(v float64) float64 { return v + sigma*r.NormFloat64() })
}
