package cda_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/dmdl-network/dmdl/hospital/canonical/cda"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
	"github.com/dmdl-network/dmdl/x/records"
)

func read(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	return string(b)
}

func canonical(text string) (string, error) {
	var out bytes.Buffer
	err := cda.New().Canonical(&out, cda.Profile, format.Bytes([]byte(text), ""))
	return out.String(), err
}

func items(text string) (list []format.Item, err error) {
	for item, e := range cda.New().Items(format.Bytes([]byte(text), "")) {
		if e != nil {
			return list, e
		}
		list = append(list, item)
	}
	return list, nil
}

func TestTheCanonicalFormIsThatOfTheVector(t *testing.T) {
	text := read(t, "document.xml")
	got, err := canonical(text)
	require.NoError(t, err)
	require.Equal(t, read(t, "document.c14n"), got)
	require.Equal(t, strings.ReplaceAll(read(t, "document.xml"), "\r", ""), text, "the source was written to")
}

func TestTheVectors(t *testing.T) { formattest.Vectors(t, cda.New()) }

func TestAnItemSaysWhatTheHeaderSays(t *testing.T) {
	list, err := items(read(t, "document.xml"))
	require.NoError(t, err)
	require.Len(t, list, 1)
	item := list[0]
	require.NotNil(t, item.Raw)
	item.Raw = nil
	require.Equal(t, format.Item{
		Profile: "cda-c14n/1", Kind: "ClinicalDocument/34133-9", Class: records.RECORD_CLASS_DOCUMENT,
		Patient: "2.16.840.1.113883.19.5|SYNTH-000417", Occurred: "20240229101112+0100",
		Codes:  []string{"http://loinc.org|34133-9"},
		Labels: []string{"http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R"},
	}, item)
}

func TestASectionsConfidentialityIsALabelOfTheDocument(t *testing.T) {
	const system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	section := `<section><confidentialityCode code="V" codeSystem="2.16.840.1.113883.5.25"/></section>`
	list, err := items(strings.Replace(read(t, "document.xml"), "<empty    />", section+section, 1))
	require.NoError(t, err)
	require.Equal(t, []string{system + "|R", system + "|V"}, list[0].Labels)
}

func TestSeveralRecordTargetsAreNoted(t *testing.T) {
	text := read(t, "document.xml")
	_, after, _ := strings.Cut(text, "<recordTarget>")
	target, _, _ := strings.Cut(after, "</recordTarget>")
	second := "<recordTarget>" + strings.ReplaceAll(target, "SYNTH-000417", "SYNTH-000418") + "</recordTarget><component>"
	list, err := items(strings.Replace(text, "<component>", second, 1))
	require.NoError(t, err)
	require.Equal(t, "2.16.840.1.113883.19.5|SYNTH-000417", list[0].Patient)
	require.Len(t, list[0].Notes, 1)
}

func TestWhatTheProfileDoesNotSee(t *testing.T) {
	text := read(t, "document.xml")
	want, err := canonical(text)
	require.NoError(t, err)
	for name, other := range map[string]string{
		"CRLF":              strings.ReplaceAll(text, "\n", "\r\n"),
		"CR":                strings.ReplaceAll(text, "\n", "\r"),
		"BOM":               "\ufeff" + text,
		"no declaration":    text[strings.Index(text, "?>")+3:],
		"comment":           strings.Replace(text, "<code ", "<!-- new --><code ", 1),
		"order":             strings.Replace(text, `classCode = "DOCCLIN" moodCode="EVN"`, `moodCode="EVN" classCode="DOCCLIN"`, 1),
		"quotes":            strings.Replace(text, `"EVN"`, `'EVN'`, 1),
		"reference":         strings.Replace(text, "Zo&#xEB;", "Zoë", 1),
		"CDATA":             strings.Replace(text, "a &lt; b", "<![CDATA[a < b]]>", 1),
		"empty element":     strings.Replace(text, "<empty    />", "<empty></empty>", 1),
		"redundant binding": strings.Replace(text, "<empty ", `<empty xmlns="urn:hl7-org:v3" `, 1),
		"tab in a value":    strings.Replace(text, "two\nlines", "two\tlines", 1),
		"outer white space": text + "\n \n",
		"ISO-8859-1":        recode(t, text, "ISO-8859-1", charmap.ISO8859_1),
		"ISO-8859-15":       recode(t, text, "iso-8859-15", charmap.ISO8859_15),
		"windows-1252":      recode(t, text, "windows-1252", charmap.Windows1252),
		"UTF-16LE":          recode(t, text, "UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)),
		"UTF-16BE, no BOM":  recode(t, text, "UTF-16", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)),
	} {
		require.NotEqual(t, text, other, name)
		got, err := canonical(other)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
}

// recode writes the character reference out, declares and encodes.
func recode(t *testing.T, text, name string, e encoding.Encoding) string {
	t.Helper()
	text = strings.Replace(text, "&#xEB;", "ë", 1)
	text, err := e.NewEncoder().String(strings.Replace(text, `"UTF-8"`, `"`+name+`"`, 1))
	require.NoError(t, err)
	return text
}

func TestWhatTheProfileSees(t *testing.T) {
	text := read(t, "document.xml")
	seen := map[string]string{}
	first, err := canonical(text)
	require.NoError(t, err)
	seen[first] = "itself"
	for name, other := range map[string]string{
		"value":                strings.Replace(text, `"EVN"`, `"EVN "`, 1),
		"text":                 strings.Replace(text, "O'Sample", "O'sample", 1),
		"indentation":          strings.Replace(text, "\t<empty", " <empty", 1),
		"prefix":               strings.ReplaceAll(text, "voc", "cov"),
		"order of elements":    strings.Replace(text, "<given>Zo&#xEB;</given><family>", "<family>Zo&#xEB;</family><family>", 1),
		"stylesheet":           strings.Replace(text, "CDA.xsl", "CDB.xsl", 1),
		"instruction after":    strings.Replace(text, "<?after the root?>", "", 1),
		"unused binding":       strings.Replace(text, "<empty ", `<empty xmlns:n="urn:n" `, 1),
		"line end in a value":  strings.Replace(text, "two\nlines", "two&#10;lines", 1),
		"composed character":   strings.Replace(text, "Zo&#xEB;", "Zoe\u0308", 1),
		"attribute left out":   strings.Replace(text, ` moodCode="EVN"`, "", 1),
		"attribute's prefix":   strings.Replace(text, `sdtc:a="1"`, `a="1"`, 1),
		"language":             strings.Replace(text, "xml:lang='en'", "xml:lang='de'", 1),
		"carriage return kept": strings.Replace(text, "end&#13;", "end\r", 1),
	} {
		got, err := canonical(other)
		require.NoError(t, err, name)
		require.Empty(t, seen[got], name)
		seen[got] = name
	}
}
