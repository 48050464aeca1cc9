package access_test

import (
	"strings"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

func anyMatch(rules []access.Rule, q access.Question, params access.Params) bool {
	for _, r := range rules {
		if match(r, q, params) {
			return true
		}
	}
	return false
}

// match holds each field of a rule that is set against the question.
func match(r access.Rule, q access.Question, params access.Params) bool {
	o := q.Object
	var whom, purposes, classes, kinds, codes, labels, ids bool
	for _, g := range r.Requesters {
		whom = whom || meets(g, q)
	}
	for _, code := range r.Purposes {
		own, listed := lookup(access.Purpose_name, "PURPOSE_", code)
		purposes = purposes || !listed || access.Purpose(own) == q.Request.Purpose
		for _, line := range params.Purposes {
			for _, covered := range line.Covers {
				purposes = purposes || line.Purpose == access.Purpose(own) && covered == q.Request.Purpose
			}
		}
	}
	for _, code := range r.Classes {
		own, listed := lookup(records.RecordClass_name, "RECORD_CLASS_", code)
		classes = classes || !listed || records.RecordClass(own) == o.Class
	}
	for _, kind := range r.Kinds {
		kinds = kinds || o.Kind == "" || strings.EqualFold(kind, o.Kind)
	}
	codes, labels = o.Codes == nil || share(r.Codes, o.Codes), o.Labels == nil || share(r.Labels, o.Labels)
	for _, id := range r.Records {
		ids = ids || id == o.Record || o.Record == records.RecordId{}
	}
	late := r.OccurredFrom == nil || o.Occurred.UnixNano() >= r.OccurredFrom.UnixNano()
	soon := r.OccurredUntil == nil || o.Occurred.UnixNano() < r.OccurredUntil.UnixNano()
	void := r.OccurredFrom != nil && r.OccurredUntil != nil && r.OccurredUntil.UnixNano() <= r.OccurredFrom.UnixNano()
	return (whom || len(r.Requesters) == 0) && (purposes || len(r.Purposes) == 0) && (classes || len(r.Classes) == 0) &&
		(kinds || len(r.Kinds) == 0) && (codes || len(r.Codes) == 0) && (labels || len(r.Labels) == 0) && (ids || len(r.Records) == 0) &&
		(late && soon || void || o.Occurred.IsZero())
}

func meets(g access.RuleRequester, q access.Question) bool {
	role, listed := lookup(consortium.Role_name, "ROLE_", g.Role)
	_, _, malformed := bech32.DecodeAndConvert(g.Participant)
	return (g.Institution == 0 || g.Institution == q.Institution) &&
		(g.Participant == "" || malformed != nil || strings.EqualFold(g.Participant, q.Requester)) &&
		(g.Role == "" || !listed || consortium.Role(role) == q.Request.Role)
}

// lookup finds a code by its name, whatever its case and hyphens; the zero value is no
// code.
func lookup(names map[int32]string, prefix, code string) (int32, bool) {
	for value, name := range names {
		if value != 0 && strings.ToLower(name) == strings.ToLower(prefix)+strings.ReplaceAll(strings.ToLower(code), "-", "_") {
			return value, true
		}
	}
	return 0, false
}

func share(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if strings.EqualFold(x, y) {
				return true
			}
		}
	}
	return false
}
