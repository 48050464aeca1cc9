package hl7v2

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
	"github.com/dmdl-network/dmdl/x/records"
)

// found returns the items of a source, and the errors in between as text.
func found(source string) (items []format.Item, refusals []string) {
	for item, err := range New().Items(format.Bytes([]byte(source), "")) {
		if err != nil {
			refusals = append(refusals, err.Error())
			continue
		}
		items = append(items, item)
	}
	return items, refusals
}

func header(kind string) string { return "MSH|^~\\&|A|B|C|D|20260301||" + kind + "|M1|P|2.5\r" }

func TestAMessageSaysWhatItIs(t *testing.T) {
	source := header("MDM^T02^MDM_T02") + "EVN|T02|20260228\rPID|||7^^^H&1.2&ISO~8^^^X\rOBR|1|||c^text^LN|||20260227^m\rTXA|1|||||||||||||||||V\r"
	items, refusals := found(source)
	require.Empty(t, refusals)
	require.Equal(t, []format.Item{{
		Raw: items[0].Raw, Profile: "hl7v2-er7/1", Kind: "MDM^T02", Class: records.RECORD_CLASS_DOCUMENT, Patient: "H&1.2&ISO|7",
		Occurred: "20260227", Codes: []string{"LN|c"}, Labels: []string{"HL70272|V"}, Notes: []string{restamped},
	}}, items)
}

func TestClassesPatientsAndTimes(t *testing.T) {
	for source, want := range map[string]format.Item{
		header("ORU^R01") + "PID|||1":                    {Kind: "ORU^R01", Class: records.RECORD_CLASS_RESULT, Patient: "|1", Occurred: "20260301"},
		header("ADT^A01") + "EVN||2025\rPID||2":          {Kind: "ADT^A01", Class: records.RECORD_CLASS_ADMINISTRATIVE, Patient: "|2", Occurred: "2025"},
		header("VXU^V04") + "PID|||1\rRXA|||||5^f^CVX":   {Kind: "VXU^V04", Class: records.RECORD_CLASS_THERAPY, Patient: "|1", Occurred: "20260301", Codes: []string{"CVX|5"}},
		header("ZZZ") + "PID|||1":                        {Kind: "ZZZ", Class: records.RECORD_CLASS_DOCUMENT, Patient: "|1", Occurred: "20260301"},
		header("") + "PID|||":                            {Kind: "HL7v2", Class: records.RECORD_CLASS_DOCUMENT, Occurred: "20260301"},
		header("ORU^R01") + "PID|||1\rPID|||2":           {Kind: "ORU^R01", Class: records.RECORD_CLASS_RESULT, Occurred: "20260301"},
		header("ORU^R01") + "PID|||1\rPID|||1":           {Kind: "ORU^R01", Class: records.RECORD_CLASS_RESULT, Patient: "|1", Occurred: "20260301"},
		header("MFN^M02") + "PIX|||1":                    {Kind: "MFN^M02", Class: records.RECORD_CLASS_DATASET, Occurred: "20260301"},
		"MSH#@~\\&#A#B#C#D#2026##ORM@O01\rPID###1@@@H\r": {Kind: "ORM^O01", Class: records.RECORD_CLASS_THERAPY, Patient: "H|1", Occurred: "2026"},
	} {
		items, refusals := found(source)
		require.Empty(t, refusals, source)
		got := items[0]
		require.Equal(t, want, format.Item{Kind: got.Kind, Class: got.Class, Patient: got.Patient, Occurred: got.Occurred, Codes: got.Codes}, source)
	}
}

func TestFramesAndBatchesGiveOneRecordAMessage(t *testing.T) {
	one, other := header("ORU^R01")+"PID|||1\r", header("ADT^A01")+"PID|||2\r"
	for _, source := range []string{
		one + other,
		"\x0b" + one + "\x1c\r\x0b" + other + "\x1c\r",
		"\ufeff\x0b" + one + "\x1c\r\n\n\x0b" + other + "\x1c\r\n",
		"FHS|^~\\&|A\nBHS|^~\\&|A\r\n" + one + other + "BTS|2\rFTS|1",
	} {
		items, refusals := found(source)
		require.Empty(t, refusals)
		require.Len(t, items, 2)
		require.Equal(t, "message[1]", items[1].Locator)
		require.Equal(t, "|2", items[1].Patient)
		raw, err := format.ReadAll(items[1].Raw, 1<<20)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSuffix(other, "\r"), string(raw))
	}
}

func TestABadMessageDoesNotStopTheOthers(t *testing.T) {
	items, refusals := found(header("A") + "PID|\xff\r" + header("B"))
	require.Len(t, refusals, 1)
	require.Contains(t, refusals[0], "message[0]: not valid: not UTF-8")
	require.Equal(t, "message[1]", items[0].Locator)
}

func TestWhatIsRefused(t *testing.T) {
	for source, want := range map[string]string{
		"":                                        "no MSH segment",
		"FHS|^~\\&\rFTS|0\r":                      "no MSH segment",
		"PID|1\r" + header("A"):                   "text outside of any message at byte 0",
		header("A") + "\x1cPID|1":                 "text between MLLP frames",
		header("A") + "\x1c\rPID|1":               "text outside of any message",
		header("A") + "PID|\xff":                  "not UTF-8",
		declaring(base, "KLINGON"):                "a character set that hl7v2-er7/1 does not read",
		declaring(base, "8859/1~8859/2"):          "cannot be read together",
		declaring(base, "GB 18030-2000") + "\xff": "not in the character set",
		declaring(base, "UTF-16"):                 "",
	} {
		_, refusals := found(source)
		require.Len(t, refusals, 1, source)
		require.Contains(t, refusals[0], want)
		require.NotContains(t, refusals[0], "KLINGON")
	}
}

func TestSeveralMessagesAreNoRecord(t *testing.T) {
	err := New().Canonical(nil, profile, format.Bytes([]byte(header("A")+header("B")), ""))
	require.ErrorIs(t, err, format.ErrInvalid)
	require.ErrorContains(t, err, "2 messages")
}

func TestDetection(t *testing.T) {
	for source, want := range map[string]bool{
		header("A"):                       true,
		"\ufeff\x0b" + header("A"):        true,
		"\r\nFHS|^~\\&|x":                 true,
		"BHS|^~\\&#|x":                    true,
		"MSH|^~\\&":                       true,
		"MSHABCDEF":                       false,
		"MSH|A|B":                         false,
		"MSH":                             false,
		"PID|1||4711":                     false,
		"MSH,a,b,c\nthe msh of the heart": false,
	} {
		why, ok := New().Detect([]byte(source), "x.hl7")
		require.Equal(t, want, ok, source)
		require.Equal(t, want, why != "", source)
	}
}

func TestRealMessagesKeepTheirFormUnderOtherLineEnds(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(formattest.Shared(t, "hl7v2"), "*"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		items, refusals := found(string(body))
		require.Empty(t, refusals)
		require.Len(t, items, 1)
		require.NotEmpty(t, items[0].Patient)
		lf := strings.ReplaceAll(string(body), "\r\n", "\n")
		require.Equal(t, form(t, string(body)), form(t, lf))
		require.Equal(t, form(t, string(body)), form(t, strings.ReplaceAll(lf, "\n", "\r")))
	}
}

func FuzzItems(f *testing.F) {
	for _, body := range formattest.Files(f) {
		f.Add(body)
	}
	f.Add([]byte(declaring(base, "ASCII~ISO IR87")))
	f.Fuzz(func(t *testing.T, body []byte) { formattest.Laws(t, New(), body, true) })
}
