package rights

import (
	"fmt"
	"io"
	"strings"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// edge is a line of a tree: a work and how it is tied to the one above.
type edge struct {
	to   copyright.WorkId
	link string
}

// Tree draws a lineage for a terminal: the work, below it what it was made from, then
// what was made from it. A work that comes again is drawn as one line that says so; of
// one that was not read the number alone is drawn.
func (l Lineage) Tree(w io.Writer) error {
	t := &tree{Lineage: l, drawn: map[copyright.WorkId]bool{l.Work: true}}
	t.line("", summary(l.works[l.Work]))
	up, down := t.parents(l.Work), t.kids(l.Work)
	t.section("made from", up, len(down) == 0, t.parents)
	t.section("led to", down, true, t.kids)
	_, err := io.WriteString(w, t.text.String())
	return err
}

type tree struct {
	Lineage
	text  strings.Builder
	drawn map[copyright.WorkId]bool
}

func (t *tree) line(indent, text string) { t.text.WriteString(indent + text + "\n") }

func (t *tree) section(title string, edges []edge, last bool, next func(copyright.WorkId) []edge) {
	if len(edges) == 0 {
		return
	}
	branch, indent := branches(last)
	t.line(branch, title)
	t.edges(indent, edges, next)
}

// branches returns how a line begins, and the lines below it.
func branches(last bool) (branch, indent string) {
	if last {
		return "└─ ", "   "
	}
	return "├─ ", "│  "
}

func (t *tree) edges(indent string, edges []edge, next func(copyright.WorkId) []edge) {
	for i, e := range edges {
		branch, below := branches(i == len(edges)-1)
		work, read := t.works[e.to]
		switch {
		case !read:
			t.line(indent+branch, fmt.Sprintf("%s … (%s)", Name(e.to), e.link))
		case t.drawn[e.to]:
			t.line(indent+branch, fmt.Sprintf("%s ↑ see above (%s)", Name(e.to), e.link))
		default:
			t.drawn[e.to] = true
			t.line(indent+branch, fmt.Sprintf("%s (%s)", summary(work), e.link))
			t.edges(indent+below, next(e.to), next)
		}
	}
}

func (t *tree) parents(id copyright.WorkId) []edge {
	parents := t.works[id].Parents
	edges := make([]edge, len(parents))
	for i, p := range parents {
		edges[i] = edge{p.Work, link(p)}
	}
	return edges
}

func (t *tree) kids(id copyright.WorkId) []edge {
	children := t.children[id]
	edges := make([]edge, len(children))
	for i, child := range children {
		edges[i] = edge{to: child, link: "not read"}
		for _, p := range t.works[child].Parents {
			if p.Work == id {
				edges[i].link = link(p)
			}
		}
	}
	return edges
}
