package access_test

import (
	"slices"
	"testing"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// BenchmarkDecide decides a request for all seven classes on 256 consents with as many
// permits as fit. The p99 is that of the whole request, in microseconds.
func BenchmarkDecide(b *testing.B) {
	elsewhere, over := access.Grantee{Institution: 9}, day(-1)
	for name, edit := range map[string]func(*access.Permit){
		"all cover":       func(*access.Permit) {},
		"none is for it":  func(p *access.Permit) { p.Grantee = elsewhere },
		"all are over":    func(p *access.Permit) { p.ValidUntil = &over },
		"another purpose": func(p *access.Permit) { p.Purposes = p.Purposes[1:] },
	} {
		for _, place := range []string{"ledger", "vault"} {
			b.Run(name+"/"+place, func(b *testing.B) {
				f := fullFacts(edit)
				f.Sealed = place == "vault"
				decideAll(b, f, map[string]string{"ledger": "check_access_p99_us", "vault": "vault_decide_p99_us"}[place])
			})
		}
	}
}

func decideAll(b *testing.B, f access.Facts, metric string) {
	q := access.Question{
		Request:   access.Request{Custodian: 1, Purpose: access.PURPOSE_ERTREAT, Action: access.ACTION_ACCESS, Role: roles[0]},
		Requester: accounts[0], Institution: 1, At: day(1),
		Object: access.Object{Record: records.RecordId{Institution: 1, Batch: 1}, Kind: "Observation", Codes: []string{"loinc|1"}, Labels: []string{"N"}, Occurred: day(-3)},
	}
	var took []time.Duration
	for b.Loop() {
		before := time.Now()
		for class := records.RECORD_CLASS_DOCUMENT; class <= records.RECORD_CLASS_DATASET; class++ {
			q.Object.Class = class
			access.Decide(q, f)
		}
		took = append(took, time.Since(before))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, metric)
}

// fullFacts are as many consents as a subject can have, each as full as can be.
func fullFacts(edit func(*access.Permit)) access.Facts {
	f := access.Facts{Params: access.DefaultParams(), Policy: &access.Policy{Institution: 1}}
	until := day(9)
	permit := access.Permit{
		Purposes: []access.Purpose{access.PURPOSE_TREAT}, Actions: []access.Action{access.ACTION_ACCESS, access.ACTION_DISCLOSE},
		ValidFrom: &day0, ValidUntil: &until, Obligations: []access.Obligation{access.OBLIGATION_NORELINK, access.OBLIGATION_DELAU},
	}
	for purpose := access.PURPOSE_HPAYMT; len(permit.Purposes) < access.MaxPurposes; purpose++ {
		permit.Purposes = append(permit.Purposes, purpose)
	}
	for class := records.RECORD_CLASS_DOCUMENT; class <= records.RECORD_CLASS_DATASET; class++ {
		permit.Classes = append(permit.Classes, class)
	}
	edit(&permit)
	rule := access.Rule{Codes: []string{"loinc|2", "loinc|3"}, Labels: []string{"HIV", "PSY"}}
	for i := range access.MaxConsents {
		f.Consents = append(f.Consents, access.ConsentFact{
			Index: uint64(i + 1), Permits: slices.Repeat([]access.Permit{permit}, access.MaxPermits),
			Sealed: &access.Sealed{Exceptions: []access.Rule{rule, rule}, Denials: []access.Rule{rule, rule}},
		})
	}
	for range access.MaxPolicyPermits {
		f.Policy.Permits = append(f.Policy.Permits, access.PolicyPermit{Basis: access.BASIS_POLICY, Permit: permit})
	}
	return f
}
