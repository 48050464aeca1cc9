package access

import (
	"fmt"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Check fails on the first value of a sealed part that cannot be judged. A decision takes
// such a part as it is, and so forbids more than was meant: this is for whoever writes one.
func (s Sealed) Check() error {
	for i, r := range s.Exceptions {
		if err := r.check(); err != nil {
			return fmt.Errorf("exceptions[%d]: %w", i, err)
		}
	}
	for i, r := range s.Denials {
		if err := r.check(); err != nil {
			return fmt.Errorf("denials[%d]: %w", i, err)
		}
	}
	return nil
}

func (r Rule) check() error {
	for _, g := range r.Requesters {
		if _, listed := parseCode(consortium.Role_value, "ROLE_", g.Role); !listed && g.Role != "" {
			return unjudged("role", g.Role, "researcher")
		}
		if g.Participant != "" && !isAccount(g.Participant) {
			return unjudged("participant", g.Participant, "dmdl1...")
		}
	}
	for _, code := range r.Purposes {
		if _, listed := parseCode(Purpose_value, "PURPOSE_", code); !listed {
			return unjudged("purpose", code, "TREAT")
		}
	}
	for _, code := range r.Classes {
		if _, listed := parseCode(records.RecordClass_value, "RECORD_CLASS_", code); !listed {
			return unjudged("class", code, "result")
		}
	}
	if from, until := r.OccurredFrom, r.OccurredUntil; from != nil && until != nil && !from.Before(*until) {
		return fmt.Errorf("%w: occurred_from %s is not before occurred_until %s", ErrInvalid, from, until)
	}
	return nil
}

func unjudged(what, value, example string) error {
	return fmt.Errorf("%w: %s %q is not listed: give one such as %s, see docs/decision.md", ErrInvalid, what, value, example)
}
