package rights_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/rights"
)

// sample is a description with what DataCite 4 wants and a little more.
func sample() object {
	return object{
		"identifiers": []object{}, "creators": []object{{"name": "Douglas Hospital", "nameType": "Organizational"}},
		"titles": []object{{"title": "Scans", "lang": "en"}}, "publisher": object{"name": "Douglas Hospital"},
		"publicationYear": "2026", "types": object{"resourceTypeGeneral": "Dataset"}, "sizes": []string{"3 records"},
	}
}

func changed(t *testing.T, change func(object)) []byte {
	t.Helper()
	d := sample()
	change(d)
	text, err := json.Marshal(d)
	require.NoError(t, err)
	return text
}

func TestADescriptionHasWhatDataCiteWants(t *testing.T) {
	for name, change := range map[string]func(object){
		"no identifier":        func(object) {},
		"an identifier":        func(d object) { d["identifiers"] = []object{{"identifier": "10.1234/a", "identifierType": "DOI"}} },
		"a DOI":                func(d object) { delete(d, "identifiers"); d["doi"] = "10.1234/a" },
		"a publisher by name":  func(d object) { d["publisher"] = "Douglas Hospital" },
		"a year in a number":   func(d object) { d["publicationYear"] = 2026 },
		"what nobody looks at": func(d object) { d["dates"] = "soon" },
	} {
		require.NoError(t, rights.CheckDescription(changed(t, change)), name)
	}
}

func TestADescriptionWithoutItIsToldWhatIsMissing(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(object)
		says   string
	}{
		"identifiers":           {func(d object) { delete(d, "identifiers") }, `"identifiers": [`},
		"null identifiers":      {func(d object) { d["identifiers"] = nil }, `or [] if it has none`},
		"an empty identifier":   {func(d object) { d["identifiers"] = []object{{"identifierType": "DOI"}} }, `"identifiers": [`},
		"an untyped identifier": {func(d object) { d["identifiers"] = []object{{"identifier": "x"}} }, `"identifiers": [`},
		"creators":              {func(d object) { delete(d, "creators") }, `"creators": [`},
		"no creator":            {func(d object) { d["creators"] = []object{} }, `"creators": [`},
		"a nameless creator":    {func(d object) { d["creators"] = []object{{"name": "A"}, {}} }, `"creators": [`},
		"titles":                {func(d object) { delete(d, "titles") }, `"titles": [`},
		"an empty title":        {func(d object) { d["titles"] = []object{{"title": ""}} }, `"titles": [`},
		"publisher":             {func(d object) { delete(d, "publisher") }, `"publisher": {`},
		"an empty publisher":    {func(d object) { d["publisher"] = "" }, `"publisher": {`},
		"a nameless publisher":  {func(d object) { d["publisher"] = object{} }, `"publisher": {`},
		"publicationYear":       {func(d object) { delete(d, "publicationYear") }, `"publicationYear": "2026"`},
		"a year of two digits":  {func(d object) { d["publicationYear"] = "26" }, `"publicationYear": "2026"`},
		"types":                 {func(d object) { delete(d, "types") }, `"types": {`},
		"no general type":       {func(d object) { d["types"] = object{"resourceType": "scans"} }, `"types": {`},
	} {
		err := rights.CheckDescription(changed(t, tc.change))
		require.ErrorIs(t, err, rights.ErrDescription, name)
		require.Less(t, len(err.Error()), 200, name)
		require.ErrorContains(t, err, tc.says, name)
	}
	for _, text := range []string{``, `[]`, `"a title"`, `{"titles": "Scans"}`, `{} {}`} {
		require.ErrorIs(t, rights.CheckDescription([]byte(text)), rights.ErrDescription, text)
	}
	err := rights.CheckDescription([]byte(`{}`))
	for _, name := range []string{"identifiers", "creators", "titles", "publisher", "publicationYear", "types"} {
		require.ErrorContains(t, err, `"`+name+`": `)
	}
}
