package access

import (
	"cmp"
	"slices"
	"time"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

const day = 24 * time.Hour

// DefaultParams are the parameters that a chain begins with. TREAT covers the
// coordination of care and emergencies without override; nothing else inherits.
func DefaultParams() Params {
	clinicians := []consortium.Role{consortium.ROLE_CLINICIAN, consortium.ROLE_EMERGENCY_CLINICIAN}
	staff := []consortium.Role{consortium.ROLE_CLINICIAN, consortium.ROLE_REGISTRAR, consortium.ROLE_PRIVACY_OFFICER}
	officers := []consortium.Role{consortium.ROLE_PRIVACY_OFFICER, consortium.ROLE_AUDITOR}
	lawful := append(slices.Clone(officers), consortium.ROLE_RIGHTS_OFFICER)
	researchers := []consortium.Role{consortium.ROLE_RESEARCHER}
	of := func(p Purpose, roles []consortium.Role) PurposeRule {
		return PurposeRule{Purpose: p, Covers: []Purpose{p}, Roles: roles}
	}
	research := func(p Purpose) PurposeRule {
		return PurposeRule{Purpose: p, Covers: []Purpose{p}, Roles: researchers, Study: true, Research: true}
	}
	treat := of(PURPOSE_TREAT, clinicians)
	treat.Covers = []Purpose{PURPOSE_TREAT, PURPOSE_COC, PURPOSE_ETREAT, PURPOSE_ERTREAT}
	return Params{
		Purposes: []PurposeRule{
			treat, of(PURPOSE_COC, clinicians), of(PURPOSE_ETREAT, clinicians), of(PURPOSE_ERTREAT, clinicians),
			{Purpose: PURPOSE_PATRQT, Roles: []consortium.Role{consortium.ROLE_PATIENT}},
			of(PURPOSE_CAREMGT, clinicians), of(PURPOSE_FAMRQT, []consortium.Role{consortium.ROLE_PATIENT}),
			of(PURPOSE_HPAYMT, staff), of(PURPOSE_COVERAGE, staff), of(PURPOSE_HOPERAT, staff), of(PURPOSE_HQUALIMP, staff),
			of(PURPOSE_PATSFTY, staff), of(PURPOSE_HLEGAL, lawful), of(PURPOSE_PUBHLTH, officers), of(PURPOSE_DISASTER, officers),
			of(PURPOSE_THREAT, officers), of(PURPOSE_POPHLTH, officers),
			research(PURPOSE_HRESCH), research(PURPOSE_BIORCH), research(PURPOSE_CLINTRCH), research(PURPOSE_DSRCH),
			research(PURPOSE_TRANSRCH), research(PURPOSE_POARCH),
		},
		TicketPeriod:    day,
		EmergencyPeriod: day,
		EmergencyClasses: []records.RecordClass{
			records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING, records.RECORD_CLASS_THERAPY,
		},
		EmergencyOverrides: true,
		ReviewPeriod:       14 * day,
		ReceiptPeriod:      day,
		ControllerPeriod:   7 * day,
		Retention:          6 * 365 * day,
	}
}

// Validate checks every parameter.
func (p Params) Validate() error {
	for i, r := range p.Purposes {
		if i > 0 && p.Purposes[i-1].Purpose >= r.Purpose {
			return errors.Wrapf(ErrInvalid, "purposes: %s is repeated or out of order", r.Purpose)
		}
		if err := r.validate(); err != nil {
			return errors.Wrapf(err, "purpose %s", r.Purpose)
		}
	}
	// Patients always may ask for their own.
	if own, _ := p.Rule(PURPOSE_PATRQT); !slices.Contains(own.Roles, consortium.ROLE_PATIENT) || own.Study || own.Research {
		return errors.Wrapf(ErrInvalid, "purposes: %s must be open to %s, without a study and whatever reviews are overdue", PURPOSE_PATRQT, consortium.ROLE_PATIENT)
	}
	if err := checkList("emergency_classes", p.EmergencyClasses, 0, len(records.RecordClass_name)-1, records.RecordClass_name); err != nil {
		return err
	}
	for _, d := range []struct {
		name        string
		value       time.Duration
		least, most time.Duration
	}{
		{"ticket_period", p.TicketPeriod, time.Minute, 30 * day},
		{"emergency_period", p.EmergencyPeriod, time.Minute, day},
		{"review_period", p.ReviewPeriod, time.Hour, 90 * day},
		{"receipt_period", p.ReceiptPeriod, time.Minute, 30 * day},
		{"controller_period", p.ControllerPeriod, time.Second, 90 * day},
		{"retention", p.Retention, day, 30 * 365 * day},
	} {
		if d.value < d.least || d.value > d.most {
			return errors.Wrapf(ErrInvalid, "%s %s is not between %s and %s", d.name, d.value, d.least, d.most)
		}
	}
	return nil
}

func (r PurposeRule) validate() error {
	for _, err := range []error{
		checkCode("purpose", r.Purpose, Purpose_name),
		checkList("covers", r.Covers, 0, len(Purpose_name)-1, Purpose_name),
		checkList("roles", r.Roles, 0, len(consortium.Role_name)-1, consortium.Role_name),
	} {
		if err != nil {
			return err
		}
	}
	// No permit stands for these two, whatever the table says.
	if r.Purpose == PURPOSE_BTG {
		return errors.Wrap(ErrInvalid, "a broken glass has a message of its own")
	}
	for _, never := range []Purpose{PURPOSE_BTG, PURPOSE_PATRQT} {
		if slices.Contains(r.Covers, never) {
			return errors.Wrapf(ErrInvalid, "no permit covers %s", never)
		}
	}
	return nil
}

// Rule returns the governed rule for a purpose, or false if it has none.
func (p Params) Rule(purpose Purpose) (PurposeRule, bool) {
	i, found := slices.BinarySearchFunc(p.Purposes, purpose, func(r PurposeRule, purpose Purpose) int { return cmp.Compare(r.Purpose, purpose) })
	if !found {
		return PurposeRule{}, false
	}
	return p.Purposes[i], true
}

// CheckPurpose returns the rule of a request's purpose. It fails with ErrPurpose
// unless the request's role may ask for that, and with ErrStudyNotFound or ErrStudy
// unless the study that it names is approved for the requester's institution at a
// time, or it names none and needs none. The study is nil if there is no such one.
func (p Params) CheckPurpose(r Request, s *Study, institution uint64, at time.Time) (PurposeRule, error) {
	rule, found := p.Rule(r.Purpose)
	if !found || !slices.Contains(rule.Roles, r.Role) {
		return rule, errors.Wrapf(ErrPurpose, "%s in the role %s", r.Purpose, r.Role)
	}
	id := r.Study
	switch {
	case id == nil && rule.Study:
		return rule, errors.Wrapf(ErrStudy, "%s needs one: name the study that an ethics board approved", r.Purpose)
	case id == nil:
		return rule, nil
	case s == nil:
		return rule, errors.Wrapf(ErrStudyNotFound, "(%d, %d)", id.Institution, id.Number)
	case !at.Before(s.ExpiresAt):
		return rule, errors.Wrapf(ErrStudy, "the approval of (%d, %d) ended at %s", id.Institution, id.Number, s.ExpiresAt)
	case !slices.Contains(s.Institutions, institution):
		return rule, errors.Wrapf(ErrStudy, "institution %d takes no part in (%d, %d)", institution, id.Institution, id.Number)
	}
	return rule, nil
}

// Covers says whether a permit of one purpose covers a request for another.
func (p Params) Covers(permitted, requested Purpose) bool {
	rule, found := p.Rule(permitted)
	return found && slices.Contains(rule.Covers, requested)
}

// covering returns the purposes of permits that cover a requested one.
func (p Params) covering(requested Purpose) []Purpose {
	var covering []Purpose
	for _, r := range p.Purposes {
		if slices.Contains(r.Covers, requested) {
			covering = append(covering, r.Purpose)
		}
	}
	return covering
}
