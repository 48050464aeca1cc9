package dicom

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"iter"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// jpegBaseline is the one lossy transfer syntax whose frames Frames decodes.
const jpegBaseline = "1.2.840.10008.1.2.4.50"

// errEnough ends a reading whose caller wants no more frames.
var errEnough = errors.New("enough frames")

// Frame is one decoded frame of an image.
type Frame struct {
	// Rows and Columns are its size in pixels, Samples the values of a pixel, and
	// Bytes the size of a value: 1, 2, 4 or 8.
	Rows, Columns, Samples, Bytes int
	// Stored is how many bits of a value count, High the number of the highest of
	// them, and Signed says that they are a two's complement.
	Stored, High int
	Signed       bool
	// Padding is the Pixel Padding Value (0028,0120) as the bits of a sample have
	// it, which fills what was not imaged, or -1.
	Padding int
	// Photometric is the Photometric Interpretation (0028,0004).
	Photometric string
	// Pixels are the values, sample after sample of each pixel, little endian.
	// They are valid until the next frame is read.
	Pixels []byte
}

// Frames yields the decoded frames of an image in order, for those who look at
// pixels; the pixels are those of dicom-image/1. Frames of JPEG Baseline, which
// has no such form because it is lossy, are yielded too, as one luminance of 8
// bits a pixel. Errors wrap format.ErrInvalid if the pixels are missing, are
// compressed otherwise, or are over 128 MiB a frame; an error is the last.
func Frames(src format.Source) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		if err := readFrames(src, yield); err != nil && !errors.Is(err, errEnough) {
			yield(Frame{}, err)
		}
	}
}

func readFrames(src format.Source, yield func(Frame, error) bool) error {
	found, err := scanSource(src)
	if err != nil {
		return err
	}
	h := &frameReader{found: found, shape: found.frame(), yield: yield}
	if !found.isJPEG() {
		var reason string
		switch h.pixels, reason = found.pixels(); {
		case h.pixels == nil && reason == "":
			return format.Invalidf("no pixel data (7fe0,0010): the object is no image")
		case h.pixels == nil:
			return format.Invalidf("its pixels are not decoded: %s", reason)
		case h.pixels.bytes == 0 || h.pixels.size > frameLimit:
			return format.Invalidf("its frames have single bits or more than %d bytes: they are not decoded", frameLimit)
		}
		h.size = int(h.pixels.size)
	}
	s, err := open(src)
	if err != nil {
		return err
	}
	defer s.Close()
	var unordered bool
	p := parser{reader: s.reader, handler: h, unordered: &unordered, wanted: func(t tag.Tag) bool { return t == tag.PixelData }}
	return p.dataSet(s.implicit)
}

// frame returns what the attributes say of every frame.
func (s *scan) frame() Frame {
	bits := s.number(tag.BitsAllocated, 0)
	stored := s.number(tag.BitsStored, bits)
	return Frame{
		Rows: s.number(tag.Rows, 0), Columns: s.number(tag.Columns, 0),
		Samples: s.number(tag.SamplesPerPixel, 1), Bytes: bits / 8,
		Stored: stored, High: s.number(tag.HighBit, stored-1),
		Signed: s.number(tag.PixelRepresentation, 0) == 1, Padding: s.number(tag.PixelPaddingValue, -1),
		Photometric: s.values[tag.PhotometricInterpretation],
	}
}

// isJPEG says that the image is in JPEG Baseline.
func (s *scan) isJPEG() bool {
	return s.hasPixels && s.pixel.length == undefined && s.syntax == jpegBaseline
}

// frameReader is the handler that hands on the frames of the pixel data.
type frameReader struct {
	ignore

	found *scan
	shape Frame
	yield func(Frame, error) bool
	// pixels is how they are stored, if not in JPEG.
	pixels *pixels
	// size is that of a frame; held is what has arrived of the next one, behind
	// the header of its item.
	size int
	held []byte
}

func (f *frameReader) value(e element, r *reader) error { return f.pixels.native(f, e, r) }

func (f *frameReader) fragment(n int, part element, r *reader) error {
	switch {
	case n == 0: // the offset table
		return nil
	case f.pixels != nil:
		return f.pixels.frame(f, part, r)
	}
	return f.compressed(n, part, r)
}

// Write takes frames as items, which is how package pixels writes them.
func (f *frameReader) Write(b []byte) (n int, err error) {
	const header = 8
	n, whole := len(b), header+f.size+f.size%2
	for len(b) > 0 {
		part := b[:min(len(b), whole-len(f.held))]
		f.held, b = append(f.held, part...), b[len(part):]
		if len(f.held) < whole {
			break
		}
		if err := f.hand(f.held[header : header+f.size]); err != nil {
			return 0, err
		}
		f.held = f.held[:0]
	}
	return n, nil
}

func (f *frameReader) hand(pixels []byte) error {
	next := f.shape
	next.Pixels = pixels
	if !f.yield(next, nil) {
		return errEnough
	}
	return nil
}

// compressed takes fragment n of JPEG frames. One frame may have many
// fragments; of several, each must be one.
func (f *frameReader) compressed(n int, part element, r *reader) error {
	count := f.found.number(tag.NumberOfFrames, 1)
	if count != 1 && count != f.found.fragments {
		return part.invalid("is a part of a JPEG frame, and where frames begin is not told: give each frame one fragment")
	}
	if int64(part.length)+int64(len(f.held)) > frameLimit {
		return part.invalid("makes a JPEG frame of more than %d bytes", frameLimit)
	}
	b, err := r.take(int64(part.length))
	if err != nil {
		return err
	}
	f.held = append(f.held, b...)
	if count == 1 && n < f.found.fragments {
		return nil
	}
	grey, err := luminance(f.held)
	if err != nil {
		return part.invalid("ends a JPEG frame that cannot be decoded: the file is damaged")
	}
	f.held = f.held[:0]
	f.shape.Rows, f.shape.Columns = grey.Rect.Dy(), grey.Rect.Dx()
	f.shape.Samples, f.shape.Bytes, f.shape.Stored, f.shape.High, f.shape.Signed = 1, 1, 8, 7, false
	f.shape.Padding = -1 // what it has become is not told
	if f.shape.Photometric != "MONOCHROME1" {
		f.shape.Photometric = "MONOCHROME2"
	}
	return f.hand(grey.Pix)
}

// luminance decodes a JPEG image.
func luminance(encoded []byte) (*image.Gray, error) {
	config, err := jpeg.DecodeConfig(bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	if int64(config.Width)*int64(config.Height) > frameLimit/4 {
		return nil, io.ErrShortBuffer
	}
	decoded, err := jpeg.Decode(bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	grey := image.NewGray(image.Rect(0, 0, config.Width, config.Height))
	for at := range grey.Pix {
		x, y := at%config.Width, at/config.Width
		grey.Pix[at] = color.GrayModel.Convert(decoded.At(x, y)).(color.Gray).Y
	}
	return grey, nil
}
