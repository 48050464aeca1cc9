package demo

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// shortest is how many characters an identifier has that is looked for. Shorter
// ones turn up in random bytes.
const shortest = 6

// identifiersIn returns what identifies people, records and files in a folder of
// medical files: names, numbers, addresses, resource ids, UIDs, file names.
func identifiersIn(folder string) ([]string, error) {
	all := make(map[string]bool)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(entry.Name(), filepath.Ext(entry.Name()))
		if strings.ContainsAny(name, "0123456789") {
			add(all, name)
		}
		for _, find := range []func(map[string]bool, []byte){fromFHIR, fromHL7, fromCDA, fromDICOM} {
			find(all, content)
		}
		return nil
	})
	return slices.Sorted(maps.Keys(all)), err
}

// add keeps what can be looked for: a value of one character repeated, such as
// the 99999999999 of test data, identifies nobody and stands in any float.
func add(all map[string]bool, values ...string) {
	for _, value := range values {
		value = strings.TrimSpace(value)
		if len(value) >= shortest && strings.Trim(value, value[:1]) != "" {
			all[value] = true
		}
	}
}

// fromFHIR takes the identifying fields out of JSON, one document or a line each.
func fromFHIR(all map[string]bool, content []byte) {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))))
	for {
		var document any
		if dec.Decode(&document) != nil {
			return
		}
		walkJSON(all, "", document)
	}
}

// identifying are the fields of FHIR whose strings identify.
var identifying = map[string]bool{
	"id": true, "fullUrl": true, "family": true, "given": true, "line": true, "birthDate": true, "reference": true,
	"identifier.value": true, "telecom.value": true,
}

func walkJSON(all map[string]bool, field string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if name == "value" {
				name = field + ".value"
			}
			walkJSON(all, name, inner)
		}
	case []any:
		for _, inner := range v {
			walkJSON(all, field, inner)
		}
	case string:
		if identifying[field] {
			add(all, v, v[strings.LastIndexAny(v, "/:")+1:])
		}
	}
}

// fromHL7 takes identifiers, names, addresses and numbers of patients and
// messages out of HL7 v2.
func fromHL7(all map[string]bool, content []byte) {
	for _, segment := range strings.FieldsFunc(string(content), func(r rune) bool { return r == '\r' || r == '\n' }) {
		fields := strings.Split(segment, "|")
		var wanted []int
		switch fields[0] {
		case "PID":
			wanted = []int{2, 3, 4, 5, 6, 9, 11, 13, 14, 18, 19}
		case "MSH":
			wanted = []int{9} // MSH-10: the separator itself is MSH-1
		}
		for _, at := range wanted {
			if at < len(fields) {
				add(all, strings.FieldsFunc(fields[at], func(r rune) bool { return strings.ContainsRune("^~&", r) })...)
			}
		}
	}
}

var (
	recordTarget = regexp.MustCompile(`(?s)<recordTarget.*?</recordTarget>`)
	inTarget     = regexp.MustCompile(`extension="([^"]+)"|<(?:given|family|streetAddressLine)[^>]*>([^<]+)<|telecom[^>]*value="([^"]+)"`)
)

// fromCDA takes what identifies the patient out of a C-CDA document.
func fromCDA(all map[string]bool, content []byte) {
	for _, target := range recordTarget.FindAll(content, -1) {
		for _, match := range inTarget.FindAllSubmatch(target, -1) {
			for _, group := range match[1:] {
				add(all, string(group))
			}
		}
	}
}

// fromDICOM takes names, numbers and UIDs out of a DICOM object.
func fromDICOM(all map[string]bool, content []byte) {
	if len(content) < 132 || string(content[128:132]) != "DICM" {
		return
	}
	set, err := dicom.Parse(bytes.NewReader(content), int64(len(content)), nil, dicom.SkipPixelData())
	if err != nil {
		return
	}
	for _, wanted := range []tag.Tag{
		tag.PatientName, tag.PatientID, tag.AccessionNumber, tag.StudyInstanceUID, tag.SeriesInstanceUID,
		tag.SOPInstanceUID, tag.ReferringPhysicianName, tag.PatientBirthDate, tag.StudyID,
	} {
		if element, err := set.FindElementByTag(wanted); err == nil {
			for _, value := range dicom.MustGetStrings(element.Value) {
				add(all, append(strings.Split(value, "^"), value)...)
			}
		}
	}
}

// patterns finds many byte strings at once, by their first bytes.
type patterns map[[shortest]byte][]pattern

type pattern struct {
	bytes []byte
	of    string
}

// patternsOf returns what to look for: each text raw, in hex of either case, and
// in base64 as it stands at any place, as far as that is long enough to be no
// accident.
func patternsOf(texts []string) patterns {
	p := make(patterns)
	for _, text := range texts {
		digits := hex.EncodeToString([]byte(text))
		forms := []string{text, digits, strings.ToUpper(digits)}
		for offset := range 3 {
			encoded := base64.StdEncoding.EncodeToString(append(make([]byte, offset), text...))
			first, last := (offset*8+5)/6, (offset+len(text))*8/6
			if last-first >= 8 {
				forms = append(forms, encoded[first:last])
			}
		}
		for _, form := range forms {
			key := [shortest]byte([]byte(form[:shortest]))
			p[key] = append(p[key], pattern{[]byte(form), text})
		}
	}
	return p
}

// surely is how many characters are no accident wherever they stand. Six digits
// turn up in longer numbers and digests.
const surely = 8

// inWord says whether a place is within a word or number.
func inWord(haystack []byte, at int) bool {
	if at == 0 {
		return false
	}
	before := haystack[at-1] | 0x20 // lower case
	return before >= 'a' && before <= 'z' || haystack[at-1] >= '0' && haystack[at-1] <= '9'
}

// in calls found with every text that the bytes contain in some form.
func (p patterns) in(haystack []byte, found func(text string)) {
	for at := 0; at+shortest <= len(haystack); at++ {
		for _, candidate := range p[[shortest]byte(haystack[at:at+shortest])] {
			if bytes.HasPrefix(haystack[at:], candidate.bytes) && (len(candidate.bytes) >= surely || !inWord(haystack, at)) {
				found(candidate.of)
			}
		}
	}
}
