package rights

import (
	"slices"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Actions as policies name them: the first ones are of ODRL's own vocabulary, those
// with "cc:" of Creative Commons, which it adopts, those with "dmdl:" of the profile.
const (
	actUse        = "use"
	actDistribute = "distribute"
	actDerive     = "derive"
	actCommercial = "cc:CommercialUse"
	actShareAlike = "cc:ShareAlike"
	actStudy      = "dmdl:study"
	actPublish    = "dmdl:publish"
	actTrain      = "dmdl:train"
	actFineTune   = "dmdl:fineTune"
	actEvaluate   = "dmdl:evaluate"
	actStop       = "dmdl:stop"
	actReplace    = "dmdl:replace"
	actDelete     = "delete"
	actAttribute  = "attribute"
	actConsent    = "obtainConsent"
	actCompensate = "odrl:compensate"
)

// rule returns a rule on the work between the parties.
func (b writer) rule(action any) rule {
	r := rule{Target: b.Ledger.work(b.work.Id), Assigner: b.institution(b.work.Id.Institution), Action: action}
	if b.licence != nil {
		r.Assignee = b.institution(b.licence.Licensee)
	}
	return r
}

// permissions are one for each action, with all constraints: each can be read alone.
// None is for "use" as such, which in ODRL includes all that the others have duties for.
func (b writer) permissions() []rule {
	t := b.terms
	all := []rule{b.permission(actStudy), b.permission(actPublish)}
	for _, a := range []struct {
		action  string
		allowed bool
	}{{actCommercial, t.Commercial}, {actDistribute, t.Redistribution}, {actEvaluate, t.Evaluation}} {
		if a.allowed {
			all = append(all, b.permission(a.action))
		}
	}
	for _, a := range []struct {
		action  string
		allowed bool
	}{{actDerive, t.Derivatives != copyright.DERIVATIVES_FORBIDDEN}, {actTrain, t.Training}, {actFineTune, t.FineTuning}} {
		if a.allowed {
			all = append(all, b.making(a.action)...)
		}
	}
	return all
}

func (b writer) permission(action string) rule {
	r := b.rule(action)
	r.Constraint = b.constraints()
	if b.terms.Attribution {
		d := duty{Action: actAttribute, Target: b.Ledger.work(b.work.Id)}
		for _, c := range b.work.Contributors {
			d.Attributed = append(d.Attributed, b.account(c.Account))
		}
		r.Duty = append(r.Duty, d)
	}
	return r
}

// making permits to make other works. If each needs approval, one permission has the
// duty to obtain it, and a second one is for those that have it.
func (b writer) making(action string) []rule {
	r := b.permission(action)
	switch b.terms.Derivatives {
	case copyright.DERIVATIVES_SHARE_ALIKE:
		r.Duty = append(r.Duty, duty{Action: actShareAlike})
	case copyright.DERIVATIVES_BY_APPROVAL:
		r.Duty = append(r.Duty, duty{Action: actConsent, Consenting: b.institution(b.work.Id.Institution)})
		if b.licence != nil && len(b.licence.Approved) > 0 {
			approved := b.permission(action)
			names := make([]ref, len(b.licence.Approved))
			for i, digest := range b.licence.Approved {
				names[i].ID = digestName(digest)
			}
			approved.Constraint = append(approved.Constraint, constraint{LeftOperand: "dmdl:description", Operator: "isAnyOf", RightOperand: names})
			return []rule{r, approved}
		}
	}
	return []rule{r}
}

// prohibitions are what the terms forbid, which without them would only be unsaid, and
// what they forbid for a time or a purpose.
func (b writer) prohibitions() []rule {
	t := b.terms
	var all []rule
	for _, a := range []struct {
		action  string
		allowed bool
	}{
		{actCommercial, t.Commercial},
		{actDistribute, t.Redistribution},
		{actEvaluate, t.Evaluation},
		{actDerive, t.Derivatives != copyright.DERIVATIVES_FORBIDDEN},
		{actTrain, t.Training},
		{actFineTune, t.FineTuning},
	} {
		if !a.allowed {
			all = append(all, b.rule(a.action))
		}
	}
	if closed := b.closed(); len(closed) > 0 {
		r := b.rule(actUse)
		r.Constraint = []constraint{{LeftOperand: "purpose", Operator: "isAnyOf", RightOperand: reasons(closed)}}
		all = append(all, r)
	}
	for _, d := range t.DataUses {
		var r rule
		switch d.Code {
		case duoNonProfit, duoNonCommercial:
			r = b.rule(actCommercial)
		case duoNoAncestry:
			r = b.rule(actUse)
			r.Constraint = []constraint{{LeftOperand: "purpose", Operator: "isAnyOf", RightOperand: reasons([]access.Purpose{access.PURPOSE_POARCH})}}
		case duoMoratorium:
			r = b.rule(actPublish)
			r.Constraint = []constraint{{LeftOperand: "dateTime", Operator: "lt", RightOperand: literal{d.Value + "T00:00:00Z", "xsd:dateTime"}}}
		default:
			continue
		}
		r.Because = term(d.Code)
		all = append(all, r)
	}
	return all
}

// closed are purposes of the terms that the ledger's parameters permit to nobody.
func (b writer) closed() []access.Purpose {
	var closed []access.Purpose
	for _, p := range b.terms.Purposes {
		if !slices.ContainsFunc(b.terms.Purposes, func(permitted access.Purpose) bool { return b.params.Covers(permitted, p) }) {
			closed = append(closed, p)
		}
	}
	return closed
}

// obligations are what the licensee owes apart from any one use: what it must do when
// data are withdrawn, each step with all that come before it, and the price.
func (b writer) obligations() []rule {
	var all []rule
	for _, step := range []struct {
		from   copyright.Withdrawal
		action string
	}{{copyright.WITHDRAWAL_STOP, actStop}, {copyright.WITHDRAWAL_REPLACE, actReplace}, {copyright.WITHDRAWAL_DESTROY, actDelete}} {
		if b.terms.Withdrawal >= step.from {
			r := b.rule(step.action)
			r.Constraint = []constraint{{LeftOperand: "event", Operator: "gt", RightOperand: ref{ID: "dmdl:withdrawal"}}}
			all = append(all, r)
		}
	}
	if price := b.terms.Price; price.Amount > 0 {
		r := b.rule([]refined{{Value: ref{ID: actCompensate}, Refinement: []constraint{{
			LeftOperand: "payAmount", Operator: "eq", RightOperand: literal{amount(price), "xsd:decimal"}, Unit: &ref{ID: "currency:" + price.Currency},
		}}}})
		r.Compensated = b.institution(b.work.Id.Institution)
		all = append(all, r)
	}
	return all
}
