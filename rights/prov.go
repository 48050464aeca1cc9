package rights

import (
	"fmt"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// provSpace is the namespace of what PROV has no name for.
const provSpace = "urn:dmdl:prov:1:"

// Parts of a PROV-JSON document (W3C Member Submission of 24 April 2013).
type (
	attributes map[string]any
	provLit    struct {
		Value string `json:"$"`
		Type  string `json:"type"`
	}
	provDocument struct {
		Prefix      map[string]string     `json:"prefix"`
		Entity      map[string]attributes `json:"entity"`
		Activity    map[string]attributes `json:"activity"`
		Agent       map[string]attributes `json:"agent"`
		Generation  map[string]attributes `json:"wasGeneratedBy"`
		Usage       map[string]attributes `json:"used,omitempty"`
		Derivation  map[string]attributes `json:"wasDerivedFrom,omitempty"`
		Association map[string]attributes `json:"wasAssociatedWith"`
		Delegation  map[string]attributes `json:"actedOnBehalfOf"`
		Attribution map[string]attributes `json:"wasAttributedTo"`
	}
)

// makings are the types of the activities that make works, and the role of what they
// use. A relation that is not here is plain making from a source.
var makings = map[copyright.Relation][2]string{
	copyright.RELATION_TRAINED:    {"dmdl:Training", "dmdl:trainingData"},
	copyright.RELATION_FINE_TUNED: {"dmdl:FineTuning", "dmdl:fineTuningData"},
	copyright.RELATION_EVALUATED:  {"dmdl:Evaluating", "dmdl:evaluationData"},
}

// derivations are the subtypes of derivation that PROV has.
var derivations = map[copyright.Relation]string{
	copyright.RELATION_REVISION:       "prov:Revision",
	copyright.RELATION_QUOTED:         "prov:Quotation",
	copyright.RELATION_PRIMARY_SOURCE: "prov:PrimarySource",
}

// PROV writes a lineage as PROV-JSON. Each work is an entity that an activity of making
// generated, with which its contributors are associated in their roles of CRediT; this
// used the parents. The claim on it is another entity, that registering generated.
func (c Ledger) PROV(l Lineage) ([]byte, error) {
	d := provDocument{
		Prefix: map[string]string{"dmdl": provSpace, "credit": "https://credit.niso.org/contributor-roles/"},
		Entity: map[string]attributes{}, Activity: map[string]attributes{}, Agent: map[string]attributes{},
		Generation: map[string]attributes{}, Usage: map[string]attributes{}, Derivation: map[string]attributes{},
		Association: map[string]attributes{}, Delegation: map[string]attributes{}, Attribution: map[string]attributes{},
	}
	for _, kind := range []string{"work", "claim", "making", "registering", "institution", "account", "licence"} {
		d.Prefix[kind] = c.stem(kind)
	}
	for _, w := range l.Works {
		d.make(w)
		d.register(w)
		for _, p := range w.Parents {
			d.derive(w, p)
		}
	}
	return encode(d)
}

func qualified(name string) provLit { return provLit{name, "prov:QUALIFIED_NAME"} }
func moment(t time.Time) string     { return t.UTC().Format(time.RFC3339Nano) }
func count[T ~int | ~int64 | ~uint32 | ~uint64](n T) provLit {
	return provLit{fmt.Sprint(n), "xsd:unsignedLong"}
}

func (d provDocument) institution(number uint64) string {
	name := fmt.Sprintf("institution:%d", number)
	d.Agent[name] = attributes{"prov:type": qualified("prov:Organization")}
	return name
}

// account is an agent of no type: whether a person or a program signs, the ledger does
// not know.
func (d provDocument) account(address string) string {
	name := "account:" + address
	if d.Agent[name] == nil {
		d.Agent[name] = attributes{}
	}
	return name
}

// make writes the work and how it was made.
func (d provDocument) make(w copyright.Work) {
	work, making := "work:"+Name(w.Id), "making:"+Name(w.Id)
	entity := attributes{"prov:type": qualified("dmdl:" + camel("WORK_KIND_", w.Kind)), "dmdl:description": digestName(w.Description)}
	if w.Size_ > 0 {
		entity["dmdl:root"], entity["dmdl:records"] = fmt.Sprintf("%x", w.Root), count(w.Size_)
	} else {
		entity["dmdl:content"] = fmt.Sprintf("%x", w.Content)
	}
	d.Entity[work] = entity
	types := []provLit{qualified("dmdl:Making")}
	for _, relation := range []copyright.Relation{copyright.RELATION_TRAINED, copyright.RELATION_FINE_TUNED, copyright.RELATION_EVALUATED} {
		for _, p := range w.Parents {
			if p.Relation == relation {
				types = append(types, qualified(makings[relation][0]))
				break
			}
		}
	}
	d.Activity[making] = attributes{"prov:type": types}
	d.Generation["_:made-"+Name(w.Id)] = attributes{"prov:entity": work, "prov:activity": making}
	for i, contributor := range w.Contributors {
		var roles []provLit
		for _, credit := range contributor.Credits {
			roles = append(roles, qualified("credit:"+creditName(credit)+"/"))
		}
		d.Association[fmt.Sprintf("_:contributed-%s-%d", Name(w.Id), i)] = attributes{
			"prov:activity": making, "prov:agent": d.account(contributor.Account), "prov:role": roles, "dmdl:share": count(contributor.Share),
		}
		d.Attribution[fmt.Sprintf("_:by-%s-%d", Name(w.Id), i)] = attributes{"prov:entity": work, "prov:agent": d.account(contributor.Account)}
	}
}

// creditName is the name of a role in the Contributor Role Taxonomy.
func creditName(c copyright.Credit) string {
	return strings.ReplaceAll(word("CREDIT_", c), " ", "-")
}

// register writes the claim on a work and its registration.
func (d provDocument) register(w copyright.Work) {
	name := Name(w.Id)
	claim, registering, institution := "claim:"+name, "registering:"+name, d.institution(w.Id.Institution)
	d.Entity[claim] = attributes{
		"prov:type": qualified("dmdl:Claim"), "dmdl:status": qualified("dmdl:" + camel("WORK_STATUS_", w.Status)),
		"dmdl:right": qualified("dmdl:" + camel("RIGHT_", w.Right)), "dmdl:jurisdiction": w.Jurisdiction,
		"dmdl:contests": count(w.Contests), "dmdl:notices": count(w.Notices),
	}
	at := moment(w.RegisteredAt)
	d.Activity[registering] = attributes{"prov:type": qualified("dmdl:Registering"), "prov:startTime": at, "prov:endTime": at, "dmdl:height": count(w.RegisteredHeight)}
	d.Generation["_:claimed-"+name] = attributes{"prov:entity": claim, "prov:activity": registering, "prov:time": at}
	d.Usage["_:registered-"+name] = attributes{"prov:activity": registering, "prov:entity": "work:" + name}
	claimant := d.account(w.Claimant)
	d.Association["_:claimant-"+name] = attributes{"prov:activity": registering, "prov:agent": claimant, "prov:role": qualified("dmdl:claimant")}
	d.Delegation["_:for-"+name] = attributes{"prov:delegate": claimant, "prov:responsible": institution, "prov:activity": registering}
	d.Attribution["_:claim-"+name] = attributes{"prov:entity": claim, "prov:agent": institution}
	for _, a := range w.Attestations {
		d.Attribution[fmt.Sprintf("_:attested-%s-%d", name, a.Custodian)] = attributes{
			"prov:entity": claim, "prov:agent": d.institution(a.Custodian), "prov:type": qualified("dmdl:Attestation"), "dmdl:height": count(a.Height),
		}
	}
}

// derive writes how a work came from a parent.
func (d provDocument) derive(w copyright.Work, p copyright.Parent) {
	work, making, parent := "work:"+Name(w.Id), "making:"+Name(w.Id), "work:"+Name(p.Work)
	if d.Entity[parent] == nil {
		d.Entity[parent] = attributes{} // beyond the bounds; make fills it in if it comes
	}
	edge := Name(w.Id) + "-" + Name(p.Work)
	role := "dmdl:source"
	if m, special := makings[p.Relation]; special {
		role = m[1]
	}
	used := attributes{"prov:activity": making, "prov:entity": parent, "prov:role": qualified(role)}
	if p.Licence != 0 {
		used["dmdl:licence"] = qualified("licence:" + licenceName(access.LicenceId{Institution: p.Work.Institution, Number: p.Licence}))
	}
	d.Usage["_:used-"+edge] = used
	if p.Relation == copyright.RELATION_EVALUATED {
		return // nothing of it is in the work
	}
	derivation := attributes{"prov:generatedEntity": work, "prov:usedEntity": parent, "prov:activity": making}
	if subtype, found := derivations[p.Relation]; found {
		derivation["prov:type"] = qualified(subtype)
	}
	d.Derivation["_:derived-"+edge] = derivation
}
