package copyright_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// many are so many territories.
func many(n int) (list []string) {
	for i := range n {
		list = append(list, string([]byte{'A' + byte(i/26), 'A' + byte(i%26)}))
	}
	return list
}

// refusedTerms are changes that make terms invalid.
var refusedTerms = map[string]struct {
	change func(*copyright.Terms)
	err    error
	says   string
}{
	"no text":               {func(t *copyright.Terms) { t.Spdx = "" }, copyright.ErrTerms, "not both"},
	"two texts":             {func(t *copyright.Terms) { t.Text = digest(1) }, copyright.ErrTerms, "not both"},
	"a short text":          {func(t *copyright.Terms) { t.Spdx, t.Text = "", digest(1)[1:] }, copyright.ErrInvalidDigest, "text has 31 bytes"},
	"no identifier":         {func(t *copyright.Terms) { t.Spdx = "CC BY" }, copyright.ErrTerms, `"CC BY" is no SPDX identifier`},
	"a long identifier":     {func(t *copyright.Terms) { t.Spdx = strings.Repeat("A", 65) }, copyright.ErrTerms, "is no SPDX identifier"},
	"no purpose":            {func(t *copyright.Terms) { t.Purposes = nil }, copyright.ErrInvalid, "0 purposes"},
	"purposes out of order": {func(t *copyright.Terms) { t.Purposes = []access.Purpose{access.PURPOSE_HRESCH, access.PURPOSE_TREAT} }, copyright.ErrInvalid, "out of order"},
	"an unknown purpose":    {func(t *copyright.Terms) { t.Purposes = []access.Purpose{99} }, copyright.ErrUnknownCode, "purposes 99"},
	"break the glass":       {func(t *copyright.Terms) { t.Purposes = []access.Purpose{access.PURPOSE_BTG} }, copyright.ErrTerms, "no licence is for PURPOSE_BTG"},
	"the patient's own":     {func(t *copyright.Terms) { t.Purposes = []access.Purpose{access.PURPOSE_PATRQT} }, copyright.ErrTerms, "no licence is for PURPOSE_PATRQT"},
	"a data use":            {func(t *copyright.Terms) { t.DataUses = uses(1) }, copyright.ErrUnknownCode, "DUO:0000001"},
	"a country":             {func(t *copyright.Terms) { t.Territory = []string{"de"} }, copyright.ErrTerms, `territory "de"`},
	"a country twice":       {func(t *copyright.Terms) { t.Territory = []string{"DE", "DE"} }, copyright.ErrTerms, "is repeated"},
	"65 countries":          {func(t *copyright.Terms) { t.Territory = many(65) }, copyright.ErrTooMany, "65 countries"},
	"no derivatives":        {func(t *copyright.Terms) { t.Derivatives = 0 }, copyright.ErrUnknownCode, "derivatives 0"},
	"no withdrawal":         {func(t *copyright.Terms) { t.Withdrawal = 9 }, copyright.ErrUnknownCode, "withdrawal 9"},
	"half a day":            {func(t *copyright.Terms) { t.Period = 12 * time.Hour }, copyright.ErrTerms, "want whole days"},
	"a period before":       {func(t *copyright.Terms) { t.Period = -day }, copyright.ErrTerms, "want whole days"},
	"money of no currency":  {func(t *copyright.Terms) { t.Price.Amount = 5 }, copyright.ErrTerms, `price of 5 ""`},
	"a currency of nothing": {func(t *copyright.Terms) { t.Price.Currency = "EUR" }, copyright.ErrTerms, `price of 0 "EUR"`},
}

func TestTermsAreRefused(t *testing.T) {
	for name, row := range refusedTerms {
		t.Run(name, func(t *testing.T) {
			err := with(row.change).Validate()
			require.ErrorIs(t, err, row.err)
			require.ErrorContains(t, err, row.says)
		})
	}
	require.NoError(t, liberal().Validate())
	require.NoError(t, with(func(t *copyright.Terms) { t.Territory, t.Price = many(64), copyright.Price{Amount: 5, Currency: "EUR"} }).Validate())
}

func TestEachPointOnWhichAnOfferIsWeakerIsNamed(t *testing.T) {
	floor := copyright.Terms{
		Spdx: "CC-BY-SA-4.0", Purposes: []access.Purpose{access.PURPOSE_TREAT}, DataUses: uses(6, 46), Territory: []string{"DE"}, Period: day,
		Attribution: true, Derivatives: copyright.DERIVATIVES_FORBIDDEN, Withdrawal: copyright.WITHDRAWAL_DESTROY,
	}
	work := copyright.Work{Floor: &floor}
	offer := liberal()
	err := work.CheckOffer(offer)
	require.ErrorIs(t, err, copyright.ErrTermsWeaker)
	require.ErrorContains(t, err, strings.Join([]string{
		"text: CC-BY-4.0, the parents ask for CC-BY-SA-4.0", "purposes: HRESCH, the parents allow TREAT", "data uses: none, the parents ask for HMB, NCU",
		"territory: the parents allow [DE]", "period: the parents allow 1 days", "commercial: the parents do not allow it", "attribution: the parents demand it",
		"derivatives: DERIVATIVES_ALLOWED, the parents ask for DERIVATIVES_FORBIDDEN", "training: the parents do not allow it",
		"fine tuning: the parents do not allow it", "evaluation: the parents do not allow it", "redistribution: the parents do not allow it",
		"withdrawal: WITHDRAWAL_STOP, the parents ask for WITHDRAWAL_DESTROY",
	}, "; "))
	require.NoError(t, work.CheckOffer(floor), "it is as strict as itself")
	require.NoError(t, copyright.Work{}.CheckOffer(offer))
	require.ErrorIs(t, copyright.Work{}.CheckOffer(copyright.Terms{}), copyright.ErrTerms)
}

// floorOf is what a work inherits that is made under licences on terms, and from an own
// work with a floor if there is one.
func floorOf(own *copyright.Terms, licensed ...copyright.Terms) (*copyright.Terms, error) {
	var origins []copyright.Origin
	if own != nil {
		id := copyright.WorkId{Institution: 9, Number: 1}
		origins = append(origins, copyright.Origin{Parent: copyright.Parent{Work: id, Relation: copyright.RELATION_EVALUATED}, Work: copyright.Work{Id: id, Floor: own}})
	}
	for i, terms := range licensed {
		id := copyright.WorkId{Institution: uint64(i + 1), Number: 1}
		terms.Evaluation = true // the relation that is allowed by this alone
		l := copyright.Licence{Work: id, Terms: terms, Licensee: 9, Status: copyright.LICENCE_STATUS_GRANTED}
		p := copyright.Parent{Work: id, Relation: copyright.RELATION_EVALUATED, Licence: 1}
		origins = append(origins, copyright.Origin{Parent: p, Work: copyright.Work{Id: id}, Licence: &l})
	}
	floor, _, err := copyright.CheckParents(copyright.MsgRegisterWork{}, 9, origins, start)
	return floor, err
}

func TestTheFloorIsTheWeakestThatIsAsStrictAsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, offer := drawTerms(t), drawTerms(t), drawTerms(t)
		for _, terms := range []copyright.Terms{a, b, offer} {
			require.NoError(t, terms.Validate())
		}
		ofA, err := floorOf(nil, a)
		require.NoError(t, err)
		ofB, err := floorOf(nil, b)
		require.NoError(t, err)
		ofAll, err := floorOf(nil, a, b)
		meets := len(offer.Weaker(*ofA)) == 0 && len(offer.Weaker(*ofB)) == 0
		if err != nil {
			require.ErrorIs(t, err, copyright.ErrTermsConflict)
			require.False(t, meets, "an offer meets terms that cannot be met together: %v", err)
			return
		}
		require.Empty(t, ofAll.Weaker(*ofA))
		require.Empty(t, ofAll.Weaker(*ofB))
		require.Equal(t, meets, len(offer.Weaker(*ofAll)) == 0, "%v", offer.Weaker(*ofAll))
		if len(ofA.Weaker(*ofB)) == 0 {
			require.Empty(t, ofA.Weaker(*ofAll), "what is stricter than another is the floor of both")
		}
	})
}

func TestTheOrderOfParentsDoesNotMatter(t *testing.T) {
	same := func(t *rapid.T, a, b *copyright.Terms, errA, errB error) {
		require.Equal(t, errA == nil, errB == nil, "%v against %v", errA, errB)
		if errA == nil {
			require.True(t, a.Equal(b), "%v against %v", a, b)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawTerms(t), drawTerms(t), drawTerms(t)
		ab, err := floorOf(nil, a, b)
		ba, errBack := floorOf(nil, b, a)
		same(t, ab, ba, err, errBack)
		aa, err := floorOf(nil, a, a)
		require.NoError(t, err)
		one, err := floorOf(nil, a)
		require.NoError(t, err)
		require.True(t, aa.Equal(one))

		all, errAll := floorOf(nil, a, b, c)
		for _, order := range [][]copyright.Terms{{a, b, c}, {b, c, a}, {c, a, b}} {
			first, err := floorOf(nil, order[0], order[1])
			if err != nil {
				require.Error(t, errAll)
				continue
			}
			got, err := floorOf(first, order[2])
			same(t, all, got, errAll, err)
		}
	})
}

func TestWhatTheTextOfAParentBinds(t *testing.T) {
	alike := with(func(t *copyright.Terms) {
		t.Derivatives, t.Price = copyright.DERIVATIVES_SHARE_ALIKE, copyright.Price{Amount: 1, Currency: "EUR"}
	})
	floor, err := floorOf(nil, liberal())
	require.NoError(t, err)
	require.Empty(t, floor.Spdx, "a text that need not be kept is not inherited")
	floor, err = floorOf(nil, alike, with(func(t *copyright.Terms) { t.Spdx, t.Derivatives = "MIT", copyright.DERIVATIVES_FORBIDDEN }))
	require.NoError(t, err)
	require.Equal(t, "CC-BY-4.0", floor.Spdx)
	require.Equal(t, copyright.DERIVATIVES_FORBIDDEN, floor.Derivatives)
	require.Zero(t, floor.Price)
}

func TestEachConflictOfParentsIsExplained(t *testing.T) {
	a := with(func(t *copyright.Terms) {
		t.Derivatives, t.Territory, t.DataUses = copyright.DERIVATIVES_SHARE_ALIKE, []string{"DE"}, slices.Concat(uses(6), []copyright.DataUse{use(22, "DE")})
	})
	b := with(func(t *copyright.Terms) {
		t.Spdx, t.Text, t.Purposes = "", digest(1), []access.Purpose{access.PURPOSE_TREAT}
		t.Derivatives, t.Territory, t.DataUses = copyright.DERIVATIVES_SHARE_ALIKE, []string{"FR"}, slices.Concat(uses(11), []copyright.DataUse{use(22, "FR")})
	})
	_, err := floorOf(nil, a, b)
	require.ErrorIs(t, err, copyright.ErrTermsConflict)
	for _, says := range []string{
		"text: share alike under CC-BY-4.0 and under own terms 0101", "purposes: no purpose is common to HRESCH and TREAT",
		"data uses: for research on ancestry alone and for research on health alone", "data uses: for research in different countries alone",
		"territory: nothing is common to [DE] and [FR]",
	} {
		require.ErrorContains(t, err, says)
	}
}
