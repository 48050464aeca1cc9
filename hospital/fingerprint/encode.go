package fingerprint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// The heads of the encodings: kind, version. A change of method is a new
// version, and fingerprints of two versions are never compared.
const (
	imageHead = "image|1|"
	textHead  = "text|1|"
)

// MarshalBinary returns the exact encoding: "image|1|" and 32 bytes, bit 0 being
// the lowest of the last byte.
func (f Image) MarshalBinary() ([]byte, error) {
	b := []byte(imageHead)
	for i := range f.bits {
		b = binary.BigEndian.AppendUint64(b, f.bits[len(f.bits)-1-i])
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and nothing else.
func (f *Image) UnmarshalBinary(b []byte) error {
	b, err := behind(imageHead, b)
	if err != nil {
		return err
	}
	if len(b) != ImageBits/8 {
		return fmt.Errorf("the fingerprint of an image has %d bytes behind its head, want %d: get it again", len(b), ImageBits/8)
	}
	for i := range f.bits {
		f.bits[len(f.bits)-1-i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return nil
}

// MarshalBinary returns the exact encoding: "text|1|", 8 bytes that tell the key,
// 128 times 4 bytes of MinHash, 2 bytes that count the smallest hashes, and 8
// bytes for each of them, ascending; numbers are big endian.
func (f Text) MarshalBinary() ([]byte, error) {
	b := append([]byte(textHead), f.key[:]...)
	for _, v := range f.mins {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(f.low)))
	for _, v := range f.low {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and nothing else.
func (f *Text) UnmarshalBinary(b []byte) error {
	b, err := behind(textHead, b)
	if err != nil {
		return err
	}
	const fixed = 8 + 4*lanes + 2
	if len(b) < fixed {
		return fmt.Errorf("the fingerprint of a text has %d bytes behind its head, want %d or more: get it again", len(b), fixed)
	}
	n := int(binary.BigEndian.Uint16(b[fixed-2:]))
	if n < MinShingles || n > kept || len(b) != fixed+8*n {
		return fmt.Errorf("the fingerprint of a text has %d hashes in %d bytes, want %d to %d hashes of 8 bytes: get it again", n, len(b)-fixed, MinShingles, kept)
	}
	g := Text{key: [8]byte(b), low: make([]uint64, n)}
	for i := range g.mins {
		g.mins[i] = binary.BigEndian.Uint32(b[8+4*i:])
	}
	for i := range g.low {
		g.low[i] = binary.BigEndian.Uint64(b[fixed+8*i:])
		if i > 0 && g.low[i] <= g.low[i-1] {
			return fmt.Errorf("hash %d of the fingerprint of a text is not above the one before: get it again", i)
		}
	}
	*f = g
	return nil
}

// behind returns what follows the head of an encoding.
func behind(head string, b []byte) ([]byte, error) {
	if rest, ok := bytes.CutPrefix(b, []byte(head)); ok {
		return rest, nil
	}
	kind, _, _ := strings.Cut(head, "|")
	if bytes.HasPrefix(b, []byte(kind+"|")) {
		return nil, fmt.Errorf("a fingerprint of kind %s in a version other than that of %q: fingerprint the record again", kind, head)
	}
	return nil, fmt.Errorf("not a fingerprint of kind %s: it must begin with %q", kind, head)
}
