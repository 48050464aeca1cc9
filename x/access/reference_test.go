package access_test

import (
	"slices"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// reference is docs/decision.md once more: the lines of its order, with what applies
// gathered beforehand, and no thought of speed.
func reference(q access.Question, f access.Facts) access.Decision {
	r := q.Request
	no := func(why access.Reason) access.Decision { return access.Decision{Reason: why} }
	yes := func(on access.Basis, rest survey) access.Decision {
		return access.Decision{Permitted: true, Reason: access.REASON_PERMITTED, Basis: on, Consents: rest.consents, Obligations: rest.duties()}
	}
	s := look(q, f)
	lines := []struct {
		applies bool
		answer  access.Decision
	}{
		{access.Purpose_name[int32(r.Purpose)] == "" || r.Purpose == 0, no(access.REASON_UNKNOWN_CODE)},
		{r.Action != access.ACTION_ACCESS && r.Action != access.ACTION_DISCLOSE, no(access.REASON_UNKNOWN_CODE)},
		{r.Role < consortium.ROLE_CLINICIAN || r.Role > consortium.ROLE_RIGHTS_OFFICER, no(access.REASON_UNKNOWN_CODE)},
		{q.Object.Class < records.RECORD_CLASS_DOCUMENT || q.Object.Class > records.RECORD_CLASS_DATASET, no(access.REASON_UNKNOWN_CODE)},
		{q.Requester == "", no(access.REASON_NO_APPLICABLE_PERMIT)},
		{q.Institution < 1, no(access.REASON_NO_APPLICABLE_PERMIT)},
		{q.At.IsZero(), no(access.REASON_NO_APPLICABLE_PERMIT)},

		{r.Purpose == access.PURPOSE_PATRQT && q.ActsForSubject, yes(access.BASIS_PATIENT, survey{patient: true})},
		{r.Purpose == access.PURPOSE_PATRQT, no(access.REASON_NO_APPLICABLE_PERMIT)},

		{s.glass && r.Role != consortium.ROLE_EMERGENCY_CLINICIAN, no(access.REASON_NO_APPLICABLE_PERMIT)},
		{s.glass && r.Action == access.ACTION_DISCLOSE, no(access.REASON_NO_APPLICABLE_PERMIT)},
		{s.glass && r.Commercial, no(access.REASON_NO_APPLICABLE_PERMIT)},
		{s.glass && q.Object.Channel > 0, no(access.REASON_NO_APPLICABLE_PERMIT)},
		{s.glass && !s.opens, no(access.REASON_NOT_OVERRIDABLE)},
		{s.glass && f.Params.EmergencyOverrides, yes(access.BASIS_EMERGENCY, survey{access: true})},
		{s.glass && s.unopened, no(access.REASON_SEALED_UNOPENED)},
		{s.glass && s.denied, no(access.REASON_SEALED_DENIAL)},
		{s.glass, yes(access.BASIS_EMERGENCY, survey{access: true})},

		{!s.stopped() && len(s.consents) > 0, yes(access.BASIS_CONSENT, s)},
		{!s.stopped() && s.policy, yes(access.BASIS_POLICY, s.unconsented())},
		{s.duty, yes(access.BASIS_LEGAL_DUTY, s.unconsented())},
		{s.unopened, no(access.REASON_SEALED_UNOPENED)},
		{s.denied, no(access.REASON_SEALED_DENIAL)},
		{s.excepted, no(access.REASON_SEALED_EXCEPTION)},
		{true, no(access.REASON_NO_APPLICABLE_PERMIT)},
	}
	i := 0
	for !lines[i].applies {
		i++
	}
	return lines[i].answer
}

// survey is everything that bears on a question.
type survey struct {
	glass, opens, unopened, denied, excepted, policy, duty, patient, access bool
	consents                                                                []uint64
	owed                                                                    map[access.Basis]map[access.Obligation]bool
}

func (s survey) stopped() bool { return s.unopened || s.denied }

func (s survey) unconsented() survey {
	s.consents = nil
	return s
}

// duties are those of every basis that is left.
func (s survey) duties() []access.Obligation {
	all := map[access.Obligation]bool{}
	for basis, owed := range s.owed {
		if basis == access.BASIS_LEGAL_DUTY || !s.stopped() {
			for duty := range owed {
				all[duty] = true
			}
		}
	}
	if s.access {
		all[access.OBLIGATION_NOREDISCLOSE] = true
	}
	var list []access.Obligation
	for duty := range all {
		list = append(list, duty)
	}
	slices.Sort(list)
	return list
}

func look(q access.Question, f access.Facts) survey {
	s := survey{glass: q.Request.Purpose == access.PURPOSE_BTG, access: q.Request.Action == access.ACTION_ACCESS, owed: map[access.Basis]map[access.Obligation]bool{}}
	for _, class := range f.Params.EmergencyClasses {
		s.opens = s.opens || class == q.Object.Class
	}
	for _, c := range f.Consents {
		covering, reaching := 0, 0
		for _, p := range c.Permits {
			failed := fails(p, q, f.Params)
			if len(failed) == 0 {
				covering++
			}
			if len(failed) == 0 || s.glass && len(failed) == 1 && failed[0] == "purpose" {
				reaching++
			}
		}
		if f.Sealed && (reaching > 0 || len(c.Permits) == 0) {
			s.unopened = s.unopened || c.Sealed == nil
			s.denied = s.denied || c.Sealed != nil && anyMatch(c.Sealed.Denials, q, f.Params)
		}
		switch {
		case covering == 0:
		case f.Sealed && c.Sealed != nil && anyMatch(c.Sealed.Exceptions, q, f.Params):
			s.excepted = true
		default:
			s.consents = append(s.consents, c.Index)
			for _, p := range c.Permits {
				s.owe(access.BASIS_CONSENT, p, q, f.Params)
			}
		}
	}
	slices.Sort(s.consents)
	if f.Policy == nil || f.Policy.Institution != q.Request.Custodian {
		return s
	}
	for _, p := range f.Policy.Permits {
		covers := len(fails(p.Permit, q, f.Params)) == 0
		s.policy = s.policy || covers && p.Basis == access.BASIS_POLICY
		s.duty = s.duty || covers && p.Basis == access.BASIS_LEGAL_DUTY
		if p.Basis == access.BASIS_POLICY || p.Basis == access.BASIS_LEGAL_DUTY {
			s.owe(p.Basis, p.Permit, q, f.Params)
		}
	}
	return s
}

func (s survey) owe(basis access.Basis, p access.Permit, q access.Question, params access.Params) {
	if len(fails(p, q, params)) > 0 {
		return
	}
	if s.owed[basis] == nil {
		s.owed[basis] = map[access.Obligation]bool{}
	}
	for _, duty := range p.Obligations {
		s.owed[basis][duty] = true
	}
}

// fails names the conditions of a permit that do not hold.
func fails(p access.Permit, q access.Question, params access.Params) []string {
	among := map[string]bool{}
	for _, own := range p.Purposes {
		for _, line := range params.Purposes {
			for _, covered := range line.Covers {
				among["purpose"] = among["purpose"] || line.Purpose == own && covered == q.Request.Purpose
			}
		}
	}
	for _, class := range p.Classes {
		among["class"] = among["class"] || class == q.Object.Class
	}
	for _, action := range p.Actions {
		among["action"] = among["action"] || action == q.Request.Action
	}
	among["institution"] = p.Grantee.Institution == 0 || p.Grantee.Institution == q.Institution
	among["account"] = p.Grantee.Participant == "" || p.Grantee.Participant == q.Requester
	among["role"] = p.Grantee.Role == 0 || p.Grantee.Role == q.Request.Role
	among["commercial"] = p.Commercial || !q.Request.Commercial
	among["study"] = p.Study == nil || q.Request.Study != nil && *p.Study == *q.Request.Study
	among["licence"] = p.Grantee.Licence == nil || q.Request.Licence != nil && *p.Grantee.Licence == *q.Request.Licence
	among["from"] = p.ValidFrom == nil || p.ValidFrom.UnixNano() <= q.At.UnixNano()
	among["until"] = p.ValidUntil == nil || p.ValidUntil.UnixNano() > q.At.UnixNano()
	among["channel"] = p.Channel == q.Object.Channel
	var failed []string
	for _, name := range []string{"purpose", "class", "action", "institution", "account", "role", "commercial", "study", "licence", "from", "until", "channel"} {
		if !among[name] {
			failed = append(failed, name)
		}
	}
	return failed
}
