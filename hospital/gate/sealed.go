package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// sealedVersion is the version of the JSON of a sealed part.
const sealedVersion = 1

// sealedJSON is a sealed part as it is written and committed to.
type sealedJSON struct {
	Version int `json:"version"`
	access.Sealed
}

// ErrSealed says that a sealed part does not read.
var ErrSealed = errors.New("not a sealed part of a consent")

// EncodeSealed returns the JSON of a sealed part. One that restricts nothing has
// an encoding too.
func EncodeSealed(s access.Sealed) ([]byte, error) {
	return json.Marshal(sealedJSON{Version: sealedVersion, Sealed: s})
}

// ParseSealed reads the JSON of a sealed part. Unknown fields are refused: what is
// not understood may be what forbids. So are fields that are there twice, of which
// only the last would count.
func ParseSealed(text []byte) (*access.Sealed, error) {
	if err := checkOnce(json.NewDecoder(bytes.NewReader(text))); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var s sealedJSON
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: there is something after it", ErrSealed)
	}
	if s.Version != sealedVersion {
		return nil, fmt.Errorf("%w: version %d, this program reads %d", ErrSealed, s.Version, sealedVersion)
	}
	return &s.Sealed, nil
}

// checkOnce reads one value and fails if an object in it has a field twice, in upper
// or lower case.
func checkOnce(dec *json.Decoder) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	seen := make(map[string]bool)
	for token == json.Delim('{') || token == json.Delim('[') {
		if !dec.More() {
			_, err := dec.Token() // the end of it
			return err
		}
		if token == json.Delim('{') {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			folded := strings.ToLower(fmt.Sprint(name))
			if seen[folded] {
				return fmt.Errorf("field %q is there twice", name)
			}
			seen[folded] = true
		}
		if err := checkOnce(dec); err != nil {
			return err
		}
	}
	return nil
}

// labelled are the profiles whose documents say how confidential they are, so that
// no label means that there is none.
var labelled = []string{"fhir-json/", "cda-c14n/"}

// ObjectOf returns a record of the vault as a decision sees it.
func ObjectOf(id records.RecordId, r vault.Record, e vault.Envelope) (access.Object, error) {
	o := access.Object{Class: r.Class, Record: id}
	if e.Openings == nil {
		return o, fmt.Errorf("record %d: %w: its envelope has no descriptor", r.ID, vault.ErrCorrupt)
	}
	d, err := commitment.ParseDescriptor(e.Openings.Descriptor)
	if err != nil {
		return o, fmt.Errorf("record %d: %w", r.ID, err)
	}
	o.Kind = d.Kind
	o.Codes = alsoBare(d.Codes)
	for _, profile := range labelled {
		if strings.HasPrefix(d.Profile, profile) {
			o.Labels = append([]string{}, alsoBare(d.Labels)...)
		}
	}
	if len(d.Labels) > 0 {
		o.Labels = alsoBare(d.Labels)
	}
	if at, err := time.Parse(time.RFC3339, d.Occurred); err == nil {
		o.Occurred = at
	}
	return o, nil
}

// alsoBare adds to each "system|code" the code alone, as rules may name either.
// None at all stays nil: it is not known.
func alsoBare(codes []string) []string {
	var all []string
	for _, code := range codes {
		all = append(all, code)
		if _, bare, found := strings.Cut(code, "|"); found {
			all = append(all, bare)
		}
	}
	return all
}
