package commitment_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/commitment"
)

var scope = commitment.Scope{ChainID: "dmdl-test-1", Institution: 7}

func content() commitment.Content {
	return commitment.Content{
		Kind: "Observation", Profile: "fhir-json/1",
		Canonical: sha256.Sum256([]byte("canonical")), Raw: sha256.Sum256([]byte("raw")),
	}
}

// prefixed writes the message of a commitment by hand, as its comment says.
func prefixed(parts ...string) []byte {
	var out []byte
	for _, part := range parts {
		out = append(out, 0, 0, 0, byte(len(part)))
		out = append(out, part...)
	}
	return out
}

func TestACommitmentIsAnHMACOverItsParts(t *testing.T) {
	opening := commitment.Opening(bytes.Repeat([]byte{3}, 32))
	mac := func(message []byte) []byte {
		h := hmac.New(sha256.New, opening[:])
		h.Write(message)
		return h.Sum(nil)
	}
	c := content()
	got := c.Commit(scope, opening)
	require.Equal(t, mac(prefixed("dmdl/content/1", "dmdl-test-1", "\x00\x00\x00\x00\x00\x00\x00\x07", "Observation", "fhir-json/1",
		string(c.Canonical[:]), string(c.Raw[:]))), got[:])
	sealed := commitment.Sealed(scope, c.Raw, opening)
	require.Equal(t, mac(prefixed("dmdl/sealed/1", "dmdl-test-1", "\x00\x00\x00\x00\x00\x00\x00\x07", string(c.Raw[:]))), sealed[:])
}

func TestEveryPartBinds(t *testing.T) {
	opening := commitment.NewOpening()
	made := content().Commit(scope, opening)
	for name, change := range map[string]func(*commitment.Content, *commitment.Scope, *commitment.Opening){
		"kind":        func(c *commitment.Content, _ *commitment.Scope, _ *commitment.Opening) { c.Kind = "Condition" },
		"profile":     func(c *commitment.Content, _ *commitment.Scope, _ *commitment.Opening) { c.Profile = "raw/1" },
		"canonical":   func(c *commitment.Content, _ *commitment.Scope, _ *commitment.Opening) { c.Canonical[31]++ },
		"raw":         func(c *commitment.Content, _ *commitment.Scope, _ *commitment.Opening) { c.Raw[0]++ },
		"chain":       func(_ *commitment.Content, s *commitment.Scope, _ *commitment.Opening) { s.ChainID += "1" },
		"institution": func(_ *commitment.Content, s *commitment.Scope, _ *commitment.Opening) { s.Institution++ },
		"opening":     func(_ *commitment.Content, _ *commitment.Scope, o *commitment.Opening) { o[5]++ },
	} {
		c, s, o := content(), scope, opening
		change(&c, &s, &o)
		require.NotEqual(t, made, c.Commit(s, o), name)
	}
}

func TestAnOpeningHas32Bytes(t *testing.T) {
	for _, size := range []int{0, 31, 33} {
		_, err := commitment.ParseOpening(make([]byte, size))
		require.ErrorContains(t, err, "an opening has 32 bytes")
	}
	require.NotEqual(t, commitment.NewOpening(), commitment.NewOpening())
}

func TestADescriptorHasOneEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := commitment.Descriptor{
			Version: 1, Kind: rapid.String().Draw(t, "kind"), Profile: "raw/1",
			Codes: rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "codes"), Occurred: rapid.String().Draw(t, "occurred"),
		}
		encoded, err := d.Encode()
		require.NoError(t, err)
		again, err := commitment.ParseDescriptor(encoded)
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
	for name, text := range map[string]string{
		"another version": `{"version":2,"kind":"a","profile":"b"}`,
		"an unknown part": `{"version":1,"kind":"a","profile":"b","more":1}`,
		"a part twice":    `{"version":1,"kind":"a","kind":"a","profile":"b"}`,
		"another order":   `{"version":1,"profile":"b","kind":"a"}`,
		"white space":     `{"version":1, "kind":"a","profile":"b"}`,
		"something more":  `{"version":1,"kind":"a","profile":"b"}{}`,
		"nothing":         ``,
	} {
		_, err := commitment.ParseDescriptor([]byte(text))
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), `"a"`)
	}
}
