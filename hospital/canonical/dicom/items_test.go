package dicom

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestAnItemSaysWhatTheObjectSays(t *testing.T) {
	src := format.Bytes(encoding{implicit: true}.file(sample()), "Näme^Example.dcm")
	count := 0
	for it, err := range New().Items(src) {
		require.NoError(t, err)
		require.Equal(t, format.Item{
			Raw: src, Profile: Dataset, Also: []string{Image}, Kind: "1.2.840.10008.5.1.4.1.1.2",
			Class: records.RECORD_CLASS_IMAGING, Patient: "Hospital A|4711", Occurred: "2024-02-29T10:15:30",
			Codes: []string{"http://dicom.nema.org/resources/ontology/DCM|CT", "SRT|P5-09051"},
		}, it)
		count++
	}
	require.Equal(t, 1, count)
}

func TestThePatientIsInUTF8(t *testing.T) {
	for set, row := range map[string]struct{ id, want string }{
		"ISO_IR 100": {"M\xfcller", "Hospital A|Müller"},
		"ISO_IR 192": {"Müller", "Hospital A|Müller"},
		"ISO_IR 166": {"\xa1", "Hospital A|\uFFFD"},
		"nonsense":   {"a\xff", "Hospital A|a\uFFFD"},
	} {
		o := sample().with(text(tag.SpecificCharacterSet, "CS", set), text(tag.PatientID, "LO", row.id))
		require.Equal(t, row.want, itemOf(t, encoding{}.file(o)).Patient, set)
	}
	for _, set := range []string{"6", "13", "87", "100", "101", "109", "110", "126", "127", "138", "144", "148", "149", "159", "166", "58"} {
		for _, prefix := range []string{"ISO_IR ", "ISO 2022 IR ", `\ISO 2022 IR `} {
			o := sample().with(text(tag.SpecificCharacterSet, "CS", prefix+set))
			require.Equal(t, "Hospital A|4711", itemOf(t, encoding{}.file(o)).Patient, prefix+set)
		}
	}
	require.Empty(t, itemOf(t, encoding{}.file(sample().without(tag.PatientID))).Patient)
}

func TestWhenItOccurredIsAsExactAsItIsStated(t *testing.T) {
	for want, row := range map[string][3]string{
		"2024-02-29":                {"20240229", "", ""},
		"2024-02":                   {"202402", "101530", ""},
		"2024-02-29T10:15:30+01:00": {"2024.02.29", "101530", "+0100"},
		"2023-02-28":                {"20230228", "10", "+0100"},
		"2023-02-27":                {"20230227", "996030", ""},
		"":                          {"20240231", "101530", ""},
	} {
		o := sample().with(text(tag.StudyDate, "DA", row[0]), text(tag.StudyTime, "TM", row[1]), text(tag.TimezoneOffsetFromUTC, "SH", row[2]))
		require.Equal(t, want, itemOf(t, encoding{}.file(o)).Occurred, row)
	}
}

func TestAnItemHasAtMostSixteenCodes(t *testing.T) {
	var items []object
	for range 40 {
		items = append(items, object{text(tag.CodingSchemeDesignator, "SH", "SCT"), text(tag.LongCodeValue, "UC", "71651007")}, object{})
	}
	it := itemOf(t, encoding{undefined: true}.file(sample().with(sequence(tag.ProcedureCodeSequence, items...))))
	require.LessOrEqual(t, len(it.Codes), 16)
	require.Equal(t, "http://snomed.info/sct|71651007", it.Codes[1])
}

func TestReportsAndDocumentsAreDocuments(t *testing.T) {
	for sop, want := range map[string]records.RecordClass{
		"1.2.840.10008.5.1.4.1.1.88.33":  records.RECORD_CLASS_DOCUMENT,
		"1.2.840.10008.5.1.4.1.1.104.1":  records.RECORD_CLASS_DOCUMENT,
		"1.2.840.10008.5.1.4.1.1.104.2":  records.RECORD_CLASS_DOCUMENT,
		"1.2.840.10008.5.1.4.1.1.9.1.1":  records.RECORD_CLASS_IMAGING,
		"1.2.840.10008.5.1.4.1.1.2.1":    records.RECORD_CLASS_IMAGING,
		"1.2.840.10008.5.1.4.1.1.104.3":  records.RECORD_CLASS_IMAGING,
		"1.2.826.0.1.3680043.9.7.1.88.1": records.RECORD_CLASS_IMAGING,
	} {
		o := sample().with(text(tag.SOPClassUID, "UI", sop)).without(tag.PixelData)
		require.Equal(t, want, itemOf(t, encoding{}.file(o)).Class, sop)
	}
}

func TestDetect(t *testing.T) {
	long := sample().with(text(tag.SpecificCharacterSet, "UT", strings.Repeat("x", 5000)))
	one := object{text(tag.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.2")}
	for name, row := range map[string]struct {
		head []byte
		name string
		want string
	}{
		"a file":                  {encoding{}.file(sample()), "", "DICM"},
		"bare explicit":           {encoding{bare: true}.file(sample()), "", "without a preamble"},
		"bare implicit":           {encoding{bare: true, implicit: true}.file(sample()), "x.pdf", "without a preamble"},
		"bare big":                {encoding{bare: true, big: true}.file(sample()), "", "without a preamble"},
		"bare with group lengths": {encoding{bare: true, implicit: true, groupLengths: true}.file(sample()), "", "without a preamble"},
		"no preamble":             {encoding{}.file(sample())[preamble+4:], "", "without a preamble"},
		"one element, named":      {encoding{bare: true, implicit: true}.file(one), "A B.DCM", "the name"},
		"one element past a head": {encoding{bare: true, implicit: true}.file(long)[:format.HeadSize], "a.dcm", "the name"},
		"one element":             {encoding{bare: true, implicit: true}.file(one), "a.bin", ""},
		"text":                    {[]byte("MSH|^~\\&|DICM"), "a.dcm", ""},
		"JSON":                    {[]byte(`{"resourceType":"Bundle"}`), "a.dcm", ""},
		"zeros":                   {make([]byte, format.HeadSize), "a.dcm", ""},
		"a lone tag":              {[]byte{8, 0, 5, 0}, "a.dcm", ""},
		"nothing":                 {nil, "a.dcm", ""},
	} {
		t.Run(name, func(t *testing.T) {
			why, ok := New().Detect(row.head[:min(len(row.head), format.HeadSize)], row.name)
			require.Equal(t, row.want != "", ok, why)
			require.Contains(t, why, row.want)
		})
	}
}
