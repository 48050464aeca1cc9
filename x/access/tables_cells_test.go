package access_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// section is one section of docs/decision-tables.md.
type section struct{ events, questions []row }

// row is one row of a table: its cells by the names of their columns.
type row struct {
	line  int
	cells map[string]string
}

// sections parses a page. Every row of a table of it must be understood.
func sections(t *testing.T, page string) []section {
	var all []section
	var header []string
	for i, line := range strings.Split(page, "\n") {
		switch {
		case strings.HasPrefix(line, "## "):
			all, header = append(all, section{}), nil
		case !strings.HasPrefix(line, "|"):
			header = nil
		case header == nil:
			header = cells(line)
		case !strings.HasPrefix(line, "|--"):
			values := cells(line)
			require.Len(t, values, len(header), "decision-tables.md:%d", i+1)
			r := row{line: i + 1, cells: map[string]string{}}
			for j, name := range header {
				r.cells[name] = values[j]
			}
			s := &all[len(all)-1]
			if _, asks := r.cells["who asks"]; asks {
				s.questions = append(s.questions, r)
			} else {
				s.events = append(s.events, r)
			}
		}
	}
	return all
}

// cells splits a line of a table. A bar within a cell is written \|.
func cells(line string) []string {
	line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00")
	out := strings.Split(line, "|")
	for i := range out {
		out[i] = strings.ReplaceAll(strings.TrimSpace(out[i]), "\x00", "|")
	}
	return out
}

// list splits a cell into its values, of which an empty one has none.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, ", ")
}

func (r row) time(t *testing.T, text string) time.Time {
	at, err := time.Parse(time.DateTime, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	require.NoError(t, err, "decision-tables.md:%d", r.line)
	return at
}

func (r row) date(t *testing.T) time.Time { return r.time(t, r.cells["date"]) }

func (r row) number(t *testing.T, text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, "decision-tables.md:%d", r.line)
	return n
}

// institution returns the number of the institution with a letter.
func institution(letter string) uint64 { return uint64(letter[0]-'A') + 1 }

// code returns the value of a code, or the number that stands for it.
func (r row) code(t *testing.T, values map[string]int32, prefix, text string) int32 {
	if n, err := strconv.Atoi(text); err == nil {
		return int32(n)
	}
	value, known := values[prefix+strings.ReplaceAll(strings.ToUpper(text), "-", "_")]
	require.True(t, known, "decision-tables.md:%d: %s", r.line, text)
	return value
}

var whomForm = regexp.MustCompile(`^(\S+)(?: of ([A-Z]))?(?: as (\S+))?$`)

// whom parses "Adler of B as clinician" into account, institution and role.
func (r row) whom(t *testing.T, text string) (string, uint64, string) {
	parts := whomForm.FindStringSubmatch(text)
	require.NotNil(t, parts, "decision-tables.md:%d: %q", r.line, text)
	who, of := "", uint64(0)
	if parts[1] != "anyone" {
		who = account(parts[1])
	}
	if parts[2] != "" {
		of = institution(parts[2])
	}
	return who, of, parts[3]
}

func (r row) role(t *testing.T, text string) consortium.Role {
	if text == "" {
		return consortium.ROLE_UNSPECIFIED
	}
	return consortium.Role(r.code(t, consortium.Role_value, "ROLE_", text))
}

var studyForm = regexp.MustCompile(`^([A-Z])/(\d+)$`)

func (r row) study(t *testing.T, text string) *access.StudyId {
	parts := studyForm.FindStringSubmatch(text)
	require.NotNil(t, parts, "decision-tables.md:%d: study %q", r.line, text)
	return &access.StudyId{Institution: institution(parts[1]), Number: r.number(t, parts[2])}
}

func (r row) licence(t *testing.T, text string) *access.LicenceId {
	id := r.study(t, text) // they are written alike
	return &access.LicenceId{Institution: id.Institution, Number: id.Number}
}

// record parses "A/4/17".
func (r row) record(t *testing.T, text string) records.RecordId {
	parts := strings.Split(text, "/")
	require.Len(t, parts, 3, "decision-tables.md:%d: record %q", r.line, text)
	return records.RecordId{Institution: institution(parts[0]), Batch: r.number(t, parts[1]), Leaf: r.number(t, parts[2])}
}

// terms hands each term of a row to whoever knows its first words, which are the
// longest that fit.
func (r row) terms(t *testing.T, known map[string]func(value string)) {
	for _, term := range list(r.cells["terms"]) {
		longest := ""
		for words := range known {
			if (term == words || strings.HasPrefix(term, words+" ")) && len(words) > len(longest) {
				longest = words
			}
		}
		require.NotEmpty(t, longest, "decision-tables.md:%d: unknown term %q", r.line, term)
		known[longest](strings.TrimSpace(strings.TrimPrefix(term, longest)))
	}
}

func (r row) permit(t *testing.T) access.Permit {
	p := access.Permit{Actions: []access.Action{access.ACTION_ACCESS}}
	var role string
	p.Grantee.Participant, p.Grantee.Institution, role = r.whom(t, r.cells["whom"])
	p.Grantee.Role = r.role(t, role)
	for _, purpose := range list(r.cells["purpose"]) {
		p.Purposes = append(p.Purposes, access.Purpose(r.code(t, access.Purpose_value, "PURPOSE_", purpose)))
	}
	for _, class := range list(r.cells["classes"]) {
		p.Classes = append(p.Classes, records.RecordClass(r.code(t, records.RecordClass_value, "RECORD_CLASS_", class)))
	}
	r.terms(t, map[string]func(string){
		"from":       func(v string) { at := r.time(t, v); p.ValidFrom = &at },
		"until":      func(v string) { at := r.time(t, v); p.ValidUntil = &at },
		"commercial": func(string) { p.Commercial = true },
		"study":      func(v string) { p.Study = r.study(t, v) },
		"licence":    func(v string) { p.Grantee.Licence = r.licence(t, v) },
		"to disclose": func(string) {
			p.Actions = []access.Action{access.ACTION_DISCLOSE}
		},
		"to access or disclose": func(string) {
			p.Actions = []access.Action{access.ACTION_ACCESS, access.ACTION_DISCLOSE}
		},
		"duty": func(v string) {
			p.Obligations = append(p.Obligations, access.Obligation(r.code(t, access.Obligation_value, "OBLIGATION_", v)))
		},
	})
	return p
}

func (r row) rule(t *testing.T) access.Rule {
	rule := access.Rule{Purposes: list(r.cells["purpose"]), Classes: list(r.cells["classes"])}
	if r.cells["whom"] != "" {
		who, of, role := r.whom(t, r.cells["whom"])
		rule.Requesters = []access.RuleRequester{{Participant: who, Institution: of, Role: role}}
	}
	r.terms(t, map[string]func(string){
		"label":          func(v string) { rule.Labels = append(rule.Labels, v) },
		"code":           func(v string) { rule.Codes = append(rule.Codes, v) },
		"kind":           func(v string) { rule.Kinds = append(rule.Kinds, v) },
		"record":         func(v string) { rule.Records = append(rule.Records, r.record(t, v)) },
		"happened from":  func(v string) { at := r.time(t, v); rule.OccurredFrom = &at },
		"happened until": func(v string) { at := r.time(t, v); rule.OccurredUntil = &at },
	})
	return rule
}

// question parses a row of questions. The record is a note of January 2027 without
// codes or labels unless the row says otherwise.
func (r row) question(t *testing.T) access.Question {
	q := access.Question{
		Request: access.Request{Subject: records.SubjectId{Institution: 1, Number: 7}, Custodian: 1, Action: access.ACTION_ACCESS},
		Object: access.Object{
			Class:  records.RecordClass(r.code(t, records.RecordClass_value, "RECORD_CLASS_", r.cells["class"])),
			Record: records.RecordId{Institution: 1, Batch: 1}, Kind: "Note", Codes: []string{}, Labels: []string{},
			Occurred: time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC),
		},
		At: r.date(t),
	}
	var role string
	q.Requester, q.Institution, role = r.whom(t, r.cells["who asks"])
	q.Request.Role = r.role(t, role)
	q.Request.Purpose = access.Purpose(r.code(t, access.Purpose_value, "PURPOSE_", r.cells["purpose"]))
	o := &q.Object
	r.terms(t, map[string]func(string){
		"to disclose":    func(string) { q.Request.Action = access.ACTION_DISCLOSE },
		"action":         func(v string) { q.Request.Action = access.Action(r.number(t, v)) },
		"commercial":     func(string) { q.Request.Commercial = true },
		"study":          func(v string) { q.Request.Study = r.study(t, v) },
		"licence":        func(v string) { q.Request.Licence = r.licence(t, v) },
		"channel":        func(v string) { o.Channel = r.number(t, v) },
		"label":          func(v string) { o.Labels = append(o.Labels, v) },
		"labels unknown": func(string) { o.Labels = nil },
		"code":           func(v string) { o.Codes = append(o.Codes, v) },
		"kind":           func(v string) { o.Kind = v },
		"kind unknown":   func(string) { o.Kind = "" },
		"record":         func(v string) { o.Record = r.record(t, v) },
		"happened":       func(v string) { o.Occurred = r.time(t, v) },
		"time unknown":   func(string) { o.Occurred = time.Time{} },
	})
	return q
}
