package dicom

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"
)

func swapped(b []byte, width int) []byte {
	swap(b, width)
	return b
}

func sortedLines(lines []string) []string {
	slices.Sort(lines)
	return lines
}

// otherPatient is what a PACS does that corrects demographics.
func otherPatient(o object) object {
	return o.with(
		text(tag.StudyDate, "DA", "20240301"), text(tag.AccessionNumber, "SH", "A-1"),
		text(tag.StudyDescription, "LO", "edited"),
		text(tag.PatientName, "PN", "Right^Name"), text(tag.PatientID, "LO", "0815"),
		text(tag.PatientBirthDate, "DA", "19710203"), text(tag.PatientSex, "CS", "F"),
		text(tag.EthnicGroup, "SH", "edited"),
	).without(tag.IssuerOfPatientID)
}

// rlePixels are the sample's pixels in RLE: a frame of six pixels in two
// segments, with literal runs, a repeated one and one that does nothing.
func rlePixels() field {
	frame := func(high, low []byte) []byte {
		b := binary.LittleEndian.AppendUint32(nil, 2)
		b = binary.LittleEndian.AppendUint32(b, rleHeader)
		b = binary.LittleEndian.AppendUint32(b, rleHeader+uint32(len(high)))
		b = append(b, make([]byte, rleHeader-len(b))...)
		return append(append(b, high...), low...)
	}
	return field{tag: tag.PixelData, vr: "OB", fragments: [][]byte{
		{},
		frame([]byte{5, 0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x80}, []byte{2, 0x01, 0x03, 0x05, 0x80, 2, 0x07, 0x09, 0x0B}),
		append(frame([]byte{0, 0x82, 4, 0x84, 0x86, 0x88, 0x8A, 0x8C}, []byte{5, 0x81, 0x83, 0x85, 0x87, 0x89, 0x8B}), 0),
	}}
}

// colour is an image of three samples, by pixel or by plane.
func colour(planar uint16) object {
	value := []byte{1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33}
	if planar == 1 {
		value = []byte{1, 11, 21, 31, 2, 12, 22, 32, 3, 13, 23, 33}
	}
	return sample().with(
		number(tag.SamplesPerPixel, 3), text(tag.PhotometricInterpretation, "CS", "RGB"),
		number(tag.PlanarConfiguration, planar), text(tag.NumberOfFrames, "IS", "1"),
		number(tag.Rows, 2), number(tag.Columns, 2), number(tag.BitsAllocated, 8),
		field{tag: tag.PixelData, vr: "OB", value: value},
	)
}

func TestAnImageSurvivesAnEditOfDemographics(t *testing.T) {
	before, after := encoding{}.file(sample()), encoding{implicit: true}.file(otherPatient(sample()))
	require.Equal(t, digest(t, Image, before), digest(t, Image, after))
	require.NotEqual(t, digest(t, Dataset, before), digest(t, Dataset, after))
}

func TestAnImageSurvivesLosslessEncodings(t *testing.T) {
	native, rle := encoding{}.file(sample()), encoding{syntax: rleLossless}.file(sample().with(rlePixels()))
	require.Equal(t, canonical(t, Image, native), canonical(t, Image, rle))
	require.NotEqual(t, digest(t, Dataset, native), digest(t, Dataset, rle))
	require.Equal(t, []string{Image}, itemOf(t, rle).Also)

	reversed := encoding{syntax: rleLossless, reverse: true}.file(sample().with(rlePixels()))
	require.Equal(t, digest(t, Image, native), digest(t, Image, reversed))

	byPixel, byPlane := encoding{}.file(colour(0)), encoding{implicit: true}.file(colour(1))
	require.Equal(t, canonical(t, Image, byPixel), canonical(t, Image, byPlane))
	require.NotEqual(t, digest(t, Dataset, byPixel), digest(t, Dataset, byPlane))
}

func TestAnImageIsItsPixelsAndWhatDescribesThem(t *testing.T) {
	want := digest(t, Image, encoding{}.file(sample()))
	for name, f := range map[string]field{
		"a pixel":           {tag: tag.PixelData, vr: "OW", value: append(make([]byte, 22), 1, 0)},
		"instance UID":      text(tag.SOPInstanceUID, "UI", "2.25.100002"),
		"study UID":         text(tag.StudyInstanceUID, "UI", "2.25.1001"),
		"manufacturer":      text(tag.Manufacturer, "LO", "Faker"),
		"overlay":           {tag: tag.Tag{Group: 0x6002, Element: 0x3000}, vr: "OW", value: []byte{0x15, 0x2B}},
		"functional groups": sequence(tag.SharedFunctionalGroupsSequence, object{text(tag.FrameType, "CS", "ORIGINAL")}),
		"position":          text(tag.ImagePositionPatient, "DS", `1\2\3`),
		"rescale":           text(tag.RescaleSlope, "DS", "2"),
	} {
		require.NotEqual(t, want, digest(t, Image, encoding{}.file(sample().with(f))), name)
	}
	turned := sample().with(number(tag.Rows, 2), number(tag.Columns, 3))
	require.NotEqual(t, want, digest(t, Image, encoding{}.file(turned)))
}

func TestPixelsInOddFramesHaveOneForm(t *testing.T) {
	o := sample().with(
		number(tag.Rows, 3), number(tag.Columns, 3), number(tag.BitsAllocated, 8), text(tag.NumberOfFrames, "IS", "3"),
		field{tag: tag.PixelData, vr: "OW", value: append(make([]byte, 14), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0)},
	)
	want := digest(t, Image, encoding{}.file(o))
	for name, c := range encodings {
		require.Equal(t, want, digest(t, Image, c.file(o)), name)
	}
	bits := sample().with(number(tag.BitsAllocated, 1), field{tag: tag.PixelData, vr: "OW", value: []byte{0xFF, 0x0F}})
	require.Equal(t, digest(t, Image, encoding{}.file(bits)), digest(t, Image, encoding{big: true}.file(bits)))
}

func TestTheOffsetTableCountsOnlyWhereItTellsSomething(t *testing.T) {
	file := func(frames string, table []byte, parts ...[]byte) []byte {
		return encoding{syntax: "1.2.840.10008.1.2.4.90"}.file(sample().with(
			text(tag.NumberOfFrames, "IS", frames),
			field{tag: tag.PixelData, vr: "OB", fragments: append([][]byte{table}, parts...)}))
	}
	a, b, c := []byte("aaaa"), []byte("bb"), []byte("cccc")
	first, second := []byte{0, 0, 0, 0, 12, 0, 0, 0}, []byte{0, 0, 0, 0, 22, 0, 0, 0}
	same := func(x, y []byte) bool { return digest(t, Dataset, x) == digest(t, Dataset, y) }

	require.True(t, same(file("1", nil, a, b), file("1", []byte{0, 0, 0, 0}, a, b)))
	require.True(t, same(file("2", nil, a, b), file("2", first, a, b)))
	require.False(t, same(file("2", first, a, b, c), file("2", second, a, b, c)))
	require.False(t, same(file("2", nil, a, b), file("2", nil, a, c)))
	require.False(t, same(file("1", nil, []byte("aaaabb")), file("1", nil, a, b)))
}

func TestWhatCannotBeDecodedSaysSo(t *testing.T) {
	damaged := rlePixels()
	damaged.fragments = slices.Clone(damaged.fragments)
	damaged.fragments[2] = damaged.fragments[1][:rleHeader+6]
	for name, row := range map[string]struct {
		file []byte
		note string
	}{
		"JPEG":          {encoding{syntax: "1.2.840.10008.1.2.4.70"}.file(sample().with(rlePixels())), "compressed (JPEG Lossless"},
		"unknown codec": {encoding{syntax: "1.2.840.10008.1.2.4.999"}.file(sample().with(rlePixels())), "compressed (an unknown way)"},
		"length":        {encoding{}.file(sample().with(number(tag.Rows, 4))), "has not the length"},
		"no rows":       {encoding{}.file(sample().without(tag.Rows)), "missing or unknown"},
		"frames":        {encoding{}.file(sample().with(text(tag.NumberOfFrames, "IS", "two"))), "missing or unknown"},
		"RLE frames":    {encoding{syntax: rleLossless}.file(sample().with(text(tag.NumberOfFrames, "IS", "3"), rlePixels())), "do not fit"},
		"damaged RLE":   {encoding{syntax: rleLossless}.file(sample().with(damaged)), "damaged"},
	} {
		it := itemOf(t, row.file)
		require.Empty(t, it.Also, name)
		require.Len(t, it.Notes, 1, name)
		require.Contains(t, it.Notes[0], row.note, name)
	}
	report := itemOf(t, encoding{}.file(sample().without(tag.PixelData)))
	require.Empty(t, report.Also)
	require.Empty(t, report.Notes)
}
