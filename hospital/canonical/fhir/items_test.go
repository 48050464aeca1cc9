package fhir

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
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

func one(t *testing.T, source string) format.Item {
	t.Helper()
	items, refusals := found(source)
	require.Empty(t, refusals)
	require.Len(t, items, 1)
	return items[0]
}

func TestAResourceSaysWhatItIs(t *testing.T) {
	source := `{"resourceType":"Observation","meta":{"security":[{"system":"s","code":"R"}]},"subject":{"reference":"Patient/1/_history/4"},
		"issued":"2026-01-02","effectivePeriod":{"start":"2026-01-01"},"code":{"coding":[{"system":"http://loinc.org","code":"1"},{"code":"2"},{"display":"3"}]}}`
	item := one(t, source)
	require.Equal(t, format.Item{
		Raw: item.Raw, Profile: "fhir-json/1", Kind: "Observation", Class: records.RECORD_CLASS_RESULT,
		Patient: "Patient/1", Occurred: "2026-01-01", Codes: []string{"http://loinc.org|1", "|2"}, Labels: []string{"s|R"},
	}, item)
	raw, err := format.ReadAll(item.Raw, 1<<20)
	require.NoError(t, err)
	require.Equal(t, source, string(raw))
}

func TestCodesAreAtMostSixteen(t *testing.T) {
	coding := strings.TrimSuffix(strings.Repeat(`{"code":"c"},`, 17), ",")
	require.Len(t, one(t, `{"resourceType":"Condition","code":{"coding":[`+coding+`]}}`).Codes, 16)
}

// family is a bundle with a patient, a group, a patient without an id, and one
// more resource.
const family = `{"resourceType":"Bundle","type":"collection","entry":[
	{"fullUrl":"urn:uuid:abc","resource":{"resourceType":"Patient","id":"7"}},
	{"fullUrl":"urn:uuid:grp","resource":{"resourceType":"Group","id":"8"}},
	{"fullUrl":"urn:uuid:nid","resource":{"resourceType":"Patient"}},
	{"resource":%s}]}`

func TestOnePatientHasOneNameByWhateverRoad(t *testing.T) {
	for body, want := range map[string]string{
		`{"resourceType":"Observation","subject":{"reference":"urn:uuid:abc"}}`:                                                               "Patient/7",
		`{"resourceType":"Claim","patient":{"reference":"Patient/7"}}`:                                                                        "Patient/7",
		`{"resourceType":"Coverage","beneficiary":{"reference":"Patient/7/_history/1"}}`:                                                      "Patient/7",
		`{"resourceType":"ResearchSubject","individual":{"reference":"urn:uuid:nid"}}`:                                                        "urn:uuid:nid",
		`{"resourceType":"Task","for":{"reference":"https://a.example/r4/Patient/9"}}`:                                                        "https://a.example/r4/Patient/9",
		`{"resourceType":"Flag","subject":{"reference":"Patient?identifier=a|b"}}`:                                                            "Patient?identifier=a|b",
		`{"resourceType":"Flag","subject":{"identifier":{"system":"a","value":"b"}}}`:                                                         "identifier:a|b",
		`{"resourceType":"Person","link":[{"target":{"reference":"Patient/7"}}]}`:                                                             "Patient/7",
		`{"resourceType":"Account","subject":[{"reference":"Device/1"},{"reference":"urn:uuid:abc"}]}`:                                        "Patient/7",
		`{"resourceType":"Account","subject":[{"reference":"Patient/1"},{"reference":"Patient/2"}]}`:                                          "",
		`{"resourceType":"Account","subject":[{"reference":"Patient/7"},{"reference":"Device/1"}]}`:                                           "Patient/7",
		`{"resourceType":"Flag","subject":{"display":"somebody"}}`:                                                                            "",
		`{"resourceType":"Patient","identifier":[{"system":"a","value":"b"}]}`:                                                                "identifier:a|b",
		`{"resourceType":"Appointment","participant":[{"actor":{"reference":"Location/1"}},{"actor":{"reference":"Patient/7"}}]}`:             "Patient/7",
		`{"resourceType":"Flag","contained":[{"resourceType":"Patient","id":"p","identifier":[{"value":"b"}]}],"subject":{"reference":"#p"}}`: "identifier:|b",
	} {
		items, refusals := found(fmt.Sprintf(family, body))
		require.Empty(t, refusals)
		require.Equal(t, want, items[3].Patient, body)
		require.NotEqual(t, records.RECORD_CLASS_DATASET, items[3].Class, body)
	}
}

func TestWhatIsAboutNoPatientIsADataset(t *testing.T) {
	for _, body := range []string{
		`{"resourceType":"Organization"}`,
		`{"resourceType":"Practitioner","id":"7"}`,
		`{"resourceType":"Observation","subject":{"reference":"urn:uuid:grp"}}`,
		`{"resourceType":"Observation","subject":{"reference":"Location/1"}}`,
		`{"resourceType":"Observation","subject":{"reference":"1","type":"Group"}}`,
		`{"resourceType":"Flag","contained":[{"resourceType":"Group","id":"p"}],"subject":{"reference":"#p"}}`,
	} {
		items, refusals := found(fmt.Sprintf(family, body))
		require.Empty(t, refusals)
		require.Empty(t, items[3].Patient, body)
		require.Equal(t, records.RECORD_CLASS_DATASET, items[3].Class, body)
	}
}

func TestATransactionSaysThatItIsAsSubmitted(t *testing.T) {
	items, _ := found(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Basic","subject":{"reference":"urn:uuid:1"}}}]}`)
	require.Equal(t, []string{asSubmitted}, items[0].Notes)
	items, _ = found(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Basic","subject":{"reference":"Patient/1"}}}]}`)
	require.Empty(t, items[0].Notes)
}

func TestADocumentIsOneRecordThatItsCompositionDescribes(t *testing.T) {
	item := one(t, `{"resourceType":"Bundle","type":"document","meta":{"security":[{"code":"a"}]},"entry":[
		{"resource":{"resourceType":"Composition","confidentiality":"V","date":"2026","type":{"coding":[{"code":"t"}]},"subject":{"reference":"urn:uuid:1"}}},
		{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"7"}}]}`)
	require.Equal(t, "Patient/7", item.Patient)
	require.Equal(t, "2026", item.Occurred)
	require.Equal(t, []string{"|t"}, item.Codes)
	require.Equal(t, []string{"http://terminology.hl7.org/CodeSystem/v3-Confidentiality|V", "|a"}, item.Labels)
	require.Equal(t, records.RECORD_CLASS_DOCUMENT, item.Class)
}

func TestABundleInABundleIsOpenedToo(t *testing.T) {
	items, refusals := found(`{"resourceType":"Bundle","type":"batch-response","entry":[{},{"resource":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Basic"}}]}}]}`)
	require.Empty(t, refusals)
	require.Equal(t, "entry[1] entry[0]", items[0].Locator)
}

func TestABadEntryDoesNotStopTheOthers(t *testing.T) {
	items, refusals := found(`{"resourceType":"Bundle","type":"batch","entry":[
		{"resource":{"resourceType":"Basic","id":"1","id":"2"}},
		{"resource":{"resourceType":"Basic","id":"\ud800"}},
		{"resource":{"id":"3"}},
		{"resource":{"resourceType":"Basic"},"resource":{"resourceType":"Basic"}},
		{"resource":{"resourceType":"Basic","id":"` + "\xff" + `"}},
		{"resource":{"resourceType":"Basic","id":"6"}}]}`)
	require.Len(t, items, 1)
	require.Equal(t, "entry[5]", items[0].Locator)
	require.Len(t, refusals, 5)
	for n, refusal := range refusals {
		require.Contains(t, refusal, fmt.Sprintf("entry[%d]: ", n))
	}
}

func TestABadLineDoesNotStopTheOthers(t *testing.T) {
	items, refusals := found("\ufeff{\"resourceType\":\"Basic\"}\r\n\r\n{\"resourceType\":\n{\"id\":\"4\"}\n [] \n {\"resourceType\":\"Basic\",\"id\":\"5\"}")
	require.Len(t, items, 2)
	require.Equal(t, "line 1", items[0].Locator)
	require.Equal(t, "line 6", items[1].Locator)
	require.Len(t, refusals, 3)
	require.Contains(t, refusals[0], "line 3: ")
	require.Contains(t, refusals[1], "line 4: ")
	require.Contains(t, refusals[2], "line 5: ")
}

func TestABundleOfAThousandGivesAThousand(t *testing.T) {
	entry := `{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/1"}}}`
	items, refusals := found(`{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Repeat(entry+",", 999) + entry + `]}`)
	require.Empty(t, refusals)
	require.Len(t, items, 1000)
	require.Equal(t, "entry[999]", items[999].Locator)
}

func TestAReaderMayStopAtAnyItem(t *testing.T) {
	for _, source := range []string{
		`{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Basic"}},{"resource":{"resourceType":"Basic"}}]}`,
		"{\"resourceType\":\"Basic\"}\n{\"resourceType\":\"Basic\"}",
	} {
		for range New().Items(format.Bytes([]byte(source), "")) {
			break
		}
	}
}
