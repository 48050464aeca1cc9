package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/copyright/keeper"
)

var _ access.Licences = keeper.Keeper{}

func TestADerivativeInheritsTheStrictestTerms(t *testing.T) {
	f := newFixture(t)
	first, second := f.upheld(t, joint()), f.upheld(t, model(2))
	a := f.licensed(t, first, with(func(t *copyright.Terms) {
		t.Derivatives, t.Period, t.Price = copyright.DERIVATIVES_SHARE_ALIKE, 90*day, copyright.Price{Amount: 5, Currency: "EUR"}
	}), 3)
	b := f.licensed(t, second, with(func(t *copyright.Terms) {
		t.Spdx, t.Commercial, t.Withdrawal = "MIT", false, copyright.WITHDRAWAL_REPLACE
	}), 3)
	w := f.register(t, model(3, trained(first.Id, a.Number), trained(second.Id, b.Number)))
	want := with(func(t *copyright.Terms) {
		t.Derivatives, t.Period, t.Commercial, t.Withdrawal = copyright.DERIVATIVES_SHARE_ALIKE, 90*day, false, copyright.WITHDRAWAL_REPLACE
	})
	require.Equal(t, &want, w.Floor)
	require.EqualValues(t, 1, w.Depth)
	version := f.register(t, model(3, copyright.Parent{Work: w.Id, Relation: copyright.RELATION_REVISION}))
	require.Equal(t, &want, version.Floor, "an own work passes on what it inherited")
	require.EqualValues(t, 2, version.Depth)
	require.Nil(t, f.register(t, model(3)).Floor)
}

func TestADerivativeWithoutALicenceThatAllowsItIsRefused(t *testing.T) {
	f := newFixture(t)
	w, other := f.upheld(t, joint()), f.upheld(t, model(2))
	forbidding := f.licensed(t, w, with(func(t *copyright.Terms) {
		t.Training, t.FineTuning, t.Evaluation, t.Derivatives = false, false, false, copyright.DERIVATIVES_FORBIDDEN
	}), 3)
	allowing := f.licensed(t, w, with(func(t *copyright.Terms) { t.Period = day }), 3)
	asked := f.requested(t, w, liberal(), 3)
	elsewhere := f.licensed(t, other, with(func(t *copyright.Terms) { t.Territory = []string{"CN"} }), 3)
	here := f.licensed(t, w, with(func(t *copyright.Terms) {
		t.Territory, t.Derivatives = []string{"DE", "FR"}, copyright.DERIVATIVES_SHARE_ALIKE
	}), 3)
	from := func(relation copyright.Relation, id access.LicenceId) *copyright.MsgRegisterWork {
		return model(3, copyright.Parent{Work: w.Id, Relation: relation, Licence: id.Number})
	}
	byAnother := from(copyright.RELATION_DERIVED, allowing)
	byAnother.Officer = officer(4)
	f.refuses(t, map[string]refusal{
		"training":        {from(copyright.RELATION_TRAINED, forbidding), copyright.ErrUnlicensed, "licence (1, 1): it does not allow to train models"},
		"fine tuning":     {from(copyright.RELATION_FINE_TUNED, forbidding), copyright.ErrUnlicensed, "adapt models"},
		"evaluation":      {from(copyright.RELATION_EVALUATED, forbidding), copyright.ErrUnlicensed, "evaluate models"},
		"any derivative":  {from(copyright.RELATION_DERIVED, forbidding), copyright.ErrUnlicensed, "it allows no derivatives"},
		"another's":       {byAnother, copyright.ErrUnlicensed, "is not in force for institution 4"},
		"not granted":     {from(copyright.RELATION_DERIVED, asked), copyright.ErrUnlicensed, "licence (1, 3) for work (1, 1) is not in force"},
		"of another work": {model(3, trained(w.Id, allowing.Number), trained(other.Id, asked.Number)), copyright.ErrUnlicensed, "licence (2, 3) for work (2, 1)"},
		"terms that cannot be met": {
			model(3, trained(w.Id, here.Number), trained(other.Id, elsewhere.Number)), copyright.ErrTermsConflict,
			"territory: nothing is common to [DE FR] and [CN]",
		},
	})
	f.do(t, from(copyright.RELATION_DERIVED, allowing))
	f.after(day)
	f.refuses(t, map[string]refusal{"expired": {from(copyright.RELATION_DERIVED, allowing), copyright.ErrUnlicensed, "is not in force"}})
	require.NoError(t, f.keeper.CheckInvariants(f.ctx), "what was licensed then stays")
	f.do(t, decide(w, false))
	f.refuses(t, map[string]refusal{"rejected": {from(copyright.RELATION_DERIVED, here), copyright.ErrParent, "WORK_STATUS_REJECTED"}})
}

func TestADerivativeOutlivesItsLicence(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, joint())
	id := f.licensed(t, w, liberal(), 2)
	child := model(2, trained(w.Id, id.Number))
	f.register(t, child)
	f.do(t, terminate(2, id))
	f.after(day)
	f.refuses(t, map[string]refusal{"no more": {child, copyright.ErrUnlicensed, "is not in force"}})
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
}

func TestALineageIsSixtyFourDeepAtMost(t *testing.T) {
	f := newFixture(t)
	id := f.register(t, model(1)).Id
	for range copyright.MaxDepth {
		id = f.register(t, model(1, copyright.Parent{Work: id, Relation: copyright.RELATION_REVISION})).Id
	}
	require.EqualValues(t, copyright.MaxDepth, f.work(t, id).Depth)
	f.refuses(t, map[string]refusal{
		"deeper": {model(1, copyright.Parent{Work: id, Relation: copyright.RELATION_REVISION}), copyright.ErrTooDeep, "work (1, 65) has depth 64"},
	})
}
