package cda

import (
	"slices"
	"strings"
)

// header collects what a document says of itself.
type header struct {
	kind, patient, occurred string
	patients                int
	codes, labels           []string
}

// systems are the code systems that FHIR knows by an address, so that codes and
// labels of both standards compare. All others are given by their OID.
var systems = map[string]string{
	"2.16.840.1.113883.6.1":  loinc,
	"2.16.840.1.113883.6.96": "http://snomed.info/sct",
	"2.16.840.1.113883.5.25": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
}

const loinc = "http://loinc.org"

// rootOnly refuses a document that is not a clinical one.
func rootOnly(path []element, _ []attribute) error {
	if len(path) == 1 && (path[0].local != "ClinicalDocument" || path[0].uri != hl7Namespace) {
		return fault("the root element is not ClinicalDocument of " + hl7Namespace + ": ingest the file as raw/1")
	}
	return nil
}

func (h *header) see(path []element, attrs []attribute) error {
	if err := rootOnly(path, attrs); err != nil {
		return err
	}
	last := path[len(path)-1]
	if last.uri == hl7Namespace && last.local == "confidentialityCode" {
		h.label(attrs)
	}
	switch where(path) {
	case "":
		h.kind = "ClinicalDocument"
	case "code":
		if system, code := coded(attrs); code != "" && h.codes == nil {
			h.codes = []string{system + "|" + code}
			if system == loinc {
				h.kind = "ClinicalDocument/" + code
			}
		}
	case "effectiveTime":
		h.occurred = value(attrs, "value")
	case "recordTarget":
		h.patients++
	case "recordTarget/patientRole/id":
		if root := value(attrs, "root"); root != "" && h.patient == "" && h.patients == 1 {
			h.patient = root + "|" + value(attrs, "extension")
		}
	}
	return nil
}

// label keeps a confidentiality code of the document or of a section, since a
// document is as confidential as any of its sections.
func (h *header) label(attrs []attribute) {
	system, code := coded(attrs)
	if label := system + "|" + code; code != "" && !slices.Contains(h.labels, label) {
		h.labels = append(h.labels, label)
	}
}

// where names an element by its path below the root, as far as a header goes
// and all of it is of HL7; "-" otherwise.
func where(path []element) string {
	if len(path) > 4 {
		return "-"
	}
	names := make([]string, 0, 3)
	for _, e := range path[1:] {
		if e.uri != hl7Namespace {
			return "-"
		}
		names = append(names, e.local)
	}
	return strings.Join(names, "/")
}

func coded(attrs []attribute) (system, code string) {
	oid := value(attrs, "codeSystem")
	if system = systems[oid]; system == "" && oid != "" {
		system = "urn:oid:" + oid
	}
	return system, value(attrs, "code")
}

// value returns an attribute without namespace, or "".
func value(attrs []attribute, name string) string {
	for _, a := range attrs {
		if a.uri == "" && a.local == name {
			return a.value
		}
	}
	return ""
}
