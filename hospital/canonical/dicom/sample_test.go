package dicom

import (
	"slices"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// private is a tag of group 0029, whose creator is a test's.
func private(element uint16) tag.Tag { return tag.Tag{Group: 0x0029, Element: element} }

// sample is an image of two frames with a bit of everything. Its patient does
// not exist.
func sample() object {
	code := object{
		text(tag.CodeValue, "SH", "P5-09051"), text(tag.CodingSchemeDesignator, "SH", "SRT"),
		text(tag.CodeMeaning, "LO", "A procedure"),
	}
	return object{
		text(tag.SpecificCharacterSet, "CS", "ISO_IR 192"),
		text(tag.ImageType, "CS", `ORIGINAL\PRIMARY`),
		text(tag.InstanceCreationDate, "DA", "20240229"),
		text(tag.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.2"),
		text(tag.SOPInstanceUID, "UI", "2.25.100001"),
		text(tag.StudyDate, "DA", "20240229"),
		text(tag.StudyTime, "TM", "101530.25"),
		text(tag.Modality, "CS", "CT"),
		text(tag.Manufacturer, "LO", "Maker"),
		sequence(tag.ProcedureCodeSequence, code),
		text(tag.PatientName, "PN", "Näme^Example"),
		text(tag.PatientID, "LO", "4711"),
		text(tag.IssuerOfPatientID, "LO", "Hospital A"),
		text(tag.PatientBirthDate, "DA", "19700101"),
		field{tag: tag.EchoTime, vr: "DS", value: []byte(`1.5\2 `)},
		text(tag.StudyInstanceUID, "UI", "2.25.1000"),
		text(tag.SeriesInstanceUID, "UI", "2.25.10000"),
		number(tag.SamplesPerPixel, 1),
		text(tag.PhotometricInterpretation, "CS", "MONOCHROME2"),
		text(tag.NumberOfFrames, "IS", "2"),
		field{tag: tag.FrameIncrementPointer, vr: "AT", value: []byte{0x18, 0, 0x63, 0x10}},
		number(tag.Rows, 3),
		number(tag.Columns, 2),
		number(tag.BitsAllocated, 16),
		number(tag.BitsStored, 12),
		number(tag.HighBit, 11),
		number(tag.PixelRepresentation, 1),
		field{tag: tag.SmallestImagePixelValue, vr: "SS", value: []byte{0xFE, 0xFF}},
		text(private(0x0010), "LO", "TEST CREATOR"),
		text(private(0x1001), "LO", "private text"),
		field{tag: private(0x1002), vr: "US", value: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		field{tag: private(0x1003), vr: "FD", value: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
		sequence(private(0x1004), object{
			text(tag.CodeValue, "SH", "X1"),
			field{tag: private(0x1005), vr: "UL", value: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
			sequence(private(0x1006), object{text(private(0x1007), "LT", "deep down")}, object{}),
		}),
		sequence(private(0x1008)),
		sequence(tag.RequestAttributesSequence, object{sequence(tag.ScheduledProtocolCodeSequence, code, object{})}, object{}),
		field{tag: tag.Tag{Group: 0x6002, Element: 0x3000}, vr: "OW", value: []byte{0x15, 0x2A}},
		field{tag: tag.PixelData, vr: "OW", value: []byte{
			0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C,
			0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C,
		}},
		text(tag.Tag{Group: 0x7FE1, Element: 0x0010}, "LO", "AFTER"),
	}
}

// with returns the object with some fields replaced by tag, or added in order.
func (o object) with(fields ...field) object {
	var out object
	slices.SortFunc(fields, func(a, b field) int { return a.tag.Compare(b.tag) })
	for _, f := range o {
		for len(fields) > 0 && fields[0].tag.Compare(f.tag) < 0 {
			out, fields = append(out, fields[0]), fields[1:]
		}
		if len(fields) > 0 && fields[0].tag == f.tag {
			f, fields = fields[0], fields[1:]
		}
		out = append(out, f)
	}
	return append(out, fields...)
}

// without returns the object without some tags.
func (o object) without(tags ...tag.Tag) object {
	var out object
	drop := set(tags...)
	for _, f := range o {
		if !drop[f.tag] {
			out = append(out, f)
		}
	}
	return out
}
