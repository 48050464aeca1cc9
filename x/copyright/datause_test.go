package copyright_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/copyright"
)

func TestDataUsesAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		uses []copyright.DataUse
		err  error
		says string
	}{
		"an unknown code":      {uses(5), copyright.ErrUnknownCode, "DUO:0000005 is no listed data use"},
		"a needless value":     {[]copyright.DataUse{use(6, "x")}, copyright.ErrTerms, `DUO:0000006 has the value "x", it takes none`},
		"no disease":           {uses(7), copyright.ErrTerms, "want the form"},
		"another ontology":     {[]copyright.DataUse{use(7, "DOID:0001816")}, copyright.ErrTerms, `"DOID:0001816"`},
		"no country":           {[]copyright.DataUse{use(22, "Germany")}, copyright.ErrTerms, `"Germany"`},
		"no date":              {[]copyright.DataUse{use(24, "2027-02-30")}, copyright.ErrTerms, "is no date"},
		"no months":            {[]copyright.DataUse{use(25, "012")}, copyright.ErrTerms, `"012"`},
		"out of order":         {uses(46, 45), copyright.ErrTerms, "DUO:0000045 is repeated or out of order"},
		"twice":                {uses(46, 46), copyright.ErrTerms, "is repeated"},
		"two time limits":      {[]copyright.DataUse{use(25, "12"), use(25, "24")}, copyright.ErrTerms, "DUO:0000025 is there twice"},
		"two permissions":      {uses(6, 42), copyright.ErrTerms, "DUO:0000006 and DUO:0000042: one permission is enough"},
		"ancestry and disease": {[]copyright.DataUse{use(7, "MONDO:0000001"), use(11, "")}, copyright.ErrTerms, "one permission is enough"},
		"17": {func() (list []copyright.DataUse) {
			for i := range 17 {
				list = append(list, use(7, fmt.Sprintf("MONDO:%07d", i)))
			}
			return list
		}(), copyright.ErrTooMany, "17 data uses"},
	} {
		t.Run(name, func(t *testing.T) {
			err := with(func(t *copyright.Terms) { t.DataUses = row.uses }).Validate()
			require.ErrorIs(t, err, row.err)
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestADataUseHasANameAndATerm(t *testing.T) {
	diabetes := use(7, "MONDO:0005148")
	require.Equal(t, "DS MONDO:0005148", diabetes.Name())
	require.Equal(t, "DUO:0000007", diabetes.Term())
	require.Equal(t, "GRU", use(42, "").Name())
}

// TestDataUsesAreOrderedAsTheirOntologyMeansThem holds pairs that were made by hand: the
// first meets what the second asks for, or does not.
func TestDataUsesAreOrderedAsTheirOntologyMeansThem(t *testing.T) {
	x, y := use(7, "MONDO:0000001"), use(7, "MONDO:0000002")
	for _, row := range []struct {
		offered, asked []copyright.DataUse
		meets          bool
	}{
		{nil, nil, true},
		{uses(4), nil, true},
		{nil, uses(42), false},
		{uses(42), uses(4), true},
		{uses(4), uses(42), false},
		{uses(6), uses(42), true},
		{uses(42), uses(6), false},
		{[]copyright.DataUse{x}, uses(6), true},
		{uses(6), []copyright.DataUse{x}, false},
		{[]copyright.DataUse{x}, []copyright.DataUse{x, y}, true},
		{[]copyright.DataUse{x, y}, []copyright.DataUse{x}, false},
		{[]copyright.DataUse{x}, []copyright.DataUse{y}, false},
		{uses(11), uses(42), true},
		{uses(11), uses(6), false},
		{uses(6), uses(11), false},
		{[]copyright.DataUse{x}, uses(11), false},
		{uses(42, 43), uses(42, 43), true},
		{uses(42, 43), uses(42), false},
		{uses(42), uses(42, 43), true},
		{uses(42, 43), nil, true},
		{uses(43), nil, true},
		{nil, uses(43), false},
		{uses(43), uses(43), true},
		{uses(43), uses(4), true},
		{uses(4), uses(43), false},
		{uses(43), uses(42, 43), true},
		{uses(42, 43), uses(43), false},
		{uses(42), uses(43), false},
		{uses(43), uses(42), false},
		{uses(6, 43), uses(4), true},
		{[]copyright.DataUse{x, use(43, "")}, []copyright.DataUse{y, use(43, "")}, false},
		{uses(43), []copyright.DataUse{y, use(43, "")}, true},
		{uses(46), nil, true},
		{nil, uses(46), false},
		{uses(42, 45, 46), uses(42, 46), true},
		{[]copyright.DataUse{use(25, "9")}, []copyright.DataUse{use(25, "10")}, true},
		{[]copyright.DataUse{use(25, "10")}, []copyright.DataUse{use(25, "9")}, false},
		{[]copyright.DataUse{use(24, "2027-01-31")}, []copyright.DataUse{use(24, "2026-12-31")}, true},
		{[]copyright.DataUse{use(24, "2026-12-31")}, []copyright.DataUse{use(24, "2027-01-31")}, false},
		{[]copyright.DataUse{use(22, "DE")}, []copyright.DataUse{use(22, "DE"), use(22, "FR")}, true},
		{[]copyright.DataUse{use(22, "CN")}, []copyright.DataUse{use(22, "DE"), use(22, "FR")}, false},
	} {
		offered, asked := with(func(t *copyright.Terms) { t.DataUses = row.offered }), with(func(t *copyright.Terms) { t.DataUses = row.asked })
		require.NoError(t, offered.Validate())
		require.NoError(t, asked.Validate())
		require.Equal(t, row.meets, len(offered.Weaker(asked)) == 0, "%v against %v", row.offered, row.asked)
	}
}

func TestWhatIsAskedForIsNamed(t *testing.T) {
	offered := with(func(t *copyright.Terms) {
		t.DataUses = []copyright.DataUse{use(7, "MONDO:0000001"), use(7, "MONDO:0000002")}
	})
	asked := with(func(t *copyright.Terms) { t.DataUses = offered.DataUses[:1] })
	require.Equal(t, []string{"data uses: DS MONDO:0000001, DS MONDO:0000002, the parents ask for DS MONDO:0000001"}, offered.Weaker(asked))
}

// TestAFloorThatNoOfferCanHoldIsRefused has parents each of which is valid, while their
// modifiers together are more than terms may hold.
func TestAFloorThatNoOfferCanHoldIsRefused(t *testing.T) {
	var here []copyright.DataUse
	for i := range 10 {
		here = append(here, use(22, string([]byte{'A', 'A' + byte(i)})))
	}
	a := with(func(t *copyright.Terms) { t.DataUses = here })
	b := with(func(t *copyright.Terms) { t.DataUses = uses(12, 15, 16, 18, 19, 20, 21) })
	_, err := floorOf(nil, a, b)
	require.ErrorIs(t, err, copyright.ErrTermsConflict)
	require.ErrorContains(t, err, "data uses: 17 together, an offer holds at most 16")
	floor, err := floorOf(nil, a, with(func(t *copyright.Terms) { t.DataUses = slices.Clone(b.DataUses[1:]) }))
	require.NoError(t, err)
	require.Len(t, floor.DataUses, 16)
}
