package dicom

import (
	"strings"
	"time"

	"github.com/suyashkumar/dicom/pkg/charset"
	"github.com/suyashkumar/dicom/pkg/dcmtime"
	"github.com/suyashkumar/dicom/pkg/tag"
)

const (
	// maxCodes is how many codes an item may have.
	maxCodes = 16
	// ontology is the code system of DICOM's own codes, modalities among them.
	ontology = "http://dicom.nema.org/resources/ontology/DCM"
)

// systems are the code systems that are known by another name than DICOM's.
var systems = map[string]string{"DCM": ontology, "SCT": "http://snomed.info/sct", "LN": "http://loinc.org"}

// sopClass is what the data set says, or else the file meta information.
func (s *scan) sopClass() string {
	if c := s.values[tag.SOPClassUID]; c != "" {
		return utf8(c)
	}
	return utf8(s.class)
}

// utf8 replaces what is not UTF-8 by U+FFFD.
func utf8(raw string) string { return strings.ToValidUTF8(raw, "\uFFFD") }

// patient is the issuer and the patient's identifier there, or "".
func (s *scan) patient() string {
	id := s.text(tag.PatientID)
	if id == "" {
		return ""
	}
	return s.text(tag.IssuerOfPatientID) + "|" + id
}

// text is a value in UTF-8. What its character set cannot say is U+FFFD.
func (s *scan) text(t tag.Tag) string {
	raw := s.values[t]
	names := strings.Split(s.values[tag.SpecificCharacterSet], `\`)
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
		if strings.HasSuffix(names[i], "IR 166") { // the library has no decoder for Thai and panics
			return utf8(raw)
		}
	}
	set, err := charset.ParseSpecificCharacterSet(names)
	if err != nil || set.Ideographic == nil {
		return utf8(raw)
	}
	decoded, err := set.Ideographic.String(raw)
	if err != nil {
		return utf8(raw)
	}
	return strings.TrimSpace(decoded)
}

// occurred is the date and time of the study in ISO 8601, to the second or as
// exact as it is stated, or "".
func (s *scan) occurred() string {
	stated := s.values[tag.StudyDate]
	date, err := dcmtime.ParseDate(stated)
	if err != nil || date.DCM() != stated { // a 13th month would roll over
		return ""
	}
	switch date.Precision {
	case dcmtime.PrecisionYear:
		return date.Time.Format("2006")
	case dcmtime.PrecisionMonth:
		return date.Time.Format("2006-01")
	}
	when := date.Time.Format("2006-01-02")
	stated = s.values[tag.StudyTime]
	clock, err := dcmtime.ParseTime(stated)
	if err != nil || clock.DCM() != stated || clock.Precision > dcmtime.PrecisionSeconds {
		return when
	}
	when += clock.Time.Format("T15:04:05")
	if zone, err := time.Parse("-0700", s.values[tag.TimezoneOffsetFromUTC]); err == nil {
		when += zone.Format("-07:00")
	}
	return when
}

// codes are the modality and the procedures.
func (s *scan) codes() []string {
	var codes []string
	if m := s.values[tag.Modality]; m != "" {
		codes = append(codes, ontology+"|"+utf8(m))
	}
	for _, p := range s.procedures {
		code := p[tag.CodeValue]
		for _, longer := range []tag.Tag{tag.LongCodeValue, tag.URNCodeValue} {
			if code == "" {
				code = p[longer]
			}
		}
		if code == "" || len(codes) == maxCodes {
			continue
		}
		system := p[tag.CodingSchemeDesignator]
		if known, ok := systems[system]; ok {
			system = known
		}
		codes = append(codes, utf8(system+"|"+code))
	}
	return codes
}
