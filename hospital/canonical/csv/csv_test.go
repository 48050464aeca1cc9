package csv

import (
	stdcsv "encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func form(t require.TestingT, raw string) string {
	return string(formattest.Canonical(t, New(), profile, []byte(raw)))
}

const base = "id,name,note\n1,Jörg,\"a, \"\"b\"\"\"\n2,,\"x\ny\"\n"

func TestChangesOfWritingAreNotSeen(t *testing.T) {
	for name, other := range map[string]string{
		"CR LF":                  strings.ReplaceAll(base, "\n", "\r\n"),
		"no end of line":         strings.TrimSuffix(base, "\n"),
		"empty lines at the end": base + "\r\n\n",
		"byte order mark":        "\ufeff" + base,
		"quotes":                 strings.Replace(base, "id,name", `"id","name"`, 1),
		"quotes around nothing":  strings.Replace(base, "2,,", `2,"",`, 1),
		"itself":                 form(t, base),
	} {
		require.Equal(t, form(t, base), form(t, other), name)
	}
	require.Equal(t, "\"id\",\"name\",\"note\"\r\n\"1\",\"Jörg\",\"a, \"\"b\"\"\"\r\n\"2\",\"\",\"x\ny\"\r\n", form(t, base))
}

func TestChangesOfContentAreSeen(t *testing.T) {
	for name, change := range map[string][2]string{
		"character":        {"Jörg", "Jorg"},
		"number literal":   {"1,", "1.0,"},
		"space":            {"1,Jörg", "1, Jörg"},
		"space at the end": {"name", "name "},
		"field":            {"2,,", "2,0,"},
		"line end inside":  {"x\ny", "xy"},
		"order of rows":    {"id,name,note\n1,Jörg,\"a, \"\"b\"\"\"\n", "1,Jörg,\"a, \"\"b\"\"\"\nid,name,note\n"},
		"case":             {"id", "ID"},
		"other encoding":   {"ö", "\xf6"},
	} {
		require.Contains(t, base, change[0])
		require.NotEqual(t, form(t, base), form(t, strings.Replace(base, change[0], change[1], 1)), name)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for source, want := range map[string]string{
		"a,b\n1,2\n3\n":            "line 3 has another number of fields",
		"a,b\n1,\"x\ny\"\n\n":      "",
		"a,b\n1,\"x\ny\"\n3,4,5\n": "line 4 has another number of fields",
		"a,b\n\n1,2\n":             "line 2 is empty",
		"a\n\n1\n":                 "line 2 is empty",
		"\na,b\n":                  "line 1 is empty",
		"a,b\n1,x\"y\n":            "line 2, column 4: a quote",
		"a,b\n1,\"x\"y\n":          "line 2, column 5: a quote",
		"a,b\n1,\"x\n":             "a quote",
		"a,b\n1,\"" + strings.Repeat("x", 17<<20): "the row from line 2 is over 16777216 bytes",
	} {
		err := New().Canonical(io.Discard, profile, format.Bytes([]byte(source), ""))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, format.ErrInvalid, "%.40q", source)
		require.ErrorContains(t, err, want)
	}
}

func TestDetection(t *testing.T) {
	wide := strings.Repeat("a,b,\"c\nd\"\n", 600)[:format.HeadSize]
	for _, row := range []struct {
		head, name string
		want       bool
	}{
		{"a,b,c\n1,2,3\n4,5,6\n", "", true},
		{"\ufeffa,b,c\r\n1,2,3\r\n4,5,6", "report.txt", true},
		{wide, "", true},
		{wide[:format.HeadSize-3] + ",\"x", "", true},
		{"a\n1", "X.CSV", true},
		{"a,b\n1\n", "x.csv", true},
		{"a;b\n1,5;2,5\n", "x.csv", false},
		{"a\tb\n", "x.csv", false},
		{"a,b\n1,2\n3,4\n", "", false},
		{"a,b,c\n1,2,3\n", "", false},
		{"a,b,c\n1,2,3\n4,5\n", "", false},
		{"Dear Sir,\nas agreed, we, and you, met.\nYours, N.\n", "letter.txt", false},
		{"a,b,c\n1,\x00,3\n4,5,6\n", "x.csv", false},
		{"{\"a\":1,\"b\":2,\"c\":3}\n", "x.csv", false},
		{"", "x.csv", false},
	} {
		why, ok := New().Detect([]byte(row.head), row.name)
		require.Equal(t, row.want, ok, "%.30q %s", row.head, row.name)
		require.True(t, !ok || why != "")
	}
}

func TestTheFormSaysWhatTheTableSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		field := rapid.StringMatching(`[a-z0-9 ",\n\r;é]{0,6}`).Filter(func(s string) bool { return !strings.Contains(s, "\r\n") })
		table := rapid.SliceOfN(rapid.SliceOfN(field, columns, columns), 1, 6).Draw(t, "table")
		var plain, crlf strings.Builder
		for out, useCRLF := range map[*strings.Builder]bool{&plain: false, &crlf: true} {
			w := stdcsv.NewWriter(out)
			w.UseCRLF = useCRLF
			for _, row := range table {
				if columns == 1 && row[0] == "" {
					row = []string{"x"} // the library writes it as an empty line
				}
				require.NoError(t, w.Write(row))
			}
			w.Flush()
		}
		if !strings.Contains(plain.String(), "\r") { // which UseCRLF would drop
			require.Equal(t, form(t, plain.String()), form(t, crlf.String()))
		}
		back, err := stdcsv.NewReader(strings.NewReader(form(t, plain.String()))).ReadAll()
		require.NoError(t, err)
		want, err := stdcsv.NewReader(strings.NewReader(plain.String())).ReadAll()
		require.NoError(t, err)
		require.Equal(t, want, back)
	})
}

func FuzzItems(f *testing.F) {
	for _, body := range formattest.Files(f) {
		f.Add(body)
	}
	f.Add([]byte("a,\"\r\r\n\"\r\r\n"))
	f.Add([]byte("a\rb,c\r"))
	f.Fuzz(func(t *testing.T, body []byte) { formattest.Laws(t, New(), body, true) })
}

// BenchmarkCanonical writes a table of eight short columns.
func BenchmarkCanonical(b *testing.B) {
	body := []byte(strings.Repeat("4711,2026-03-01,718-7,Hemoglobin,7.20,g/dL,final,\"a, b\"\n", 200_000))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		require.NoError(b, New().Canonical(io.Discard, profile, format.Bytes(body, "")))
	}
}
