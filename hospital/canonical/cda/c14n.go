package cda

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	hl7Namespace = "urn:hl7-org:v3"
	xmlNamespace = "http://www.w3.org/XML/1998/namespace"
	nsNamespace  = "http://www.w3.org/2000/xmlns/"
)

// element is an open element.
type element struct {
	tag        string // as it is written, with its prefix
	uri, local string
	prefixes   []string // those that it declares
}

type attribute struct{ name, uri, local, value string }

// visitor is shown every element with its open ancestors before its content.
type visitor func(path []element, attrs []attribute) error

// writer turns tokens into canonical XML.
type writer struct {
	*bufio.Writer
	visit  visitor
	path   []element
	rooted bool
	// bound holds the namespaces of each prefix, the one in force last. The
	// default namespace has the prefix "".
	bound map[string][]string
}

// canonicalise writes the canonical form of a normalised text. It builds no
// tree: what it holds is the path of open elements.
func canonicalise(w io.Writer, text []byte, visit visitor) error {
	out := &writer{
		Writer: bufio.NewWriterSize(w, 64<<10), visit: visit,
		bound: map[string][]string{"": {""}, "xml": {xmlNamespace}},
	}
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) && out.rooted && len(out.path) == 0 {
			return out.Flush()
		}
		if err != nil { // not repeated, since it quotes the document
			err = fault("not well-formed XML, or cut off: correct it")
		} else {
			err = out.token(token)
		}
		if err != nil {
			line, _ := dec.InputPos()
			return format.Invalidf("line %d: %s", line, err)
		}
	}
}

// put writes strings. An error stays in the buffer until Flush returns it.
func (w *writer) put(parts ...string) {
	for _, part := range parts {
		_, _ = w.WriteString(part)
	}
}

// fault is a sentence about a document, without any of its words.
type fault string

func (f fault) Error() string { return string(f) }

func (w *writer) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return w.start(t)
	case xml.EndElement:
		return w.end(t)
	case xml.CharData:
		return w.text(t)
	case xml.ProcInst:
		return w.instruction(t)
	case xml.Directive:
		return fault("a document type declaration: remove it, entities are not expanded")
	}
	return nil // a comment
}

func (w *writer) start(t xml.StartElement) error {
	if len(w.path) == 0 && w.rooted {
		return fault("a second root element: keep one document a file")
	}
	if len(w.path) == MaxDepth {
		return fault("elements nest deeper than 256: flatten the document")
	}
	w.rooted = true
	e := element{tag: qualified(t.Name), local: t.Name.Local}
	declared, err := w.declare(&e, t.Attr)
	if err != nil {
		return err
	}
	if e.uri, err = w.resolve(t.Name); err != nil {
		return err
	}
	attrs, err := w.attributes(t.Attr)
	if err != nil {
		return err
	}
	w.path = append(w.path, e)
	if err := w.visit(w.path, attrs); err != nil {
		return err
	}
	w.put("<", e.tag)
	for _, a := range slices.Concat(declared, attrs) {
		w.put(" ", a.name, `="`, attributeEscapes.Replace(a.value), `"`)
	}
	w.put(">")
	return nil
}

func (w *writer) end(t xml.EndElement) error {
	last := len(w.path) - 1
	if last < 0 || w.path[last].tag != qualified(t.Name) {
		return fault("an end tag that does not match its start tag: correct it")
	}
	for _, prefix := range w.path[last].prefixes {
		w.bound[prefix] = w.bound[prefix][:len(w.bound[prefix])-1]
	}
	w.path = w.path[:last]
	w.put("</", qualified(t.Name), ">")
	return nil
}

func (w *writer) text(t xml.CharData) error {
	if len(w.path) > 0 {
		w.put(textEscapes.Replace(string(t)))
	} else if len(bytes.Trim(t, " \t\n")) > 0 {
		return fault("text beside the root element: remove it")
	}
	return nil
}

// instruction writes a processing instruction; one beside the root has a line
// of its own, as C14N 1.1 section 2.2 wants it.
func (w *writer) instruction(t xml.ProcInst) error {
	if strings.EqualFold(t.Target, "xml") || strings.Contains(t.Target, ":") {
		return fault("an XML declaration that is not at the start, or a processing instruction with a reserved name: remove it")
	}
	outside := len(w.path) == 0
	if outside && w.rooted {
		w.put("\n")
	}
	w.put("<?", t.Target)
	if len(t.Inst) > 0 {
		w.put(" ", string(t.Inst))
	}
	w.put("?>")
	if outside && !w.rooted {
		w.put("\n")
	}
	return nil
}

// Escapes of C14N 1.1 section 2.3.
var (
	textEscapes      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
	attributeEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
)

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// byNamespace is the order of attributes: namespace first, none before all.
func byNamespace(a, b attribute) int {
	return cmp.Or(cmp.Compare(a.uri, b.uri), cmp.Compare(a.local, b.local))
}
