package proof_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
)

func TestABundleHasOneEncodingApartFromWhiteSpace(t *testing.T) {
	f := newFixture(t)
	bundle := f.standard(t)
	b, err := proof.Parse(bundle)
	require.NoError(t, err)
	again, err := b.Encode()
	require.NoError(t, err)
	require.Equal(t, string(bundle), string(again))

	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, bundle, "", "\t"))
	_, err = proof.Verify(indented.Bytes(), f.root, proof.Options{})
	require.NoError(t, err)
}

func TestWhatIsNotABundleIsRefused(t *testing.T) {
	f := newFixture(t)
	text := strings.TrimSpace(string(f.standard(t)))
	replace := func(old, with string) string {
		require.Contains(t, text, old)
		return strings.Replace(text, old, with, 1)
	}
	for name, bad := range map[string]string{
		"empty":                     "",
		"nothing":                   "null",
		"a list":                    "[" + text + "]",
		"cut off":                   text[:len(text)-1],
		"two bundles":               text + text,
		"bytes behind it":           text + "x",
		"another version":           replace("dmdl-proof/1", "dmdl-proof/2"),
		"no version":                replace(`"format":"dmdl-proof/1",`, ""),
		"an unknown field":          replace(`"leaf":"`, `"note":"","leaf":"`),
		"an unknown field deep in":  replace(`{"header":`, `{"note":1,"header":`),
		"a repeated field":          replace(`"leaf":"`, `"leaf":"AAAA","leaf":"`),
		"a field in upper case":     replace(`"record"`, `"Record"`),
		"fields in another order":   replace(`"institution":"1","batch":"1"`, `"batch":"1","institution":"1"`),
		"a number as a number":      replace(`"institution":"1"`, `"institution":1`),
		"a number with a plus":      replace(`"institution":"1"`, `"institution":"+1"`),
		"a number with a zero":      replace(`"institution":"1"`, `"institution":"01"`),
		"a number too large":        replace(`"institution":"1"`, `"institution":"18446744073709551616"`),
		"a number below zero":       replace(`"institution":"1"`, `"institution":"-1"`),
		"an escaped letter":         replace(`"kind":"O`, `"kind":"\u004f`),
		"invalid UTF-8":             replace(`"kind":"O`, "\"kind\":\"\xff"),
		"bytes that are null":       replace(`"standing":{"value":`, `"standing":{"value":null,"x":`),
		"an empty value":            replace(`"standing":{`, `"standing":{"value":"",`),
		"an absent path":            strings.Replace(text, text[strings.Index(text, `"path":[`):strings.Index(text, `"batch":{`)], "", 1),
		"an extra proof operator":   replace(`"store":"`, `"store":["AAAA"],"x":"`),
		"base64 with line breaks":   replace(`"leaf":"`, `"leaf":"\n`),
		"base64 with spare bits":    replace(`"holder":`, `"x":"AB==","holder":`),
		"a holder that is a number": replace(`"holder":"dmdl1holder"`, `"holder":1`),
		"too many bytes":            text + strings.Repeat(" ", proof.MaxSize),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := proof.Verify([]byte(bad), f.root, proof.Options{})
			failsIn(t, proof.PartFormat, err)
		})
	}
}

func TestErrorsDoNotQuoteWhatOpeningsReveal(t *testing.T) {
	f := newFixture(t)
	text := string(f.standard(t))
	for _, bad := range []string{
		strings.Replace(text, `"kind":"Observation"`, `"kind":["Observation"]`, 1),
		strings.Replace(text, `"kind":"Observation"`, `"kind":"Condition"`, 1),
		strings.Replace(text, `"profile":"`, `"Observation":"","profile":"`, 1),
	} {
		_, err := proof.Verify([]byte(bad), f.root, proof.Options{})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "Observation")
		require.NotContains(t, err.Error(), "Condition")
	}
}
