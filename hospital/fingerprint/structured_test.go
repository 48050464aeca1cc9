package fingerprint

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// shared returns the sources of a folder of ../shared/data beside the checkout;
// without it the test is skipped.
func shared(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", pattern))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("no real files %s in ../shared/data beside the checkout", pattern)
	}
	var out []string
	for _, path := range files {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		out = append(out, string(b))
	}
	return out
}

// nearest returns the largest similarity and part of each sketch with another
// one.
func nearest(t *testing.T, prints []Text) (similarity, part float64) {
	t.Helper()
	for i, a := range prints {
		for _, b := range prints[i+1:] {
			o := overlap(t, a, b)
			similarity, part = max(similarity, o.Similarity), max(part, o.OfFirst, o.OfSecond)
		}
	}
	return similarity, part
}

func TestARealPatientIsFoundUnderOtherNumbersAndOthersAreNot(t *testing.T) {
	uuid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	bundles := shared(t, "fhir-r4/*.json")[:12]
	var prints []Text
	lowest := 1.0
	for n, bundle := range bundles {
		prints = append(prints, sketchOf(t, "fhir-json/1", bundle))
		renumbered := uuid.ReplaceAllStringFunc(bundle, func(old string) string { return fmt.Sprintf("%08x%s", n, old[8:]) })
		o := overlap(t, prints[n], sketchOf(t, "fhir-json/1", renumbered))
		lowest = min(lowest, o.Similarity)
	}
	similarity, part := nearest(t, prints)
	t.Logf("%d bundles: renumbered copies are similar by %.2f or more; two patients by %.3f or less, and one has up to %.3f of another", len(bundles), lowest, similarity, part)
	require.Greater(t, lowest, 0.9)
	require.Less(t, similarity, 0.3)
}

func TestARealDocumentIsFoundUnderOtherNumbers(t *testing.T) {
	root := regexp.MustCompile(`<id root="[^"]*"`)
	var prints []Text
	for _, document := range shared(t, "ccda/*.xml") {
		original := sketchOf(t, "cda-c14n/1", document)
		prints = append(prints, original)
		other := root.ReplaceAllString(strings.ReplaceAll(document, "\n", "\n   "), `<id root="2.999.1"`)
		require.Greater(t, overlap(t, original, sketchOf(t, "cda-c14n/1", other)).Similarity, 0.95)
	}
	similarity, part := nearest(t, prints)
	t.Logf("%d documents: two are similar by %.3f or less, and one has up to %.3f of another", len(prints), similarity, part)
	require.Less(t, similarity, 0.9)
}

// observations are the results of a patient, who does not exist.
func observations(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 6))
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"collection","entry":[`)
	for n := range 60 {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"fullUrl":"urn:uuid:%d","resource":{"resourceType":"Observation","id":"%d","meta":{"versionId":"%d"},"status":"final",`+
			`"code":{"coding":[{"system":"http://loinc.org","code":"%d-%d"}]},"effectiveDateTime":"20%02d-%02d-%02dT%02d:10:00Z",`+
			`"valueQuantity":{"value":%.1f,"unit":"mg/dL"}}}`,
			r.Uint32(), r.Uint32(), n, 1000+r.IntN(9000), r.IntN(10), r.IntN(25), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), 100*r.Float64())
	}
	return b.String() + "]}"
}

func TestAResourceCountsAloneAndInABundle(t *testing.T) {
	bundle := observations(1)
	var alone []string
	for _, entry := range strings.Split(bundle, `"resource":`)[1:] {
		alone = append(alone, entry[:strings.LastIndex(entry, `"unit":"mg/dL"}}`)+len(`"unit":"mg/dL"}}`)])
	}
	require.Len(t, alone, 60)
	o := overlap(t, sketchOf(t, "fhir-json/1", bundle), sketchOf(t, "fhir-json/1", alone...))
	require.Equal(t, 1.0, o.OfSecond)
	require.Greater(t, o.OfFirst, 0.99, "what is more is of the bundle itself")
	require.Less(t, overlap(t, sketchOf(t, "fhir-json/1", bundle), sketchOf(t, "fhir-json/1", observations(2))).Similarity, 0.1)
}

func TestAMessageIsFoundAfterAnInterfaceEngine(t *testing.T) {
	message := func(seed uint64, head string) string {
		r := rand.New(rand.NewPCG(seed, 7))
		lines := []string{head, fmt.Sprintf("PID|1||%d^^^H||Doe^J||19%02d0101|F", r.IntN(1e6), r.IntN(99))}
		for n := range 40 {
			lines = append(lines, fmt.Sprintf("OBX|%d|NM|%d-1^Test^LN||%d|mg/dL|||||F|||2024%04d", n+1, r.IntN(9000), r.IntN(300), r.IntN(1e4)))
		}
		return strings.Join(lines, "\r")
	}
	const head = `MSH|^~\&|LAB|H|EHR|H|20240102101500||ORU^R01|1|P|2.5`
	original := sketchOf(t, "hl7v2-er7/1", message(1, head))
	restamped := strings.ReplaceAll(message(1, `MSH|^~\&|ENGINE|X|Y|Z|20250102101500||ORU^R01|99|P|2.5`), "\r", "\n")
	require.Equal(t, 1.0, overlap(t, original, sketchOf(t, "hl7v2-er7/1", restamped)).Similarity)
	require.Less(t, overlap(t, original, sketchOf(t, "hl7v2-er7/1", message(2, head))).Similarity, 0.1)
}

func TestWhatHasNoFingerprintIsRefused(t *testing.T) {
	for name, row := range map[string]struct{ profile, source, says string }{
		"an image":            {"dicom-image/1", "", "can be compared"},
		"an unknown profile":  {"csv/2", "a,b\n", "csv/1"},
		"binary":              {"raw/1", "%PDF\x00\x01", "neither table nor text"},
		"another charset":     {"raw/1", "na\xefve", "neither table nor text"},
		"an uneven table":     {"csv/1", "a,b\n1\n", "number of fields"},
		"half a resource":     {"fhir-json/1", `{"resourceType":"Patient"`, "JSON ends"},
		"no message":          {"hl7v2-er7/1", "PID|1", "MSH"},
		"no document":         {"cda-c14n/1", "<a>", ""},
		"not variants":        {"vcf/1", "chr1\t1\n", ""},
		"nothing":             {"raw/1", "", "nothing in it"},
		"too small a text":    {"raw/1", "one two three four five six", "fewer than 32"},
		"too small a table":   {"csv/1", "a,b,c\n1,2,3\n", "fewer than 32"},
		"empty cells, no row": {"csv/1", "\"\",\"\"\n", "fewer than 32"},
	} {
		s, err := NewSketcher(testKey)
		require.NoError(t, err)
		if err = s.Add(row.profile, format.Bytes([]byte(row.source), "")); err == nil {
			_, err = s.Text()
		}
		require.ErrorContains(t, err, row.says, name)
		if !strings.Contains(name, "image") && !strings.Contains(name, "profile") {
			require.ErrorIs(t, err, format.ErrInvalid, name)
		}
	}
	_, err := NewSketcher(testKey[:31])
	require.ErrorContains(t, err, "31 bytes")
}

func TestTheKeyDecidesAllHashes(t *testing.T) {
	text := written(table(1, 100))
	other, err := NewSketcher(make([]byte, KeySize))
	require.NoError(t, err)
	require.NoError(t, other.Add("csv/1", format.Bytes([]byte(text), "")))
	a := sketchOf(t, "csv/1", text)
	b, err := other.Text()
	require.NoError(t, err)
	_, err = Compare(a, b)
	require.ErrorIs(t, err, ErrOtherKey)
	b.key = a.key
	require.Zero(t, overlap(t, a, b).Similarity)
}
