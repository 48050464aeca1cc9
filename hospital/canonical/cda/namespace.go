package cda

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
)

// declared returns the prefix that an attribute declares, "" for the default.
func declared(a xml.Attr) (prefix string, ok bool) {
	switch {
	case a.Name.Space == "xmlns":
		return a.Name.Local, true
	case a.Name.Space == "" && a.Name.Local == "xmlns":
		return "", true
	}
	return "", false
}

// declare brings the namespaces that an element declares into force and returns
// those declarations that change something, sorted by prefix.
func (w *writer) declare(e *element, attrs []xml.Attr) ([]attribute, error) {
	var out []attribute
	for _, a := range attrs {
		prefix, ok := declared(a)
		if !ok {
			continue
		}
		if err := checkDeclaration(prefix, a.Value); err != nil {
			return nil, err
		}
		if slices.Contains(e.prefixes, prefix) {
			return nil, fault("a namespace prefix declared twice in one tag: keep one")
		}
		bound := w.bound[prefix]
		if len(bound) == 0 || bound[len(bound)-1] != a.Value {
			out = append(out, attribute{name: qualified(a.Name), local: prefix, value: a.Value})
		}
		w.bound[prefix] = append(bound, a.Value)
		e.prefixes = append(e.prefixes, prefix)
	}
	slices.SortFunc(out, byNamespace)
	return out, nil
}

// absolute is the start of an absolute URI: its scheme.
var absolute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// checkDeclaration holds what Namespaces in XML 1.0 reserves and what C14N 1.1
// refuses.
func checkDeclaration(prefix, uri string) error {
	switch {
	case (prefix == "xml") != (uri == xmlNamespace), prefix == "xmlns", uri == nsNamespace:
		return fault("a reserved namespace or prefix is declared: remove the declaration")
	case prefix != "" && uri == "":
		return fault("a prefix is declared with an empty namespace: give it one")
	case uri != "" && !absolute.MatchString(uri):
		return fault("a namespace that is a relative reference, which C14N refuses: give it in full")
	}
	return nil
}

// resolve returns the namespace of a name by its prefix.
func (w *writer) resolve(n xml.Name) (string, error) {
	if strings.Contains(n.Local, ":") {
		return "", fault("a name with a misplaced colon: correct it")
	}
	bound := w.bound[n.Space]
	if len(bound) == 0 {
		return "", fault("a namespace prefix that is not declared: declare it")
	}
	return bound[len(bound)-1], nil
}

// attributes returns the attributes that declare no namespace, in canonical
// order.
func (w *writer) attributes(attrs []xml.Attr) ([]attribute, error) {
	var out []attribute
	for _, a := range attrs {
		if _, ok := declared(a); ok {
			continue
		}
		uri, err := w.resolve(a.Name)
		if err != nil {
			return nil, err
		}
		if a.Name.Space == "" {
			uri = "" // the default namespace is not that of attributes
		}
		out = append(out, attribute{name: qualified(a.Name), uri: uri, local: a.Name.Local, value: a.Value})
	}
	slices.SortFunc(out, byNamespace)
	for i := 1; i < len(out); i++ {
		if byNamespace(out[i-1], out[i]) == 0 {
			return nil, fault("an attribute given twice in one tag: keep one")
		}
	}
	return out, nil
}
