package sample

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object; encoding/json sorts its keys.
type object map[string]any

const (
	loinc   = "http://loinc.org"
	snomed  = "http://snomed.info/sct"
	rxnorm  = "http://www.nlm.nih.gov/research/umls/rxnorm"
	secrecy = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
)

func coding(system, code, text string) object {
	return object{"coding": []object{{"system": system, "code": code, "display": text}}, "text": text}
}

func reference(id string) object { return object{"reference": id} }

// transaction returns a bundle of 41 resources to be created, which refer to
// each other by urn:uuid.
func transaction(p person) ([]byte, error) {
	subject := "urn:uuid:" + uuid(p.number, "Patient", 0)
	entries := []object{posted(p, "Patient", 0, patient(p))}
	add := func(kind string, count int, build func(n int) object) {
		for n := range count {
			r := build(n)
			r["resourceType"] = kind
			entries = append(entries, posted(p, kind, n, r))
		}
	}
	visit := func(n int) object { return reference("urn:uuid:" + uuid(p.number, "Encounter", n%6)) }
	add("Encounter", 6, func(n int) object {
		class := object{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
		period := object{"start": when(p, n) + "T09:30:00+01:00", "end": when(p, n) + "T10:15:00+01:00"}
		return object{"status": "finished", "class": class, "subject": reference(subject), "period": period}
	})
	add("Condition", 5, func(n int) object {
		code := conditions[(n+draw(5, p.number))%len(conditions)]
		return object{"subject": reference(subject), "encounter": visit(n), "code": coding(snomed, code[0], code[1]), "onsetDateTime": when(p, n)}
	})
	add("Observation", 20, func(n int) object { return observation(p, n, subject, visit(n)) })
	add("MedicationRequest", 4, func(n int) object {
		drug := drugs[(n+draw(5, p.number))%len(drugs)]
		return object{
			"status": "active", "intent": "order", "subject": reference(subject), "encounter": visit(n), "authoredOn": when(p, n),
			"medicationCodeableConcept": coding(rxnorm, drug[0], drug[1]), "requester": object{"display": clinician},
		}
	})
	add("Procedure", 3, func(n int) object {
		return object{"status": "completed", "subject": reference(subject), "performedDateTime": when(p, n), "code": coding(snomed, "430193006", "Medication reconciliation")}
	})
	add("DiagnosticReport", 2, func(n int) object {
		found := make([]object, 6)
		for i := range found {
			found[i] = reference("urn:uuid:" + uuid(p.number, "Observation", 6*n+i))
		}
		return object{"status": "final", "subject": reference(subject), "effectiveDateTime": when(p, n), "result": found, "code": coding(loinc, "51990-0", "Basic metabolic panel")}
	})
	return encode(object{"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

var conditions = [][2]string{
	{"38341003", "Hypertensive disorder"},
	{"44054006", "Type 2 diabetes mellitus"},
	{"195967001", "Asthma"},
	{"444814009", "Viral sinusitis"},
	{"271737000", "Anemia"},
}

var drugs = [][2]string{
	{"314076", "lisinopril 10 MG Oral Tablet"},
	{"860975", "metformin hydrochloride 500 MG Oral Tablet"},
	{"197361", "amlodipine 5 MG Oral Tablet"},
	{"745679", "albuterol 0.09 MG/ACTUAT Inhaler"},
	{"310325", "ferrous sulfate 325 MG Oral Tablet"},
}

func posted(p person, kind string, n int, resource object) object {
	return object{
		"fullUrl":  "urn:uuid:" + uuid(p.number, kind, n),
		"resource": resource,
		"request":  object{"method": "POST", "url": kind},
	}
}

func patient(p person) object {
	return object{
		"resourceType": "Patient",
		"identifier":   []object{{"system": "urn:oid:" + arc, "value": p.number}},
		"name":         []object{{"use": "official", "family": p.family, "given": []string{p.given}}},
		"gender":       p.sex,
		"birthDate":    p.birth,
		"address":      []object{{"line": []string{p.street}, "city": p.city, "postalCode": p.post}},
		"telecom":      []object{{"system": "phone", "value": p.phone}},
	}
}

func observation(p person, n int, subject string, visit object) object {
	m := measures[n%len(measures)]
	o := object{
		"resourceType":      "Observation",
		"status":            "final",
		"code":              coding(loinc, m.code, m.name),
		"subject":           reference(subject),
		"effectiveDateTime": when(p, n) + "T07:45:00+01:00",
		"valueQuantity":     object{"value": json.RawMessage(m.value(p, n)), "unit": m.unit, "system": "http://unitsofmeasure.org", "code": m.unit},
	}
	if visit != nil {
		o["encounter"] = visit
	}
	return o
}

// document returns a document bundle: a discharge letter with what it cites.
func document(p person) ([]byte, error) {
	id := func(kind string) string { return "urn:uuid:" + uuid(p.number, "document", kind) }
	subject := id("Patient")
	composition := object{
		"resourceType": "Composition", "status": "final", "type": coding(loinc, "18842-5", "Discharge summary"),
		"subject": reference(subject), "date": "2024-02-29T16:20:00+01:00", "author": []object{reference(id("Practitioner"))},
		"title": "Discharge of " + p.given + " " + p.family, "confidentiality": "R",
		"section": []object{{"title": "Findings", "entry": []object{reference(id("Observation"))}}},
	}
	author := object{"resourceType": "Practitioner", "name": []object{{"text": clinician}}}
	entries := []object{
		{"fullUrl": id("Composition"), "resource": composition},
		{"fullUrl": subject, "resource": patient(p)},
		{"fullUrl": id("Practitioner"), "resource": author},
		{"fullUrl": id("Observation"), "resource": observation(p, 0, subject, nil)},
	}
	return encode(object{
		"resourceType": "Bundle", "type": "document", "timestamp": "2024-02-29T16:20:05+01:00", "entry": entries,
		"identifier": object{"system": "urn:ietf:rfc:3986", "value": id("Bundle")},
		"meta":       object{"security": []object{{"system": secrecy, "code": "R"}}},
	})
}

// bulk returns observations as a bulk export has them, one a line.
func bulk(p person) ([]byte, error) {
	var out bytes.Buffer
	for n := range 24 {
		o := observation(p, n, "Patient/"+uuid(p.number, "served"), nil)
		o["id"] = uuid(p.number, "bulk", n)
		line, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		out.Write(append(line, '\n'))
	}
	return out.Bytes(), nil
}

// single returns a patient as a server returns it on read.
func single(p person) ([]byte, error) {
	r := patient(p)
	r["id"] = uuid(p.number, "served")
	r["meta"] = object{"versionId": "3", "lastUpdated": "2024-03-01T08:00:00.000Z", "security": []object{{"system": secrecy, "code": "N"}}}
	r["text"] = object{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">` + p.given + " " + p.family + `</div>`}
	return encode(r)
}

func encode(o object) ([]byte, error) {
	body, err := json.MarshalIndent(o, "", "  ")
	return append(body, '\n'), err
}
