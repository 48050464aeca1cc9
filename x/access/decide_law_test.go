package access_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// law tries a law on drawn questions and facts. A law with a premise returns whether
// it was met; once each has been tried 1,000 times, it must have been met.
func law(t *testing.T, holds func(rt *rapid.T, q access.Question, f access.Facts) (met bool)) {
	t.Helper()
	tried, met := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		tried++
		if holds(rt, questions.Draw(rt, "question"), facts.Draw(rt, "facts")) {
			met++
		}
	})
	if tried >= 1000 {
		require.Greater(t, met, tried/1000, "the law was hardly ever put to the test")
	}
}

// narrower fails if b permits what a does not.
func narrower(rt *rapid.T, a, b access.Decision) {
	require.False(rt, b.Permitted && !a.Permitted, "%v became %v", a, b)
	if b.Permitted {
		require.Subset(rt, a.Consents, b.Consents)
		require.Subset(rt, a.Obligations, b.Obligations)
		require.GreaterOrEqual(rt, b.Basis, a.Basis)
	}
}

func TestDecideSaysWhatTheReferenceSays(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		want := reference(q, f)
		require.Equal(rt, want, access.Decide(q, f))
		return want.Permitted
	})
}

func FuzzDecideSaysWhatTheReferenceSays(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(rt *rapid.T) {
		q, f := questions.Draw(rt, "question"), facts.Draw(rt, "facts")
		require.Equal(rt, reference(q, f), access.Decide(q, f))
	}))
}

func TestWhatIsDrawnReachesEveryReasonAndBasis(t *testing.T) {
	reasons, bases := map[access.Reason]int{}, map[access.Basis]int{}
	for seed := range 4000 {
		d := access.Decide(questions.Example(seed), facts.Example(seed))
		reasons[d.Reason]++
		bases[d.Basis]++
	}
	for reason, name := range access.Reason_name {
		if access.Reason(reason) == access.REASON_UNSPECIFIED {
			require.Zero(t, reasons[access.REASON_UNSPECIFIED])
			continue
		}
		require.GreaterOrEqual(t, reasons[access.Reason(reason)], 20, name)
	}
	for basis, name := range access.Basis_name {
		require.GreaterOrEqual(t, bases[access.Basis(basis)], 20, name)
	}
}

func TestTheOrderOfFactsNeverMatters(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		want := access.Decide(q, f)
		shuffled := f
		shuffled.Consents = rapid.Permutation(f.Consents).Draw(rt, "consents")
		for i := range shuffled.Consents {
			c := &shuffled.Consents[i]
			c.Permits = rapid.Permutation(c.Permits).Draw(rt, "permits")
			if c.Sealed != nil {
				c.Sealed = &access.Sealed{
					Exceptions: rapid.Permutation(c.Sealed.Exceptions).Draw(rt, "exceptions"),
					Denials:    rapid.Permutation(c.Sealed.Denials).Draw(rt, "denials"),
				}
			}
		}
		if f.Policy != nil {
			shuffled.Policy = &access.Policy{Institution: f.Policy.Institution, Permits: rapid.Permutation(f.Policy.Permits).Draw(rt, "policy")}
		}
		require.Equal(rt, want, access.Decide(q, shuffled))
		return want.Permitted && len(f.Consents) > 1
	})
}

func TestARestrictionNeverWidens(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		before := access.Decide(q, f)
		more := f
		more.Consents = slices.Clone(f.Consents)
		rule := rules.Draw(rt, "rule")
		kind := rapid.IntRange(0, 3).Draw(rt, "kind")
		if kind == 3 || len(f.Consents) == 0 {
			part := sealedParts.Draw(rt, "sealed part")
			more.Consents = append(more.Consents, access.ConsentFact{Index: 9, Sealed: part})
		} else if c := &more.Consents[rapid.IntRange(0, len(f.Consents)-1).Draw(rt, "consent")]; c.Sealed != nil {
			part := *c.Sealed
			switch kind {
			case 0:
				part.Denials = append(slices.Clone(part.Denials), rule)
			case 1:
				part.Exceptions = append(slices.Clone(part.Exceptions), rule)
			}
			c.Sealed = &part
			if kind == 2 {
				c.Sealed = nil // it cannot be opened
			}
		}
		after := access.Decide(q, more)
		narrower(rt, before, after)
		return before.Permitted && !after.Permitted
	})
}

func TestAPermitNeverTakesAway(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		before := access.Decide(q, f)
		more := f
		more.Consents = append(slices.Clone(f.Consents), access.ConsentFact{
			Index: 9, Permits: []access.Permit{permits.Draw(rt, "permit")}, Sealed: &access.Sealed{},
		})
		after := access.Decide(q, more)
		narrower(rt, after, before)
		return after.Permitted && !before.Permitted
	})
}

func TestAWithdrawnConsentLeavesTheDecisionAsItWas(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		f.Consents = append([]access.ConsentFact{}, f.Consents...)
		whole, err := json.Marshal(f)
		require.NoError(rt, err)
		before := access.Decide(q, f)
		f.Consents = append(f.Consents, drawConsent(rt, 9))
		granted := access.Decide(q, f)
		f.Consents = slices.DeleteFunc(f.Consents, func(c access.ConsentFact) bool { return c.Index == 9 })
		require.Equal(rt, before, access.Decide(q, f))
		again, err := json.Marshal(f)
		require.NoError(rt, err)
		require.Equal(rt, string(whole), string(again), "a decision changes no fact")
		return granted.Permitted != before.Permitted
	})
}

func TestAPermitWithAnUnknownCodePermitsNothing(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		p := permits.Draw(rt, "permit")
		known := access.Facts{Params: f.Params, Consents: []access.ConsentFact{{Index: 1, Permits: []access.Permit{p}, Sealed: &access.Sealed{}}}}
		was := access.Decide(q, known).Basis == access.BASIS_CONSENT
		unknown := rapid.SampledFrom([]int32{0, 99, -1}).Draw(rt, "code")
		switch rapid.IntRange(0, 3).Draw(rt, "which") {
		case 0:
			p.Purposes = []access.Purpose{access.Purpose(unknown)}
		case 1:
			p.Classes = []records.RecordClass{records.RecordClass(unknown)}
		case 2:
			p.Actions = []access.Action{access.Action(unknown)}
		case 3:
			p.Grantee.Role = consortium.Role(unknown | 64) // 0 would be any role
		}
		f.Consents, f.Policy = []access.ConsentFact{{Index: 1, Permits: []access.Permit{p}, Sealed: &access.Sealed{}}}, nil
		basis := access.Decide(q, f).Basis
		require.NotEqual(rt, access.BASIS_CONSENT, basis)
		return was
	})
}

func TestPatientsAlwaysGetTheirOwn(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		q.Request.Purpose = access.PURPOSE_PATRQT
		d := access.Decide(q, f)
		if d.Reason == access.REASON_UNKNOWN_CODE || q.Requester == "" || q.Institution == 0 || q.At.IsZero() {
			return false
		}
		require.Equal(rt, q.ActsForSubject, d.Permitted)
		if d.Permitted {
			require.Equal(rt, access.Decision{Permitted: true, Reason: access.REASON_PERMITTED, Basis: access.BASIS_PATIENT}, d)
		}
		return d.Permitted
	})
}

func TestOnlyABrokenGlassOverrides(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		f.Sealed, f.Policy = true, nil
		f.Consents = append(f.Consents, access.ConsentFact{Index: 9, Sealed: &access.Sealed{Denials: []access.Rule{{}}}})
		d := access.Decide(q, f)
		if d.Permitted && d.Basis != access.BASIS_PATIENT {
			require.Equal(rt, access.PURPOSE_BTG, q.Request.Purpose)
			require.Equal(rt, consortium.ROLE_EMERGENCY_CLINICIAN, q.Request.Role)
			require.True(rt, f.Params.EmergencyOverrides)
			require.Contains(rt, f.Params.EmergencyClasses, q.Object.Class)
		}
		return d.Basis == access.BASIS_EMERGENCY
	})
}
