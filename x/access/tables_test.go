package access_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

// TestTheDecisionTablesAreTrue asks every question of docs/decision-tables.md.
func TestTheDecisionTablesAreTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/decision-tables.md")
	require.NoError(t, err)
	asked, reasons, bases := 0, map[access.Reason]bool{}, map[access.Basis]bool{}
	for _, s := range sections(t, string(page)) {
		for _, row := range s.questions {
			q := row.question(t)
			ledger := s.at(t, q.At)
			vault := ledger
			vault.facts.Sealed = true
			q.ActsForSubject = ledger.subject.ActsFor(q.Requester, q.At)
			for column, w := range map[string]world{"ledger": ledger, "vault": vault} {
				d := access.Decide(q, w.facts)
				want := row.cells[column]
				if want == "same" {
					want = row.cells["ledger"]
				}
				require.Equal(t, want, answer(d), "decision-tables.md:%d, %s", row.line, column)
				require.Equal(t, reference(q, w.facts), d, "decision-tables.md:%d, %s, the reference", row.line, column)
				reasons[d.Reason], bases[d.Basis] = true, true
			}
			asked++
		}
	}
	require.GreaterOrEqual(t, asked, 60)
	require.Len(t, reasons, len(access.Reason_name)-1, "every reason but the zero value occurs: %v", reasons)
	require.Len(t, bases, len(access.Basis_name), "every basis occurs, and none: %v", bases)
}

// answer writes a decision as the page does.
func answer(d access.Decision) string {
	if !d.Permitted {
		return "no: " + strings.TrimPrefix(d.Reason.String(), "REASON_")
	}
	var consents, duties []string
	for _, index := range d.Consents {
		consents = append(consents, fmt.Sprint(index))
	}
	for _, duty := range d.Obligations {
		duties = append(duties, strings.TrimPrefix(duty.String(), "OBLIGATION_"))
	}
	text := "yes: " + strings.TrimPrefix(d.Basis.String(), "BASIS_")
	if len(consents) > 0 {
		text += " " + strings.Join(consents, ", ")
	}
	if len(duties) > 0 {
		text += " (" + strings.Join(duties, ", ") + ")"
	}
	return text
}

// world is what is known at some time.
type world struct {
	subject access.Subject
	facts   access.Facts
}

// consentAt is a consent while a world is built.
type consentAt struct {
	granted  time.Time
	fact     access.ConsentFact
	unopened bool
	ended    bool
}

// at plays what happened up to and including a time.
func (s section) at(t *testing.T, at time.Time) world {
	w := world{facts: access.Facts{Params: access.DefaultParams(), Policy: &access.Policy{Institution: 1}}}
	w.facts.Params.Purposes = slices.Clone(w.facts.Params.Purposes)
	var consents []*consentAt
	for _, row := range s.events {
		if row.date(t).After(at) {
			continue
		}
		words := strings.Fields(row.cells["what"])
		switch words[0] {
		case "consent":
			consents = row.consent(t, consents, words)
		case "policy":
			w.facts.Policy.Permits = append(w.facts.Policy.Permits, access.PolicyPermit{Basis: access.BASIS_POLICY, Permit: row.permit(t)})
		case "law":
			w.facts.Policy.Permits = append(w.facts.Policy.Permits, access.PolicyPermit{Basis: access.BASIS_LEGAL_DUTY, Permit: row.permit(t)})
		case "vote":
			row.vote(t, &w.facts.Params)
		case "controller":
			w.subject.Controller = account(row.cells["whom"])
		case "guardian":
			until := row.permit(t).ValidUntil
			w.subject.Delegates = append(w.subject.Delegates, access.Delegate{
				Account: account(row.cells["whom"]), Capacity: access.DELEGATE_CAPACITY_GUARDIAN, EndsAt: until,
			})
		default:
			require.Fail(t, "unknown event", "decision-tables.md:%d: %s", row.line, row.cells["what"])
		}
	}
	for _, c := range consents {
		if c.unopened {
			c.fact.Sealed = nil
		}
		if !c.ended {
			w.facts.Consents = append(w.facts.Consents, c.fact)
		}
	}
	return w
}

// consent plays what happened to a consent. It is granted by the first row that names
// it, and cannot change on a later day but by its end.
func (r row) consent(t *testing.T, consents []*consentAt, words []string) []*consentAt {
	index := r.number(t, words[1])
	if index == uint64(len(consents)+1) {
		consents = append(consents, &consentAt{granted: r.date(t), fact: access.ConsentFact{Index: index, Sealed: &access.Sealed{}}})
	}
	require.LessOrEqual(t, index, uint64(len(consents)), "decision-tables.md:%d: consents count from 1", r.line)
	c := consents[index-1]
	what := strings.Join(words[2:], " ")
	if what != "is withdrawn" {
		require.Equal(t, c.granted, r.date(t), "decision-tables.md:%d: a consent never changes", r.line)
	}
	switch {
	case what == "permits":
		c.fact.Permits = append(c.fact.Permits, r.permit(t))
	case what == "excepts":
		c.fact.Sealed.Exceptions = append(c.fact.Sealed.Exceptions, r.rule(t))
	case what == "denies":
		c.fact.Sealed.Denials = append(c.fact.Sealed.Denials, r.rule(t))
	case what == "cannot be opened":
		c.unopened = true
	case what == "is withdrawn":
		c.ended = true
	case words[2] == "supersedes":
		consents[r.number(t, words[3])-1].ended = true
	default:
		require.Fail(t, "unknown event", "decision-tables.md:%d: %s", r.line, what)
	}
	return consents
}

// vote plays a change of parameters.
func (r row) vote(t *testing.T, p *access.Params) {
	words := strings.Fields(r.cells["terms"])
	if r.cells["terms"] == "emergencies respect denials" {
		p.EmergencyOverrides = false
		return
	}
	require.Len(t, words, 3, "decision-tables.md:%d: X covers Y", r.line)
	own := access.Purpose(r.code(t, access.Purpose_value, "PURPOSE_", words[0]))
	for i := range p.Purposes {
		if p.Purposes[i].Purpose == own {
			covers := append(slices.Clone(p.Purposes[i].Covers), access.Purpose(r.code(t, access.Purpose_value, "PURPOSE_", words[2])))
			slices.Sort(covers)
			p.Purposes[i].Covers = covers
		}
	}
	require.NoError(t, p.Validate())
}
