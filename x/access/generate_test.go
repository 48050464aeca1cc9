package access_test

import (
	"crypto/sha256"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// TestMain has each law tried 10,000 times, unless -rapid.checks or -short say else.
func TestMain(m *testing.M) {
	flag.Parse()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue && !testing.Short() {
		if err := checks.Value.Set("10000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// day0 is the first day of the small world in which questions and facts collide.
var day0 = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)

func day(n int) time.Time { return day0.AddDate(0, 0, n) }

// account returns the address of whoever has a name.
func account(name string) string {
	digest := sha256.Sum256([]byte(name))
	text, err := bech32.ConvertAndEncode("dmdl", digest[:20])
	if err != nil {
		panic(err)
	}
	return text
}

var (
	accounts = []string{account("Adler"), account("Berg"), account("Curie")}
	classes  = []records.RecordClass{records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING, records.RECORD_CLASS_GENOMICS}
	roles    = []consortium.Role{consortium.ROLE_CLINICIAN, consortium.ROLE_EMERGENCY_CLINICIAN, consortium.ROLE_RESEARCHER}
	studies  = []*access.StudyId{nil, {Institution: 1, Number: 1}, {Institution: 1, Number: 2}}
	licences = []*access.LicenceId{nil, {Institution: 1, Number: 1}, {Institution: 2, Number: 1}}
	actions  = []access.Action{access.ACTION_ACCESS, access.ACTION_DISCLOSE}
	asks     = []access.Purpose{
		access.PURPOSE_TREAT, access.PURPOSE_TREAT, access.PURPOSE_COC, access.PURPOSE_COC, access.PURPOSE_ETREAT, access.PURPOSE_HRESCH,
		access.PURPOSE_DSRCH, access.PURPOSE_BTG, access.PURPOSE_BTG, access.PURPOSE_PATRQT, access.PURPOSE_HMARKT,
	}
	grants = [][]access.Purpose{
		{access.PURPOSE_TREAT},
		{access.PURPOSE_TREAT},
		{access.PURPOSE_TREAT, access.PURPOSE_HRESCH},
		{access.PURPOSE_COC},
		{access.PURPOSE_TREAT, access.PURPOSE_DSRCH},
		{access.PURPOSE_COC, access.PURPOSE_ETREAT, access.PURPOSE_DSRCH},
		{access.PURPOSE_HRESCH, access.PURPOSE_HMARKT},
		{99},
		{},
	}
	duties = [][]access.Obligation{nil, nil, {access.OBLIGATION_NORELINK}, {access.OBLIGATION_NORELINK, access.OBLIGATION_DELAU}, {access.OBLIGATION_NOREDISCLOSE}}
)

func pick[T any](t *rapid.T, name string, from ...T) T { return rapid.SampledFrom(from).Draw(t, name) }

// one is true once in n times.
func one(t *rapid.T, name string, n int) bool { return rapid.IntRange(1, n).Draw(t, name) == n }

// rarely returns a value, or once in 60 times another.
func rarely[T any](t *rapid.T, name string, value T, others ...T) T {
	if one(t, name+" is odd", 60) {
		return pick(t, name, others...)
	}
	return value
}

func drawObject(t *rapid.T) access.Object {
	o := access.Object{
		Class:   rarely(t, "class", pick(t, "class", classes...), 0, 8, -1),
		Channel: rarely(t, "channel", uint64(0), 1),
		Record:  records.RecordId{Institution: 1, Batch: 1, Leaf: uint64(rapid.IntRange(0, 2).Draw(t, "leaf"))},
		Kind:    pick(t, "kind", "Observation", "ImagingStudy", ""),
		Codes:   pick(t, "codes", []string{}, []string{"loinc|1"}, []string{"loinc|1", "loinc|2"}, nil),
		Labels:  pick(t, "labels", []string{}, []string{"HIV"}, []string{"HIV", "ETH"}, nil),
	}
	o.Record = rarely(t, "record", o.Record, records.RecordId{})
	if !one(t, "occurred is unknown", 5) {
		o.Occurred = day(-rapid.IntRange(1, 3).Draw(t, "occurred"))
	}
	return o
}

var questions = rapid.Custom(func(t *rapid.T) access.Question {
	q := access.Question{
		Request: access.Request{
			Subject: records.SubjectId{Institution: 1, Number: 7}, Custodian: 1,
			Purpose:    rarely(t, "purpose", pick(t, "purpose", asks...), 0, 99, -1),
			Action:     rarely(t, "action", pick(t, "action", actions[0], actions[0], actions[1]), 0, 3, -1),
			Role:       pick(t, "role", roles...),
			Study:      pick(t, "study", studies...),
			Licence:    pick(t, "licence", licences...),
			Commercial: one(t, "commercial", 8),
		},
		Requester:      rarely(t, "requester", pick(t, "requester", accounts...), ""),
		Institution:    rarely(t, "institution", pick(t, "institution", uint64(1), 2), 0),
		ActsForSubject: one(t, "acts for subject", 3),
		Object:         drawObject(t),
		At:             rarely(t, "at", day(rapid.IntRange(1, 3).Draw(t, "day")), time.Time{}),
	}
	if q.Request.Purpose == access.PURPOSE_BTG && !one(t, "wrong role", 4) {
		q.Request.Role = consortium.ROLE_EMERGENCY_CLINICIAN
	}
	q.Request.Role = rarely(t, "role", q.Request.Role, 0, 99, -1)
	return q
})

func drawDay(t *rapid.T, name string) *time.Time {
	if one(t, name, 4) {
		at := day(rapid.IntRange(0, 4).Draw(t, name+" day"))
		return &at
	}
	return nil
}

var permits = rapid.Custom(func(t *rapid.T) access.Permit {
	p := access.Permit{
		Purposes:    pick(t, "purposes", grants...),
		Classes:     pick(t, "classes", classes, classes, classes, classes[:1], classes[1:], []records.RecordClass{9}),
		Actions:     pick(t, "actions", actions, actions, actions, actions[:1], actions[1:], []access.Action{7}),
		Commercial:  one(t, "commercial", 2),
		Study:       pick(t, "study", nil, nil, nil, nil, nil, studies[1], studies[2]),
		ValidFrom:   drawDay(t, "from"),
		ValidUntil:  drawDay(t, "until"),
		Obligations: pick(t, "duties", duties...),
		Channel:     rarely(t, "channel", uint64(0), 1),
	}
	switch rapid.IntRange(0, 7).Draw(t, "grantee") {
	case 0:
		p.Grantee.Institution = pick(t, "institution", uint64(1), 2)
	case 1:
		p.Grantee.Role = pick(t, "role", roles...)
	case 2:
		p.Grantee.Participant = pick(t, "participant", accounts...)
		p.Grantee.Institution = pick(t, "institution", uint64(0), 1, 2)
	case 3:
		p.Grantee.Licence = pick(t, "licence", licences[1:]...)
	}
	return p
})

var requesters = rapid.Custom(func(t *rapid.T) access.RuleRequester {
	return access.RuleRequester{
		Institution: pick(t, "institution", uint64(0), 1, 2),
		Participant: pick(t, "participant", "", "", accounts[0], strings.ToUpper(accounts[1]), "nobody"),
		Role:        pick(t, "role", "", "", "clinician", "EMERGENCY-CLINICIAN", "researcher", "unspecified", "wizard"),
	}
})

// some draws a list of strings with which rules are filled, mostly none.
func some(t *rapid.T, name string, from ...string) []string {
	if !one(t, name, 4) {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(from), 1, 2).Draw(t, name+" values")
}

var rules = rapid.Custom(func(t *rapid.T) access.Rule {
	r := access.Rule{
		Purposes: some(t, "purposes", "TREAT", "coc", "HRESCH", "BTG", "btg", "unspecified", "XYZ"),
		Classes:  some(t, "classes", "result", "IMAGING", "genomics", "unspecified", "dreams"),
		Kinds:    some(t, "kinds", "Observation", "imagingstudy", "Patient"),
		Codes:    some(t, "codes", "loinc|1", "LOINC|2", "loinc|3"),
		Labels:   some(t, "labels", "HIV", "eth", "PSY"),
	}
	if one(t, "requesters", 4) {
		r.Requesters = rapid.SliceOfN(requesters, 1, 2).Draw(t, "requesters")
	}
	if one(t, "records", 5) {
		r.Records = []records.RecordId{{Institution: 1, Batch: 1, Leaf: uint64(rapid.IntRange(0, 2).Draw(t, "leaf"))}}
	}
	if one(t, "period", 4) {
		from, until := day(-rapid.IntRange(1, 4).Draw(t, "from")), day(-rapid.IntRange(0, 3).Draw(t, "until"))
		r.OccurredFrom, r.OccurredUntil = pick(t, "from", &from, nil), pick(t, "until", &until, nil)
	}
	return r
})

var sealedParts = rapid.Custom(func(t *rapid.T) *access.Sealed {
	s := &access.Sealed{}
	switch rapid.IntRange(0, 9).Draw(t, "sealed") {
	case 0:
		return nil
	case 1, 2:
		s.Denials = rapid.SliceOfN(rules, 1, 2).Draw(t, "denials")
	case 3, 4, 5:
		s.Exceptions = rapid.SliceOfN(rules, 1, 2).Draw(t, "exceptions")
	}
	return s
})

func drawConsent(t *rapid.T, index uint64) access.ConsentFact {
	return access.ConsentFact{
		Index: index, Permits: rapid.SliceOfN(permits, pick(t, "least", 0, 1, 1, 1), 2).Draw(t, "permits"), Sealed: sealedParts.Draw(t, "sealed"),
	}
}

var params = func() []access.Params {
	plain, strict, wide := access.DefaultParams(), access.DefaultParams(), access.DefaultParams()
	strict.EmergencyOverrides = false
	wide.EmergencyOverrides, wide.EmergencyClasses = false, classes
	rule := &wide.Purposes[len(wide.Purposes)-6] // HRESCH
	rule.Covers = []access.Purpose{access.PURPOSE_HRESCH, access.PURPOSE_DSRCH}
	return []access.Params{plain, strict, wide}
}()

var facts = rapid.Custom(func(t *rapid.T) access.Facts {
	f := access.Facts{Params: pick(t, "params", params...), Sealed: !one(t, "on the ledger", 3)}
	for i := range rapid.IntRange(0, 4).Draw(t, "consents") {
		f.Consents = append(f.Consents, drawConsent(t, uint64(i+1)))
	}
	if !one(t, "no policy", 4) {
		f.Policy = &access.Policy{Institution: rarely(t, "policy of", uint64(1), 2)}
		for range rapid.IntRange(1, 3).Draw(t, "policy") {
			f.Policy.Permits = append(f.Policy.Permits, access.PolicyPermit{
				Basis:  pick(t, "basis", access.BASIS_POLICY, access.BASIS_POLICY, access.BASIS_LEGAL_DUTY, access.BASIS_CONSENT),
				Permit: permits.Draw(t, "permit"),
			})
		}
	}
	return f
})
