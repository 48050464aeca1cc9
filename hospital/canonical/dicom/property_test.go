package dicom

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"
	"pgregory.net/rapid"
)

// pool are the tags that random objects are made of, with the VR they have or,
// if they are private, may have.
var pool = []field{
	{tag: tag.SpecificCharacterSet, vr: "CS"},
	{tag: tag.ReferringPhysicianName, vr: "PN"},
	{tag: tag.CodeValue, vr: "SH"},
	{tag: tag.ProcedureCodeSequence, vr: "SQ"},
	{tag: tag.AcquisitionDateTime, vr: "DT"},
	{tag: tag.PatientComments, vr: "LT"},
	{tag: tag.EchoTime, vr: "DS"},
	{tag: tag.AcquisitionMatrix, vr: "US"},
	{tag: tag.FrameIncrementPointer, vr: "AT"},
	{tag: tag.SmallestImagePixelValue, vr: "SS"},
	{tag: tag.LargestImagePixelValue, vr: "US"},
	{tag: tag.ICCProfile, vr: "OB"},
	{tag: tag.RedPaletteColorLookupTableData, vr: "OW"},
	{tag: tag.RequestAttributesSequence, vr: "SQ"},
	{tag: tag.RealWorldValueSlope, vr: "FD"},
	{tag: tag.ReferencedContentItemIdentifier, vr: "UL"},
	{tag: tag.WaveformData, vr: "OW"},
	{tag: tag.PointCoordinatesData, vr: "OF"},
	{tag: tag.SelectorUVValue, vr: "UV"},
	{tag: tag.Tag{Group: 0x6004, Element: 0x3000}, vr: "OW"},
	{tag: private(0x1001), vr: "LO"},
	{tag: private(0x1002), vr: "SS"},
	{tag: private(0x1003), vr: "UL"},
	{tag: private(0x1004), vr: "SQ"},
	{tag: private(0x1005), vr: "OB"},
	{tag: private(0x1006), vr: "FD"},
	{tag: private(0x1007), vr: "SQ"},
	{tag: private(0x1008), vr: "UN"},
	{tag: tag.Tag{Group: 0x0008, Element: 0x7776}, vr: "LO"},
	{tag: tag.Tag{Group: 0x0008, Element: 0x7778}, vr: "SQ"},
}

// drawObject makes a random object that is depth levels of sequences deep.
func drawObject(t *rapid.T, depth int) object {
	var o object
	for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 0, 8, func(f field) tag.Tag { return f.tag }).Draw(t, "fields") {
		switch {
		case f.vr == "SQ" && depth == 0:
			continue
		case f.vr == "SQ":
			for range rapid.IntRange(0, 3).Draw(t, "items") {
				f.items = append(f.items, drawObject(t, depth-1))
			}
		default:
			f.value = drawValue(t, f.vr)
		}
		o = append(o, f)
	}
	slices.SortFunc(o, func(a, b field) int { return a.tag.Compare(b.tag) })
	return o
}

func drawValue(t *rapid.T, vr string) []byte {
	form := forms[vr]
	if form.pad == ' ' {
		return padded(rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "text"), ' ')
	}
	width := max(form.width, 2)
	n := rapid.IntRange(0, 6).Draw(t, "values") * width
	return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "bytes")
}

func drawEncoding(t *rapid.T) encoding {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	c := encoding{undefined: flag("undefined"), groupLengths: flag("group lengths"), padding: flag("padding"), reverse: flag("reverse")}
	switch rapid.IntRange(0, 3).Draw(t, "syntax") {
	case 1:
		c.implicit = true
	case 2:
		c.big = true
	case 3:
		c.deflated = true
	}
	return c
}

func TestAnyEncodingKeepsTheDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawObject(t, 3)
		a, b := drawEncoding(t), drawEncoding(t)
		require.Equal(t, canonical(t, Dataset, a.file(o)), canonical(t, Dataset, b.file(o)))
		once := canonical(t, Dataset, append(slices.Clone(encoding{}.file(nil)), canonical(t, Dataset, a.file(o))...))
		require.Equal(t, once, canonical(t, Dataset, a.file(o)), "the canonical form is not its own")
	})
}

// leaves are all values of an object, however deep.
func leaves(o object) []*field {
	var all []*field
	for i := range o {
		if o[i].vr != "SQ" {
			all = append(all, &o[i])
		}
		for _, item := range o[i].items {
			all = append(all, leaves(item)...)
		}
	}
	return all
}

func TestAnyChangeOfOneValueChangesTheDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, c := drawObject(t, 3), drawEncoding(t)
		all := leaves(o)
		if len(all) == 0 {
			return
		}
		before := canonical(t, Dataset, c.file(o))
		leaf := rapid.SampledFrom(all).Draw(t, "leaf")
		switch at := rapid.IntRange(0, max(0, len(leaf.value)-1)).Draw(t, "at"); {
		case len(leaf.value) == 0:
			leaf.value = []byte("12345678")[:max(2, forms[leaf.vr].width)]
		case forms[leaf.vr].pad == ' ':
			leaf.value = padded("#"+string(leaf.value), ' ')
		default:
			leaf.value[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		}
		require.NotEqual(t, before, canonical(t, Dataset, drawEncoding(t).file(o)), fmt.Sprint(leaf.tag))
	})
}

func TestDemographicsNeverReachTheImage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		noise := drawObject(t, 2)
		var demographics []field
		for _, f := range noise {
			if !isSigned(f.tag) && f.tag != private(0x1001) {
				demographics = append(demographics, f)
			}
		}
		demographics = append(demographics, text(tag.PatientName, "PN", rapid.StringMatching(`[A-Z^]{1,20}`).Draw(t, "name")+"^Edited"))
		before, after := drawEncoding(t).file(sample()), drawEncoding(t).file(sample().with(demographics...))
		require.Equal(t, canonical(t, Image, before), canonical(t, Image, after))
		require.NotEqual(t, canonical(t, Dataset, before), canonical(t, Dataset, after))
	})
}
