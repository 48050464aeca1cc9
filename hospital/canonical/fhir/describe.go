package fhir

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

const maxCodes = 16

// The elements that say when, best first. Of a period it is the start.
var moments = []string{
	"effectiveDateTime", "effectivePeriod", "effectiveInstant", "performedDateTime", "performedPeriod",
	"occurrenceDateTime", "occurrencePeriod", "onsetDateTime", "onsetPeriod", "period", "billablePeriod",
	"servicedDate", "started", "start", "authoredOn", "authored", "dateTime", "date", "issued", "recordedDate",
	"recorded", "assertedDate", "dateAsserted", "sent", "created",
}

// The elements that say what, best first.
var codings = []string{"code", "vaccineCode", "medicationCodeableConcept", "type"}

// describe says of one checked resource what an item says.
func (t *tree) describe(i int, kind string, raw format.Source, from origin) format.Item {
	item := format.Item{
		Raw: raw, Profile: profile, Kind: kind,
		Locator: from.locator, Notes: slices.Clone(from.notes),
		Labels: t.codings(nil, t.get(i, "meta", "security")),
	}
	about := i
	if kind == "Bundle" { // a document: its composition speaks for it
		about = t.composition(i)
		from.patients = t.fullURLs(i)
		item.Labels = t.confidentiality(item.Labels, about)
	}
	for _, name := range moments {
		if item.Occurred = cmp.Or(t.textAt(about, name), t.textAt(about, name, "start")); item.Occurred != "" {
			break
		}
	}
	for _, name := range codings {
		for concept := range t.elements(t.get(about, name)) {
			item.Codes = t.codings(item.Codes, t.get(concept, "coding"))
		}
		if len(item.Codes) > 0 {
			break
		}
	}
	item.Codes = item.Codes[:min(len(item.Codes), maxCodes)]

	var who subject
	if kind == "Patient" {
		who = subject{name: t.patientItself(i, from.fullURL), said: true}
	} else {
		who = t.subject(about, from.patients)
	}
	item.Patient = who.name
	item.Class = class(kind, who)
	return item
}

// composition returns the node of a document's composition, its first entry, or
// -1.
func (t *tree) composition(bundle int) int {
	for entry := range t.elements(t.get(bundle, "entry")) {
		return t.get(entry, "resource")
	}
	return -1
}

// confidentiality appends a composition's labels.
func (t *tree) confidentiality(labels []string, composition int) []string {
	labels = t.codings(labels, t.get(composition, "meta", "security"))
	if code := t.textAt(composition, "confidentiality"); code != "" {
		labels = append(labels, "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|"+code)
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

// codings appends "system|code" of each coding of a list.
func (t *tree) codings(to []string, list int) []string {
	for coding := range t.elements(list) {
		if code := t.textAt(coding, "code"); code != "" {
			to = append(to, t.textAt(coding, "system")+"|"+code)
		}
	}
	return to
}

// subject is whom a resource is about.
type subject struct {
	// name is the patient, or "".
	name string
	// said is whether the resource speaks of a subject at all.
	said bool
	// other is whether that is something else than a patient.
	other bool
}

// The elements that say about whom.
var subjects = []string{"patient", "subject", "beneficiary", "individual", "for", "candidate", "securityContext", "link", "participant"}

// subject returns whom a resource is about. Several different patients are no
// one's.
func (t *tree) subject(i int, patients map[string]string) subject {
	for _, name := range subjects {
		var all subject
		for reference := range t.elements(t.get(i, name)) {
			switch name {
			case "link":
				reference = t.get(reference, "target")
			case "participant":
				reference = t.get(reference, "actor")
			}
			one := t.resolve(i, reference, patients)
			switch {
			case !one.said || one.other && all.said: // adds nothing
			case !all.said || all.other:
				all = one
			case one.name != all.name:
				all.name = ""
			}
		}
		if all.said {
			return all
		}
	}
	return subject{}
}

// resolve returns what a reference points at. One patient gives one string by
// whatever road: "Patient/<id>" for a relative reference and for the full URL of
// an entry with an id, else the reference as it stands, without a version.
func (t *tree) resolve(resource, reference int, patients map[string]string) subject {
	if reference < 0 || t.kind(reference) != '{' {
		return subject{}
	}
	target := t.textAt(reference, "reference")
	target, _, _ = strings.Cut(target, "/_history/")
	who := subject{said: true}
	who.other = !slices.Contains([]string{"", "Patient"}, t.textAt(reference, "type"))
	if name, ok := patients[target]; ok {
		who.name, who.other = name, name == ""
	} else if id, ok := strings.CutPrefix(target, "#"); ok {
		who.name, who.other = t.contained(resource, id)
	} else if target == "" {
		who.name = t.identifier(t.get(reference, "identifier"))
	} else {
		who.name = target
		who.other = who.other || !maybePatient(target)
	}
	if who.other {
		who.name = ""
	}
	return who
}

// maybePatient says whether a reference can point at a patient: it names that
// type, or none.
func maybePatient(target string) bool {
	if kind, _, conditional := strings.Cut(target, "?"); conditional {
		return kind == "Patient"
	}
	parts := strings.Split(target, "/")
	return len(parts) < 2 || parts[len(parts)-2] == "Patient"
}

// contained returns the patient that is contained under an id.
func (t *tree) contained(resource int, id string) (name string, other bool) {
	for inside := range t.elements(t.get(resource, "contained")) {
		if t.textAt(inside, "id") == id {
			return t.identifier(t.get(inside, "identifier")), t.textAt(inside, "resourceType") != "Patient"
		}
	}
	return "", false
}

// patientItself returns the name of a Patient resource.
func (t *tree) patientItself(i int, fullURL string) string {
	if id := t.textAt(i, "id"); id != "" {
		return "Patient/" + id
	}
	if fullURL != "" {
		return fullURL
	}
	return t.identifier(t.get(i, "identifier"))
}

// identifier returns "identifier:system|value" of the first identifier, or "".
func (t *tree) identifier(list int) string {
	for identifier := range t.elements(list) {
		if value := t.textAt(identifier, "value"); value != "" {
			return "identifier:" + t.textAt(identifier, "system") + "|" + value
		}
	}
	return ""
}

// class returns the coarse class. A type that belongs to patients keeps its own
// class even if nobody is named, so that whoever ingests it must say who it is
// and it never passes for a data set.
func class(kind string, who subject) records.RecordClass {
	own, clinical := classes[kind]
	switch {
	case who.other, !clinical && who.name == "":
		return records.RECORD_CLASS_DATASET
	case !clinical:
		return records.RECORD_CLASS_DOCUMENT
	}
	return own
}
