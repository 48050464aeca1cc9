package rights

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Code systems of FHIR R4 and of CRediT.
const (
	systemParticipant = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	systemOperation   = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
	systemCredit      = "https://credit.niso.org/"
)

// Parts of a FHIR R4 Bundle of Provenance resources.
type (
	fhirBundle struct {
		ResourceType string          `json:"resourceType"`
		Identifier   *fhirIdentifier `json:"identifier"`
		Type         string          `json:"type"`
		Entry        []fhirEntry     `json:"entry"`
	}
	fhirEntry struct {
		FullURL  string         `json:"fullUrl"`
		Resource fhirProvenance `json:"resource"`
	}
	fhirProvenance struct {
		ResourceType string          `json:"resourceType"`
		Target       []fhirReference `json:"target"`
		Recorded     string          `json:"recorded"`
		Policy       []string        `json:"policy,omitempty"`
		Activity     fhirConcept     `json:"activity"`
		Agent        []fhirAgent     `json:"agent"`
		Entity       []fhirEntity    `json:"entity,omitempty"`
	}
	fhirAgent struct {
		Type       fhirConcept    `json:"type"`
		Role       []fhirConcept  `json:"role,omitempty"`
		Who        fhirReference  `json:"who"`
		OnBehalfOf *fhirReference `json:"onBehalfOf,omitempty"`
	}
	fhirEntity struct {
		Role string        `json:"role"`
		What fhirReference `json:"what"`
	}
	fhirReference struct {
		Type       string          `json:"type,omitempty"`
		Identifier *fhirIdentifier `json:"identifier"`
		Display    string          `json:"display,omitempty"`
	}
	fhirIdentifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	fhirConcept struct {
		Coding []fhirCoding `json:"coding"`
	}
	fhirCoding struct {
		System string `json:"system"`
		Code   string `json:"code"`
	}
)

// roles are what a parent was, in the value set of Provenance.entity.role. Training is
// a derivation; what a model was only evaluated with is a source.
var roles = map[copyright.Relation]string{
	copyright.RELATION_DERIVED:        "derivation",
	copyright.RELATION_REVISION:       "revision",
	copyright.RELATION_QUOTED:         "quotation",
	copyright.RELATION_PRIMARY_SOURCE: "source",
	copyright.RELATION_TRAINED:        "derivation",
	copyright.RELATION_FINE_TUNED:     "derivation",
	copyright.RELATION_EVALUATED:      "source",
}

// FHIR writes a lineage as a collection of FHIR R4 Provenance resources, one for each
// work, which point to works, institutions and accounts by identifier.
func (c Ledger) FHIR(l Lineage) ([]byte, error) {
	b := fhirBundle{ResourceType: "Bundle", Identifier: c.identifier("lineage", Name(l.Work)), Type: "collection"}
	for _, w := range l.Works {
		b.Entry = append(b.Entry, fhirEntry{c.uuid(w.Id), c.provenance(w)})
	}
	return encode(b)
}

func (c Ledger) identifier(kind, value string) *fhirIdentifier {
	return &fhirIdentifier{System: "urn:dmdl:" + string(c) + ":" + kind, Value: value}
}

// uuid is a work's own, the same whenever it is written: version 8 of RFC 9562.
func (c Ledger) uuid(id copyright.WorkId) string {
	u := sha256.Sum256([]byte(c.work(id)))
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

func concept(system, code string) fhirConcept { return fhirConcept{[]fhirCoding{{system, code}}} }

func (c Ledger) reference(w copyright.WorkId, display string) fhirReference {
	return fhirReference{Identifier: c.identifier("work", Name(w)), Display: display}
}

func (c Ledger) organization(number uint64) fhirReference {
	return fhirReference{Type: "Organization", Identifier: c.identifier("institution", fmt.Sprint(number))}
}

func (c Ledger) provenance(w copyright.Work) fhirProvenance {
	p := fhirProvenance{
		ResourceType: "Provenance", Target: []fhirReference{c.reference(w.Id, word("WORK_KIND_", w.Kind))},
		Recorded: moment(w.RegisteredAt), Activity: concept(systemOperation, "CREATE"), Agent: c.agents(w),
	}
	for _, parent := range w.Parents {
		p.Entity = append(p.Entity, fhirEntity{roles[parent.Relation], c.reference(parent.Work, how[parent.Relation])})
		if parent.Licence != 0 {
			policy := c.licence(access.LicenceId{Institution: parent.Work.Institution, Number: parent.Licence})
			if !slices.Contains(p.Policy, policy) {
				p.Policy = append(p.Policy, policy)
			}
		}
	}
	return p
}

// agents are the contributors as authors, the claimant as who entered the claim, and
// the custodians that attested it.
func (c Ledger) agents(w copyright.Work) []fhirAgent {
	agents := make([]fhirAgent, 0, len(w.Contributors)+1+len(w.Attestations))
	for _, contributor := range w.Contributors {
		a := fhirAgent{Type: concept(systemParticipant, "author"), Who: fhirReference{Identifier: c.identifier("account", contributor.Account)}}
		for _, credit := range contributor.Credits {
			a.Role = append(a.Role, concept(systemCredit, creditName(credit)))
		}
		agents = append(agents, a)
	}
	institution := c.organization(w.Id.Institution)
	agents = append(agents, fhirAgent{
		Type: concept(systemParticipant, "enterer"), Who: fhirReference{Identifier: c.identifier("account", w.Claimant)}, OnBehalfOf: &institution,
	})
	for _, a := range w.Attestations {
		custodian := c.organization(a.Custodian)
		agents = append(agents, fhirAgent{
			Type: concept(systemParticipant, "attester"), Who: fhirReference{Identifier: c.identifier("account", a.Vault)}, OnBehalfOf: &custodian,
		})
	}
	return agents
}
