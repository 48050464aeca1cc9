package fhir

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func form(t require.TestingT, raw string) string {
	return string(formattest.Canonical(t, New(), profile, []byte(raw)))
}

const base = `{"resourceType":"Observation","id":"o1",` +
	`"meta":{"versionId":"1","security":[{"code":"R"}],"tag":[{"code":"x"}],"profile":["http://a"]},` +
	`"text":{"status":"generated","div":"<div>a</div>"},` +
	`"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":1.0,"unit":"a b"},"note":[{"text":"é/1"},{"text":"2"}],` +
	`"contained":[{"resourceType":"Patient","id":"c","meta":{"versionId":"1"},"text":{"status":"generated"}}]}`

func TestChangesThatAServerMakesAreNotSeen(t *testing.T) {
	for name, change := range map[string][2]string{
		"version":             {`"versionId":"1"`, `"versionId":"2"`},
		"last update":         {`"versionId":"1"`, `"lastUpdated":"2026-01-01T00:00:00Z"`},
		"source":              {`"versionId":"1"`, `"source":"#1","_source":{"id":"x"}`},
		"narrative":           {`<div>a</div>`, `<div>b</div>`},
		"no narrative":        {`"text":{"status":"generated","div":"<div>a</div>"},`, ``},
		"white space":         {`,"id":"o1",`, " ,\t\"id\" :\r\n\"o1\" , "},
		"order of names":      {`{"value":1.0,"unit":"a b"}`, `{"unit":"a b","value":1.0}`},
		"byte order mark":     {`{"resourceType":"Obs`, "\ufeff" + `{"resourceType":"Obs`},
		"space at the end":    {`"text":{"status":"generated"}}]}`, `"text":{"status":"generated"}}]}` + "\r\n"},
		"escaped letter":      {`é/1`, `\u00E9\/\u0031`},
		"escaped name":        {`"unit"`, `"\u0075nit"`},
		"meta in other order": {`"tag":[{"code":"x"}],"profile":["http://a"]`, `"profile":["http://a"],"tag":[{"code":"x"}]`},
	} {
		require.Equal(t, form(t, base), form(t, replaced(t, change)), name)
	}
	require.Equal(t, form(t, `{"resourceType":"Patient"}`), form(t, `{"meta":{"versionId":"1","lastUpdated":"x"},"resourceType":"Patient"}`))
	require.Equal(t, form(t, `{"resourceType":"Patient"}`), form(t, `{"meta":{},"resourceType":"Patient"}`))
}

func TestChangesOfContentAreSeen(t *testing.T) {
	for name, change := range map[string][2]string{
		"number literal":        {`1.0`, `1`},
		"number with exponent":  {`1.0`, `10e-1`},
		"number as string":      {`1.0`, `"1.0"`},
		"character":             {`"a b"`, `"a c"`},
		"space in a string":     {`"a b"`, `"a  b"`},
		"space at its end":      {`"a b"`, `"a b "`},
		"no-break space":        {`"a b"`, "\"a\u00a0b\""},
		"Unicode normal form":   {`é`, "e\u0301"},
		"id":                    {`"id":"o1"`, `"id":"o2"`},
		"no id":                 {`"id":"o1",`, ``},
		"reference":             {`Patient/p1`, `Patient/p2`},
		"label":                 {`"code":"R"`, `"code":"N"`},
		"tag":                   {`"code":"x"`, `"code":"y"`},
		"profile":               {`http://a`, `http://b`},
		"type":                  {`"Observation"`, `"Basic"`},
		"order of a list":       {`{"text":"é/1"},{"text":"2"}`, `{"text":"2"},{"text":"é/1"}`},
		"text of a note":        {`{"text":"2"}`, `{"text":"3"}`},
		"contained version":     {`"id":"c","meta":{"versionId":"1"}`, `"id":"c","meta":{"versionId":"2"}`},
		"contained narrative":   {`"text":{"status":"generated"}}]}`, `"text":{"status":"empty"}}]}`},
		"null for absent":       {`"unit":"a b"`, `"unit":"a b","code":null`},
		"text that is a string": {`"text":{"status":"generated","div":"<div>a</div>"},`, `"text":"a",`},
	} {
		require.NotEqual(t, form(t, base), form(t, replaced(t, change)), name)
	}
}

func TestADocumentKeepsTheNarrativesOfItsEntries(t *testing.T) {
	document := `{"resourceType":"Bundle","type":"document","meta":{"versionId":"1"},"entry":[{"resource":{"resourceType":"Composition","text":{"div":"a"},"meta":{"versionId":"1"}}}]}`
	require.Equal(t, `{"entry":[{"resource":{"meta":{"versionId":"1"},"resourceType":"Composition","text":{"div":"a"}}}],"resourceType":"Bundle","type":"document"}`, form(t, document))
}

func replaced(t *testing.T, change [2]string) string {
	t.Helper()
	require.Contains(t, base, change[0])
	return strings.Replace(base, change[0], change[1], 1)
}

// value draws a JSON value as Go has it; numbers are literals.
func value(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
		case kind == 0:
			return rapid.SampledFrom([]any{nil, true, false}).Draw(t, "word")
		case kind == 1:
			return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number"))
		case kind <= 3 || depth == 0:
			return rapid.String().Filter(utf8.ValidString).Draw(t, "string")
		case kind <= 4:
			return rapid.SliceOfN(value(depth-1), 0, 4).Draw(t, "list")
		}
		return rapid.MapOfN(rapid.String().Filter(utf8.ValidString), value(depth-1), 0, 5).Draw(t, "object")
	})
}

// written writes a value in one of the many ways that JSON allows.
func written(t *rapid.T, v any) string {
	space := func() string { return rapid.SampledFrom([]string{"", "", " ", "\n\t", "\r\n"}).Draw(t, "space") }
	var body string
	switch v := v.(type) {
	case string:
		body = quoted(t, v)
	case map[string]any:
		var members []string
		for name, inside := range v { // in any order, which is the point
			members = append(members, space()+quoted(t, name)+space()+":"+written(t, inside))
		}
		body = "{" + strings.Join(members, ",") + space() + "}"
	case []any:
		var elements []string
		for _, inside := range v {
			elements = append(elements, written(t, inside))
		}
		body = "[" + strings.Join(elements, ",") + space() + "]"
	case json.Number:
		body = v.String()
	default:
		body = map[any]string{nil: "null", true: "true", false: "false"}[v]
	}
	return space() + body + space()
}

func quoted(t *rapid.T, text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r > 0xffff && rapid.Bool().Draw(t, "pair"):
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r <= 0xffff && (r < ' ' || r == '"' || r == '\\' || rapid.IntRange(0, 9).Draw(t, "escape") == 0):
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String() + `"`
}

func TestOneContentHasOneFormHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := map[string]any{"resourceType": "Basic", "extension": value(3).Draw(t, "content")}
		one, other := written(t, content), written(t, content)
		require.Equal(t, form(t, one), form(t, other))
		require.Equal(t, form(t, one), form(t, form(t, one)))
		require.JSONEq(t, one, form(t, one))
	})
}

func TestTwoContentsHaveTwoForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := value(2).Draw(t, "a"), value(2).Draw(t, "b")
		one := form(t, written(t, map[string]any{"resourceType": "Basic", "extension": a}))
		other := form(t, written(t, map[string]any{"resourceType": "Basic", "extension": b}))
		require.Equal(t, fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b), one == other)
	})
}
