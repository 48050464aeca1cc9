package dicom

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

func TestEveryEncodingOfAnObjectHasOneDigest(t *testing.T) {
	want := map[string]string{}
	for _, profile := range New().Profiles() {
		want[profile] = digest(t, profile, encoding{}.file(sample()))
	}
	require.NotEqual(t, want[Dataset], want[Image])
	for name, c := range encodings {
		t.Run(name, func(t *testing.T) {
			for profile, d := range want {
				require.Equal(t, d, digest(t, profile, c.file(sample())), profile)
			}
			require.Equal(t, []string{Image}, itemOf(t, c.file(sample())).Also)
		})
	}
}

// The canonical form is itself an object: the explicit little endian data set.
func TestACanonicalFormIsItsOwnCanonicalForm(t *testing.T) {
	once := canonical(t, Dataset, encoding{big: true}.file(sample()))
	require.Equal(t, once, canonical(t, Dataset, once))
	require.True(t, bytes.HasPrefix(once, []byte("\x08\x00\x05\x00CS\x0a\x00ISO_IR 192")))
}

func TestWhatMustNotAlterTheDigest(t *testing.T) {
	base := sample()
	want := digest(t, Dataset, encoding{}.file(base))
	pixels := base[len(base)-2]
	for name, o := range map[string]object{
		"text padded with zero":          base.with(field{tag: tag.PatientID, vr: "LO", value: []byte("4711\x00\x00")}),
		"text padded with spaces":        base.with(field{tag: tag.PatientID, vr: "LO", value: []byte("4711  ")}),
		"UI padded with a space":         base.with(field{tag: tag.SOPInstanceUID, vr: "UI", value: []byte("2.25.100001 ")}),
		"an odd length":                  base.with(field{tag: tag.SOPInstanceUID, vr: "UI", value: []byte("2.25.100001")}),
		"another VR stated":              base.with(field{tag: tag.SmallestImagePixelValue, vr: "US", value: []byte{0xFE, 0xFF}}),
		"UN stated of a known tag":       base.with(field{tag: tag.PatientID, vr: "UN", value: []byte("4711")}),
		"OB stated of pixels":            base.with(field{tag: tag.PixelData, vr: "OB", value: pixels.value}),
		"another VR of a private value":  base.with(field{tag: private(0x1001), vr: "ST", value: []byte("private text")}),
		"a private sequence stated UN":   base.with(field{tag: private(0x1004), vr: "UN", value: encoding{implicit: true}.items(base[32].items)}),
		"a known sequence stated UN":     base.with(field{tag: tag.ProcedureCodeSequence, vr: "UN", value: encoding{implicit: true}.items(base[9].items)}),
		"a private sequence stated OB":   base.with(field{tag: private(0x1004), vr: "OB", value: encoding{implicit: true, undefined: true}.items(base[32].items)}),
		"an empty private value":         base.with(field{tag: private(0x1008), vr: "LO"}),
		"the length of what follows":     base.with(field{tag: tag.LengthToEnd, vr: "UL", value: []byte{1, 2, 3, 4}}),
		"a private group length":         base.with(field{tag: private(0), vr: "UL", value: []byte{9, 9, 9, 9}}),
		"trailing padding in the middle": base.with(field{tag: tag.DataSetTrailingPadding, vr: "OB", value: make([]byte, 2)}),
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, want, digest(t, Dataset, encoding{}.file(o)))
		})
	}
	require.Equal(t, private(0x1004), base[32].tag)
	require.Equal(t, tag.ProcedureCodeSequence, base[9].tag)
}

func TestWhatMustAlterTheDigest(t *testing.T) {
	base := sample()
	code := base[9].items[0]
	seen := map[string]string{digest(t, Dataset, encoding{}.file(base)): "the sample"}
	for name, o := range map[string]object{
		"a name":                       base.with(text(tag.PatientName, "PN", "Other^Example")),
		"a leading space":              base.with(text(tag.PatientID, "LO", " 4711")),
		"a space inside":               base.with(field{tag: tag.EchoTime, vr: "DS", value: []byte(`1.5 \2`)}),
		"the character set":            base.with(text(tag.SpecificCharacterSet, "CS", "ISO_IR 100")),
		"an element less":              base.without(tag.PatientBirthDate),
		"an element more":              base.with(text(tag.PatientSex, "CS", "O")),
		"a tag":                        base.without(tag.PatientID).with(text(tag.AccessionNumber, "SH", "4711")),
		"an item more":                 base.with(sequence(tag.ProcedureCodeSequence, code, code)),
		"an empty item more":           base.with(sequence(tag.ProcedureCodeSequence, code, object{})),
		"no item":                      base.with(sequence(tag.ProcedureCodeSequence)),
		"the order of items":           base.with(sequence(tag.RequestAttributesSequence, object{}, base[34].items[0])),
		"a pixel":                      base.with(field{tag: tag.PixelData, vr: "OW", value: make([]byte, 24)}),
		"a private value":              base.with(field{tag: private(0x1003), vr: "FD", value: []byte{1, 2, 3, 4, 5, 6, 7, 9}}),
		"a private padding":            base.with(field{tag: private(0x1001), vr: "LO", value: []byte("private text  ")}),
		"deep in a private sequence":   base.with(sequence(private(0x1004), base[32].items[0][:1])),
		"the order of bytes":           base.with(field{tag: private(0x1002), vr: "US", value: []byte{2, 1, 4, 3, 6, 5, 8, 7, 10, 9}}),
		"an element after the pixels":  base.with(text(tag.Tag{Group: 0x7FE1, Element: 0x0010}, "LO", "afterwards")),
		"an overlay of another number": base.without(tag.Tag{Group: 0x6002, Element: 0x3000}).with(field{tag: tag.Tag{Group: 0x6004, Element: 0x3000}, vr: "OW", value: []byte{0x15, 0x2A}}),
	} {
		d := digest(t, Dataset, encoding{}.file(o))
		require.NotContains(t, seen, d, name)
		seen[d] = name
	}
}

func TestALongValueOfAShortVRIsUN(t *testing.T) {
	long := bytes.Repeat([]byte("a"), shortLimit+2)
	o := sample().with(field{tag: tag.ImageComments, vr: "UN", value: long})
	b := canonical(t, Dataset, encoding{}.file(o))
	require.Contains(t, string(b), "\x20\x00\x00\x40UN\x00\x00\x00\x00\x01\x00aaaa")
	require.Equal(t, b, canonical(t, Dataset, encoding{implicit: true}.file(o)))
}

func TestATagThatStandsTwiceIsRefused(t *testing.T) {
	twice := append(sample(), text(tag.PatientID, "LO", "0815"), text(tag.PatientID, "LO", "0816"))
	apart := append(sample(), text(tag.PatientID, "LO", "0815"))
	for _, o := range []object{twice, apart} {
		err := New().Canonical(&bytes.Buffer{}, Dataset, format.Bytes(encoding{}.file(o), ""))
		require.ErrorIs(t, err, format.ErrInvalid)
		require.ErrorContains(t, err, "(0010,0020)")
		require.NotContains(t, err.Error(), "0815")
	}
}

func TestLargeValuesOutOfOrderAreReadAgain(t *testing.T) {
	big := make([]byte, againFrom)
	for i := range len(big) / 4 {
		binary.LittleEndian.PutUint32(big[4*i:], uint32(i))
	}
	waveform := object{text(tag.WaveformOriginality, "CS", "ORIGINAL"), {tag: tag.WaveformData, vr: "OW", value: big}}
	o := sample().with(sequence(tag.WaveformSequence, waveform), field{tag: tag.PixelData, vr: "OW", value: big})
	want := digest(t, Dataset, encoding{}.file(o))
	for name, c := range encodings {
		require.Equal(t, want, digest(t, Dataset, c.file(o)), name)
	}
}
