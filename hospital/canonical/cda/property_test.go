package cda_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/cda"
	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

// node is an element of a random document, or text if it has no tag.
type node struct {
	tag, text string
	attrs     []string // "name=value"
	children  []node
}

var (
	tags   = []string{"a", "b", "p:a", "q:b"}
	names  = []string{"x", "y", "xml:lang", "p:x", "q:x", "p:y", "q:a"}
	pieces = []string{"", "&", "<", ">", `"`, "'", "\t", "\n", "\r", " ", "é", "😀", "]]", "x"}
)

func drawNode(t *rapid.T, depth int) node {
	if depth == 0 || rapid.Bool().Draw(t, "text") {
		return node{text: drawText(t)}
	}
	n := node{tag: rapid.SampledFrom(tags).Draw(t, "tag")}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID).Draw(t, "attributes") {
		n.attrs = append(n.attrs, name+"="+drawText(t))
	}
	for range rapid.IntRange(0, 3).Draw(t, "children") {
		n.children = append(n.children, drawNode(t, depth-1))
	}
	return n
}

func drawText(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 4).Draw(t, "pieces"), "")
}

// render writes a node in one of the many ways that XML has.
func (n node) render(t *rapid.T, out *strings.Builder) {
	if rapid.IntRange(0, 5).Draw(t, "comment") == 0 {
		out.WriteString("<!-- & <a> -->")
	}
	if n.tag == "" {
		out.WriteString(escape(t, n.text, false))
		return
	}
	out.WriteString("<" + n.tag)
	for _, a := range rapid.Permutation(slices.Clone(n.attrs)).Draw(t, "order") {
		name, value, _ := strings.Cut(a, "=")
		fmt.Fprintf(out, "\n%s = \"%s\"", name, escape(t, value, true))
	}
	if len(n.children) == 0 && rapid.Bool().Draw(t, "short") {
		out.WriteString("/>")
		return
	}
	out.WriteString(" >")
	for _, c := range n.children {
		c.render(t, out)
	}
	out.WriteString("</" + n.tag + "\t>")
}

func escape(t *rapid.T, text string, inValue bool) string {
	literal := !inValue && !strings.Contains(text, "\r") && !strings.Contains(text, "]]>")
	if literal && rapid.IntRange(0, 3).Draw(t, "cdata") == 0 {
		return "<![CDATA[" + text + "]]>"
	}
	var out strings.Builder
	for _, r := range text {
		must := strings.ContainsRune("&<>\"\r", r) || inValue && strings.ContainsRune("\t\n", r)
		if must || rapid.IntRange(0, 3).Draw(t, "reference") == 0 {
			fmt.Fprintf(&out, rapid.SampledFrom([]string{"&#%d;", "&#x%X;", "&#x00%x;"}).Draw(t, "form"), r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func drawDocument(t *rapid.T) func() string {
	root := node{tag: "ClinicalDocument", children: []node{drawNode(t, 3), drawNode(t, 3)}}
	return func() string {
		var out strings.Builder
		root.render(t, &out)
		namespaces := ` xmlns="urn:hl7-org:v3" xmlns:p="urn:z" xmlns:q="urn:a" `
		return strings.Replace(out.String(), "<ClinicalDocument", "<ClinicalDocument"+namespaces, 1)
	}
}

func TestHowADocumentIsWrittenMakesNoDifference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		render := drawDocument(rt)
		one, err := canonical(render())
		require.NoError(rt, err)
		two, err := canonical(strings.ReplaceAll(render(), "\n", "\r\n"))
		require.NoError(rt, err)
		require.Equal(rt, one, two)
	})
}

func FuzzAnyBytesKeepTheLaws(f *testing.F) {
	for _, body := range formattest.Files(f) {
		f.Add(body)
	}
	f.Add([]byte("<ClinicalDocument xmlns='urn:hl7-org:v3'/>"))
	f.Fuzz(func(t *testing.T, body []byte) { formattest.Laws(t, cda.New(), body, true) })
}
