package cda_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/cda"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

func TestBadDocumentsAreRefused(t *testing.T) {
	const open, shut = `<ClinicalDocument xmlns="urn:hl7-org:v3">`, `</ClinicalDocument>`
	in := func(inner string) string { return "\n" + open + "\nZebedee " + inner + shut }
	for text, want := range map[string]string{
		"":                                     "line 1: not well-formed",
		open:                                   "line 1: not well-formed",
		in("<a></b>"):                          "line 3: an end tag",
		in("") + "</a>":                        "line 3: an end tag",
		in("") + "<a/>":                        "a second root",
		in("") + "Zebedee":                     "text beside the root",
		in("&Zebedee;"):                        "line 3: not well-formed",
		in("&#xD83D;"):                         "near line 2: a reference to half",
		in("&#000055357;"):                     "near line 2: a reference to half",
		in("&#xD83D;&#xDE00;"):                 "near line 2: a reference to half",
		in("\x01"):                             "line 3: invalid UTF-8",
		in("\xff"):                             "line 3: invalid UTF-8",
		in("\ufffe"):                           "line 3: invalid UTF-8",
		in("&#1;"):                             "line 3: not well-formed",
		in(`<a Zebedee="1" Zebedee="2"/>`):     "line 3: an attribute given twice",
		in(`<a xmlns:p="u:1" xmlns:p="u:1"/>`): "declared twice",
		in(`<a xmlns:p="u:1" xmlns:q="u:1" p:b="" q:b=""/>`): "an attribute given twice",
		in(`<Zebedee:a/>`):                      "prefix that is not declared",
		in(`<a Zebedee:b=""/>`):                 "prefix that is not declared",
		in(`<b xmlns:p="u:1"/><p:a/>`):          "prefix that is not declared",
		in(`<a xmlns:p=""/>`):                   "empty namespace",
		in(`<a xmlns:p="zebedee"/>`):            "relative reference",
		in(`<a xmlns:xml="u:1"/>`):              "reserved",
		in(`<a xmlns:xmlns="u:1"/>`):            "reserved",
		in(`<a :b="1"/>`):                       "colon",
		in("<?xml version='1.0'?>"):             "an XML declaration that is not at the start",
		in("<![CDATA[ Zebedee"):                 "not well-formed",
		in("<!-- Zebedee"):                      "not well-formed",
		in("<a b='<'/>"):                        "not well-formed",
		in("]]>"):                               "not well-formed",
		strings.Repeat("<a>", 300):              "root element is not ClinicalDocument",
		in(strings.Repeat("<a>", cda.MaxDepth)): "deeper than 256",
		"<ClinicalDocument/>":                   "root element is not ClinicalDocument",
		"<!DOCTYPE ClinicalDocument [<!ENTITY e 'Zebedee'>]>" + in("&e;"): "document type declaration",
		"<?xml version='1.1'?>" + in(""):                                  "not an XML declaration of version 1.0",
		"<?xml version='1.0' encoding='EUC-JP'?>" + in(""):                "an encoding other than",
		"<?xml version='1.0' encoding='UTF-16'?>" + in(""):                "an encoding other than",
		"\ufeff<?xml version='1.0' encoding='ISO-8859-1'?>" + in(""):      "another encoding than utf-8",
		"<?xml version='1.0' encoding='US-ASCII'?>" + in("é"):             "over 127",
		"<?xml version='1.0' encoding='windows-1252'?>" + in("\x81"):      "no characters",
		"\xff\xfe<\x00C\x00\x00\xd8":                                      "no characters",
		"\xff\xfe<\x00C":                                                  "no characters",
	} {
		_, err := canonical(text)
		require.ErrorIs(t, err, format.ErrInvalid, text)
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, strings.ToLower(err.Error()), "zebedee")
		_, err = items(text)
		require.ErrorContains(t, err, want, text)
	}
}

func TestAnUnknownProfileIsNamed(t *testing.T) {
	err := cda.New().Canonical(io.Discard, "cda-c14n/2", format.Bytes(nil, ""))
	require.ErrorContains(t, err, `"cda-c14n/2"`)
	require.NotErrorIs(t, err, format.ErrInvalid)
}

func TestADocumentOverTheLimitIsRefused(t *testing.T) {
	_, err := canonical(strings.Repeat(" ", cda.MaxSize+1))
	var large *format.TooLargeError
	require.ErrorAs(t, err, &large)
	require.EqualValues(t, cda.MaxSize, large.Limit)
}

func TestDetectLooksAtTheRootElement(t *testing.T) {
	const root = `<ClinicalDocument classCode="DOCCLIN" xmlns="urn:hl7-org:v3">`
	long := "<!--" + strings.Repeat("x", format.HeadSize)
	utf16 := func(s string) string { return "\xff\xfe" + strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	for text, want := range map[string]bool{
		root: true,
		"\ufeff<?xml version='1.0'?>\r\n<?p?><!-- <a> -->\n" + root: true,
		"<!DOCTYPE ClinicalDocument [<!ENTITY a 'b'>]>" + root:      true,
		`<c:ClinicalDocument xmlns:c='urn:hl7-org:v3'/>`:            true,
		utf16(root): true,
		strings.Repeat(" ", format.HeadSize-20) + root[:20]:                true,
		`<ClinicalDocument xmlns="urn:other">`:                             false,
		`<c:ClinicalDocument xmlns="urn:hl7-org:v3">`:                      false,
		`<ClinicalDocuments xmlns="urn:hl7-org:v3">`:                       false,
		`<Bundle xmlns="http://hl7.org/fhir"><!--` + root + `--></Bundle>`: false,
		"<!--" + root: false,
		"":            false,
		long:          false,
		"{}":          false,
	} {
		why, ok := cda.New().Detect([]byte(text)[:min(len(text), format.HeadSize)], "x.xml")
		require.Equal(t, want, ok, text)
		require.Equal(t, want, why != "", text)
	}
	_, ok := cda.New().Detect([]byte(long)[:format.HeadSize], "X.CDA")
	require.True(t, ok)
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestAFullDiskIsNotBlamedOnTheDocument(t *testing.T) {
	err := cda.New().Canonical(full{}, cda.Profile, format.Bytes([]byte(read(t, "document.xml")), ""))
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.NotErrorIs(t, err, format.ErrInvalid)
}
