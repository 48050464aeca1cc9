package proof

import (
	"fmt"
	"strings"
	"time"
)

// conclude says in words what the rest of the report means. The words go no
// further than the verification did, and what a custodian wrote is quoted, so
// that it cannot pass for a line of the report.
func (r *Report) conclude() {
	last := r.Steps[len(r.Steps)-1]
	r.Proven = append(r.Proven,
		fmt.Sprintf("Validators holding more than two thirds of the power at height %d (%d of %d) signed a state, that of height %d of chain %s, that holds this commitment.",
			last.Height, last.Signed, last.Power, r.StateHeight, r.Checkpoint.ChainID),
		fmt.Sprintf("The commitment is leaf %d (of %d, counted from 0) of batch %d, which institution %d anchored in block %d, on %s by the validators' clocks.",
			r.Record.Leaf, r.Batch.Leaves, r.Record.Batch, r.Record.Institution, r.Batch.Height, r.Batch.Time.Format(time.RFC3339)),
		r.publicWords())
	r.NotProven = append(r.NotProven,
		"That what the record says is true, who wrote it, or a time in the sense of the law: the validators saw a commitment, and their clocks are only theirs.",
		fmt.Sprintf("That the root of trust is the right one: you chose it (%s).", r.RootOfTrust))
	r.standingWords()
	r.contentWords()
	for _, step := range r.Steps {
		if step.Before > 0 {
			r.NotProven = append(r.NotProven, "That the keys of earlier validators were never misused later: no trusting period applies, "+
				"so whoever has those of more than a third of a step's validators, even of ones that left, can invent what follows that step.")
			return
		}
	}
}

func (r *Report) publicWords() string {
	about := "about no single patient"
	if r.Public.Subject != "" {
		about = "about subject " + r.Public.Subject
	}
	return fmt.Sprintf("Its public part says: class %s, size class %s, channel %d, %s.", r.Public.Class, r.Public.Size, r.Public.Channel, about)
}

func (r *Report) standingWords() {
	s := r.Standing
	if s == nil {
		r.NotProven = append(r.NotProven, "Whether the record was amended, superseded, retracted, moved or erased: the bundle does not show its standing.")
		return
	}
	r.NotProven = append(r.NotProven, fmt.Sprintf("Whatever happened to the record after height %d.", r.StateHeight))
	if !s.Changed {
		r.Proven = append(r.Proven, fmt.Sprintf("Nothing had happened to the record as of height %d.", r.StateHeight))
		return
	}
	words := []string{fmt.Sprintf("As of height %d the record was %s and institution %d its custodian, since block %d", r.StateHeight, s.Status, s.Custodian, s.Height)}
	for _, detail := range []struct{ name, value string }{
		{"reason: ", s.Reason}, {"legal basis: ", s.Basis}, {"successor: ", text(s.Successor)}, {"predecessor: ", text(s.Predecessor)},
	} {
		if detail.value != "" {
			words = append(words, detail.name+detail.value)
		}
	}
	if s.OfferedTo != 0 {
		words = append(words, fmt.Sprintf("custody offered to institution %d", s.OfferedTo))
	}
	r.Proven = append(r.Proven, strings.Join(words, "; ")+".")
}

func text(id *RecordID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

func (r *Report) contentWords() {
	c := r.Content
	if c == nil {
		r.NotProven = append(r.NotProven, "What the record is: this is an existence bundle and opens nothing.")
		return
	}
	where := ""
	if c.ChainID != "" {
		where = fmt.Sprintf(", made for chain %q, which you or the genesis name as predecessor", c.ChainID)
	}
	r.Proven = append(r.Proven, fmt.Sprintf("The content commitment%s opens: kind %q, profile %q, canonical digest %s, raw digest %s.", where, c.Kind, c.Profile, c.Canonical, c.Raw))
	if c.Descriptor != nil {
		r.Proven = append(r.Proven, "The sealed commitment opens to the sealed descriptor in the bundle.")
	}
	if r.Original != nil {
		r.Proven = append(r.Proven, r.Original.String())
	}
	r.NotProven = append(r.NotProven, fmt.Sprintf("That %s holds this bundle: its maker says so; the custodian's record of recipients can confirm it.", c.Holder))
}

// String returns the comparison as a sentence.
func (c Comparison) String() string {
	switch c.Result {
	case Exact:
		return "The original is EXACT: it has the bytes that were recorded."
	case SameContent:
		return fmt.Sprintf("The original is SAME CONTENT: other bytes than were recorded, the same form under %q.", c.Profile)
	}
	words := fmt.Sprintf("The original is DIFFERENT from what was recorded, also under %q", c.Profile)
	if len(c.Also) > 0 {
		words += fmt.Sprintf(", but the same under %q", c.Also)
	}
	return words + "."
}

// String returns the report as text for a terminal.
func (r Report) String() string {
	kind := "existence"
	if r.Content != nil {
		kind = "content"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "record %s of chain %s: %s verified\nroot of trust: %s\n", r.Record, r.Checkpoint.ChainID, kind, r.RootOfTrust)
	for _, step := range r.Steps {
		fmt.Fprintf(&out, "  %s\n", step)
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"proven", r.Proven}, {"not proven", r.NotProven}} {
		fmt.Fprintf(&out, "%s:\n", list.title)
		for _, line := range list.lines {
			fmt.Fprintf(&out, "  - %s\n", line)
		}
	}
	return out.String()
}
