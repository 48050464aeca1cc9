package dicom

import (
	"slices"
	"strconv"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// textLimit is how much is kept of a value that describes the record.
const textLimit = 1 << 10

// facts are the elements of the outermost data set that a scan keeps.
var facts = []tag.Tag{
	tag.SpecificCharacterSet, tag.SOPClassUID, tag.StudyDate, tag.StudyTime, tag.Modality, tag.TimezoneOffsetFromUTC,
	tag.PatientID, tag.IssuerOfPatientID, tag.SamplesPerPixel, tag.PhotometricInterpretation, tag.PlanarConfiguration,
	tag.NumberOfFrames, tag.Rows, tag.Columns, tag.BitsAllocated, tag.BitsStored, tag.HighBit, tag.PixelRepresentation,
	tag.PixelPaddingValue,
}

// codeParts are the elements of a code that a scan keeps.
var codeParts = []tag.Tag{tag.CodeValue, tag.CodingSchemeDesignator, tag.LongCodeValue, tag.URNCodeValue}

// scan is the handler that finds what must be known before anything is written,
// and what describes the record.
type scan struct {
	// syntax and class are as the stream has them.
	syntax, class string
	// unordered says that tags do not ascend somewhere.
	unordered bool
	// directory says that the object is a DICOMDIR.
	directory bool
	// values are the facts that are present, without padding.
	values map[tag.Tag]string
	// procedures are the items of the Procedure Code Sequence.
	procedures []map[tag.Tag]string
	// pixel is the pixel data of the image, if hasPixels; fragments counts its
	// fragments without the offset table.
	pixel     element
	hasPixels bool
	fragments int

	// depth, inProcedures and inPixels say where the scan is.
	depth                  int
	inProcedures, inPixels bool
}

// scanSource reads a source to its end and checks its form.
func scanSource(src format.Source) (*scan, error) {
	s, err := open(src)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	found := &scan{syntax: s.syntax, class: s.class, values: make(map[tag.Tag]string)}
	found.directory = s.class == mediaDirectory
	p := parser{reader: s.reader, handler: found, unordered: &found.unordered}
	return found, p.dataSet(s.implicit)
}

func (s *scan) value(e element, r *reader) error {
	switch {
	case s.depth == 0 && e.tag == tag.PixelData:
		s.pixel, s.hasPixels = e, true
	case s.depth == 0 && e.tag.Group == 0x0004:
		s.directory = true
	case s.depth == 0 && slices.Contains(facts, e.tag):
		return s.keep(s.values, e, r)
	case s.depth == 1 && s.inProcedures && slices.Contains(codeParts, e.tag):
		return s.keep(s.procedures[len(s.procedures)-1], e, r)
	}
	return nil
}

func (s *scan) keep(values map[tag.Tag]string, e element, r *reader) error {
	b := make([]byte, min(e.length, textLimit))
	if err := r.read(b); err != nil {
		return err
	}
	if e.name == "US" {
		swap(b, e.width)
		if len(b) >= 2 {
			values[e.tag] = strconv.Itoa(int(b[0]) | int(b[1])<<8)
		}
		return nil
	}
	values[e.tag] = trim(b)
	return nil
}

func (s *scan) begin(e element, fragments bool) error {
	if s.depth > 0 {
		return nil
	}
	s.inProcedures = e.tag == tag.ProcedureCodeSequence
	s.inPixels = e.tag == tag.PixelData
	s.directory = s.directory || e.tag == tag.DirectoryRecordSequence
	if s.inPixels && fragments {
		s.pixel, s.hasPixels = e, true
	}
	return nil
}

func (s *scan) end() error { return nil }

func (s *scan) item() error {
	if s.depth == 0 && s.inProcedures {
		if len(s.procedures) < maxCodes {
			s.procedures = append(s.procedures, make(map[tag.Tag]string))
		} else {
			s.inProcedures = false
		}
	}
	s.depth++
	return nil
}

func (s *scan) endItem() error {
	s.depth--
	return nil
}

func (s *scan) fragment(n int, _ element, _ *reader) error {
	if s.depth == 0 && s.inPixels && n > 0 {
		s.fragments++
	}
	return nil
}

// number is a fact that is a number, or what it is when absent, or -1 if it is
// not a number.
func (s *scan) number(t tag.Tag, absent int) int {
	text, ok := s.values[t]
	if !ok || text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// needsTable says that the basic offset table tells where frames begin.
func (s *scan) needsTable() bool {
	frames := s.number(tag.NumberOfFrames, 1)
	return frames != 1 && frames != s.fragments
}
