package dicom

import (
	"io"
	"slices"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// frameLimit is the largest frame that is held in memory, in bytes. Frames that
// are copied as they are have no limit.
const frameLimit = 128 << 20

// pixels is how the frames of an image are stored.
type pixels struct {
	// count frames of size bytes each follow each other. Frames of single bits
	// that do not end at a byte count as one.
	count, size int64
	// area is how many pixels a frame has; each has samples of bytes.
	area, samples, bytes int
	// planar says that the samples of all pixels stand apart.
	planar bool
	// decoded is the last RLE frame, whose memory the next one takes.
	decoded []byte
}

// pixels returns how the image is stored, or why its pixels are not decoded.
// Without pixel data both are empty.
func (s *scan) pixels() (p *pixels, reason string) {
	if !s.hasPixels {
		return nil, ""
	}
	rows, columns := s.number(tag.Rows, -1), s.number(tag.Columns, -1)
	samples, bits, frames := s.number(tag.SamplesPerPixel, 1), s.number(tag.BitsAllocated, -1), s.number(tag.NumberOfFrames, 1)
	if rows <= 0 || columns <= 0 || frames <= 0 || !slices.Contains([]int{1, 3, 4}, samples) || !slices.Contains([]int{1, 8, 16, 32, 64}, bits) {
		return nil, "the attributes that describe its pixels are missing or unknown"
	}
	p = &pixels{area: rows * columns, samples: samples, bytes: bits / 8, count: int64(frames)}
	frameBits := int64(p.area) * int64(samples) * int64(bits)
	p.size = frameBits / 8
	p.planar = samples > 1 && s.number(tag.PlanarConfiguration, 0) == 1
	if s.pixel.length == undefined {
		return s.compressed(p)
	}
	if p.count > (1<<36)/frameBits {
		return nil, wrongLength
	}
	if frameBits%8 != 0 {
		p.size, p.count = (frameBits*p.count+7)/8, 1
	}
	total, have := p.size*p.count, int64(s.pixel.length)
	inMemory := p.planar || p.size%int64(s.pixel.width) != 0
	switch {
	case have != total && have != total+total%2:
		return nil, wrongLength
	case p.planar && bits == 1, inMemory && p.size > frameLimit:
		return nil, "its frames are too large or in planes of bits"
	}
	return p, ""
}

const wrongLength = "its pixel data has not the length that its attributes ask for"

// compressed returns how RLE frames are stored, or why they are not decoded.
func (s *scan) compressed(p *pixels) (*pixels, string) {
	if s.syntax != rleLossless {
		name := "an unknown way"
		if info, err := uid.Lookup(s.syntax); err == nil {
			name = info.Name
		}
		return nil, "its pixel data is compressed (" + name + ")"
	}
	if p.bytes == 0 || p.size > frameLimit || int64(s.fragments) != p.count {
		return nil, "its RLE frames do not fit its attributes"
	}
	return p, ""
}

// native writes frames that are stored one after another.
func (p *pixels) native(out io.Writer, e element, r *reader) error {
	width := e.width
	if p.size%int64(width) != 0 {
		b, err := r.take(int64(e.length))
		if err != nil {
			return err
		}
		swap(b, width)
		r, width = inMemory(b, e.body), 1
	}
	for range p.count {
		if !p.planar {
			if err := writeFrame(out, p.size, func() error { return r.copyTo(out, p.size, width) }); err != nil {
				return err
			}
			continue
		}
		planes, err := r.take(p.size)
		if err != nil {
			return err
		}
		swap(planes, width)
		if err := p.write(out, p.interleave(planes)); err != nil {
			return err
		}
	}
	return nil
}

// interleave turns planes of samples into samples of pixels.
func (p *pixels) interleave(planes []byte) []byte {
	frame := make([]byte, len(planes))
	for sample := range p.samples {
		plane := planes[sample*p.area*p.bytes:]
		for i := range p.area {
			copy(frame[(i*p.samples+sample)*p.bytes:][:p.bytes], plane[i*p.bytes:])
		}
	}
	return frame
}

// write writes a decoded frame.
func (p *pixels) write(out io.Writer, frame []byte) error {
	return writeFrame(out, int64(len(frame)), func() error {
		_, err := out.Write(frame)
		return err
	})
}

// writeFrame writes an item of size bytes, which body writes, and its padding.
func writeFrame(out io.Writer, size int64, body func() error) error {
	if _, err := out.Write(tagged(tag.Item, even(uint32(size)))); err != nil {
		return err
	}
	if err := body(); err != nil || size%2 == 0 {
		return err
	}
	_, err := out.Write([]byte{0})
	return err
}
