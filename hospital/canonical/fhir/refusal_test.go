package fhir

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func TestWhatIsRefused(t *testing.T) {
	for name, row := range map[string]struct{ source, want string }{
		"cut off":                  {`{"resourceType":"Basic"`, "ends at byte 23"},
		"cut off in a string":      {`{"resourceType":"Bas`, "ends at byte 20"},
		"two documents":            {`{"resourceType":"Basic"} {"resourceType":"Basic"}`, "byte 25: the end of the document"},
		"comma at the end":         {`{"resourceType":"Basic",}`, "byte 24: a name in quotes"},
		"comma in a list":          {`{"resourceType":"Basic","a":[1,]}`, "byte 31: a value"},
		"no colon":                 {`{"resourceType" "Basic"}`, "byte 16: a colon"},
		"single quotes":            {`{'resourceType':'Basic',"resourceType":1}`, "byte 1: a name in quotes"},
		"leading zero":             {`{"resourceType":"Basic","a":01}`, "byte 29: a comma"},
		"no digit after the point": {`{"resourceType":"Basic","a":1.}`, "byte 30: a digit"},
		"no digit of the exponent": {`{"resourceType":"Basic","a":1e+}`, "byte 31: a digit"},
		"not a number":             {`{"resourceType":"Basic","a":NaN}`, "byte 28: a value"},
		"half a word":              {`{"resourceType":"Basic","a":tru}`, "byte 28: true, false or null"},
		"unknown escape":           {`{"resourceType":"Basic","a":"\x"}`, "byte 30: a known escape"},
		"short escape":             {`{"resourceType":"Basic","a":"\u12"}`, "byte 33: a hexadecimal"},
		"line feed in a string":    {"{\"resourceType\":\"Basic\",\"a\":\"\n\"}", "byte 29: a closing quote"},
		"a name twice":             {`{"resourceType":"Basic","a":1,"a":1}`, "byte 30 stands twice"},
		"a name twice, escaped":    {`{"resourceType":"Basic","a":1,"\u0061":1}`, "byte 30 stands twice"},
		"a name twice, deep":       {`{"resourceType":"Basic","a":[{"b":{"c":1,"c":1}}]}`, "byte 41 stands twice"},
		"two lists of entries":     {`{"resourceType":"Bundle","entry":[],"entry":[]}`, "byte 36 stands twice"},
		"invalid UTF-8":            {"{\"resourceType\":\"Basic\",\"a\":\"\u00e9\xff\"}", "invalid UTF-8 at byte 31"},
		"high surrogate alone":     {`{"resourceType":"Basic","a":"\ud83d"}`, "surrogate pair at byte 29"},
		"low surrogate alone":      {`{"resourceType":"Basic","a":"\n\ude00"}`, "surrogate pair at byte 31"},
		"two high surrogates":      {`{"resourceType":"Basic","a":"\ud83d\ud83d"}`, "surrogate pair at byte 29"},
		"too deep":                 {`{"resourceType":"Basic","a":` + strings.Repeat("[", 256), "nested deeper than 256"},
		"a bundle of nothing":      {`{"resourceType":"Bundle","entry":[{"request":{}}]}`, "holds no record"},
	} {
		_, refusals := found(row.source)
		require.Len(t, refusals, 1, name)
		require.Contains(t, refusals[0], row.want, name)
		require.NotContains(t, refusals[0], "Basic", name)
		if strings.Contains(row.source, `"Basic"`) {
			require.ErrorIs(t, New().Canonical(io.Discard, profile, format.Bytes([]byte(row.source), "")), format.ErrInvalid, name)
		}
	}
}

func TestWhatHoldsNoResourceIsAnothersToRead(t *testing.T) {
	for _, source := range []string{`{"a":1}`, `{"a":{"resourceType":"Basic"}}`, `{"resourceType":1}`, `{"a":1`, "{\"a\":1}\n{\"a\":2}", "text", ""} {
		var errs []error
		for _, err := range New().Items(format.Bytes([]byte(source), "")) {
			errs = append(errs, err)
		}
		require.Len(t, errs, 1, source)
		require.ErrorIs(t, errs[0], ErrNotFHIR, source)
	}
}

func TestDetection(t *testing.T) {
	long := `{"data":"` + strings.Repeat("A", format.HeadSize)
	for source, want := range map[string]bool{
		"\ufeff \r\n{ \"resourceType\":\"Basic\"}": true,
		`{"id":"1","resourceType":"Basic"}`:        true,
		long[:format.HeadSize]:                     true,
		`{"id":"1"}`:                               false,
		`{}`:                                       false,
		`{\rtf1 "resourceType"`:                    false,
		`[{"resourceType":"Basic"}]`:               false,
		`"resourceType"`:                           false,
		"":                                         false,
	} {
		why, ok := New().Detect([]byte(source), "x.json")
		require.Equal(t, want, ok, source)
		require.Equal(t, want, ok && why != "", source)
	}
}

// FuzzItems also compares with the standard library, which accepts more: equal
// names, invalid text, any depth up to 10,000.
func FuzzItems(f *testing.F) {
	for _, body := range formattest.Files(f) {
		f.Add(body)
	}
	f.Add([]byte(base))
	f.Add([]byte(`{"resourceType":"Basic","a":[1.0e+1,-0,null,true,"\ud83d\ude00\/\u0007"]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		formattest.Laws(t, New(), body, true)
		if len(body) >= 3 && string(body[:3]) == string(bom) {
			body = body[3:]
		}
		err := new(tree).parse(body)
		if err == nil {
			require.True(t, json.Valid(body))
		} else if !strings.Contains(err.Error(), "nested deeper") {
			require.False(t, json.Valid(body))
		}
		require.True(t, err == nil || errors.Is(err, format.ErrInvalid))
	})
}
