// Package fhir reads FHIR resources written as JSON: one resource, a bundle, or
// NDJSON as bulk export writes it.
//
// # Records
//
// A record is a resource as a server returns it on read, or a document bundle
// as one. A bundle of another type gives one record for each entry.resource, in
// order; entries without one (a DELETE, for example) are no records. NDJSON
// gives one record a line and is read as a stream; anything else must fit into
// 256 MiB, nest at most 256 deep and hold at most 16 Mi names and values.
//
// # Canonical form fhir-json/1
//
// One JSON text in UTF-8, without a byte order mark, in which
//
//   - members of objects are sorted by name, bytewise in UTF-8 (which is the
//     order of code points), and white space between tokens is gone;
//   - numbers are the very characters of the source: 1.0 is not 1;
//   - strings are kept to the character, white space included, and without
//     Unicode normalisation. They are written with the short escapes \" \\ \b \t
//     \n \f \r, with \u00xx in lower case for the other characters below U+0020,
//     and with everything else as it is;
//   - the resource's own narrative (text, where it is an object) and
//     meta.versionId, meta.lastUpdated and meta.source (with their "_" twins)
//     are left out, since a server writes them. A meta that is then empty, or
//     was, is left out too. Everything else stays: id, references, meta.profile,
//     meta.security, meta.tag.
//
// What is left out is left out at the root of the record only. Contained
// resources stay whole: FHIR forbids them a version and servers store them as
// they came. So do the entries of a document bundle, whose narrative is what was
// attested.
//
// Refused are: two members of one name in one object, invalid UTF-8, an escaped
// surrogate without its other half (UTF-8 cannot say it), and all that RFC 8259
// does not allow. A byte order mark at the start of the source is tolerated.
package fhir

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const profile = "fhir-json/1"

// The bounds of what is read into memory; they hold a reader under 600 MiB.
const (
	maxBytes  = 256 << 20
	maxValues = 1 << 24
	maxDepth  = 256
)

var bom = []byte("\xef\xbb\xbf")

// ErrNotFHIR says that a source is perhaps JSON but has no resource at its root,
// which the head of a long document cannot always tell. It is the only error
// that Items yields for such a source, so that another format can take it.
var ErrNotFHIR = fmt.Errorf("%w: no resourceType at the root: not FHIR", format.ErrInvalid)

type reader struct{}

// New returns the format.
func New() format.Format { return reader{} }

// Profiles implements format.Format.
func (reader) Profiles() []string { return []string{profile} }

// Detect implements format.Format. A long object whose head shows no
// resourceType is accepted, since the order of names is free; Items yields
// ErrNotFHIR if there is none.
func (reader) Detect(head []byte, _ string) (why string, ok bool) {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	if len(text) == 0 || text[0] != '{' {
		return "", false
	}
	if inside := bytes.TrimLeft(text[1:], " \t\r\n"); len(inside) > 0 && inside[0] != '"' {
		return "", false
	}
	if bytes.Contains(text, []byte(`"resourceType"`)) {
		return "JSON with a resourceType", true
	}
	return "JSON with a resourceType after its head", len(head) >= format.HeadSize
}

// Canonical implements format.Format.
func (reader) Canonical(w io.Writer, _ string, raw format.Source) error {
	body, err := format.ReadAll(raw, maxBytes)
	if err != nil {
		return err
	}
	t := new(tree)
	if err := t.parse(body); err != nil {
		return err
	}
	if t.textAt(0, "resourceType") == "" {
		return ErrNotFHIR
	}
	if err := t.check(0); err != nil {
		return err
	}
	return t.write(w)
}

// at puts a locator before an error of one record. ErrNotFHIR is about the whole
// source, so inside of one it becomes an ordinary refusal.
func at(locator string, err error) error {
	switch {
	case locator == "":
		return err
	case errors.Is(err, ErrNotFHIR):
		return format.Invalidf("%s: no resourceType at the root: take it out, or give it one", locator)
	}
	return fmt.Errorf("%s: %w", locator, err)
}
