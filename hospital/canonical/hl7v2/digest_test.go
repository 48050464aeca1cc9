package hl7v2

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func form(t require.TestingT, raw string) string {
	return string(formattest.Canonical(t, New(), profile, []byte(raw)))
}

const base = "MSH|^~\\&|LAB|H|EHR|H|20260301120000||ORU^R01|M1|P|2.5\r" +
	"PID|1||4711^^^HOSP||Müller^Jörg|\r" +
	"OBX|1|TX|||two  spaces \\.br\\ escape|||\r"

func TestChangesOfTransportAreNotSeen(t *testing.T) {
	for name, other := range map[string]string{
		"LF":                   strings.ReplaceAll(base, "\r", "\n"),
		"CR LF":                strings.ReplaceAll(base, "\r", "\r\n"),
		"mixed ends":           strings.Replace(base, "\r", "\n", 1),
		"no end":               strings.TrimSuffix(base, "\r"),
		"empty lines at end":   base + "\r\n\r\n",
		"frame":                "\x0b" + base + "\x1c\r",
		"frame without end":    "\x0b" + strings.TrimSuffix(base, "\r") + "\x1c\r\n",
		"byte order mark":      "\ufeff" + base,
		"both":                 "\ufeff\x0b" + base + "\x1c\r",
		"envelope":             "FHS|^~\\&\rBHS|^~\\&\r" + base + "BTS|1\rFTS|1\r",
		"declared UTF-8":       declaring(base, "UNICODE UTF-8"),
		"declared Latin-1":     encoded(t, charmap.ISO8859_1.NewEncoder().String, declaring(base, "8859/1")),
		"declared by IANA":     encoded(t, charmap.Windows1252.NewEncoder().String, declaring(base, "windows-1252")),
		"declared GB 18030":    encoded(t, simplifiedchinese.GB18030.NewEncoder().String, declaring(base, "GB 18030-2000")),
		"separators after MSH": strings.Replace(base, "2.5\r", "2.5|||\r", 1),
	} {
		require.Equal(t, form(t, base), form(t, other), name)
	}
	require.Equal(t, base, form(t, base))
}

// In Big5 the second byte of a character may be a delimiter of HL7.
func TestDelimitersInsideOfCharactersAreNone(t *testing.T) {
	text := strings.Replace(base, "Müller^Jörg", "許功蓋^育", 1)
	big5 := encoded(t, traditionalchinese.Big5.NewEncoder().String, declaring(text, "BIG-5"))
	require.Contains(t, big5, "\xa5\\")
	require.Equal(t, form(t, text), form(t, big5))
}

func TestChangesOfContentAreSeen(t *testing.T) {
	for name, change := range map[string][2]string{
		"restamped time":           {"20260301120000", "20260301120001"},
		"restamped control id":     {"|M1|", "|M2|"},
		"a letter":                 {"Jörg", "Jorg"},
		"white space":              {"two  spaces", "two spaces"},
		"space at the end":         {"escape|||", "escape||| "},
		"trailing field separator": {"escape|||", "escape||"},
		"escape":                   {`\.br\`, `\.sp\`},
		"delimiter":                {"4711^^^HOSP", "4711^^HOSP"},
		"empty line inside":        {"\rPID", "\r\rPID"},
		"segment gone":             {"PID|1||4711^^^HOSP||Müller^Jörg|\r", ""},
	} {
		require.Contains(t, base, change[0])
		require.NotEqual(t, form(t, base), form(t, strings.Replace(base, change[0], change[1], 1)), name)
	}
	require.NotEqual(t, form(t, base), form(t, declaring(base, "8859/1")), "another character set for the same bytes")
}

func TestOneMessageHasOneFormHoweverItIsSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segments := []string{strings.TrimSuffix(strings.SplitAfter(base, "\r")[0], "\r")}
		// No name begins like those of the segments around messages: FHS, BHS, MSH, BTS, FTS.
		segments = append(segments, rapid.SliceOfN(rapid.StringMatching(`[AC-EG-LN-Z][A-Z]{2}(\|[ -~é-ü]{0,9}){1,5}x`), 1, 6).Draw(t, "segments")...)
		var sent strings.Builder
		for _, segment := range segments {
			sent.WriteString(segment + rapid.SampledFrom([]string{"\r", "\n", "\r\n"}).Draw(t, "end"))
		}
		want := strings.Join(segments, "\r") + "\r"
		require.Equal(t, want, form(t, sent.String()))
		require.Equal(t, want, form(t, "\x0b"+sent.String()+"\x1c\r"))
		require.Equal(t, want, form(t, "\ufeff"+want))
		latin, err := charmap.ISO8859_1.NewEncoder().String(declaring(sent.String(), "8859/1"))
		require.NoError(t, err)
		require.Equal(t, want, form(t, latin))
	})
}

// declaring returns a message with MSH-18 set.
func declaring(text, charset string) string {
	return strings.Replace(text, "|2.5", "|2.5||||||"+charset, 1)
}

func encoded(t *testing.T, encode func(string) (string, error), text string) string {
	t.Helper()
	out, err := encode(text)
	require.NoError(t, err)
	return out
}
