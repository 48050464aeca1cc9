package dicom

import (
	"encoding/binary"
	"io"
)

// rleHeader is the size of the header of an RLE frame: the number of segments
// and where each begins.
const rleHeader = 64

// frame decodes one RLE frame (PS3.5 annex G) and writes it. A segment has one
// byte of every sample, the most significant byte first, sample after sample.
func (p *pixels) frame(out io.Writer, part element, r *reader) error {
	segments := p.samples * p.bytes
	if int64(part.length) > 2*p.size+int64(rleHeader*(segments+1)) || p.size > 64*int64(part.length) {
		return part.invalid("is an RLE frame of %d bytes, which cannot hold %d: the file is damaged", part.length, p.size)
	}
	b, err := r.take(int64(part.length))
	if err != nil {
		return err
	}
	if len(b) < rleHeader || int64(binary.LittleEndian.Uint32(b)) != int64(segments) || segments > 15 {
		return part.invalid("is not an RLE frame of %d segments: the file is damaged", segments)
	}
	if p.decoded == nil {
		p.decoded = make([]byte, p.size)
	}
	for n := range segments {
		from, to := int64(binary.LittleEndian.Uint32(b[4+4*n:])), int64(len(b))
		if n+1 < segments {
			to = int64(binary.LittleEndian.Uint32(b[8+4*n:]))
		}
		if from < rleHeader || from > to || to > int64(len(b)) {
			return part.invalid("is an RLE frame whose segment %d lies outside of it: the file is damaged", n)
		}
		sample, low := n/p.bytes, p.bytes-1-n%p.bytes
		if !unpack(p.decoded, sample*p.bytes+low, p.samples*p.bytes, b[from:to]) {
			return part.invalid("is an RLE frame whose segment %d has not one byte a pixel: the file is damaged", n)
		}
	}
	return p.write(out, p.decoded)
}

// unpack decodes a PackBits segment into every step-th byte of frame, starting
// at from. It says whether the segment fills them all; an encoder may let the
// last run go past the end, and pads a segment to even length.
func unpack(frame []byte, from, step int, segment []byte) bool {
	at := from
	for len(segment) > 0 && at < len(frame) {
		n := int(int8(segment[0]))
		segment = segment[1:]
		switch {
		case n >= 0:
			if len(segment) < n+1 {
				return false
			}
			for _, b := range segment[:n+1] {
				if at < len(frame) {
					frame[at] = b
				}
				at += step
			}
			segment = segment[n+1:]
		case n > -128:
			if len(segment) == 0 {
				return false
			}
			for range 1 - n {
				if at < len(frame) {
					frame[at] = segment[0]
				}
				at += step
			}
			segment = segment[1:]
		}
	}
	return at >= len(frame)
}
