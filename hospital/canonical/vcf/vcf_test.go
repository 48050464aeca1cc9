package vcf_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
	"github.com/dmdl-network/dmdl/hospital/canonical/vcf"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
	text    = "##fileformat=VCFv4.3\n##source=sample\n" + columns + "\tFORMAT\tSYNTH-000417\n" +
		"20\t14370\t.\tG\tA\t29\tPASS\tNS=1\tGT\t0|1\n20\t17330\t.\tT\tA\t3\tq10\tNS=1\tGT\t0|0\n"
)

func canonical(b string) (string, error) {
	var out bytes.Buffer
	err := vcf.New().Canonical(&out, vcf.Profile, format.Bytes([]byte(b), ""))
	return out.String(), err
}

func item(b string) (found format.Item, err error) {
	for found, err = range vcf.New().Items(format.Bytes([]byte(b), "")) {
		break
	}
	return found, err
}

// zip compresses into members of at most size bytes.
func zip(t require.TestingT, b string, size int) string {
	var out bytes.Buffer
	for len(b) > 0 {
		n := min(size, len(b))
		w := gzip.NewWriter(&out)
		_, err := io.WriteString(w, b[:n])
		require.NoError(t, err)
		require.NoError(t, w.Close())
		b = b[n:]
	}
	return out.String()
}

func TestTheVectors(t *testing.T) { formattest.Vectors(t, vcf.New()) }

func FuzzAnyBytesKeepTheLaws(f *testing.F) {
	for _, body := range formattest.Files(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) { formattest.Laws(t, vcf.New(), body, true) })
}

func TestFormsOfOneTextHaveOneCanonicalForm(t *testing.T) {
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	for name, other := range map[string]string{
		"CRLF":             crlf,
		"mixed line ends":  strings.Replace(text, "\n", "\r\n", 2),
		"BOM":              "\ufeff" + crlf,
		"no last line end": strings.TrimSuffix(text, "\n"),
		"gzip":             zip(t, text, 1<<20),
		"many members":     zip(t, crlf, 7),
		"gzip with BOM":    zip(t, "\ufeff"+text, 50),
	} {
		got, err := canonical(other)
		require.NoError(t, err, name)
		require.Equal(t, text, got, name)
	}
}

func TestEveryOtherChangeIsSeen(t *testing.T) {
	lines := strings.SplitAfter(text, "\n")
	for name, other := range map[string]string{
		"order of lines":  lines[0] + lines[1] + lines[2] + lines[4] + lines[3],
		"header line":     strings.Replace(text, "##source=sample\n", "", 1),
		"genotype":        strings.Replace(text, "0|1", "1|0", 1),
		"number literal":  strings.Replace(text, "\t29\t", "\t29.0\t", 1),
		"white space":     strings.Replace(text, "PASS", "PASS ", 1),
		"empty last line": text + "\n",
	} {
		got, err := canonical(other)
		require.NoError(t, err, name)
		require.NotEqual(t, text, got, name)
	}
}

func TestLineEndsAndBlocksMakeNoDifference(t *testing.T) {
	cell := rapid.StringMatching(`[A-Za-z0-9.|/;=]{0,12}`)
	rapid.Check(t, func(rt *rapid.T) {
		want := strings.TrimSuffix(text, "\n")
		got := want
		for range rapid.IntRange(0, 40).Draw(rt, "lines") {
			line := strings.Join(rapid.SliceOfN(cell, 10, 10).Draw(rt, "line"), "\t")
			if rapid.IntRange(0, 9).Draw(rt, "long") == 0 {
				line += strings.Repeat("A", 200_000)
			}
			want += "\n" + line
			got += rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(rt, "end") + line
		}
		if rapid.Bool().Draw(rt, "zip") {
			got = zip(rt, got, rapid.IntRange(50_000, 500_000).Draw(rt, "member"))
		}
		out, err := canonical(got)
		require.NoError(rt, err)
		require.True(rt, want+"\n" == out)
	})
}

func TestTheVariantsOfOneSampleAreSomebodysAndOthersADataset(t *testing.T) {
	one, err := item(text)
	require.NoError(t, err)
	require.Empty(t, one.Patient, "a sample is no patient")
	require.Equal(t, records.RECORD_CLASS_GENOMICS, one.Class)
	require.Equal(t, "VCFv4.3", one.Kind)
	require.Equal(t, vcf.Profile, one.Profile)
	for _, names := range []string{"", "\tFORMAT", "\tFORMAT\tSYNTH-000417\tSYNTH-000418"} {
		many, err := item("##fileformat=VCFv4.4\r\n" + columns + names + "\r\n")
		require.NoError(t, err)
		require.Empty(t, many.Patient)
		require.Equal(t, records.RECORD_CLASS_DATASET, many.Class)
		require.Equal(t, "VCFv4.4", many.Kind)
	}
}

func TestBadFilesAreRefusedWithTheirLine(t *testing.T) {
	const first = "##fileformat=VCFv4.2\n"
	zipped := zip(t, text, 1<<20)
	for other, want := range map[string]string{
		"":                             "line 1: the text ends before",
		"##fileformat=VCFv3.3\n":       "line 1: it does not declare",
		"##fileformat=VCFv4.zebedee\n": "line 1: it does not declare",
		first:                          "line 2: the text ends before",
		first + "zebedee\n":            "line 2: neither",
		first + columns[:20] + "\n":    "line 2: the columns are not",
		first + strings.ReplaceAll(columns, "\t", " "): "line 2: the columns are not",
		first + columns + "\tzebedee\n":                "line 2: column 9",
		first + columns + "\tFORMAT\tzebedee\tzebedee": "line 2: column 11",
		first + columns + "\tFORMAT\t\n":               "line 2: column 10",
		text + "zebedee\n":                             "line 6: 1 columns where the header has 10",
		text + "\n\n" + text[len(text)-20:]:            "line 6: empty",
		strings.Replace(text, "\n20", "\r20", 1):       "line 3: a carriage return",
		strings.Replace(text, "20\t1", "\r20\t1", 1):   "line 4: a carriage return",
		text + "\r\r\n":                                "line 6: a carriage return",
		zipped[:len(zipped)-9]:                         "gzip stream is damaged",
		zipped[:5]:                                     "gzip stream is damaged",
		zipped[:30] + "zebedee" + zipped[37:]:          "gzip stream is damaged",
		zipped + "zebedee":                             "gzip stream is damaged",
	} {
		_, err := canonical(other)
		require.ErrorIs(t, err, format.ErrInvalid, other)
		require.ErrorContains(t, err, want, other)
		require.NotContains(t, strings.ToLower(err.Error()), "zebedee")
	}
	_, err := item(first + "zebedee\n")
	require.ErrorIs(t, err, format.ErrInvalid)
	err = vcf.New().Canonical(io.Discard, "vcf/2", format.Bytes(nil, ""))
	require.ErrorContains(t, err, `"vcf/2"`)
}

func TestDetectWantsADeclaredVersion4(t *testing.T) {
	for head, want := range map[string]bool{
		text: true, "\ufeff##fileformat=VCFv4.1\r\n": true,
		"": false, "##fileformat=VCFv4.3": false, "##fileformat=VCFv3.3\n": false, columns + "\n": false,
	} {
		why, ok := vcf.New().Detect([]byte(head), "x.vcf")
		require.Equal(t, want, ok, head)
		require.Equal(t, want, why != "")
	}
}

// broken fails after the header, or when it is closed over.
type broken struct{ err error }

func (b broken) Name() string { return "" }
func (b broken) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader(text), b)), nil
}
func (b broken) Read([]byte) (int, error)  { return 0, b.err }
func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestAFailingDiskIsNotBlamedOnTheFile(t *testing.T) {
	disk := errors.New("disk failed")
	err := vcf.New().Canonical(io.Discard, vcf.Profile, broken{disk})
	require.ErrorIs(t, err, disk)
	require.NotErrorIs(t, err, format.ErrInvalid)
	require.ErrorIs(t, vcf.New().Canonical(broken{disk}, vcf.Profile, format.Bytes([]byte(text), "")), disk)
}

func BenchmarkCanonical(b *testing.B) {
	body := strings.Repeat("20\t14370\trs6054257\tG\tA\t29\tPASS\tNS=3;DP=14;AF=0.5\tGT:GQ:DP\t0|0:48:1\n", 1<<18)
	src := format.Bytes([]byte(text+body), "")
	b.SetBytes(int64(len(text) + len(body)))
	for b.Loop() {
		if err := vcf.New().Canonical(io.Discard, vcf.Profile, src); err != nil {
			b.Fatal(err)
		}
	}
}
