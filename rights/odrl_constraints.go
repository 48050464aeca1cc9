package rights

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
)

//go:embed profile.ttl
var profile []byte

// ProfileTurtle returns the profile as RDF in Turtle: the terms that ODRL lacks, and
// which purposes belong to each permission of the Data Use Ontology.
func ProfileTurtle() []byte { return slices.Clone(profile) }

// term names a code of the Data Use Ontology.
func term(code uint32) *ref { return &ref{ID: fmt.Sprintf("obo:DUO_%07d", code)} }

// reasons name purposes in the code system of HL7.
func reasons(purposes []access.Purpose) []ref {
	named := make([]ref, len(purposes))
	for i, p := range purposes {
		named[i].ID = "reason:" + strings.TrimPrefix(p.String(), "PURPOSE_")
	}
	return named
}

// countries are ISO 3166-1 codes as DCMI types them.
func countries(codes []string) []literal {
	typed := make([]literal, len(codes))
	for i, c := range codes {
		typed[i] = literal{c, "dct:ISO3166"}
	}
	return typed
}

// constraints are what every permission is under.
func (b writer) constraints() []constraint {
	all := []constraint{b.purposes()}
	if len(b.terms.Territory) > 0 {
		all = append(all, constraint{LeftOperand: "spatial", Operator: "isAnyOf", RightOperand: countries(b.terms.Territory)})
	}
	if days := b.terms.Period / (24 * time.Hour); days > 0 {
		all = append(all, constraint{LeftOperand: "elapsedTime", Operator: "lt", RightOperand: literal{fmt.Sprintf("P%dD", days), "xsd:duration"}})
	}
	if b.licence != nil && b.licence.ExpiresAt != nil {
		all = append(all, constraint{LeftOperand: "dateTime", Operator: "lt", RightOperand: instant(*b.licence.ExpiresAt)})
	}
	return append(all, b.dataUses()...)
}

// purposes are those of the terms, each with what else the ledger takes it for.
func (b writer) purposes() constraint {
	named := reasons(b.terms.Purposes)
	for i, p := range b.terms.Purposes {
		if rule, found := b.params.Rule(p); found {
			named[i].Covers = reasons(slices.DeleteFunc(slices.Clone(rule.Covers), func(c access.Purpose) bool { return c == p }))
		}
	}
	return constraint{LeftOperand: "purpose", Operator: "isAnyOf", RightOperand: named}
}

// dataUses are the codes that constrain; the others prohibit.
func (b writer) dataUses() []constraint {
	uses := b.terms.DataUses
	all := b.classes()
	if found := valuesOf(uses, duoGeographic); len(found) > 0 {
		all = append(all, constraint{LeftOperand: "spatial", Operator: "isAnyOf", RightOperand: countries(found), Because: term(duoGeographic)})
	}
	for _, months := range valuesOf(uses, duoTimeLimit) {
		all = append(all, constraint{
			LeftOperand: "elapsedTime", Operator: "lt", RightOperand: literal{"P" + months + "M", "xsd:duration"}, Because: term(duoTimeLimit),
		})
	}
	if b.licence != nil && hasUse(uses, duoInstitution) {
		all = append(all, constraint{
			LeftOperand: "recipient", Operator: "eq", RightOperand: ref{ID: b.institution(b.licence.Licensee)}, Because: term(duoInstitution),
		})
	}
	if codes := heeded(uses); len(codes) > 0 {
		terms := make([]ref, len(codes))
		for i, code := range codes {
			terms[i] = *term(code)
		}
		all = append(all, constraint{LeftOperand: "dmdl:dataUse", Operator: "isAllOf", RightOperand: terms})
	}
	return all
}

// classes says to which permission of the Data Use Ontology a purpose must belong, and
// which diseases may be studied. Clinical care stands beside them.
func (b writer) classes() []constraint {
	codes := permissions(b.terms.DataUses)
	choices := make([]constraint, len(codes))
	for i, code := range codes {
		choices[i] = constraint{LeftOperand: "purpose", Operator: "isA", RightOperand: *term(code)}
	}
	all := either(choices)
	if diseases := valuesOf(b.terms.DataUses, duoDisease); len(diseases) > 0 {
		named := make([]ref, len(diseases))
		for i, d := range diseases {
			named[i].ID = "obo:" + strings.Replace(d, ":", "_", 1)
		}
		choices = []constraint{{LeftOperand: "dmdl:disease", Operator: "isAnyOf", RightOperand: named, Because: term(duoDisease)}}
		if hasUse(b.terms.DataUses, duoClinical) {
			choices = append(choices, constraint{LeftOperand: "purpose", Operator: "isA", RightOperand: *term(duoClinical)})
		}
		all = append(all, either(choices)...)
	}
	return all
}

// either joins constraints of which one must hold.
func either(choices []constraint) []constraint {
	if len(choices) < 2 {
		return choices
	}
	return []constraint{{Or: &choice{choices}}}
}
