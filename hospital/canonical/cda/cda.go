// Package cda reads clinical documents of HL7 CDA release 2, C-CDA among them.
//
// Its profile is "cda-c14n/1": Canonical XML 1.1, inclusive, without comments,
// of the whole document (W3C Recommendation of 2 May 2008). So the encoding,
// the XML declaration, comments, the order of attributes, the kind of quotes,
// CDATA sections, character references, the form of empty elements and line
// ends make no difference. Everything else does: white space between elements,
// namespace prefixes, processing instructions and every character of text.
//
// The canonical form is written here, over the tokens of encoding/xml, and not
// by github.com/russellhaering/goxmldsig v1.5.0. That library serves SAML
// messages and departs from the recommendation where documents go: it sorts
// attributes of different prefixes by local name before namespace and ignores
// prefixes declared further up, leaves out processing instructions beside the
// root, writes line ends in attribute values as references instead of spaces,
// declares the prefix xml, and keeps one of two attributes of the same name.
// The interop test compares this package with libxml2 instead.
package cda

import (
	"fmt"
	"io"
	"iter"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	// Profile names the canonical form.
	Profile = "cda-c14n/1"
	// MaxSize is how large a document may be in bytes, since it is read whole.
	MaxSize = 64 << 20
	// MaxDepth is how deep elements may nest; libxml2 has the same limit.
	MaxDepth = 256
)

// New returns the format.
func New() format.Format { return cda{} }

type cda struct{}

func (cda) Profiles() []string { return []string{Profile} }

// Items yields one record: the document.
func (cda) Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) { yield(item(src)) }
}

func item(src format.Source) (format.Item, error) {
	text, err := read(src)
	if err != nil {
		return format.Item{}, err
	}
	var h header
	if err := canonicalise(io.Discard, text, h.see); err != nil {
		return format.Item{}, err
	}
	it := format.Item{
		Raw:      src,
		Profile:  Profile,
		Kind:     h.kind,
		Class:    records.RECORD_CLASS_DOCUMENT,
		Patient:  h.patient,
		Occurred: h.occurred,
		Codes:    h.codes,
		Labels:   h.labels,
	}
	if h.patients > 1 {
		it.Notes = []string{"the document has several record targets: the first is taken as the patient"}
	}
	return it, nil
}

func (cda) Canonical(w io.Writer, profile string, raw format.Source) error {
	if profile != Profile {
		return fmt.Errorf("profile %q is not one of a clinical document: use %q", profile, Profile)
	}
	text, err := read(raw)
	if err != nil {
		return err
	}
	return canonicalise(w, text, rootOnly)
}

func read(src format.Source) ([]byte, error) {
	raw, err := format.ReadAll(src, MaxSize)
	if err != nil {
		return nil, err
	}
	text, err := decode(raw)
	if err != nil {
		return nil, err
	}
	if err := checkCharacters(text); err != nil {
		return nil, err
	}
	return normalise(text)
}
