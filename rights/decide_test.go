package rights_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func described(digest []byte) string {
	return "ni:///sha-256;" + base64.RawURLEncoding.EncodeToString(digest)
}

// good is a use that the licence on rich terms allows.
func good() rights.Use {
	return rights.Use{
		Institution: 5, Action: rights.ActionUse, Purpose: access.PURPOSE_BIORCH, Country: "DE", At: granted.Add(day),
		Disease: "MONDO:0005148", Heeds: []uint32{18, 21, 28},
	}
}

// written is a licence on (1, 1) as the second evaluator reads it.
func written(t require.TestingT, l copyright.Licence, p access.Params) naive {
	document, err := chain.Agreement(dataset(1, 1), l, p)
	require.NoError(t, err)
	return read(t, document)
}

// agree decides a use by both evaluators and fails unless they agree.
func agree(t require.TestingT, l copyright.Licence, n naive, u rights.Use, p access.Params) error {
	refused := rights.Decide(dataset(1, 1), l, u, p)
	require.Equal(t, refused == nil, n.allows(ask(u)), "%+v: %v\n%+v", u, refused, n)
	return refused
}

func TestALicenceAllowsWhatItsTermsSay(t *testing.T) {
	type terms = copyright.Terms
	type use = rights.Use
	for name, c := range map[string]struct {
		terms   func(*terms)
		use     func(*use)
		refused error
	}{
		"the use itself":                      {nil, nil, nil},
		"another institution's":               {nil, func(u *use) { u.Institution = 6 }, copyright.ErrNotInForce},
		"another purpose":                     {nil, func(u *use) { u.Purpose = access.PURPOSE_HRESCH }, copyright.ErrNotInForce},
		"a purpose that another covers":       {nil, func(u *use) { u.Purpose = access.PURPOSE_COC }, nil},
		"care needs no disease":               {nil, func(u *use) { u.Purpose, u.Disease = access.PURPOSE_TREAT, "" }, nil},
		"research needs one":                  {nil, func(u *use) { u.Disease = "" }, rights.ErrRefused},
		"another disease":                     {nil, func(u *use) { u.Disease = "MONDO:0005149" }, rights.ErrRefused},
		"commerce against the data's codes":   {nil, func(u *use) { u.Commercial = true }, rights.ErrRefused},
		"commerce":                            {func(v *terms) { v.DataUses = nil }, func(u *use) { u.Commercial = true }, nil},
		"commerce against the terms":          {func(v *terms) { v.DataUses, v.Commercial = nil, false }, func(u *use) { u.Commercial = true }, copyright.ErrNotInForce},
		"no country":                          {nil, func(u *use) { u.Country = "" }, rights.ErrRefused},
		"a country of the codes alone":        {nil, func(u *use) { u.Country = "FR" }, rights.ErrRefused},
		"a country of the terms alone":        {nil, func(u *use) { u.Country = "NL" }, rights.ErrRefused},
		"any country":                         {func(v *terms) { v.DataUses, v.Territory = nil, nil }, func(u *use) { u.Country = "NZ" }, nil},
		"without an ethics board":             {nil, func(u *use) { u.Heeds = []uint32{18, 28} }, rights.ErrRefused},
		"the last moment of 13 months":        {nil, func(u *use) { u.At = time.Date(2027, 2, 28, 11, 59, 59, 999_999_999, time.UTC) }, nil},
		"13 months later":                     {nil, func(u *use) { u.At = time.Date(2027, 2, 28, 12, 0, 0, 0, time.UTC) }, rights.ErrRefused},
		"the last moment of the period":       {func(v *terms) { v.DataUses = nil }, func(u *use) { u.At = granted.Add(730*day - 1) }, nil},
		"after the period":                    {func(v *terms) { v.DataUses = nil }, func(u *use) { u.At = granted.Add(730 * day) }, copyright.ErrNotInForce},
		"results before the moratorium ends":  {nil, func(u *use) { u.Action = rights.ActionPublish }, rights.ErrRefused},
		"results after it":                    {nil, func(u *use) { u.Action, u.At = rights.ActionPublish, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) }, nil},
		"copies":                              {nil, func(u *use) { u.Action = rights.ActionDistribute }, nil},
		"copies that the terms keep":          {func(v *terms) { v.Redistribution = false }, func(u *use) { u.Action = rights.ActionDistribute }, copyright.ErrNotInForce},
		"a derivative without approval":       {nil, func(u *use) { u.Action, u.Description = rights.ActionDerive, digest(8) }, copyright.ErrUnlicensed},
		"a derivative with approval":          {nil, func(u *use) { u.Action, u.Description = rights.ActionDerive, digest(7) }, nil},
		"training with approval":              {nil, func(u *use) { u.Action, u.Description = rights.ActionTrain, digest(7) }, nil},
		"training without approval":           {nil, func(u *use) { u.Action = rights.ActionTrain }, copyright.ErrUnlicensed},
		"adapting, which the terms forbid":    {nil, func(u *use) { u.Action, u.Description = rights.ActionFineTune, digest(7) }, copyright.ErrUnlicensed},
		"evaluation makes no derivative":      {nil, func(u *use) { u.Action = rights.ActionEvaluate }, nil},
		"training where derivatives are none": {func(v *terms) { v.Derivatives = copyright.DERIVATIVES_FORBIDDEN }, func(u *use) { u.Action, u.Description = rights.ActionTrain, digest(7) }, copyright.ErrUnlicensed},
		"ancestry":                            {func(v *terms) { v.Purposes, v.DataUses = []access.Purpose{24}, nil }, func(u *use) { u.Purpose = access.PURPOSE_POARCH }, nil},
		"ancestry against its code":           {func(v *terms) { v.Purposes, v.DataUses = []access.Purpose{24}, []copyright.DataUse{{Code: 44}} }, func(u *use) { u.Purpose = access.PURPOSE_POARCH }, rights.ErrRefused},
		"health, but not ancestry":            {func(v *terms) { v.Purposes, v.DataUses = []access.Purpose{24}, []copyright.DataUse{{Code: 6}} }, func(u *use) { u.Purpose = access.PURPOSE_POARCH }, rights.ErrRefused},
		"general research":                    {func(v *terms) { v.DataUses = []copyright.DataUse{{Code: 42}} }, nil, nil},
		"care under general research":         {func(v *terms) { v.DataUses = []copyright.DataUse{{Code: 42}} }, func(u *use) { u.Purpose = access.PURPOSE_TREAT }, rights.ErrRefused},
		"care beside general research":        {func(v *terms) { v.DataUses = []copyright.DataUse{{Code: 42}, {Code: 43}} }, func(u *use) { u.Purpose = access.PURPOSE_TREAT }, nil},
		"no restriction":                      {func(v *terms) { v.DataUses = []copyright.DataUse{{Code: 4}} }, func(u *use) { u.Purpose = access.PURPOSE_TREAT }, nil},
		"a purpose that nobody may have":      {func(v *terms) { v.Purposes, v.DataUses = []access.Purpose{25}, nil }, func(u *use) { u.Purpose = access.PURPOSE_HMARKT }, copyright.ErrNotInForce},
	} {
		t.Run(name, func(t *testing.T) {
			l, u := licensed(rich()), good()
			l.Approved = [][]byte{digest(6), digest(7)}
			if c.terms != nil {
				c.terms(&l.Terms)
			}
			if c.use != nil {
				c.use(&u)
			}
			err := agree(t, l, written(t, l, access.DefaultParams()), u, access.DefaultParams())
			if c.refused == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.refused)
		})
	}
}

func TestAnActionThatIsNotListedIsRefused(t *testing.T) {
	for _, action := range []rights.Action{0, rights.ActionEvaluate + 1} {
		u := good()
		u.Action = action
		require.ErrorIs(t, rights.Decide(dataset(1, 1), licensed(rich()), u, access.DefaultParams()), rights.ErrRefused)
	}
}

// TestTwoEvaluatorsAgreeOnEveryCombination puts each action, purpose, place, time and
// interest to licences that differ in one point each.
func TestTwoEvaluatorsAgreeOnEveryCombination(t *testing.T) {
	rules := []func(*copyright.Terms){
		func(*copyright.Terms) {},
		func(v *copyright.Terms) { v.DataUses = nil },
		func(v *copyright.Terms) {
			v.DataUses = []copyright.DataUse{{Code: 24, Value: "2026-06-01"}, {Code: 42}}
		},
		func(v *copyright.Terms) { v.Commercial, v.DataUses = false, nil },
		func(v *copyright.Terms) { v.Derivatives = copyright.DERIVATIVES_FORBIDDEN },
		func(v *copyright.Terms) { v.Derivatives, v.DataUses = copyright.DERIVATIVES_ALLOWED, nil },
		func(v *copyright.Terms) {
			v.Training, v.FineTuning, v.Evaluation, v.Redistribution = false, true, false, false
		},
		func(v *copyright.Terms) { *v = plain() },
	}
	allowed, refused := 0, 0
	for _, rule := range rules {
		l := licensed(rich())
		l.Approved = [][]byte{digest(7)}
		rule(&l.Terms)
		l = l.Grant(granted)
		n := written(t, l, access.DefaultParams())
		for action := range actions {
			for _, purpose := range []access.Purpose{access.PURPOSE_TREAT, access.PURPOSE_BIORCH, access.PURPOSE_POARCH} {
				for _, country := range []string{"DE", "FR"} {
					for _, at := range []time.Duration{day, 500 * day, 730 * day} {
						for _, commercial := range []bool{false, true} {
							u := good()
							u.Action, u.Purpose, u.Country, u.At, u.Commercial, u.Description = action, purpose, country, granted.Add(at), commercial, digest(7)
							if agree(t, l, n, u, access.DefaultParams()) == nil {
								allowed++
							} else {
								refused++
							}
						}
					}
				}
			}
		}
	}
	t.Logf("agreed on %d decisions: %d allowed, %d refused", allowed+refused, allowed, refused)
	require.GreaterOrEqual(t, allowed, 50)
	require.GreaterOrEqual(t, refused, 50)
}

func TestTwoEvaluatorsAgreeOnRandomLicences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := licensed(drawTerms(t))
		l.Approved = [][]byte{digest(7)}
		p := access.DefaultParams()
		p.Purposes = p.Purposes[rapid.IntRange(0, 3).Draw(t, "rules left out"):]
		u := rights.Use{
			Institution: rapid.SampledFrom([]uint64{5, 5, 5, 6}).Draw(t, "institution"),
			Action:      rapid.SampledFrom([]rights.Action{1, 2, 3, 4, 5, 6, 7}).Draw(t, "action"),
			Purpose:     rapid.SampledFrom(append([]access.Purpose{access.PURPOSE_COC, access.PURPOSE_POARCH}, l.Terms.Purposes...)).Draw(t, "purpose"),
			Commercial:  rapid.Bool().Draw(t, "commercial"), Country: rapid.SampledFrom([]string{"DE", "FR", "JP"}).Draw(t, "country"),
			At:      granted.Add(time.Duration(rapid.IntRange(0, 800).Draw(t, "day")) * day),
			Disease: rapid.SampledFrom([]string{"", "MONDO:0000001"}).Draw(t, "disease"), Description: digest(byte(rapid.IntRange(7, 8).Draw(t, "work"))),
		}
		for _, d := range l.Terms.DataUses {
			if rapid.IntRange(0, 9).Draw(t, "heeded") > 0 {
				u.Heeds = append(u.Heeds, d.Code)
			}
		}
		_ = agree(t, l, written(t, l, p), u, p)
	})
}
