package access

import (
	"slices"
	"strings"
	"time"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Object is what is asked about. The ledger knows its class and channel; the
// rest is from the sealed descriptor, in the vault.
type Object struct {
	Class   records.RecordClass
	Channel uint64

	// Record is the record's id.
	Record records.RecordId
	// Kind is its type in the words of its standard.
	Kind string
	// Codes are what it says, "system|code", and Labels its confidentiality and
	// sensitivity. Nil means that they are not known, and empty that it has none.
	Codes, Labels []string
	// Occurred is when, or zero if that is not known.
	Occurred time.Time
}

// Sealed is the sealed part of a consent. It only restricts.
type Sealed struct {
	// Exceptions take what they match out of this consent's own permits.
	Exceptions []Rule `json:"exceptions,omitempty"`
	// Denials forbid what they match, whatever other consents and the base policy
	// permit, as far as the public part of this consent reaches; everywhere if it
	// permits nothing.
	Denials []Rule `json:"denials,omitempty"`
}

// Rule matches what every field that is set matches. A field that cannot be judged
// matches, because in doubt nothing leaves: a code that is not listed, an account
// that is none, times that end before they begin, or that the record does not say.
type Rule struct {
	// Requesters are whom it is about.
	Requesters []RuleRequester `json:"requesters,omitempty"`
	// Purposes are codes of v3-ActReason, such as "TREAT". Each stands for all that a
	// permit of it covers.
	Purposes []string `json:"purposes,omitempty"`
	// Classes are names such as "result".
	Classes []string `json:"classes,omitempty"`
	// Kinds are types in the words of their standards.
	Kinds []string `json:"kinds,omitempty"`
	// Codes are "system|code".
	Codes []string `json:"codes,omitempty"`
	// Labels are codes of confidentiality or sensitivity, such as "HIV".
	Labels []string `json:"labels,omitempty"`
	// Records are ids of records.
	Records []records.RecordId `json:"records,omitempty"`
	// OccurredFrom and OccurredUntil bound when it happened, the end not included.
	OccurredFrom  *time.Time `json:"occurred_from,omitempty"`
	OccurredUntil *time.Time `json:"occurred_until,omitempty"`
}

// RuleRequester is everybody who fits each field that is set.
type RuleRequester struct {
	// Institution is the number of an institution.
	Institution uint64 `json:"institution,omitempty"`
	// Participant is an account.
	Participant string `json:"participant,omitempty"`
	// Role is the name of a role, such as "researcher".
	Role string `json:"role,omitempty"`
}

// matches says whether a rule matches a question, given the table of purposes.
func (r Rule) matches(q *Question, params Params) bool {
	return matchesAny(r.Requesters, func(g RuleRequester) bool { return g.fits(q) }) &&
		matchesAny(r.Purposes, func(code string) bool { return matchesPurpose(code, q.Request.Purpose, params) }) &&
		matchesAny(r.Classes, func(code string) bool {
			class, listed := parseCode(records.RecordClass_value, "RECORD_CLASS_", code)
			return !listed || class == int32(q.Object.Class)
		}) &&
		matchesAny(r.Kinds, func(kind string) bool { return q.Object.Kind == "" || strings.EqualFold(kind, q.Object.Kind) }) &&
		matchesSome(r.Codes, q.Object.Codes) &&
		matchesSome(r.Labels, q.Object.Labels) &&
		matchesAny(r.Records, func(id records.RecordId) bool {
			return q.Object.Record == records.RecordId{} || id == q.Object.Record
		}) &&
		r.matchesTime(q.Object.Occurred)
}

func (g RuleRequester) fits(q *Question) bool {
	return (g.Institution == 0 || g.Institution == q.Institution) &&
		(g.Participant == "" || strings.EqualFold(g.Participant, q.Requester) || !isAccount(g.Participant)) &&
		(g.Role == "" || g.fitsRole(q.Request.Role))
}

func (g RuleRequester) fitsRole(role consortium.Role) bool {
	own, listed := parseCode(consortium.Role_value, "ROLE_", g.Role)
	return !listed || own == int32(role)
}

// isAccount says whether a text is an account address at all.
func isAccount(text string) bool {
	_, _, err := bech32.DecodeAndConvert(text)
	return err == nil
}

// matchesPurpose says whether a purpose of a rule is the requested one, or covers it
// as a permit would: whoever is refused treatment does not get it as coordination.
func matchesPurpose(code string, requested Purpose, params Params) bool {
	own, listed := parseCode(Purpose_value, "PURPOSE_", code)
	return !listed || Purpose(own) == requested || params.Covers(Purpose(own), requested)
}

// parseCode returns the value of a code, or false if it is not listed.
func parseCode(values map[string]int32, prefix, code string) (int32, bool) {
	value := values[prefix+strings.ToUpper(strings.ReplaceAll(code, "-", "_"))]
	return value, value != 0
}

// matchesAny says whether one of the values does, or there are none.
func matchesAny[T any](values []T, match func(T) bool) bool {
	return len(values) == 0 || slices.ContainsFunc(values, match)
}

// matchesSome says whether one of the values is one of the object's, or there are
// none, or the object's are not known. Upper and lower case are the same.
func matchesSome(values, object []string) bool {
	return object == nil || matchesAny(values, func(v string) bool {
		return slices.ContainsFunc(object, func(o string) bool { return strings.EqualFold(o, v) })
	})
}

// matchesTime says whether it happened between the bounds, or that is not known, or
// nothing is between them.
func (r Rule) matchesTime(occurred time.Time) bool {
	from, until := r.OccurredFrom, r.OccurredUntil
	if occurred.IsZero() || from != nil && until != nil && !from.Before(*until) {
		return true
	}
	return (from == nil || !occurred.Before(*from)) && (until == nil || occurred.Before(*until))
}
