package rights

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// shapes are the outlines of works in a graph.
var shapes = map[copyright.WorkKind]string{
	copyright.WORK_KIND_DATASET:          "cylinder",
	copyright.WORK_KIND_IMAGE_COLLECTION: "cylinder",
	copyright.WORK_KIND_ANNOTATION:       "note",
	copyright.WORK_KIND_MODEL:            "box3d",
	copyright.WORK_KIND_SOFTWARE:         "component",
	copyright.WORK_KIND_PUBLICATION:      "tab",
}

// outlines say what became of a claim: nothing is drawn for one that is upheld.
var outlines = map[copyright.WorkStatus]string{
	copyright.WORK_STATUS_CLAIMED:   ", style=dashed",
	copyright.WORK_STATUS_ATTESTED:  ", style=dashed",
	copyright.WORK_STATUS_CONTESTED: ", style=dashed, color=red",
	copyright.WORK_STATUS_WITHDRAWN: ", style=dotted, color=gray",
	copyright.WORK_STATUS_REJECTED:  ", style=dotted, color=red",
}

// Dot writes a lineage as a directed graph for Graphviz. Edges lead from a work to what
// was made from it; those of evaluation are dashed.
func (l Lineage) Dot(w io.Writer) error {
	var text strings.Builder
	text.WriteString("digraph lineage {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", shape=plaintext];\n  edge [fontname=\"sans-serif\", fontsize=10];\n")
	for _, work := range l.Works {
		bold := ""
		if work.Id == l.Work {
			bold = ", penwidth=3"
		}
		label := strings.Replace(summary(work), " ", `\n`, 1)
		fmt.Fprintf(&text, "  %q [label=\"%s\", shape=%s%s%s];\n", Name(work.Id), label, shapes[work.Kind], outlines[work.Status], bold)
	}
	for _, work := range l.Works {
		for _, p := range work.Parents {
			style := ""
			if p.Relation == copyright.RELATION_EVALUATED {
				style = ", style=dashed"
			}
			fmt.Fprintf(&text, "  %q -> %q [label=%q%s];\n", Name(p.Work), Name(work.Id), link(p), style)
		}
		for _, child := range l.unread(work.Id) {
			fmt.Fprintf(&text, "  %q -> %q;\n", Name(work.Id), Name(child))
		}
	}
	text.WriteString("}\n")
	_, err := io.WriteString(w, text.String())
	return err
}

// unread are the children of a work that were not read.
func (l Lineage) unread(id copyright.WorkId) []copyright.WorkId {
	return slices.DeleteFunc(slices.Clone(l.children[id]), func(child copyright.WorkId) bool {
		_, read := l.works[child]
		return read
	})
}
