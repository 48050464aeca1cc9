package rights_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// schema compiles a schema of testdata.
func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer file.Close()
	source, err := jsonschema.UnmarshalJSON(file)
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource(name, source))
	compiled, err := compiler.Compile(name)
	require.NoError(t, err)
	return compiled
}

func validate(t require.TestingT, s *jsonschema.Schema, document []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	require.NoError(t, err)
	return s.Validate(value)
}

// object is a part of a document that a test spoils.
type object = map[string]any

// malformed are policies that break the information model in one point each.
func malformed(t *testing.T) map[string][]byte {
	t.Helper()
	first := func(d object, section string) object { return d[section].([]any)[0].(object) }
	compared := func(d object) object { return first(d, "permission")["constraint"].([]any)[0].(object) }
	spoil := map[string]func(object){
		"no-rule":           func(d object) { delete(d, "permission"); delete(d, "prohibition"); delete(d, "obligation") },
		"unknown-strategy":  func(d object) { d["conflict"] = "odrl:both" },
		"offer-by-nobody":   func(d object) { d["@type"] = "Offer"; delete(first(d, "permission"), "assigner") },
		"agreed-by-nobody":  func(d object) { delete(first(d, "prohibition"), "assignee") },
		"no-action":         func(d object) { delete(first(d, "permission"), "action") },
		"two-actions":       func(d object) { first(d, "permission")["action"] = []any{"use", "derive"} },
		"unknown-action":    func(d object) { first(d, "permission")["action"] = "dmdl:sing" },
		"no-target":         func(d object) { delete(first(d, "permission"), "target") },
		"duty-of-no-permit": func(d object) { first(d, "prohibition")["duty"] = []any{object{"action": "attribute"}} },
		"duty-without-act":  func(d object) { first(d, "permission")["duty"] = []any{object{}} },
		"no-operator":       func(d object) { delete(compared(d), "operator") },
		"unknown-operator":  func(d object) { compared(d)["operator"] = "dmdl:like" },
		"no-left-operand":   func(d object) { delete(compared(d), "leftOperand") },
		"unknown-operand":   func(d object) { compared(d)["leftOperand"] = "dmdl:mood" },
		"no-right-operand":  func(d object) { delete(compared(d), "rightOperand") },
		"many-for-one":      func(d object) { compared(d)["operator"] = "eq" },
		"half-logical": func(d object) {
			part := maps.Clone(compared(d)) // a copy, so that no value holds itself
			compared(d)["or"] = object{"@list": []any{part, part}}
		},
		"refined-without-value": func(d object) {
			first(d, "permission")["action"] = []any{object{"refinement": []any{object{"leftOperand": "purpose", "operator": "eq", "rightOperand": object{"@id": "reason:TREAT"}}}}}
		},
	}
	spoiled := map[string][]byte{}
	for name, do := range spoil {
		var d object
		require.NoError(t, json.Unmarshal(policies(t)["licence-rich.jsonld"], &d))
		do(d)
		document, err := json.Marshal(d)
		require.NoError(t, err)
		spoiled[name+".jsonld"] = document
	}
	return spoiled
}

func TestPoliciesAreValid(t *testing.T) {
	s := schema(t, "odrl.schema.json")
	for name, document := range policies(t) {
		require.NoError(t, validate(t, s, document), name)
	}
	rapid.Check(t, func(t *rapid.T) { require.NoError(t, validate(t, s, offered(t, drawTerms(t)))) })
}

func TestPoliciesThatBreakTheModelAreNot(t *testing.T) {
	s := schema(t, "odrl.schema.json")
	for name, document := range malformed(t) {
		require.Error(t, validate(t, s, document), name)
	}
}

func TestProvenanceIsValid(t *testing.T) {
	s := schema(t, "prov.schema.json")
	document, err := chain.PROV(traced(t, family(), id(3, 1), 9, 9, 99))
	require.NoError(t, err)
	require.NoError(t, validate(t, s, document))
	for _, spoil := range []struct{ from, to string }{
		{`"prov:usedEntity"`, `"prov:used"`}, {`"prov:QUALIFIED_NAME"`, `"qname"`}, {`"entity": {`, `"thing": {`}, {`2026-01-01T08:00:00Z`, `yesterday`},
	} {
		spoiled := strings.Replace(string(document), spoil.from, spoil.to, 1)
		require.NotEqual(t, string(document), spoiled)
		require.Error(t, validate(t, s, []byte(spoiled)), spoil.from)
	}
}
