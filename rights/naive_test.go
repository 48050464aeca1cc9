package rights_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/rights"
)

// naive is a second evaluator. It knows ODRL, the text of the profile and a document,
// and nothing of terms.
type naive struct {
	policy
	issued time.Time
}

type (
	policy struct {
		Issued struct {
			Value string `json:"@value"`
		} `json:"dct:issued"`
		Permission, Prohibition []rule
	}
	rule struct {
		Assignee, Action string
		Constraint       []constraint
		Duty             []struct{ Action string }
	}
	constraint struct {
		LeftOperand, Operator string
		RightOperand          json.RawMessage
		Or                    *struct {
			List []constraint `json:"@list"`
		}
	}
	operand struct {
		ID     string    `json:"@id"`
		Value  string    `json:"@value"`
		Covers []operand `json:"dmdl:covers"`
	}
)

// request is a question in the words of ODRL.
type request struct {
	assignee string
	actions  []string
	facts    map[string][]string
	at       time.Time
}

// includedIn is read from the vocabulary of ODRL, and for "dmdl:" from the profile.
var includedIn = map[string]string{
	"cc:CommercialUse": "use", "distribute": "use", "derive": "use", "dmdl:study": "use", "dmdl:publish": "use", "dmdl:evaluate": "use",
	"dmdl:train": "derive", "dmdl:fineTune": "derive",
}

var research = []string{"reason:HRESCH", "reason:BIORCH", "reason:CLINTRCH", "reason:DSRCH", "reason:TRANSRCH"}

var classesOf = map[string][]string{
	"obo:DUO_0000042": append([]string{"reason:POARCH"}, research...),
	"obo:DUO_0000006": research,
	"obo:DUO_0000007": research,
	"obo:DUO_0000011": {"reason:POARCH"},
	"obo:DUO_0000043": {"reason:TREAT", "reason:COC", "reason:ETREAT", "reason:ERTREAT", "reason:CAREMGT"},
}

func read(t require.TestingT, document []byte) naive {
	var n naive
	require.NoError(t, json.Unmarshal(document, &n.policy))
	issued, err := time.Parse(time.RFC3339Nano, n.Issued.Value)
	require.NoError(t, err)
	n.issued = issued
	return n
}

// allows says whether all actions are permitted and none is prohibited.
func (n naive) allows(r request) bool {
	for _, action := range r.actions {
		if !slices.ContainsFunc(n.Permission, func(p rule) bool { return n.applies(p, action, r) && !p.pending() }) {
			return false
		}
		if slices.ContainsFunc(n.Prohibition, func(p rule) bool { return n.applies(p, action, r) }) {
			return false
		}
	}
	return true
}

// pending says that a duty must be fulfilled first that no request fulfils.
func (p rule) pending() bool {
	return slices.ContainsFunc(p.Duty, func(d struct{ Action string }) bool { return d.Action == "obtainConsent" })
}

func (n naive) applies(p rule, action string, r request) bool {
	for action != p.Action {
		broader, found := includedIn[action]
		if !found {
			return false
		}
		action = broader
	}
	return p.Assignee == r.assignee && !slices.ContainsFunc(p.Constraint, func(c constraint) bool { return !n.holds(c, r) })
}

func (n naive) holds(c constraint, r request) bool {
	if c.Or != nil {
		return slices.ContainsFunc(c.Or.List, func(c constraint) bool { return n.holds(c, r) })
	}
	right, left := operands(c.RightOperand), r.facts[c.LeftOperand]
	has := func(o operand) bool {
		return slices.Contains(left, o.ID+o.Value) || slices.ContainsFunc(o.Covers, func(o operand) bool { return slices.Contains(left, o.ID) })
	}
	switch c.LeftOperand + " " + c.Operator {
	case "dateTime lt":
		end, err := time.Parse(time.RFC3339Nano, right[0].Value)
		return err == nil && r.at.Before(end)
	case "elapsedTime lt":
		return r.at.Before(after(n.issued, right[0].Value))
	case "purpose isA":
		return right[0].ID == "obo:DUO_0000004" || slices.Contains(classesOf[right[0].ID], left[0])
	case "purpose isAnyOf", "spatial isAnyOf", "dmdl:disease isAnyOf", "dmdl:description isAnyOf", "recipient eq":
		return slices.ContainsFunc(right, has)
	case "dmdl:dataUse isAllOf":
		return !slices.ContainsFunc(right, func(o operand) bool { return !has(o) })
	}
	panic("unknown constraint " + c.LeftOperand + " " + c.Operator)
}

func operands(raw json.RawMessage) []operand {
	var many []operand
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var one operand
	if err := json.Unmarshal(raw, &one); err != nil {
		panic(err)
	}
	return []operand{one}
}

// after adds a duration such as P30D or P13M. A day that a month lacks is its last.
func after(from time.Time, duration string) time.Time {
	n, err := strconv.Atoi(duration[1 : len(duration)-1])
	if err != nil {
		panic(err)
	}
	if strings.HasSuffix(duration, "D") {
		return from.Add(time.Duration(n) * 24 * time.Hour)
	}
	to := from.AddDate(0, n, 0)
	if to.Day() != from.Day() { // ran into the month after
		to = to.AddDate(0, 0, -to.Day())
	}
	return to
}

var actions = map[rights.Action]string{
	rights.ActionUse: "dmdl:study", rights.ActionPublish: "dmdl:publish", rights.ActionDistribute: "distribute", rights.ActionDerive: "derive",
	rights.ActionTrain: "dmdl:train", rights.ActionFineTune: "dmdl:fineTune", rights.ActionEvaluate: "dmdl:evaluate",
}

// ask puts a use in the words of ODRL.
func ask(u rights.Use) request {
	institution := fmt.Sprintf("urn:dmdl:dmdl-test-1:institution:%d", u.Institution)
	r := request{assignee: institution, actions: []string{actions[u.Action]}, at: u.At, facts: map[string][]string{
		"purpose": {"reason:" + strings.TrimPrefix(u.Purpose.String(), "PURPOSE_")}, "spatial": {u.Country}, "recipient": {institution},
		"dmdl:disease": {"obo:" + strings.Replace(u.Disease, ":", "_", 1)},
	}}
	if u.Commercial {
		r.actions = append(r.actions, "cc:CommercialUse")
	}
	for _, code := range u.Heeds {
		r.facts["dmdl:dataUse"] = append(r.facts["dmdl:dataUse"], fmt.Sprintf("obo:DUO_%07d", code))
	}
	if len(u.Description) > 0 {
		r.facts["dmdl:description"] = []string{described(u.Description)}
	}
	return r
}
