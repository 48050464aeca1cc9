package account

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
)

// Code systems and profiles that the account is written in.
const (
	systemDICOM     = "http://dicom.nema.org/resources/ontology/DCM"
	systemLifecycle = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
	systemReason    = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	systemSnomed    = "http://snomed.info/sct"
	systemEntity    = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemRole      = "http://terminology.hl7.org/CodeSystem/object-role"
	systemSource    = "http://terminology.hl7.org/CodeSystem/security-source-type"
	systemResource  = "http://hl7.org/fhir/resource-types"

	profileSource    = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source"
	profileRecipient = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Recipient"
)

var (
	codeExport    = fhirCoding{systemDICOM, "110106", "Export"}
	codeImport    = fhirCoding{systemDICOM, "110107", "Import"}
	codeAlert     = fhirCoding{systemDICOM, "110113", "Security Alert"}
	codeOverride  = fhirCoding{systemDICOM, "110127", "Emergency Override Started"}
	codeDisclose  = fhirCoding{systemLifecycle, "disclose", "Disclose Record Lifecycle Event"}
	codeVerify    = fhirCoding{systemLifecycle, "verify", "Verify Record Lifecycle Event"}
	roleSource    = fhirCoding{systemDICOM, "110153", "Source Role ID"}
	roleRecipient = fhirCoding{systemDICOM, "110152", "Destination Role ID"}
	roleCustodian = fhirCoding{systemSnomed, "159541003", "Record keeping/library clerk"}
	rolePatient   = fhirCoding{systemSnomed, "429577009", "Patient Advocate"}
	person        = fhirCoding{systemEntity, "1", "Person"}
	systemObject  = fhirCoding{systemEntity, "2", "System Object"}
	consentType   = fhirCoding{systemResource, "Consent", "Consent"}
)

// outcomes of AuditEvent: success, and an act that was not carried out.
const (
	success      = "0"
	minorFailure = "4"
)

// FHIR writes the account as a collection of AuditEvent resources of FHIR R4, one
// for each entry. Releases and late ones follow the profile for a disclosure at
// the source of IHE Basic Audit Log Patterns, receipts that at the recipient; what
// else happened are plain AuditEvents, for which the patterns have no profile.
func (r Report) FHIR(w io.Writer) error {
	b := fhirBundle{
		ResourceType: "Bundle", Identifier: r.identifier("account", r.Subject.String()), Type: "collection", Timestamp: instant(r.HeaderTime),
	}
	for _, e := range r.Entries {
		b.Entry = append(b.Entry, fhirEntry{FullURL: r.uuid(e), Resource: r.event(e)})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(b)
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// identifier names something on the ledger. The system holds the chain, since
// numbers count anew on each.
func (r Report) identifier(kind, value string) *fhirIdentifier {
	return &fhirIdentifier{System: r.urn(kind), Value: value}
}

func (r Report) urn(kind string) string { return "urn:dmdl:" + r.Checkpoint.ChainID + ":" + kind }

// uuid is an entry's own, the same whenever the account is written: version 8 of
// RFC 9562 over the digest of chain, subject and index.
func (r Report) uuid(e Entry) string {
	u := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", r.Checkpoint.ChainID, r.Subject, e.Index))
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// event returns an entry as an AuditEvent.
func (r Report) event(e Entry) fhirAuditEvent {
	a := fhirAuditEvent{
		ResourceType: "AuditEvent", Recorded: instant(e.At), Outcome: success, OutcomeDesc: e.headline() + ".",
		Agent: r.agents(e), Entity: r.entities(e),
		Source: fhirSource{Site: e.Custodian.Name, Observer: r.organization(e.Custodian), Type: []fhirCoding{{systemSource, "4", "Application Server"}}},
	}
	if e.code.purpose != access.PURPOSE_UNSPECIFIED {
		a.PurposeOfEvent = []fhirConcept{{[]fhirCoding{{System: systemReason, Code: e.Purpose}}}}
	}
	if e.HappenedAt != nil {
		a.Period = &fhirPeriod{instant(*e.HappenedAt), instant(e.HappenedAt.Add(time.Hour))}
	}
	switch e.kind {
	case access.DISCLOSURE_KIND_RELEASE, access.DISCLOSURE_KIND_LATE:
		a.Meta, a.Type, a.Subtype, a.Action = &fhirMeta{[]string{profileSource}}, codeExport, []fhirCoding{codeDisclose}, "R"
	case access.DISCLOSURE_KIND_RECEIPT:
		a.Meta, a.Type, a.Subtype, a.Action = &fhirMeta{[]string{profileRecipient}}, codeImport, []fhirCoding{codeDisclose}, "C"
		a.Source.Site, a.Source.Observer = e.Institution.Name, r.account(e)
	case access.DISCLOSURE_KIND_REFUSAL:
		a.Type, a.Subtype, a.Action, a.Outcome = codeExport, []fhirCoding{codeDisclose}, "R", minorFailure
	case access.DISCLOSURE_KIND_BREAK_GLASS:
		a.Type, a.Subtype, a.Action = codeAlert, []fhirCoding{codeOverride}, "E"
	case access.DISCLOSURE_KIND_REVIEW:
		a.Type, a.Action = codeVerify, "E"
	case access.DISCLOSURE_KIND_DISPUTE:
		a.Type, a.Action = codeAlert, "E"
	}
	if found := e.finding(); found != "" {
		a.OutcomeDesc += " " + found
	}
	return a
}

func (r Report) organization(p Party) fhirReference {
	return fhirReference{Type: "Organization", Identifier: r.identifier("institution", fmt.Sprint(p.Number)), Display: p.Name}
}

// account is the requester. Which person that is the ledger does not know, and so
// the reference has no type.
func (r Report) account(e Entry) fhirReference {
	return fhirReference{Identifier: r.identifier("account", e.Requester), Display: "participant of " + e.Institution.Name}
}

func (r Report) patient() fhirReference {
	return fhirReference{Type: "Patient", Identifier: r.identifier("subject", r.Subject.String())}
}

// network is where an agent is on the ledger, as a URI: it knows no other address.
func (r Report) network(kind, value string) *fhirNetwork {
	return &fhirNetwork{Address: r.urn(kind) + ":" + value, Type: "5"}
}

// agents are who took part: the vault that the records left, who asked, the
// custodian, and the patient where their decision carried it.
func (r Report) agents(e Entry) []fhirAgent {
	custodian := r.organization(e.Custodian)
	agents := []fhirAgent{
		{Type: concept(roleSource), Who: custodian, Network: r.network("institution", fmt.Sprint(e.Custodian.Number))},
		{Type: concept(roleRecipient), Who: r.account(e), Requestor: true, Network: r.network("account", e.Requester)},
		{Type: concept(roleCustodian), Who: custodian},
	}
	if e.code.basis == access.BASIS_PATIENT || e.code.basis == access.BASIS_CONSENT {
		advocate := fhirAgent{Type: concept(rolePatient), Who: r.patient()}
		for _, consent := range e.Consents {
			advocate.Policy = append(advocate.Policy, r.urn("consent")+":"+r.consent(consent))
		}
		agents = append(agents, advocate)
	}
	return agents
}

func concept(c fhirCoding) fhirConcept { return fhirConcept{[]fhirCoding{c}} }

func (r Report) consent(index uint64) string { return fmt.Sprintf("%s/%d", r.Subject, index) }

// entities are the patient, the entry itself, the one that it is about, the
// records and the consents.
func (r Report) entities(e Entry) []fhirEntity {
	entry := func(index uint64) fhirEntity {
		return fhirEntity{Type: systemObject, What: fhirReference{Identifier: r.identifier("disclosure", fmt.Sprintf("%s/%d", r.Subject, index))}}
	}
	own := entry(e.Index)
	own.Detail = append(own.Detail, fhirDetail{"kind", e.Kind}, fhirDetail{"height", fmt.Sprint(e.Height)})
	for _, d := range []fhirDetail{{"ticket", e.Ticket}, {"basis", e.Basis}} {
		if d.ValueString != "" {
			own.Detail = append(own.Detail, d)
		}
	}
	found := []fhirEntity{{What: r.patient(), Type: person, Role: &fhirCoding{systemRole, "1", "Patient"}}, own}
	recorded := e.Records
	if e.Of > 0 {
		found = append(found, entry(e.Of))
		if e.Of >= r.First && e.Of < e.Index {
			recorded = r.Entries[e.Of-r.First].Records
		}
	}
	for _, record := range recorded {
		details := []fhirDetail{{"sha-256 of the encrypted body", record.Body}}
		if record.Class != "" {
			details = append(details, fhirDetail{"class", record.Class})
		}
		found = append(found, fhirEntity{
			What: fhirReference{Identifier: r.identifier("record", record.ID)}, Type: systemObject, Role: &fhirCoding{systemRole, "3", "Report"}, Detail: details,
		})
	}
	for _, consent := range e.Consents {
		found = append(found, fhirEntity{What: fhirReference{Type: "Consent", Identifier: r.identifier("consent", r.consent(consent))}, Type: consentType})
	}
	return found
}
