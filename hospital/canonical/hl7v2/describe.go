package hl7v2

import (
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

const maxCodes = 16

// classes says what the first component of MSH-9 is about. What is not here is a
// document.
var classes = map[string]records.RecordClass{
	"ORU": records.RECORD_CLASS_RESULT, "OUL": records.RECORD_CLASS_RESULT, "OPU": records.RECORD_CLASS_RESULT,
	"ADT": records.RECORD_CLASS_ADMINISTRATIVE, "BAR": records.RECORD_CLASS_ADMINISTRATIVE,
	"DFT": records.RECORD_CLASS_ADMINISTRATIVE, "SIU": records.RECORD_CLASS_ADMINISTRATIVE,
	"OMG": records.RECORD_CLASS_THERAPY, "OMI": records.RECORD_CLASS_THERAPY, "OML": records.RECORD_CLASS_THERAPY,
	"OMP": records.RECORD_CLASS_THERAPY, "ORM": records.RECORD_CLASS_THERAPY, "RAS": records.RECORD_CLASS_THERAPY,
	"RDE": records.RECORD_CLASS_THERAPY, "RDS": records.RECORD_CLASS_THERAPY, "RGV": records.RECORD_CLASS_THERAPY,
	"VXU": records.RECORD_CLASS_THERAPY, "PPR": records.RECORD_CLASS_THERAPY,
}

// describe says of one message what an item says, but where it is.
func describe(raw []byte) (format.Item, error) {
	text, err := canonical(raw)
	if err != nil {
		return format.Item{}, err
	}
	m := parseMessage(string(text))
	kind := m.components(m.first("MSH", 9))
	item := format.Item{
		Profile: profile, Kind: nth(kind, 0), Class: records.RECORD_CLASS_DOCUMENT,
		Occurred: m.occurred(), Codes: m.codes(), Labels: m.labels(), Notes: []string{restamped},
	}
	if class, ok := classes[item.Kind]; ok {
		item.Class = class
	}
	if event := nth(kind, 1); event != "" {
		item.Kind += "^" + event
	}
	if item.Kind == "" {
		item.Kind = "HL7v2"
	}
	patients := m.patients()
	switch len(patients) {
	case 0:
		item.Class = records.RECORD_CLASS_DATASET
	case 1:
		item.Patient = patients[0]
	default:
		item.Notes = append(item.Notes, "the message names several patients")
	}
	return item, nil
}

// patients returns the different patients of the PID segments as "assigner|id",
// by PID-3, or PID-2 of older versions; "" for a PID without either.
func (m message) patients() []string {
	var found []string
	seen := make(map[string]bool)
	for _, pid := range m.fields("PID") {
		id := m.components(nth(pid, 3))
		if id[0] == "" {
			id = m.components(nth(pid, 2))
		}
		name := ""
		if id[0] != "" {
			name = nth(id, 3) + "|" + id[0]
		}
		if !seen[name] {
			seen[name] = true
			found = append(found, name)
		}
	}
	return found
}

// occurred returns when it took place: observed, else the event, else the time
// of the message.
func (m message) occurred() string {
	for _, moment := range []string{m.first("OBR", 7), m.first("EVN", 2), m.first("MSH", 7)} {
		if when := m.components(moment)[0]; when != "" {
			return when
		}
	}
	return ""
}

// codes returns what was examined (OBR-4) or given (RXA-5).
func (m message) codes() []string {
	var found []string
	for _, where := range []struct {
		segment string
		field   int
	}{{"OBR", 4}, {"RXA", 5}} {
		for _, fields := range m.fields(where.segment) {
			code := m.components(nth(fields, where.field))
			if code[0] != "" && len(found) < maxCodes {
				found = append(found, nth(code, 2)+"|"+code[0])
			}
		}
	}
	return found
}

// labels returns the confidentiality of a document (TXA-18, table 0272).
func (m message) labels() []string {
	if label := strings.TrimSpace(m.components(m.first("TXA", 18))[0]); label != "" {
		return []string{"HL70272|" + label}
	}
	return nil
}
