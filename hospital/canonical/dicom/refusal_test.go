package dicom

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// after is a file of one good element and then raw bytes.
func after(c encoding, raw ...byte) []byte {
	return append(c.file(object{text(tag.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.2")}), raw...)
}

// nested is a sequence in a sequence, depth times.
func nested(depth int) field {
	f := sequence(tag.ProcedureCodeSequence, object{text(tag.CodeValue, "SH", "1")})
	for range depth - 1 {
		f = sequence(tag.ProcedureCodeSequence, object{f})
	}
	return f
}

func TestWhatIsRefused(t *testing.T) {
	explicit, implicit := encoding{}, encoding{implicit: true}
	whole := explicit.file(sample())
	deflated := encoding{deflated: true}.file(sample())
	for name, row := range map[string]struct {
		file []byte
		want []string
	}{
		"truncated in the pixels":    {whole[:len(whole)-30], []string{"(7fe0,0010)", "truncated"}},
		"truncated in a header":      {after(explicit, 0x10, 0, 0x20, 0, 'L'), []string{"(0010,0020)", "truncated"}},
		"truncated deflated":         {deflated[:len(deflated)-40], []string{"truncated"}},
		"damaged deflated":           {append(slices.Clone(deflated[:250]), bytes.Repeat([]byte{0xFF}, 60)...), []string{"damaged"}},
		"a VR that is none":          {after(explicit, 0x10, 0, 0x20, 0, 'Z', 'Z', 2, 0, '4', '7'), []string{"(0010,0020) at offset", "no value representation"}},
		"a length over the rest":     {after(implicit, 0x10, 0, 0x20, 0, 0xFE, 0xFF, 0xFF, 0xFF, '4'), []string{"(0010,0020)", "length is wrong"}},
		"a length over the item":     {after(implicit, 0x08, 0, 0x32, 0x10, 18, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 10, 0, 0, 0, 0x08, 0, 0, 1, 4, 0, 0, 0, 'A', 'B'), []string{"(0008,0100)", "says 4 bytes, 2 are left"}},
		"an item over the sequence":  {after(implicit, 0x08, 0, 0x32, 0x10, 8, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 10, 0, 0, 0), []string{"(fffe,e000)", "says 10 bytes, 0 are left"}},
		"undefined length of text":   {after(implicit, 0x10, 0, 0x20, 0, 0xFF, 0xFF, 0xFF, 0xFF), []string{"(0010,0020)", "undefined length"}},
		"undefined group length":     {after(implicit, 0x10, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF), []string{"(0010,0000)", "undefined length"}},
		"no item in a sequence":      {after(implicit, 0x08, 0, 0x32, 0x10, 8, 0, 0, 0, 0x08, 0, 0, 1, 0, 0, 0, 0), []string{"(0008,0100)", "item"}},
		"a delimiter with a length":  {after(implicit, 0x08, 0, 0x32, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xDD, 0xE0, 4, 0, 0, 0), []string{"(fffe,e0dd)", "length of 4"}},
		"a delimiter out of place":   {after(implicit, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0), []string{"(fffe,e0dd)", "not of a data set"}},
		"a command element":          {after(implicit, 0, 0, 2, 0, 0, 0, 0, 0), []string{"(0000,0002)", "not of a data set"}},
		"no multiple of the value":   {after(encoding{big: true}, 0, 0x28, 0, 0x10, 'U', 'S', 0, 3, 1, 2, 3), []string{"(0028,0010)", "no multiple"}},
		"a fragment without length":  {explicit.header(after(explicit), field{tag: tag.PixelData, vr: "OB"}, undefined), []string{"truncated"}},
		"too deep":                   {explicit.file(object{nested(maxDepth + 1)}), []string{"(0008,1032)", "64"}},
		"a private transfer syntax":  {encoding{syntax: "1.2.840.113619.5.2"}.file(sample()), []string{"transfer syntax (0002,0010)", "raw/1"}},
		"a tag twice, apart":         {append(explicit.file(sample()), explicit.field(nil, text(tag.PatientID, "LO", "0815"))...), []string{"(0010,0020)", "twice"}},
		"no SOP class":               {explicit.file(sample().without(tag.SOPClassUID)), []string{"(0008,0016)"}},
		"a DICOMDIR":                 {explicit.file(object{text(tag.FileSetID, "CS", "DISC")}), []string{"DICOMDIR", "ingest the files"}},
		"a DICOMDIR by its sequence": {explicit.file(object{sequence(tag.DirectoryRecordSequence)}), []string{"DICOMDIR"}},
		"nothing":                    {nil, []string{"(0008,0016)"}},
	} {
		t.Run(name, func(t *testing.T) {
			for it, err := range New().Items(format.Bytes(row.file, "Example^Patient.dcm")) {
				require.ErrorIs(t, err, format.ErrInvalid)
				require.Equal(t, format.Item{}, it)
				for _, part := range row.want {
					require.ErrorContains(t, err, part)
				}
				require.NotContains(t, err.Error(), "Example")
			}
		})
	}
	require.Equal(t, "1.2.840.10008.5.1.4.1.1.2", itemOf(t, explicit.file(sample().with(nested(maxDepth)))).Kind)
}

func TestNothingIsWrittenOfAMalformedObject(t *testing.T) {
	whole := encoding{}.file(sample())
	for _, profile := range New().Profiles() {
		var b bytes.Buffer
		require.ErrorIs(t, New().Canonical(&b, profile, format.Bytes(whole[:len(whole)-30], "")), format.ErrInvalid)
		require.Empty(t, b.Bytes())
	}
	require.ErrorContains(t, New().Canonical(io.Discard, "dicom/9", format.Bytes(whole, "")), "dicom/9")
	require.ErrorIs(t, New().Canonical(io.Discard, Image, format.Bytes(encoding{}.file(sample().without(tag.PixelData)), "")), format.ErrInvalid)
}

var errBroken = errors.New("disk on fire")

// broken fails after some bytes.
type broken struct {
	format.Source
	after int64
}

func (b broken) Open() (io.ReadCloser, error) {
	r, err := b.Source.Open()
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, b.after), failing{}), r}, err
}

type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, errBroken }
func (failing) Write([]byte) (int, error) { return 0, errBroken }

func TestAnErrorOfTheDiskIsNotTheObjects(t *testing.T) {
	src := format.Bytes(encoding{}.file(sample()), "")
	for _, at := range []int64{0, 140, 400, 1000} {
		for _, err := range New().Items(broken{src, at}) {
			require.ErrorIs(t, err, errBroken)
			require.NotErrorIs(t, err, format.ErrInvalid)
		}
	}
	require.ErrorIs(t, New().Canonical(failing{}, Dataset, src), errBroken)
}
