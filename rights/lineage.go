package rights

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// Source is where works are read, such as a node's queries.
type Source interface {
	// Work returns a work, or fails if there is none.
	Work(ctx context.Context, id copyright.WorkId) (copyright.Work, error)
	// Children returns the works that were made from one.
	Children(ctx context.Context, id copyright.WorkId) ([]copyright.WorkId, error)
}

// Bounds are how much of a lineage is read.
type Bounds struct {
	// Up is how many generations of parents, Down how many of children.
	Up, Down int
	// Works is how many works at most, the first one included.
	Works int
}

// Lineage is a work with what it was made from and what was made from it.
type Lineage struct {
	// Work is the work that it is about.
	Work copyright.WorkId
	// Works are all works that were read, in the order of their ids.
	Works []copyright.Work

	works    map[copyright.WorkId]copyright.Work
	children map[copyright.WorkId][]copyright.WorkId
}

// Trace reads the lineage of a work, nearest works first, up to the bounds. What lies
// beyond them is named by the works that were read, but not read.
func Trace(ctx context.Context, from Source, id copyright.WorkId, b Bounds) (Lineage, error) {
	l := Lineage{Work: id, works: map[copyright.WorkId]copyright.Work{}, children: map[copyright.WorkId][]copyright.WorkId{}}
	if b.Up < 0 || b.Down < 0 || b.Works < 1 {
		return l, fmt.Errorf("bounds of %d up, %d down and %d works: want no negative number and at least 1 work", b.Up, b.Down, b.Works)
	}
	parents := func(id copyright.WorkId) []copyright.WorkId { return parentIDs(l.works[id]) }
	if err := l.spread(ctx, from, parents, b.Up, b.Works); err != nil {
		return l, err
	}
	var failed error
	children := func(id copyright.WorkId) []copyright.WorkId {
		found, err := from.Children(ctx, id)
		failed = cmp.Or(failed, err)
		slices.SortFunc(found, compareIDs)
		l.children[id] = found
		return found
	}
	if err := l.spread(ctx, from, children, b.Down, b.Works); err != nil {
		return l, err
	}
	if failed != nil {
		return l, failed
	}
	for _, w := range l.works {
		l.Works = append(l.Works, w)
	}
	slices.SortFunc(l.Works, func(a, b copyright.Work) int { return compareIDs(a.Id, b.Id) })
	return l, nil
}

// spread reads works generation by generation, at most as many as there may be. The
// generation past the last one is asked for, but its works are not read.
func (l *Lineage) spread(ctx context.Context, from Source, next func(copyright.WorkId) []copyright.WorkId, generations, most int) error {
	generation := []copyright.WorkId{l.Work}
	seen := map[copyright.WorkId]bool{l.Work: true}
	for depth := 0; depth <= generations && len(generation) > 0; depth++ {
		var following []copyright.WorkId
		for _, id := range generation {
			if _, known := l.works[id]; !known {
				if len(l.works) == most {
					continue
				}
				w, err := from.Work(ctx, id)
				if err != nil {
					return err
				}
				l.works[id] = w
			}
			for _, n := range next(id) {
				if !seen[n] {
					seen[n] = true
					following = append(following, n)
				}
			}
		}
		generation = following
	}
	return nil
}

func parentIDs(w copyright.Work) []copyright.WorkId {
	ids := make([]copyright.WorkId, len(w.Parents))
	for i, p := range w.Parents {
		ids[i] = p.Work
	}
	return ids
}

func compareIDs(a, b copyright.WorkId) int {
	return cmp.Or(cmp.Compare(a.Institution, b.Institution), cmp.Compare(a.Number, b.Number))
}

// how says how a work came from a parent.
var how = map[copyright.Relation]string{
	copyright.RELATION_DERIVED:        "derived",
	copyright.RELATION_REVISION:       "new version",
	copyright.RELATION_QUOTED:         "part",
	copyright.RELATION_PRIMARY_SOURCE: "primary source",
	copyright.RELATION_TRAINED:        "trained",
	copyright.RELATION_FINE_TUNED:     "fine-tuned",
	copyright.RELATION_EVALUATED:      "evaluated",
}

// link says how a work came from a parent and under which licence.
func link(p copyright.Parent) string {
	if p.Licence == 0 {
		return how[p.Relation]
	}
	return fmt.Sprintf("%s, licence %d/%d", how[p.Relation], p.Work.Institution, p.Licence)
}

// summary says in one line what a work is.
func summary(w copyright.Work) string {
	text := fmt.Sprintf("%s %s, %s", Name(w.Id), word("WORK_KIND_", w.Kind), word("WORK_STATUS_", w.Status))
	if w.Size_ > 0 {
		text += fmt.Sprintf(", %d records", w.Size_)
	}
	switch {
	case w.Notices == 1:
		text += ", 1 notice"
	case w.Notices > 1:
		text += fmt.Sprintf(", %d notices", w.Notices)
	}
	return text
}
