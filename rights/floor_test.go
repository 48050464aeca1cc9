package rights_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// everyPermission are all lists of a permission, or none, with care or without, and with
// ancestry or without.
func everyPermission() (lists [][]copyright.DataUse) {
	x, y := copyright.DataUse{Code: 7, Value: "MONDO:0000001"}, copyright.DataUse{Code: 7, Value: "MONDO:0000002"}
	for _, permission := range [][]copyright.DataUse{nil, {{Code: 4}}, {{Code: 6}}, {x}, {y}, {x, y}, {{Code: 11}}, {{Code: 42}}} {
		for _, beside := range [][]copyright.DataUse{nil, {{Code: 43}}, {{Code: 44}}, {{Code: 43}, {Code: 44}}} {
			lists = append(lists, append(permission[:len(permission):len(permission)], beside...))
		}
	}
	return lists
}

// TestDataUsesThatMeetAFloorAllowNothingMore has the ledger say which lists are as strict
// as another, and decides every purpose under both.
func TestDataUsesThatMeetAFloorAllowNothingMore(t *testing.T) {
	u, p := good(), access.DefaultParams()
	decide := func(uses []copyright.DataUse, purpose access.Purpose, disease string) error {
		terms := plain()
		terms.Purposes, terms.DataUses = []access.Purpose{purpose}, uses
		u.Purpose, u.Disease = purpose, disease
		return rights.Decide(dataset(1, 1), licensed(terms), u, p)
	}
	allowed := 0
	for _, asked := range everyPermission() {
		for _, offered := range everyPermission() {
			if len(copyright.Terms{DataUses: offered}.Weaker(copyright.Terms{DataUses: asked})) > 0 {
				continue
			}
			for code := range access.Purpose_name {
				for _, disease := range []string{"", "MONDO:0000001", "MONDO:0000002"} {
					purpose := access.Purpose(code)
					if decide(offered, purpose, disease) == nil {
						allowed++
						require.NoError(t, decide(asked, purpose, disease), "%v allows %s of %q, %v does not", offered, purpose, disease, asked)
					}
				}
			}
		}
	}
	require.Positive(t, allowed)
}
