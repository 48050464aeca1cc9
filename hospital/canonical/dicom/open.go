package dicom

import (
	"compress/flate"
	"encoding/binary"
	"io"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	// preamble is how many free bytes stand before "DICM".
	preamble = 128
	// metaLimit bounds the file meta information that is kept of one element.
	metaLimit = 64 << 10
	// standardSyntaxes is the root of the transfer syntaxes of the standard.
	standardSyntaxes = "1.2.840.10008.1.2."
	// rleLossless is the one compressed transfer syntax that is decoded.
	rleLossless = "1.2.840.10008.1.2.5"
	// mediaDirectory is the SOP class of a DICOMDIR.
	mediaDirectory = "1.2.840.10008.1.3.10"
)

// stream is an opened object, at the first element of its data set.
type stream struct {
	*reader
	io.Closer
	// implicit says that the data set has no VRs.
	implicit bool
	// syntax and class are the transfer syntax and the SOP class that the file
	// meta information states, or "".
	syntax, class string
	// metaEnd is where the file meta information says that it ends, or 0.
	metaEnd int64
}

// open reads up to the data set. The stream must be closed.
func open(src format.Source) (*stream, error) {
	source, err := src.Open()
	if err != nil {
		return nil, err
	}
	s := &stream{reader: newReader(source), Closer: source}
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *stream) start() error {
	head, _ := s.peek(preamble + 4) // a short head is the guess's to judge
	if len(head) == preamble+4 && string(head[preamble:]) == "DICM" {
		if err := s.skip(preamble + 4); err != nil {
			return err
		}
	}
	for s.inMeta() {
		if err := s.meta(); err != nil {
			return err
		}
	}
	return s.choose()
}

// inMeta says that an element of group 0002 comes next. Where the data set is
// deflated, bytes that look like one may already be of it.
func (s *stream) inMeta() bool {
	next, err := s.peek(4)
	if err != nil || binary.LittleEndian.Uint16(next) != tag.MetadataGroup {
		return false
	}
	return !deflated(s.syntax) || s.metaEnd == 0 || s.at < s.metaEnd
}

// meta reads one element of the file meta information, which is explicit VR
// little endian in every object.
func (s *stream) meta() error {
	p := parser{reader: s.reader}
	e, err := p.header(false)
	if err != nil {
		return err
	}
	if int64(e.length) > metaLimit {
		return e.invalid("is longer than %d bytes; no file meta information is", metaLimit)
	}
	value, err := s.take(int64(e.length))
	if err != nil {
		return e.explain(err)
	}
	switch e.tag {
	case tag.FileMetaInformationGroupLength:
		if len(value) == 4 {
			s.metaEnd = s.at + int64(binary.LittleEndian.Uint32(value))
		}
	case tag.MediaStorageSOPClassUID:
		s.class = trim(value)
	case tag.TransferSyntaxUID:
		s.syntax = trim(value)
	}
	return nil
}

// choose sets how the data set is read.
func (s *stream) choose() error {
	switch {
	case s.syntax == "":
		head, _ := s.peek(8) // too short a data set fails at its first element
		s.implicit, s.big = guess(head)
	case s.syntax == uid.ImplicitVRLittleEndian:
		s.implicit = true
	case s.syntax == uid.ExplicitVRBigEndian:
		s.big = true
	case deflated(s.syntax):
		inflated := newReader(flate.NewReader(s.buf))
		inflated.at = s.at
		s.reader = inflated
	case !strings.HasPrefix(s.syntax, standardSyntaxes):
		return format.Invalidf("transfer syntax (0002,0010) is not of the standard: " +
			"convert the object to one that is, or ingest it as raw/1")
	}
	return nil
}

// deflated says that a transfer syntax deflates the data set.
func deflated(syntax string) bool {
	switch syntax {
	case uid.DeflatedExplicitVRLittleEndian, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205":
		return true
	}
	return false
}

// guess says how a data set is read that does not tell: from its first element.
func guess(head []byte) (implicit, big bool) {
	if len(head) < 8 {
		return true, false
	}
	if _, explicit := forms[string(head[4:6])]; !explicit {
		return true, false
	}
	return false, head[0] == 0 && head[1] != 0
}

// trim takes the padding off a value.
func trim(value []byte) string { return strings.Trim(string(value), " \x00") }
