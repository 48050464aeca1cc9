package sample

import (
	"strings"
	"text/template"

	"golang.org/x/text/encoding/charmap"
)

// summary is a continuity of care document with a section of results.
var summary = template.Must(template.New("summary").Parse(`<?xml version="1.0" encoding="{{.Charset}}"?>
<?xml-stylesheet type="text/xsl" href="CDA.xsl"?>
<!-- Synthetic: this person does not exist. -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
  <realmCode code="US"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>
  <id root="{{.ID}}"/>
  <code code="34133-9" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC" displayName="Summarization of Episode Note"/>
  <title>Summary for {{.Given}} {{.Family}}</title>
  <effectiveTime value="20240229162000+0100"/>
  <confidentialityCode code="{{.Secrecy}}" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="en-GB"/>
  <recordTarget><patientRole>
    <id root="{{.Arc}}" extension="{{.Number}}"/>
    <addr><streetAddressLine>{{.Street}}</streetAddressLine><city>{{.City}}</city><postalCode>{{.Post}}</postalCode></addr>
    <telecom value="tel:{{.Phone}}"/>
    <patient>
      <name><given>{{.Given}}</given><family>{{.Family}}</family></name>
      <administrativeGenderCode code="{{.Sex}}" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="{{.Birth}}"/>
    </patient>
  </patientRole></recordTarget>
  <author>
    <time value="20240229162000+0100"/>
    <assignedAuthor><id nullFlavor="UNK"/><assignedPerson><name>{{.Clinician}}</name></assignedPerson></assignedAuthor>
  </author>
  <custodian><assignedCustodian><representedCustodianOrganization>
    <id root="{{.Arc}}"/><name>{{.Hospital}}</name>
  </representedCustodianOrganization></assignedCustodian></custodian>
  <component><structuredBody><component><section>
    <templateId root="2.16.840.1.113883.10.20.22.2.3.1" extension="2015-08-01"/>
    <code code="30954-2" codeSystem="2.16.840.1.113883.6.1"/>
    <title>Results</title>
    <text><list>{{range .Results}}<item>{{.Name}}: {{.Value}} {{.Unit}}</item>{{end}}</list></text>
{{- range .Results}}
    <entry><observation classCode="OBS" moodCode="EVN">
      <code code="{{.Code}}" codeSystem="2.16.840.1.113883.6.1" displayName="{{.Name}}"/>
      <statusCode code="completed"/>
      <effectiveTime value="{{.Day}}"/>
      <value xsi:type="PQ" value="{{.Value}}" unit="{{.Unit}}"/>
    </observation></entry>
{{- end}}
  </section></component></structuredBody></component>
</ClinicalDocument>
`))

// clinicalDocument returns a C-CDA document in UTF-8 or ISO-8859-1.
func clinicalDocument(p person, charset, lineEnd string) ([]byte, error) {
	type result struct{ Code, Name, Value, Unit, Day string }
	found := make([]result, len(measures))
	for n, m := range measures {
		found[n] = result{m.code, m.name, m.value(p, n), m.unit, strings.ReplaceAll(when(p, n), "-", "")}
	}
	var out strings.Builder
	err := summary.Execute(&out, map[string]any{
		"Charset": charset, "ID": uuid(p.number, "document"), "Arc": arc, "Number": p.number, "Secrecy": "N",
		"Given": p.given, "Family": p.family, "Street": p.street, "City": p.city, "Post": p.post, "Phone": p.phone,
		"Sex": p.initial(), "Birth": p.day(), "Clinician": clinician, "Hospital": hospital, "Results": found,
	})
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(out.String(), "\n", lineEnd)
	if charset == "ISO-8859-1" {
		text, err = charmap.ISO8859_1.NewEncoder().String(text)
	}
	return []byte(text), err
}
