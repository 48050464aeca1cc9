package account

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/dmdl-network/dmdl/x/access"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// Page is what a page for people says: sections of facts between a summary and
// what is to be known about it.
type Page struct {
	// Title is what the page is.
	Title string
	// Summary are the sentences at its top.
	Summary []string
	// Sections are its parts, in order.
	Sections []Section
	// Notes are about the page: what it proves, and what not.
	Notes []Section
}

// Section is a part of a page: facts, or lines, or both.
type Section struct {
	// Title says in a sentence what it is about.
	Title string
	// Facts are questions with their answers.
	Facts []Fact
	// Lines are sentences, shown as a list.
	Lines []string
}

// Fact is a question and its answer.
type Fact struct{ Name, Text string }

// HTML writes the page as one file that needs nothing else: no script, no font and
// no image, to be read on a screen, aloud, or on paper.
func (p Page) HTML(w io.Writer) error { return page.Execute(w, p) }

// Text writes the page for a terminal.
func (p Page) Text(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", p.Title)
	for _, line := range p.Summary {
		fmt.Fprintf(&out, "%s\n", line)
	}
	for _, s := range append(append([]Section{}, p.Sections...), p.Notes...) {
		fmt.Fprintf(&out, "\n%s\n", s.Title)
		for _, f := range s.Facts {
			fmt.Fprintf(&out, "  %s: %s\n", f.Name, f.Text)
		}
		for _, line := range s.Lines {
			fmt.Fprintf(&out, "  - %s\n", line)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Page returns the account as a page that a patient can read.
func (r Report) Page() Page {
	p := Page{
		Title: "Who received my health records",
		Summary: []string{
			fmt.Sprintf("This is the account of patient number %d of %s.", r.Subject.Number, r.Keeper),
			r.scope(),
			fmt.Sprintf("It shows what the ledger %s held on %s. It was verified, and does not rest on the word of one institution.", r.Checkpoint.ChainID, date(r.HeaderTime)),
		},
		Notes: []Section{{Title: "What is proven", Lines: r.Proven}, {Title: "What is not proven", Lines: r.NotProven}, {
			Title: "If something is wrong",
			Lines: []string{fmt.Sprintf("Ask the privacy officer of %s, who can explain each entry. You may withdraw a consent at any time.", r.Keeper.Name)},
		}},
	}
	for _, e := range r.Entries {
		p.Sections = append(p.Sections, Section{Title: fmt.Sprintf("%d. %s", e.Index, e.headline()), Facts: r.facts(e)})
	}
	return p
}

// scope says for people what the page holds.
func (r Report) scope() string {
	switch {
	case r.Count == 0:
		return "Nothing was ever entered in this account: it is complete."
	case r.Complete:
		return fmt.Sprintf("This account is complete: it has %s and nothing was left out.", entries(r.Count))
	}
	return fmt.Sprintf("This page shows entries %d to %d, and nothing was left out between them. Entries 1 to %d are older than the ledger keeps them.", r.First, r.Count, r.First-1)
}

// facts are what the page says of an entry.
func (r Report) facts(e Entry) []Fact {
	facts := []Fact{{"When", date(e.At)}}
	if e.HappenedAt != nil {
		facts = []Fact{{"When", "In the hour from " + date(*e.HappenedAt) + ", by the clock of the institution"}, {"Entered", date(e.At)}}
	}
	if e.Of >= r.First && e.Of < e.Index {
		facts = append(facts, Fact{"About", fmt.Sprintf("Entry %d, which says who asked for what.", e.Of)})
		if found := e.finding(); found != "" {
			facts = append(facts, Fact{e.asked(), found})
		}
		return facts
	}
	facts = append(facts, Fact{"Who asked", fmt.Sprintf("%s %s, with the account %s.", e.person(), e.Institution, e.Requester)},
		Fact{"Who keeps the records", e.Custodian.String() + "."}, Fact{"What for", capital(purposeWords[e.code.purpose]) + "."})
	if e.kind != access.DISCLOSURE_KIND_REFUSAL {
		facts = append(facts, Fact{"On which ground", e.ground()})
	}
	if len(e.Records) > 0 {
		facts = append(facts, Fact{"What kind of records", e.classes()})
	}
	if found := e.finding(); found != "" {
		facts = append(facts, Fact{e.asked(), found})
	}
	if after := r.follow(e); after != "" {
		facts = append(facts, Fact{"What followed", after})
	}
	return facts
}

// asked is the question that the finding answers.
func (e Entry) asked() string {
	switch e.kind {
	case access.DISCLOSURE_KIND_REVIEW:
		return "What was found"
	case access.DISCLOSURE_KIND_DISPUTE:
		return "What is disputed"
	}
	return "Why"
}

// person begins a sentence about who used the account of the requester.
func (e Entry) person() string {
	if e.code.basis == access.BASIS_PATIENT {
		return "The patient or somebody who acts for the patient, enrolled by"
	}
	return "A person of"
}
