package canonical

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func zipped(t require.TestingT, body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// found returns the items of a source, and the errors in between.
func found(src format.Source) (items []format.Item, errs []error) {
	for item, err := range Items(src) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		items = append(items, item)
	}
	return items, errs
}

func read(t *testing.T, src format.Source) []byte {
	t.Helper()
	body, err := format.ReadAll(src, 1<<30)
	require.NoError(t, err)
	return body
}

// samples returns the test vectors of all formats by "format/file".
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("*", "testdata", "*.*"))
	require.NoError(t, err)
	files := make(map[string][]byte)
	for _, path := range paths {
		if name := filepath.Base(path); !strings.HasPrefix(name, "vectors.") {
			files[strings.Split(filepath.ToSlash(path), "/")[0]+"/"+name], err = os.ReadFile(path)
			require.NoError(t, err)
		}
	}
	return files
}

func TestEachVectorIsRecognisedByContentAlone(t *testing.T) {
	profiles := map[string][]string{"csv": {"csv/1"}, "raw": {"raw/1"}, "fhir": {"fhir-json/1"}, "hl7v2": {"hl7v2-er7/1"}, "cda": {"cda-c14n/1"}, "vcf": {"vcf/1"}, "dicom": {"dicom-dataset/1"}}
	for path, body := range samples(t) {
		folder, name, _ := strings.Cut(path, "/")
		if folder != "csv" { // a small table is known by its name only
			name = ""
		}
		items, errs := found(format.Bytes(body, name))
		require.Empty(t, errs, path)
		require.NotEmpty(t, items, path)
		for _, item := range items {
			require.Contains(t, profiles[folder], item.Profile, path)
			require.NotEmpty(t, item.Why, path)
		}
	}
}

func TestGzipIsLookedThrough(t *testing.T) {
	for path, body := range samples(t) {
		_, name, _ := strings.Cut(path, "/")
		plain, _ := found(format.Bytes(body, name))
		if plain[0].Profile == "raw/1" {
			continue
		}
		packed := zipped(t, body)
		if bytes.HasPrefix(body, gzipMagic) {
			continue // one layer is looked through, not two
		}
		items, errs := found(format.Bytes(packed, name+".GZ"))
		require.Empty(t, errs, path)
		require.Len(t, items, len(plain), path)
		for i, item := range items {
			require.Equal(t, "inside gzip: "+plain[i].Why, item.Why)
			for _, profile := range append(slices.Clone(item.Also), item.Profile) {
				want, err := Digest(profile, plain[i].Raw)
				require.NoError(t, err, path)
				got, err := Digest(profile, item.Raw)
				require.NoError(t, err, path)
				require.Equal(t, want, got, path)
			}
			if item.Locator == "" {
				require.Equal(t, packed, read(t, item.Raw), "the whole source keeps its own bytes")
			} else {
				require.Equal(t, read(t, plain[i].Raw), read(t, item.Raw))
			}
		}
	}
}

func TestGzipOfTheUnknownIsRawAsItIs(t *testing.T) {
	packed := zipped(t, []byte("%PDF-1.4 a letter"))
	for _, body := range [][]byte{packed, zipped(t, zipped(t, []byte(`{"resourceType":"Basic"}`))), zipped(t, []byte(`{"a":"`+strings.Repeat("b", 9000)+`"}`))} {
		items, errs := found(format.Bytes(body, "letter.pdf.gz"))
		require.Empty(t, errs)
		require.Equal(t, "raw/1", items[0].Profile)
		require.Equal(t, "application/x-gzip", items[0].Kind)
		require.Equal(t, body, read(t, items[0].Raw))
		digest, err := Digest("raw/1", items[0].Raw)
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(body), digest)
	}
}

func TestJSONWithoutAResourceIsRaw(t *testing.T) {
	items, errs := found(format.Bytes([]byte(`{"settings":"`+strings.Repeat("x", format.HeadSize)+`"}`), "settings.json"))
	require.Empty(t, errs)
	require.Equal(t, "raw/1", items[0].Profile)
}

func TestWhatIsRefusedStillHasADigestAsRaw(t *testing.T) {
	broken := []byte(`{"resourceType":"Patient"`)
	for _, body := range [][]byte{broken, append(gzipMagic, "broken"...)} {
		_, errs := found(format.Bytes(body, ""))
		require.Len(t, errs, 1)
		digest, err := Digest("raw/1", format.Bytes(body, ""))
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(body), digest)
	}
}

func TestWhatIsRefused(t *testing.T) {
	bomb := zipped(t, make([]byte, 2*maxFree))
	cut := zipped(t, samples(t)["fhir/observation.json"])
	for name, row := range map[string]struct {
		body []byte
		want string
	}{
		"empty":        {nil, "there is nothing in it"},
		"empty inside": {zipped(t, nil), "there is nothing in it"},
		"cut off":      {cut[:len(cut)-9], "damaged or cut off"},
		"damaged":      {append(slices.Clone(cut[:20]), make([]byte, 40)...), "the gzip stream is damaged"},
		"no gzip":      {append(slices.Clone(gzipMagic), 0xff), "damaged or cut off"},
	} {
		_, errs := found(format.Bytes(row.body, ""))
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], format.ErrInvalid, name)
		require.ErrorContains(t, errs[0], row.want, name)
	}
	inside, err := (&gunzip{format.Bytes(bomb, "")}).Open()
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, inside)
	require.ErrorIs(t, err, format.ErrInvalid)
	require.ErrorContains(t, err, "expands more than 250 times")
	require.Less(t, n, int64(2*maxFree))
}

func TestNoErrorNamesTheFile(t *testing.T) {
	gone := format.File(filepath.Join(t.TempDir(), "mustermann.json"), "mustermann.json")
	_, errs := found(gone)
	_, digestErr := Digest("raw/1", gone)
	for _, err := range append(errs, digestErr) {
		require.ErrorIs(t, err, os.ErrNotExist)
		require.NotContains(t, err.Error(), "mustermann")
	}
}

func TestAnUnknownProfileNamesTheKnown(t *testing.T) {
	_, err := Digest("fhir-json/9", format.Bytes([]byte("x"), ""))
	require.ErrorContains(t, err, `"fhir-json/9"`)
	for _, profile := range Profiles() {
		require.ErrorContains(t, err, profile)
	}
	require.Equal(t, "raw/1", Profiles()[len(Profiles())-1])
}

func TestNoFormatPanicsOnAnyBytes(t *testing.T) {
	bodies := samples(t)
	names := make([]string, 0, len(bodies))
	for name := range bodies {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		body := slices.Clone(bodies[rapid.SampledFrom(names).Draw(t, "sample")])
		body = body[:rapid.IntRange(0, len(body)).Draw(t, "length")]
		for range rapid.IntRange(0, 5).Draw(t, "flips") {
			if len(body) > 0 {
				body[rapid.IntRange(0, len(body)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		}
		for _, f := range formats {
			formattest.Laws(t, f, body, false)
		}
		for _, src := range []format.Source{format.Bytes(body, ""), format.Bytes(zipped(t, body), "")} {
			for item, err := range Items(src) {
				if err == nil {
					require.Contains(t, Profiles(), item.Profile)
				}
			}
		}
	})
}
