package fingerprint

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	dcm "github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/frame"
	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// attributes are of a DICOM object that a test makes.
type attributes map[tag.Tag]any

// object returns the source of a DICOM image of frames, with these attributes in
// place of those of 16 bits.
func object(t *testing.T, width, height int, frames []*frame.Frame, other attributes) format.Source {
	t.Helper()
	all := attributes{
		tag.MediaStorageSOPClassUID: []string{"1.2.840.10008.5.1.4.1.1.4"}, tag.MediaStorageSOPInstanceUID: []string{"2.25.1"},
		tag.TransferSyntaxUID: []string{uid.ExplicitVRLittleEndian}, tag.SOPClassUID: []string{"1.2.840.10008.5.1.4.1.1.4"},
		tag.SOPInstanceUID: []string{"2.25.1"}, tag.SamplesPerPixel: []int{1}, tag.PhotometricInterpretation: []string{"MONOCHROME2"},
		tag.NumberOfFrames: []string{fmt.Sprint(len(frames))}, tag.Rows: []int{height}, tag.Columns: []int{width},
		tag.BitsAllocated: []int{16}, tag.BitsStored: []int{16}, tag.HighBit: []int{15}, tag.PixelRepresentation: []int{0},
	}
	if len(frames) > 0 {
		all[tag.PixelData] = dcm.PixelDataInfo{Frames: frames, IsEncapsulated: frames[0].Encapsulated}
	}
	maps.Copy(all, other)
	var set dcm.Dataset
	for name, value := range all {
		element, err := dcm.NewElement(name, value)
		require.NoError(t, err)
		if name == tag.PixelData && frames[0].Encapsulated {
			element.ValueLength = tag.VLUndefinedLength
		}
		set.Elements = append(set.Elements, element)
	}
	slices.SortFunc(set.Elements, func(a, b *dcm.Element) int {
		return cmp.Or(cmp.Compare(a.Tag.Group, b.Tag.Group), cmp.Compare(a.Tag.Element, b.Tag.Element))
	})
	var out bytes.Buffer
	require.NoError(t, dcm.Write(&out, set))
	return format.Bytes(out.Bytes(), "")
}

// native returns a frame of these values, mapped.
func native[V uint8 | uint16](r raster, samples int, value func(uint16) V) *frame.Frame {
	f := frame.NewNativeFrame[V](8, r.height, r.width, r.width*r.height, samples)
	if any(V(0)) == any(uint16(0)) {
		f.InternalBitsPerSample = 16
	}
	for i := range f.RawData {
		f.RawData[i] = value(r.values[i/samples])
	}
	return &frame.Frame{NativeData: f}
}

func same(v uint16) uint16 { return v }

// prints returns the fingerprints of a source, which must have that many.
func prints(t *testing.T, src format.Source, count int) []Image {
	t.Helper()
	var out []Image
	for f, err := range OfFrames(src) {
		require.NoError(t, err)
		out = append(out, f)
	}
	require.Len(t, out, count)
	return out
}

// picture returns a raster as Go's library has images.
func picture(r raster) *image.Gray16 {
	out := image.NewGray16(image.Rect(0, 0, r.width, r.height))
	for i, v := range r.values {
		out.SetGray16(i%r.width, i/r.width, color.Gray16{Y: v})
	}
	return out
}

func TestEncodingsOfOneImageHaveOneFingerprint(t *testing.T) {
	p := newPatient(3)
	r := p.slice(6)
	want, err := fingerprint(r)
	require.NoError(t, err)
	f, err := fingerprint(grey(picture(r)))
	require.NoError(t, err)
	require.Equal(t, want, f)

	eight := func(v uint16) uint8 { return uint8(min(v/5, 255)) }
	bytewise := attributes{tag.BitsAllocated: []int{8}, tag.BitsStored: []int{8}, tag.HighBit: []int{7}}
	rgb := maps.Clone(bytewise)
	rgb[tag.SamplesPerPixel], rgb[tag.PhotometricInterpretation] = []int{3}, []string{"RGB"}
	rgb[tag.PlanarConfiguration] = []int{0}
	outside := func(v uint16) uint16 { return cmp.Or(v/16*16, 63536) } // -2000 where there is nothing
	for name, row := range map[string]struct {
		frame  *frame.Frame
		other  attributes
		within int
	}{
		"as it is":      {native(r, 1, same), nil, 0},
		"implicit VR":   {native(r, 1, same), attributes{tag.TransferSyntaxUID: []string{uid.ImplicitVRLittleEndian}}, 0},
		"big endian":    {native(r, 1, same), attributes{tag.TransferSyntaxUID: []string{uid.ExplicitVRBigEndian}}, 0},
		"turned around": {native(r, 1, func(v uint16) uint16 { return 65535 - v }), attributes{tag.PhotometricInterpretation: []string{"MONOCHROME1"}}, 0},
		"signed":        {native(r, 1, func(v uint16) uint16 { return v - 1024 }), attributes{tag.PixelRepresentation: []int{1}}, 0},
		"high bits": {
			native(r, 1, func(v uint16) uint16 { return v<<4 | v&15 }),
			attributes{tag.BitsStored: []int{12}, tag.HighBit: []int{15}},
			0,
		},
		"8 bits": {native(r, 1, eight), bytewise, 16},
		"RGB":    {native(r, 3, eight), rgb, 16},
		"padded": {native(r, 1, outside), attributes{tag.PixelRepresentation: []int{1}, tag.PixelPaddingValue: []int{63536}}, 24},
	} {
		f := prints(t, object(t, r.width, r.height, []*frame.Frame{row.frame}, row.other), 1)[0]
		require.LessOrEqual(t, want.Distance(f), row.within, name)
		require.GreaterOrEqual(t, want.Similarity(f), 1-float64(row.within)/128, name)
	}
}

func TestEachFrameHasAFingerprint(t *testing.T) {
	p := newPatient(4)
	var frames, lossy []*frame.Frame
	var want []Image
	for n := range 4 {
		r := p.slice(3 * n)
		f, err := fingerprint(r)
		require.NoError(t, err)
		want = append(want, f)
		frames = append(frames, native(r, 1, same))
		grey := image.NewGray(image.Rect(0, 0, r.width, r.height))
		for i, v := range r.values {
			grey.Pix[i] = uint8(min(v/5, 255))
		}
		var b bytes.Buffer
		require.NoError(t, jpeg.Encode(&b, grey, &jpeg.Options{Quality: 80}))
		b.Write(make([]byte, b.Len()%2))
		lossy = append(lossy, &frame.Frame{Encapsulated: true, EncapsulatedData: frame.EncapsulatedFrame{Data: b.Bytes()}})
	}
	require.Equal(t, want, prints(t, object(t, phantomWidth, phantomHeight, frames, nil), 4))
	jpegs := object(t, phantomWidth, phantomHeight, lossy, attributes{tag.TransferSyntaxUID: []string{"1.2.840.10008.1.2.4.50"}})
	for n, f := range prints(t, jpegs, 4) {
		require.LessOrEqual(t, want[n].Distance(f), 24)
		require.Greater(t, want[(n+1)%4].Distance(f), ImageDistance)
	}
	for range OfFrames(jpegs) {
		break // whoever wants no more frames may stop
	}
}

func TestAFrameThatShowsNothingLeavesTheOthers(t *testing.T) {
	p := newPatient(5)
	r := p.slice(5)
	blank := raster{width: r.width, height: r.height, values: make([]uint16, len(r.values))}
	var found, blanks int
	for _, err := range OfFrames(object(t, r.width, r.height, []*frame.Frame{native(blank, 1, same), native(r, 1, same), native(blank, 1, same)}, nil)) {
		if err == nil {
			found++
			continue
		}
		require.ErrorIs(t, err, ErrBlank)
		require.ErrorContains(t, err, fmt.Sprintf("frame %d", 1+found+blanks))
		blanks++
	}
	require.Equal(t, []int{1, 2}, []int{found, blanks})
}

func TestAnImageThatCannotBeReadIsRefused(t *testing.T) {
	p := newPatient(6)
	r := p.slice(5)
	small := raster{width: 31, height: 200, values: make([]uint16, 31*200)}
	tiny := raster{width: 32, height: 32, values: make([]uint16, 32*32)}
	one := []*frame.Frame{native(r, 1, same)}
	many := slices.Repeat([]*frame.Frame{native(tiny, 1, same)}, MaxFrames+1)
	damaged := []*frame.Frame{{Encapsulated: true, EncapsulatedData: frame.EncapsulatedFrame{Data: []byte("no JPEG.")}}}
	baseline := attributes{tag.TransferSyntaxUID: []string{"1.2.840.10008.1.2.4.50"}}
	for name, row := range map[string]struct {
		src  format.Source
		says string
	}{
		"no DICOM":        {format.Bytes([]byte("nothing of the kind, I fear"), ""), ""},
		"no pixels":       {object(t, 0, 0, nil, nil), "no pixel data"},
		"too small":       {object(t, 31, 200, []*frame.Frame{native(small, 1, same)}, nil), "31 by 200"},
		"palette":         {object(t, r.width, r.height, one, attributes{tag.PhotometricInterpretation: []string{"PALETTE COLOR"}}), "photometric"},
		"too many bits":   {object(t, r.width, r.height, one, attributes{tag.BitsStored: []int{17}}), "17 bits"},
		"too many frames": {object(t, 32, 32, many, nil), "more than 4096"},
		"damaged JPEG":    {object(t, r.width, r.height, damaged, baseline), "cannot be decoded"},
		"JPEG 2000":       {object(t, r.width, r.height, damaged, attributes{tag.TransferSyntaxUID: []string{"1.2.840.10008.1.2.4.90"}}), "compressed"},
	} {
		var last error
		for _, last = range OfFrames(row.src) {
		}
		require.ErrorIs(t, last, format.ErrInvalid, name)
		require.NotErrorIs(t, last, ErrBlank, name)
		require.ErrorContains(t, last, row.says, name)
	}
}

func TestTheMethodNeverChanges(t *testing.T) {
	f, err := fingerprint(strip(t, "colin27.png", 217)[18])
	require.NoError(t, err)
	b, err := f.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, "6aaddf6b68a163d880de58233a7d79e269356e2ad26341e55c312e657e5a2843", fmt.Sprintf("%x", b[len(imageHead):]))
	var numbers []byte
	for n := range 40 {
		numbers = fmt.Append(numbers, n, " ")
	}
	text := sketchOf(t, "raw/1", string(numbers))
	require.Equal(t, "81070db3f389a0bf d23bd0a8f9d6601 [b8a2ab0e fff1092d]", fmt.Sprintf("%x %x %x", text.key, text.low[0], text.mins[:2]))
}
